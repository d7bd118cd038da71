# SPDX-License-Identifier: GPL-2.0-or-later
import dataclasses

import pytest

from abidb import queries
from abidb.answers import Volatile
from abidb.compat import Outcome
from dashboard.views.lanes import is_rename_with
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
    assert [page.to("amd64"), page.to("cloud-amd64")] == [["/bookworm/amd64/amd64/"], ["/bookworm/amd64/cloud-amd64/"]]


def test_a_line_with_one_lane_leads_to_it(client, record) -> None:
    assert client.get("/bullseye/")["Location"] == "/bullseye/amd64/amd64/"
    assert client.get("/bullseye")["Location"] == "/bullseye/"


def test_a_lane_lists_its_uploads_newest_first_with_what_they_changed(client, record) -> None:
    page = read(client.get("/bookworm/amd64/amd64/"))
    header, *rows = page.tables[CAPTION]
    assert header == [
        *("Version", "What changed", "ABI name", "New name", "Date"),
        *("CRC changed", "Removed", "Became GPL-only", "Name\xadspace", "Moved", "Added"),
    ]
    assert rows == [
        ["6.1.3-1", BROKEN, "6.1.0-3", "yes", "2026-11-01", "1", "1", "1", "1", "1", "1"],
        ["6.1.2-1", "New ABI name, no export changed", "6.1.0-2", "yes", "2026-11-01", *"000000"],
        ["6.1.1-1", "The first upload here: nothing to compare with", "6.1.0-1", "–", "2026-11-01", *"––––––"],
    ]


def test_new_names_without_a_change_are_listed(client, record) -> None:
    page = read(client.get("/bookworm/amd64/amd64/"))
    assert "1 of 2 new ABI names came with no change of the exports." in page.text
    assert page.to("6.1.0-1 → 6.1.0-2") == ["/diff/6.1.0-1-amd64=6.1.1-1:amd64/6.1.0-2-amd64=6.1.2-1:amd64/"]


def test_what_crcs_cannot_measure_is_never_a_nought(client, record) -> None:
    page = read(client.get("/trixie-backports/amd64/amd64/"))
    newest = page.tables[CAPTION][1]
    assert newest[0] == "7.3~rc2-1~bpo13+1 partial"
    assert newest[1].startswith("Same ABI name, in vmlinux:")
    assert newest[5:7] == ["not measurable by CRC", "0 + ?"]


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
    assert '<option value="6.1.0-1-amd64=6.1.1-1:amd64" selected>6.1.1-1 (6.1.0-1)</option>' in content


def test_a_lane_names_the_symbols_that_broke_most_often(client, record, monkeypatch) -> None:
    monkeypatch.setattr(
        queries, "volatile", lambda *_, **__: (Volatile("alpha", 12), Volatile("beta", 3), Volatile("gamma", 1))
    )
    page = read(client.get("/bookworm/amd64/amd64/"))
    assert page.tables["Of 2 steps of this lane that could be compared; of equal ones the first by name"][1:] == [
        ["alpha", "12"],
        ["beta", "3"],
    ]
    assert page.to("alpha") == ["/symbol/alpha/"]


def test_one_step_makes_no_statistics(client, record) -> None:
    assert "broke modules most often" not in read(client.get("/trixie-backports/amd64/amd64/")).text


@pytest.mark.parametrize("address", ["/bookworm/", "/bookworm/amd64/amd64/"])
def test_a_line_and_its_lanes_lead_to_its_uploads(client, record, address: str) -> None:
    assert "/bookworm/uploads/" in [there for _, there in read(client.get(address)).links]
