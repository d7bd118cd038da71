# SPDX-License-Identifier: GPL-2.0-or-later
import dataclasses
import json

import pytest

from abidb import jsonform, queries, usejson, words
from abidb.answers import ConfigDiff, OptionChange
from dashboard.templatetags import archive
from dashboard.views import diffs
from tests.dashboard.conftest import RUST
from tests.dashboard.reading import read

pytestmark = pytest.mark.django_db
OLD, NEW = "6.1.0-2-amd64=6.1.2-1:amd64", "6.1.0-3-amd64=6.1.3-1:amd64"
RC1, RC2 = "7.3+deb13-amd64=7.3~rc1-1~bpo13+1:amd64", "7.3+deb13-amd64=7.3~rc2-1~bpo13+1:amd64"
CAPTION = "Old → new where they differ"


@pytest.mark.parametrize(
    ("address", "status", "link"),
    [
        (f"/diff/6.1.0-8-amd64/{NEW}/", 404, f"/diff/6.1.0-1-amd64/{NEW}/"),
        (f"/diff/{OLD}/7.3+deb13-amd64/", 300, f"/diff/{OLD}/{RC1}/"),
        ("/diff/?old=7.3%2Bdeb13-amd64&new=6.1.0-3-amd64", 300, None),
    ],
)
def test_names_that_do_not_tell_one_build_are_answered_with_links(client, record, address, status, link) -> None:
    response = client.get(address)
    assert response.status_code == status
    addresses = [address for _, address in read(response).links]
    assert link in addresses if link else any(address.startswith("/diff/?old=7.3") for address in addresses)


def test_a_machine_gets_the_candidates_as_json(client, record) -> None:
    response = client.get(f"/diff/7.3+deb13-amd64/{NEW}/?format=json")
    assert response.status_code == 300
    assert response.json() == {"error": "2 builds are named 7.3+deb13-amd64", "candidates": [RC2, RC1]}


def test_short_names_lead_to_the_permanent_address(client, record) -> None:
    response = client.get("/diff/6.1.0-2-amd64/6.1.0-3-amd64/?kind=added")
    assert (response.status_code, response["Location"]) == (302, f"/diff/{OLD}/{NEW}/?kind=added")


def test_the_form_asks_for_two_builds_and_leads_to_their_diff(client, record) -> None:
    assert "Compare any two builds" in read(client.get("/diff/")).text
    assert 'value="6.1.0-2-amd64"' in client.get("/diff/?old=6.1.0-2-amd64").content.decode()
    response = client.get("/diff/", {"old": " 6.1.0-2-amd64", "new": "6.1.0-3-amd64"})
    assert response["Location"] == f"/diff/{OLD}/{NEW}/"


def test_a_diff_counts_every_kind_and_says_what_it_means(client, record) -> None:
    page = read(client.get(f"/diff/{OLD}/{NEW}/"))
    table = page.tables["Of 5 exports on both sides, and those on one; an export may count in several kinds"]
    assert table[1:] == [
        ["Removed", "1", "is refused"],
        ["CRC changed", "1", "is refused"],
        ["Became GPL-only", "1", "is refused unless its license is GPL-compatible"],
        ["Namespace added or changed", "1", "is refused"],
        ["Namespace dropped", "0", "is not affected"],
        ["No longer GPL-only", "0", "is not affected"],
        ["Export type changed", "0", "is not affected"],
        ["Moved to another module", "1", "is not affected"],
        ["Added", "1", "is not affected"],
    ]
    assert "Modules that use a changed export must be rebuilt." in page.text
    assert words.CRC_OVERSTATES in page.text
    assert page.to("Swap old and new") == [f"/diff/{NEW}/{OLD}/"]


def test_changes_are_grouped_by_kind_with_both_sides_where_they_differ(client, record) -> None:
    rows = [row for row in read(client.get(f"/diff/{OLD}/{NEW}/")).tables[CAPTION] if row[0] != "Symbol"]
    assert rows == [
        ["delta", "vmlinux", "0x00000014", "EXPORT_SYMBOL", ""],
        ["alpha", "vmlinux", "0x00000011 → 0x00000021", "EXPORT_SYMBOL", ""],
        ["gamma", "vmlinux", "0x00000013", "EXPORT_SYMBOL → EXPORT_SYMBOL_GPL", ""],
        ["epsilon", "vmlinux", "0x00000015", "EXPORT_SYMBOL", "none → NS"],
        ["beta", "lib/beta → vmlinux", "0x00000012", "EXPORT_SYMBOL", ""],
        ["zeta", "vmlinux", "0x00000017", "EXPORT_SYMBOL", ""],
    ]


def test_the_same_build_twice_has_no_change_to_list(client, record) -> None:
    page = read(client.get(f"/diff/{OLD}/{OLD}/"))
    assert "Nothing that a module could notice changed." in page.text
    assert CAPTION not in page.tables


@pytest.mark.parametrize(
    ("query", "symbols"),
    [({"kind": "added"}, ["zeta"]), ({"text": "lib/"}, ["beta"]), ({"kind": "nonsense", "text": "ALPHA"}, ["alpha"])],
)
def test_changes_can_be_filtered(client, record, query, symbols) -> None:
    page = read(client.get(f"/diff/{OLD}/{NEW}/", query))
    assert [row[0] for row in page.tables[CAPTION][1:]] == symbols
    assert page.to("show all") == [f"/diff/{OLD}/{NEW}/#changes"]


def test_pages_of_changes_lead_to_each_other(client, record, monkeypatch) -> None:
    monkeypatch.setattr(diffs, "PAGE", 2)
    page = read(client.get(f"/diff/{OLD}/{NEW}/", {"offset": "2"}))
    assert "3 to 4 of 6 changed exports" in page.text
    assert [page.to("Previous page"), page.to("Next page")] == [["?offset=0#changes"], ["?offset=4#changes"]]


@pytest.fixture
def config(record, monkeypatch):
    """How the configurations of the two builds differ."""
    old, new = (queries.one_build(name) for name in (OLD, NEW))
    changes = (
        OptionChange("CONFIG_A", None, "m"),
        OptionChange("CONFIG_B", "y", "m"),
        OptionChange("CONFIG_C", "8", None),
    )
    found = ConfigDiff(old, new, True, changes)
    monkeypatch.setattr(queries, "config_diff", lambda *_: found)
    return found


def test_configurations_are_compared_option_by_option(client, config) -> None:
    page = read(client.get(f"/diff/{OLD}/{NEW}/"))
    assert "Kernel configuration 3 options differ." in page.text
    assert page.tables["Options that differ"][1:] == [
        ["CONFIG_A", "not set", "m"],
        ["CONFIG_B", "y", "m"],
        ["CONFIG_C", "8", "not set"],
    ]


def test_of_many_options_the_first_are_shown(client, config, monkeypatch) -> None:
    monkeypatch.setattr(archive, "OPTIONS", 1)
    page = read(client.get(f"/diff/{OLD}/{NEW}/"))
    assert "3 options differ; the first 1 of them (show all)." in page.text
    assert page.to("show all") == ["?config=all#config"]
    assert len(read(client.get(f"/diff/{OLD}/{NEW}/?config=all")).tables["Options that differ"]) == 4


def test_configurations_that_are_not_known_are_not_compared(client, config, monkeypatch) -> None:
    unknown = dataclasses.replace(config, measured=False, changes=())
    monkeypatch.setattr(queries, "config_diff", lambda *_: unknown)
    page = read(client.get(f"/diff/{OLD}/{NEW}/"))
    assert f"Kernel configuration N{words.CONFIG_UNKNOWN[1:]}." in page.text
    assert "Options that differ" not in page.tables


def test_json_has_the_configuration_on_request(client, config) -> None:
    address = f"/diff/{OLD}/{NEW}/?format=json"
    assert "config" not in client.get(address).json()
    assert client.get(f"{address}&config=all").json()["config"] == json.loads(json.dumps(jsonform.config_json(config)))


def test_what_crcs_cannot_measure_is_said_and_the_rest_is_told(client, record) -> None:
    page = read(client.get(f"/diff/{RC1}/{RC2}/"))
    caption = next(caption for caption in page.tables if caption.startswith("Of 1 export on both sides"))
    assert [row for row in page.tables[caption][1:] if row[1] != "0"] == [
        ["CRC changed", "not measurable by CRC", "is refused"],
        ["Gone from vmlinux", "4", "cannot be told: the archive has lost the modules"],
    ]
    assert page.tables[CAPTION][1][0] == f"{RUST} perhaps only moved"
    assert "only the exports of vmlinux are compared" in page.text
    assert "the kernel accepts the other build's modules unchecked" in page.text
    assert words.CRC_OVERSTATES not in page.text  # no CRC was compared


def test_flags_that_were_not_compared_are_said(client, record, monkeypatch) -> None:
    address, said = f"/diff/{OLD}/{NEW}/", "The vermagic flags of one side are not known and were not compared."
    assert said not in read(client.get(address)).text
    found = queries.diff(*(queries.one_build(name).id for name in (OLD, NEW)))
    monkeypatch.setattr(queries, "diff", lambda *_, **__: dataclasses.replace(found, new_vermagic=""))
    assert said in read(client.get(address)).text


def test_kernels_that_never_meet_are_compared_with_a_warning(client, record) -> None:
    page = read(client.get(f"/diff/{NEW}/6.1.0-3-cloud-amd64=6.1.3-1:amd64/"))
    assert "builds of different architectures or flavours" in page.text


def test_json_is_that_of_the_terminal(client, record) -> None:
    found = client.get(f"/diff/{OLD}/{NEW}/?format=json").json()
    old, new = (queries.one_build(name).id for name in (OLD, NEW))
    packages = usejson.hits_json(queries.hits(old, new))
    assert found == json.loads(
        json.dumps({**jsonform.diff_json(queries.diff(old, new, limit=None)), "packages": packages})
    )
    assert len(found["changes"]) == 6


def test_a_symbol_s_name_may_hold_anything(client, record) -> None:
    page = read(client.get("/build/6.1.0-3-amd64=6.1.3-1:amd64/", {"text": RUST}))
    (address,) = page.to(RUST)
    assert RUST in read(client.get(address)).text
