# SPDX-License-Identifier: GPL-2.0-or-later
import csv
import dataclasses
import json
from io import StringIO
from urllib.parse import quote

import pytest
from django.core.management import call_command

from abidb import diffforms, jsonform, queries, store, words
from abidb.answers import ConfigDiff, OptionChange
from abidb.records import UploadFact
from dashboard.templatetags import archive
from dashboard.views import diffs
from tests.builders.records import make_entry, make_kernel
from tests.dashboard.conftest import CHANGED, RUST
from tests.dashboard.reading import read

pytestmark = pytest.mark.django_db
OLD, NEW = "6.1.0-2-amd64=6.1.2-1:amd64", "6.1.0-3-amd64=6.1.3-1:amd64"
RC1, RC2 = "7.3+deb13-amd64=7.3~rc1-1~bpo13+1:amd64", "7.3+deb13-amd64=7.3~rc2-1~bpo13+1:amd64"
CAPTION = "Old → new where they differ"
CURL = {"accept": "*/*", "user-agent": "curl/8.14.1"}


def json_of(response):
    return json.loads(b"".join(response.streaming_content))


HOSTILE = ["\u2028", "9" * 400, "-1", "☃" * 500, "../../etc", "%", "'; DROP TABLE build", "a" * 10_000, " " * 50]


@pytest.mark.parametrize(
    ("address", "status", "link"),
    [
        (f"/diff/6.1.0-8-amd64/{NEW}/", 404, f"/diff/6.1.0-1-amd64/{NEW}/"),
        (f"/diff/{OLD}/7.3+deb13-amd64/", 300, f"/diff/{OLD}/{RC1}/"),
    ],
)
def test_names_that_do_not_tell_one_build_are_answered_with_links(client, record, address, status, link) -> None:
    response = client.get(address)
    assert response.status_code == status
    assert link in [address for _, address in read(response).links]


@pytest.mark.parametrize("form", ["txt", "csv"])
def test_a_terminal_gets_the_candidates_in_lines(client, record, form) -> None:
    response = client.get(f"/diff/7.3+deb13-amd64/{NEW}.{form}")
    assert (response.status_code, response["Content-Type"]) == (300, "text/plain; charset=utf-8")
    assert response.content.decode() == f"2 builds are named 7.3+deb13-amd64\n  {RC2}\n  {RC1}\n"


@pytest.mark.parametrize(
    "field", ["kind", "text", "module", "sort", "after", "modules_after", "options_after", "config"]
)
def test_whatever_is_asked_for_is_answered(client, record, field) -> None:
    answers = [client.get(f"/diff/{OLD}/{NEW}/", {field: value}).status_code for value in HOSTILE]
    assert answers == [200] * len(HOSTILE)


@pytest.mark.parametrize("form", ["/", ".txt", ".csv", ".json"])
def test_whatever_is_named_is_refused(client, record, form) -> None:
    names = [quote(name, safe="") for name in HOSTILE if "/" not in name]
    answers = {client.get(f"/diff/{name}/{NEW}{form}").status_code for name in names}
    answers |= {client.get(f"/diff/{OLD}/{name}{form}").status_code for name in names}
    assert answers == {404}


def test_a_machine_gets_the_candidates_as_json(client, record) -> None:
    for address in (f"/diff/7.3+deb13-amd64/{NEW}/?format=json", f"/diff/7.3+deb13-amd64/{NEW}.json"):
        response = client.get(address)
        assert response.status_code == 300
        assert response.json() == {"error": "2 builds are named 7.3+deb13-amd64", "candidates": [RC2, RC1]}


def test_short_names_lead_to_the_permanent_address(client, record) -> None:
    response = client.get("/diff/6.1.0-2-amd64/6.1.0-3-amd64/?kind=added")
    assert (response.status_code, response["Location"]) == (302, f"/diff/{OLD}/{NEW}/?kind=added")
    response = client.get("/diff/6.1.0-2-amd64/6.1.0-3-amd64.csv")
    assert (response.status_code, response["Location"]) == (302, f"/diff/{OLD}/{NEW}.csv")


def test_a_terminal_is_told_where_the_permanent_address_is(client, record) -> None:
    response = client.get("/diff/6.1.0-2-amd64/6.1.0-3-amd64/", headers=CURL)
    assert (response.status_code, response["Vary"]) == (302, "Accept, User-Agent")
    assert response.content.decode() == f"http://testserver/diff/{OLD}/{NEW}/\n(curl -L goes there)\n"


def test_a_page_has_its_permanent_address_and_a_sentence_for_previews(client, record) -> None:
    response = client.get(f"/diff/{OLD}/{NEW}/")
    page = response.content.decode()
    said = "6.1.0-2 → 6.1.0-3: 1 of 5 exports changed their CRC, 1 removed, 2 restricted, 1 added. CRCs overstate."
    assert f'<meta property="og:description" content="{said}">' in page
    assert f'<link rel="canonical" href="http://testserver/diff/{OLD}/{NEW}/">' in page
    assert f'readonly value="http://testserver/diff/{OLD}/{NEW}/"' in page
    assert f'href="/diff/{NEW}/{OLD}/"' in page
    assert [f'href="/diff/{OLD}/{NEW}.{form}"' in page for form in ("txt", "csv", "json")] == [True] * 3


def test_who_prefers_text_gets_the_lines_of_the_terminal_at_the_page_s_address(client, record, capsys) -> None:
    plain = client.get(f"/diff/{OLD}/{NEW}.txt")
    negotiated = [client.get(f"/diff/{OLD}/{NEW}/", headers=headers) for headers in (CURL, {"accept": "text/plain"})]
    lines = b"".join(plain.streaming_content).decode()
    assert [b"".join(each.streaming_content).decode() for each in negotiated] == [lines, lines]
    assert [each["Vary"].removesuffix(", Accept-Encoding") for each in negotiated] == ["Accept, User-Agent", "Accept"]
    page = client.get(f"/diff/{OLD}/{NEW}/", headers={"accept": "text/html"})
    assert (page["Vary"].split(", ")[0], page["Content-Type"]) == ("Accept", "text/html; charset=utf-8")
    assert {each["ETag"] for each in negotiated} != {page["ETag"]}
    with pytest.raises(SystemExit, match="2"):
        call_command("diff", OLD, NEW, "--all", "--config")
    assert capsys.readouterr().out == lines


def test_whole_answers_are_sent_while_they_are_made(client, record) -> None:
    answers = [client.get(f"/diff/{OLD}/{NEW}.{form}") for form in ("txt", "csv", "json")]
    assert [answer.streaming for answer in answers] == [True] * 3
    packed = client.get(f"/diff/{OLD}/{NEW}.csv", headers={"accept-encoding": "gzip"})
    assert (packed.streaming, packed["Content-Encoding"]) == (True, "gzip")


def test_a_spreadsheet_gets_all_changes_as_a_table_to_keep(client, record) -> None:
    response = client.get(f"/diff/{OLD}/{NEW}.csv", {"kind": "crc_changed"})
    assert response["Content-Disposition"] == (
        'attachment; filename="diff-6.1.0-2-amd64_6.1.2-1_amd64__6.1.0-3-amd64_6.1.3-1_amd64.csv"'
    )
    assert list(csv.reader(StringIO(b"".join(response.streaming_content).decode()))) == [
        list(diffforms.COLUMNS),
        ["alpha", "crc_changed", "yes", *["vmlinux"] * 2, "0x00000011", "0x00000021", *["EXPORT_SYMBOL"] * 2, "", ""],
    ]


def test_a_diff_counts_every_kind_and_says_what_it_means(client, record) -> None:
    page = read(client.get(f"/diff/{OLD}/{NEW}/"))
    table = page.tables["Of 5 exports on both sides, and those on one; an export may count in several kinds"]
    assert table[1:] == [
        ["Removed", "1", "is refused"],
        ["CRC changed", "1", "is refused"],
        ["Became GPL-only", "1", "is refused unless it is GPL-compatible"],
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


def test_changes_are_grouped_by_module_with_both_sides_where_they_differ(client, record) -> None:
    rows = read(client.get(f"/diff/{OLD}/{NEW}/")).tables[CAPTION]
    assert rows == [
        ["Symbol", "Change", "CRC", "Type", "Namespace"],
        ["vmlinux 1 removed, 1 CRC changed, 1 became GPL-only, 1 namespace added or changed, 1 added"],
        ["delta", "removed", "0x00000014", "EXPORT_SYMBOL", ""],
        ["alpha", "CRC changed", "0x00000011 → 0x00000021", "EXPORT_SYMBOL", ""],
        ["gamma", "became GPL-only", "0x00000013", "EXPORT_SYMBOL → EXPORT_SYMBOL_GPL", ""],
        ["epsilon", "namespace added or changed", "0x00000015", "EXPORT_SYMBOL", "none → NS"],
        ["zeta", "added", "0x00000017", "EXPORT_SYMBOL", ""],
        ["lib/beta 1 moved to another module"],
        ["beta", "moved to another module, vmlinux", "0x00000012", "EXPORT_SYMBOL", ""],
    ]


def test_changes_can_be_put_in_another_order(client, record) -> None:
    rows = read(client.get(f"/diff/{OLD}/{NEW}/?sort=kind&text=eta")).tables[CAPTION]
    assert rows == [
        ["Symbol", "Module", "CRC", "Type", "Namespace"],
        ["Moved to another module"],
        ["beta", "lib/beta → vmlinux", "0x00000012", "EXPORT_SYMBOL", ""],
        ["Added"],
        ["zeta", "vmlinux", "0x00000017", "EXPORT_SYMBOL", ""],
    ]
    rows = read(client.get(f"/diff/{OLD}/{NEW}/?sort=symbol")).tables[CAPTION]
    assert [row[0] for row in rows] == ["Symbol", "alpha", "beta", "delta", "epsilon", "gamma", "zeta"]


def test_modules_are_counted_and_each_opens_its_changes(client, record) -> None:
    page = read(client.get(f"/diff/{OLD}/{NEW}/?sort=symbol"))
    table = page.tables["2 modules with changes, of most changes first"]
    kinds = ["Removed", "CRC changed", "Became GPL-only", "Namespace added or changed", "Moved to another module"]
    assert table == [
        ["Module", "Exports", *kinds, "Added"],
        ["vmlinux", "5", "1", "1", "1", "1", "–", "1"],
        ["lib/beta", "1", "–", "–", "–", "–", "1", "–"],
    ]
    assert page.to("lib/beta") == ["?sort=symbol&module=lib%2Fbeta#changes"]
    opened = read(client.get(f"/diff/{OLD}/{NEW}/?module=lib/beta"))
    assert [row[0] for row in opened.tables[CAPTION][1:]] == ["lib/beta 1 moved to another module", "beta"]


def test_of_many_modules_a_page_is_shown_and_the_rest_behind_one_of_them(client, record, monkeypatch) -> None:
    monkeypatch.setattr(diffs, "MODULES", 1)
    page = read(client.get(f"/diff/{OLD}/{NEW}/"))
    assert page.to("Further modules") == ["?modules_after=vmlinux#modules"]
    later = read(client.get(f"/diff/{OLD}/{NEW}/?modules_after=vmlinux"))
    assert [row[0] for row in later.tables["2 modules with changes, of most changes first, from the 2. on"][1:]] == [
        "lib/beta"
    ]
    assert later.to("The first modules") == ["?#modules"]


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
    assert [row[0] for row in page.tables[CAPTION][1:] if len(row) > 1] == symbols
    assert page.to("show all") == [f"/diff/{OLD}/{NEW}/#changes"]


def test_pages_of_changes_lead_to_each_other(client, record, monkeypatch) -> None:
    monkeypatch.setattr(diffs, "PAGE", 2)
    first = read(client.get(f"/diff/{OLD}/{NEW}/?sort=symbol"))
    assert first.to("First page") == []
    assert first.to("Next page") == ["?sort=symbol&after=beta+lib%2Fbeta+moved#changes"]
    page = read(client.get(f"/diff/{OLD}/{NEW}/?sort=symbol&after=beta+lib%2Fbeta+moved"))
    assert [row[0] for row in page.tables[CAPTION][1:]] == ["delta", "epsilon"]
    assert "6 changed exports, continued." in page.text
    assert page.to("First page") == ["?sort=symbol#changes"]


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
    monkeypatch.setattr(archive, "MANY_OPTIONS", 2)
    page = read(client.get(f"/diff/{OLD}/{NEW}/"))
    assert "3 options differ; the first 1 of them (show more)." in page.text
    assert page.to("show more") == ["?config=all#config"]
    more = read(client.get(f"/diff/{OLD}/{NEW}/?config=all"))
    assert [row[0] for row in more.tables["Options that differ"][1:]] == ["CONFIG_A", "CONFIG_B"]
    assert more.to("Next options") == ["?options_after=CONFIG_B#config"]
    last = read(client.get(f"/diff/{OLD}/{NEW}/?options_after=CONFIG_B"))
    assert [row[0] for row in last.tables["Options that differ"][1:]] == ["CONFIG_C"]
    assert [last.to("The first options"), last.to("Next options")] == [["?#config"], []]


def test_configurations_that_are_not_known_are_not_compared(client, config, monkeypatch) -> None:
    unknown = dataclasses.replace(config, measured=False, changes=())
    monkeypatch.setattr(queries, "config_diff", lambda *_: unknown)
    page = read(client.get(f"/diff/{OLD}/{NEW}/"))
    assert f"Kernel configuration N{words.CONFIG_UNKNOWN[1:]}." in page.text
    assert "Options that differ" not in page.tables


def test_json_has_the_configuration_on_request(client, config) -> None:
    address = f"/diff/{OLD}/{NEW}/?format=json"
    assert "config" not in json_of(client.get(address))
    assert json_of(client.get(f"{address}&config=all"))["config"] == json.loads(
        json.dumps(jsonform.config_json(config))
    )


def test_what_crcs_cannot_measure_is_said_and_the_rest_is_told(client, record) -> None:
    page = read(client.get(f"/diff/{RC1}/{RC2}/"))
    caption = next(caption for caption in page.tables if caption.startswith("Of 1 export on both sides"))
    assert [row for row in page.tables[caption][1:] if row[1] != "0"] == [
        ["CRC changed", "not measurable by CRC", "is refused"],
        ["Gone from vmlinux", "4", "cannot be told: the archive has lost the modules"],
    ]
    assert page.tables[CAPTION][2][0] == f"{RUST} perhaps only moved"
    assert "only the exports of vmlinux are compared" in page.text
    assert "the kernel accepts the other build's modules unchecked" in page.text
    assert words.CRC_OVERSTATES not in page.text  # no CRC was compared


def test_flags_that_were_not_compared_are_said(client, record, monkeypatch) -> None:
    address, said = f"/diff/{OLD}/{NEW}/", "The vermagic flags of one side are not known and were not compared."
    assert said not in read(client.get(address)).text
    found = queries.compared(*(queries.one_build(name) for name in (OLD, NEW)))
    untold = dataclasses.replace(found, diff=dataclasses.replace(found.diff, new_vermagic=""))
    monkeypatch.setattr(queries, "compared", lambda *_: untold)
    assert said in read(client.get(address)).text


def test_kernels_that_never_meet_are_compared_with_a_warning(client, record) -> None:
    page = read(client.get(f"/diff/{NEW}/6.1.0-3-cloud-amd64=6.1.3-1:amd64/"))
    assert "Builds of different architectures or flavours" in page.text


def test_json_is_that_of_the_terminal(client, record, capsys) -> None:
    found = json_of(client.get(f"/diff/{OLD}/{NEW}.json"))
    with pytest.raises(SystemExit, match="2"):
        call_command("diff", OLD, NEW, "--json")
    assert found == json.loads(capsys.readouterr().out)
    assert found == json_of(client.get(f"/diff/{OLD}/{NEW}/?format=json"))
    assert len(found["changes"]) == 6


@pytest.fixture
def fixes(record):
    """What uploads say they fix."""
    facts = (*(UploadFact("cve", "", f"CVE-2026-{n}") for n in range(1, 11)), UploadFact("bug", "", "1000001"))
    entry = make_entry("6.1.3-1", distribution="bookworm-security", facts=facts)
    store.save(make_kernel("6.1.0-3-amd64", "6.1.3-1", exports=CHANGED, changelog=(entry,), extractor=2))


def test_the_uploads_between_are_told_with_their_cves_and_bugs(client, fixes) -> None:
    page = read(client.get(f"/diff/{OLD}/{NEW}/"))
    assert "Changelog between them 1 upload: 10 CVEs, 1 bug." in page.text
    first = ", ".join(f"CVE-2026-{n}" for n in range(1, 9))
    assert page.tables["Uploads of linux, newest first"][1:] == [
        ["6.1.3-1", "2026-11-01 bookworm-security", f"10: {first}, 2 more", "#1000001"]
    ]
    assert page.to("CVE-2026-1") == ["https://security-tracker.debian.org/tracker/CVE-2026-1"]
    assert page.to("2 more") == ["/upload/linux/6.1.3-1/#cves"]
    assert page.to("#1000001") == ["https://bugs.debian.org/1000001"]


def test_where_no_changelog_leads_that_is_said(client, record) -> None:
    page = read(client.get(f"/diff/{OLD}/{RC1}/"))
    assert "No release line has both builds: no one changelog leads from one to the other. linux 6.1.2-1," in page.text


def test_a_symbol_s_name_may_hold_anything(client, record) -> None:
    page = read(client.get("/build/6.1.0-3-amd64=6.1.3-1:amd64/", {"text": RUST}))
    (address,) = page.to(RUST)
    assert RUST in read(client.get(address)).text
