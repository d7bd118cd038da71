# SPDX-License-Identifier: GPL-2.0-or-later
from urllib.parse import quote

import pytest
from django.conf import settings

from abidb import queries
from abidb.queries import symbols
from tests.dashboard.conftest import RUST
from tests.dashboard.reading import read

pytestmark = pytest.mark.django_db
KIND, VMLINUX = "EXPORT_SYMBOL", "vmlinux"


def test_a_symbol_that_no_build_exports_is_404_with_similar_names(client, record) -> None:
    response = client.get("/symbol/alph/")
    assert response.status_code == 404
    assert read(response).to("alpha") == ["/symbol/alpha/"]


def test_a_symbol_of_local_builds_alone_is_404_with_the_reason(client, record) -> None:
    response = client.get("/symbol/omega/")
    said = "No build of a lane exports 'omega': only local ones, or such as were set apart."
    assert (response.status_code, said in read(response).text) == (404, True)


def test_a_name_longer_than_the_kernel_has_any_is_404_without_a_question(client, monkeypatch) -> None:
    monkeypatch.setattr(queries, "symbol", None)
    response = client.get(f"/symbol/{'x' * 4_000}/")
    assert (response.status_code, "No symbol has a name of more than 512 characters." in read(response).text) == (
        404,
        True,
    )


def test_a_symbol_of_two_modules_is_flagged_on_its_rows(client, twice) -> None:
    page = read(client.get("/symbol/alpha/"))
    flagged = "6.1.2-1 one of 2 exports"
    assert [[row[0], row[3], row[6]] for row in page.tables["Newest first"][1:]] == [
        [flagged, "0x00000001 A", "vmlinux"],
        [flagged, "0x00000002 B", "lib/alpha"],
        ["6.1.1-1", "0x00000001 A", "vmlinux"],
    ]
    assert "6.1.2-1: 0x00000001, 0x00000002" in client.get("/symbol/alpha/").content.decode()


def test_a_symbol_s_life_is_told_in_every_lane(client, record) -> None:
    page = read(client.get("/symbol/alpha/"))
    assert [link for link in page.links if link[1].count("/") == 4 and link[1].endswith("amd64/")] == [
        ("trixie-backports amd64", "/trixie-backports/amd64/amd64/"),
        ("bookworm amd64", "/bookworm/amd64/amd64/"),
        ("bullseye amd64", "/bullseye/amd64/amd64/"),
        ("bookworm cloud-amd64", "/bookworm/amd64/cloud-amd64/"),
    ]
    assert [row for row in page.tables["Newest first"] if row[0].startswith("6.1")][:3] == [
        ["6.1.3-1", "6.1.0-3", "CRC changed", "0x00000021 B", "EXPORT_SYMBOL", "", "vmlinux"],
        ["6.1.2-1", "6.1.0-2", "nothing", "0x00000011 A", "EXPORT_SYMBOL", "", "vmlinux"],
        ["6.1.1-1", "6.1.0-1", "–", "0x00000011 A", "EXPORT_SYMBOL", "", "vmlinux"],
    ]


def test_a_symbol_that_went_is_said_to_be_gone(client, record) -> None:
    page = read(client.get("/symbol/delta/"))
    assert "First seen in 6.1.0-1-amd64, last in 6.1.0-2-amd64, gone since; 1 CRC." in page.text
    assert ["6.1.3-1", "6.1.0-3", "removed", "not exported"] in page.tables["Newest first"]


def test_a_partial_build_cannot_tell_that_a_symbol_went(client, record) -> None:
    page = read(client.get("/symbol/beta/"))
    said = "not known: of this build only the exports of vmlinux are"
    assert ["7.3~rc2-1~bpo13+1 partial", "7.3+deb13", "", said] in page.tables["Newest first"]
    assert "In 7.3+deb13-amd64 alone; not measurable by CRC." in page.text


def test_what_crcs_cannot_measure_is_never_called_nothing(client, record) -> None:
    page = read(client.get("/symbol/alpha/"))
    newest = next(row for row in page.tables["Newest first"] if row[0] == "7.3~rc2-1~bpo13+1 partial")
    assert newest[2:4] == ["types not measurable by CRC", "unknown"]


def test_the_strip_has_a_colour_and_a_letter_for_each_crc(client, record) -> None:
    content = client.get("/symbol/alpha/", {"line": "bookworm"}).content.decode()
    strip = content[content.index("<svg") : content.index("</svg>")]
    assert [part for part in ("#332288", "#88CCEE", ">A<", ">B<", "6.1.3-1: 0x00000021") if part not in strip] == []


def test_a_tighter_export_and_its_neighbour_can_be_compared(client, record) -> None:
    page = read(client.get("/symbol/gamma/"))
    assert page.to("became GPL-only") == [
        "/diff/6.1.0-2-amd64=6.1.2-1:amd64/6.1.0-3-amd64=6.1.3-1:amd64/?text=gamma#changes"
    ]


@pytest.fixture
def bounded(record, monkeypatch):
    """A record so large that of lanes only the newest builds are told."""
    monkeypatch.setattr(symbols, "POINTS", 2)


def test_of_many_builds_the_newest_of_the_main_lanes_are_told_with_the_way_to_all(client, bounded) -> None:
    page = read(client.get("/symbol/alpha/"))
    assert "of each release line only the newest builds of its most general lane are told here" in page.text
    assert "Of the newest 1 upload (all 3): In 6.1.0-3-amd64 alone; 1 CRC." in page.text
    whole = "/symbol/alpha/?line=bookworm&arch=amd64&flavour=amd64"
    assert page.to("all 3") == [whole]
    lane = read(client.get(whole))
    assert "First seen in 6.1.0-1-amd64, last in 6.1.0-3-amd64; 2 CRCs." in lane.text
    assert lane.to("Look in the lanes that are asked for most") == ["/symbol/alpha/"]


def test_a_symbol_of_older_builds_alone_can_be_asked_for_lane_by_lane(client, bounded) -> None:
    """Another lane, of which all was looked at, has it: the answer is not the whole one for that."""
    page = read(client.get("/symbol/delta/"))
    assert "In 5.10.0-1-amd64 alone" in page.text
    assert "of each release line only the newest builds of its most general lane" in page.text
    found = client.get("/symbol/delta/", {"line": "bookworm", "arch": "amd64", "flavour": "amd64"})
    assert (found.status_code, "gone since" in read(found).text) == (200, True)


def test_a_symbol_that_only_older_builds_may_have_is_404_with_the_way_to_them(client, bounded) -> None:
    response = client.get("/symbol/omega/")
    said = "None of the newest builds exports 'omega'; an older one may: ask for one lane."
    assert (response.status_code, said in read(response).text) == (404, True)
    assert b'name="line"' in response.content


def test_all_lanes_of_a_small_record_are_told_whole_without_a_form(client, record) -> None:
    assert b'name="line"' not in client.get("/symbol/alpha/").content


def test_its_life_in_short_says_when_it_changed_last(client, record) -> None:
    page = read(client.get("/symbol/alpha/"))
    assert page.tables["In the most general lane of each release line"][1:] == [
        [
            "trixie-backports amd64",
            "not measurable by CRC",
            *["7.3~rc1-1~bpo13+1", "7.3~rc2-1~bpo13+1"],
            "–",
            KIND,
            VMLINUX,
        ],
        ["bookworm amd64", "6.1.3-1 2026-11-01 CRC changed", "6.1.1-1", "6.1.3-1", "2", KIND, VMLINUX],
        ["bullseye amd64", "none", "5.10.1-1", "5.10.1-1", "1", KIND, VMLINUX],
    ]
    assert page.to("vmlinux")[0] == "/module/vmlinux/"


def test_lanes_that_are_not_the_main_one_of_their_line_are_folded_unless_asked_for(client, record) -> None:
    assert "1 other lane" in read(client.get("/symbol/alpha/")).text
    page = read(client.get("/symbol/alpha/", {"line": "bookworm"}))
    assert ("1 other lane" not in page.text, len(page.tables["In the lanes asked for"])) == (True, 3)


def test_it_leads_to_its_json_and_to_searches_in_the_kernel_unless_no_source_has_its_name(client, record) -> None:
    page = read(client.get("/symbol/alpha/"))
    assert page.to("This as JSON") == ["/api/v1/symbols/alpha"]
    assert page.to("Look for it in the kernel’s source") == [f"{settings.CODE_SEARCH}alpha"]
    assert page.to("Look for it in the kernel’s documentation") == [f"{settings.KERNEL_DOCUMENTATION}alpha"]
    assert read(client.get(f"/symbol/{quote(RUST)}/")).to("Look for it in the kernel’s source") == []


def test_every_lane_is_a_link_away_where_not_all_were_looked_at(client, bounded) -> None:
    page = read(client.get("/symbol/alpha/"))
    assert page.to("bookworm cloud-amd64") == ["/symbol/alpha/?line=bookworm&arch=amd64&flavour=cloud-amd64"]


@pytest.mark.parametrize("value", ["-1", "é", "x" * 9_999, "%", "'"])
def test_lanes_that_there_are_not_are_404(client, record, value: str) -> None:
    asked = [client.get("/symbol/alpha/", {field: value}).status_code for field in ("line", "arch", "flavour")]
    assert asked == [404, 404, 404]
