# SPDX-License-Identifier: GPL-2.0-or-later
import dataclasses

import pytest

from abidb import queries
from abidb.answers import Volatile
from abidb.compat import Outcome
from dashboard.views import lanes
from dashboard.views.lanes import is_rename_with
from tests.dashboard.conftest import RUST
from tests.dashboard.reading import read

pytestmark = pytest.mark.django_db
CAPTION = "Newest first; each is compared with the upload below it"
BROKEN = (
    "New ABI name, 1 of 5 CRCs changed (20 %), 1 export removed, 1 export became GPL-only, "
    "1 namespace added or changed, 1 export moved to another module, 1 export added"
)


@pytest.mark.parametrize(
    ("address", "message", "links"),
    [
        ("/woody/", "There is no release line 'woody'.", ["/bookworm/", "/bullseye/", "/trixie-backports/"]),
        ("/bookworm/s390x/", "There is no s390x lane of bookworm.", ["/bookworm/amd64/"]),
        (
            "/bookworm/amd64/rt-amd64/",
            "No lane bookworm/amd64/rt-amd64.",
            ["/bookworm/amd64/amd64/", "/bookworm/amd64/cloud-amd64/"],
        ),
    ],
)
def test_lanes_that_are_not_there_are_404_with_those_that_are(client, record, address, message, links) -> None:
    response = client.get(address)
    page = read(response)
    assert (response.status_code, message in page.text) == (404, True)
    assert [address for _, address in page.links if address in links] == links


def test_a_line_lists_its_lanes(client, record) -> None:
    page = read(client.get("/bookworm/"))
    header, group, *rows = page.tables[""]
    assert header == ["Flavour", "Newest upload", "What it changed", "ABI name", "Uploads", "The last of them"]
    assert (group, rows) == (
        ["amd64"],
        [
            ["amd64", "6.1.3-1 2026-11-01", BROKEN, "6.1.0-3", "3", ""],
            ["cloud-amd64", "6.1.3-1 2026-11-01", "The first upload here: nothing to compare with", "6.1.0-3", "1", ""],
        ],
    )
    assert [page.to("amd64"), page.to("cloud-amd64")] == [
        ["/bookworm/amd64/", "/bookworm/amd64/amd64/"],
        ["/bookworm/amd64/cloud-amd64/"],
    ]
    assert "A changed CRC overstates" in page.text


def test_a_line_with_one_lane_leads_to_it(client, record) -> None:
    assert client.get("/bullseye/")["Location"] == "/bullseye/amd64/amd64/"
    assert client.get("/bullseye")["Location"] == "/bullseye/"


def test_a_lane_lists_its_uploads_newest_first_with_what_they_changed(client, record) -> None:
    page = read(client.get("/bookworm/amd64/amd64/"))
    header, *rows = page.tables[CAPTION]
    assert header == [
        *("Version", "What changed", "Upload", "ABI name", "New name", "Date"),
        *("CRC changed", "Removed", "Became GPL-only", "Name\xadspace", "Moved", "Added"),
    ]
    assert rows == [
        ["6.1.3-1", BROKEN, "Point release", "6.1.0-3", "yes", "2026-11-01", "1", "1", "1", "1", "1", "1"],
        ["6.1.2-1", "New ABI name, no export changed", "Point release", "6.1.0-2", "yes", "2026-11-01", *"000000"],
        [
            "6.1.1-1",
            "The first upload here: nothing to compare with",
            "Point release",
            "6.1.0-1",
            "–",
            "2026-11-01",
            *"––––––",
        ],
    ]
    assert page.to("Point release") == [f"/upload/linux/6.1.{n}-1/" for n in (3, 2, 1)]


def test_new_names_without_a_change_are_listed(client, record) -> None:
    page = read(client.get("/bookworm/amd64/amd64/"))
    assert "1 of 2 new ABI names came with no change of the exports." in page.text
    assert page.to("6.1.0-1 → 6.1.0-2") == ["/diff/6.1.0-1-amd64=6.1.1-1:amd64/6.1.0-2-amd64=6.1.2-1:amd64/"]


def test_what_crcs_cannot_measure_is_never_a_nought(client, record) -> None:
    page = read(client.get("/trixie-backports/amd64/amd64/"))
    newest = page.tables[CAPTION][1]
    assert newest[0] == "7.3~rc2-1~bpo13+1 partial"
    assert newest[1].startswith("Same ABI name, in vmlinux:")
    assert newest[6:8] == ["not measurable by CRC", "0 + ?"]


def test_a_step_that_was_not_compared_yet_claims_nothing(client, record, monkeypatch) -> None:
    lane = queries.lane("bookworm", "amd64", "amd64")
    steps = tuple(dataclasses.replace(step, counts=None, scope=None) for step in lane.steps)
    monkeypatch.setattr(queries, "lane", lambda *_: dataclasses.replace(lane, steps=steps))
    page = read(client.get("/bookworm/amd64/amd64/"))
    assert page.tables[CAPTION][1][1] == "Not compared yet"
    assert [[is_rename_with(outcome, step) for step in steps] for outcome in (Outcome.SAME, Outcome.UNKNOWN)] == [
        [False, False, False],
        [False, True, True],
    ]
    assert "0 of 2 new ABI names came with no change of the exports; of 2 it cannot be told." in page.text


def test_a_lane_of_one_upload_has_no_chart(client, record) -> None:
    assert b"plotly" not in client.get("/bookworm/amd64/cloud-amd64/").content


def test_two_uploads_of_a_lane_can_be_chosen_for_comparison(client, record) -> None:
    content = client.get("/bookworm/amd64/amd64/").content.decode()
    newest, middle, oldest = (
        f'<option value="6.1.0-{n}-amd64=6.1.{n}-1:amd64">6.1.{n}-1 (6.1.0-{n})</option>' for n in (3, 2, 1)
    )
    assert f'<select name="old">{middle}{oldest}{newest}</select>' in content
    assert f'<select name="new">{newest}{middle}{oldest}</select>' in content


def test_a_lane_names_the_symbols_that_broke_most_often(client, record, monkeypatch) -> None:
    monkeypatch.setattr(
        queries, "volatile", lambda *_, **__: (Volatile("alpha", 12), Volatile("beta", 3), Volatile("gamma", 1))
    )
    page = read(client.get("/bookworm/amd64/amd64/"))
    caption = "Modules that use them broke: of 2 steps that could be compared; of equal ones the first by name"
    assert page.tables[caption][1:] == [
        ["alpha", "12"],
        ["beta", "3"],
    ]
    assert page.to("alpha") == ["/symbol/alpha/"]


def test_one_step_makes_no_statistics(client, record) -> None:
    assert "broke modules most often" not in read(client.get("/trixie-backports/amd64/amd64/")).text


@pytest.mark.parametrize("address", ["/bookworm/", "/bookworm/amd64/amd64/"])
def test_a_line_and_its_lanes_lead_to_its_uploads(client, record, address: str) -> None:
    assert "/bookworm/uploads/" in [there for _, there in read(client.get(address)).links]


def test_a_lane_shows_its_churn_in_either_scale_with_links_and_files(client, record) -> None:
    log, linear = (read(client.get(f"/bookworm/amd64/amd64/{query}")) for query in ("", "?scale=linear"))
    assert [page.to("SVG picture") for page in (log, linear)] == [
        ["/bookworm/amd64/amd64/churn.svg"],
        ["/bookworm/amd64/amd64/churn.svg?scale=linear"],
    ]
    assert (log.to("Linear, stacked"), linear.to("Logarithmic, a row for each kind")) == (
        ["?scale=linear#churn"],
        ["?#churn"],
    )
    assert ("logarithmic axis" in log.text, "linear axis" in linear.text) == (True, True)
    diff = "/diff/6.1.0-2-amd64=6.1.2-1:amd64/6.1.0-3-amd64=6.1.3-1:amd64/"
    assert [there for _, there in log.links].count(
        diff
    ) == 3  # the newest, its column in the drawing, its line in the table
    assert log.to("CSV") == ["/bookworm/amd64/amd64/churn.csv"]


def test_a_lane_is_told_a_page_at_a_time(client, record, monkeypatch) -> None:
    monkeypatch.setattr(lanes, "PAGE", 2)
    first, second = (read(client.get(f"/bookworm/amd64/amd64/{query}")) for query in ("", "?before=6.1.2-1"))
    assert first.to("Older uploads") == ["?before=6.1.2-1#uploads"]
    assert [row[0] for row in first.tables[f"{CAPTION} (1 to 2 of 3)"][1:]] == ["6.1.3-1", "6.1.2-1"]
    assert [row[0] for row in second.tables[f"{CAPTION} (3 to 3 of 3)"][1:]] == ["6.1.1-1"]
    assert (second.to("Older uploads"), second.to("Newest uploads")) == ([], ["?#uploads"])


@pytest.mark.parametrize("before", ["", "no-version", "\u202e", "9" * 10_000])
def test_a_page_behind_no_upload_is_the_first(client, record, before: str) -> None:
    page = read(client.get(f"/bookworm/amd64/amd64/?before={before}"))
    assert len(page.tables[CAPTION]) == 4


def test_a_lane_names_what_never_changed(client, record) -> None:
    page = read(client.get("/bookworm/amd64/amd64/"))
    assert page.tables["Never changed: those first that most packages use"][1:] == [[RUST, "0"], ["beta", "0"]]
    assert "2 exports are in all 3 uploads and never changed their CRC in 2 steps." in page.text
    assert page.to("All of both as CSV") == ["/bookworm/amd64/amd64/symbols.csv"]


def test_where_crcs_are_missing_nothing_is_said_to_have_lasted(client, record) -> None:
    text = read(client.get("/trixie-backports/amd64/amd64/")).text
    assert "Whether exports kept their CRC cannot be told" in text


def test_the_newest_upload_of_a_lane_is_said_first(client, record) -> None:
    text = read(client.get("/bookworm/amd64/amd64/")).text
    assert f"Newest upload 6.1.3-1, 2026-11-01, point release: {BROKEN[0].lower()}{BROKEN[1:]}." in text
    assert "3 uploads; 1 of 2 uploads changed no export" in text
