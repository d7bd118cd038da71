# SPDX-License-Identifier: GPL-2.0-or-later
import dataclasses
import datetime as dt

import pytest

from abidb import queries, store, words
from abidb.answers import UploadNotes
from abidb.records import ModuleFact, Snapshot
from dashboard.views import builds
from tests.builders.records import make_deb, make_kernel
from tests.dashboard.answers import make_upload
from tests.dashboard.conftest import FIRST as EXPORTS
from tests.dashboard.conftest import RUST
from tests.dashboard.reading import read

pytestmark = pytest.mark.django_db
FIRST = "/build/6.1.0-1-amd64=6.1.1-1:amd64/"
CAPTION = "In order of symbols"


def test_an_unknown_build_is_404_with_suggestions(client, record) -> None:
    response = client.get("/build/6.1.0-7-amd64/")
    page = read(response)
    assert (response.status_code, "No build 6.1.0-7-amd64 in the record." in page.text) == (404, True)
    assert page.to("6.1.0-1-amd64") == ["/build/6.1.0-1-amd64/"]


def test_what_is_no_build_at_all_is_404(client, record) -> None:
    assert client.get("/build/a=b=c/").status_code == 404


@pytest.mark.parametrize("address", ["/build/{}/", "/build/{}/Module.symvers", "/diff/{}/6.1.0-1-amd64/"])
@pytest.mark.parametrize("text", ["6" * 4_000, "6.1.0-1-amd64" + "-" * 4_000, "6.1.0-1-amd64=" + "1" * 4_000])
def test_a_text_longer_than_any_name_is_404_and_only_its_beginning_is_looked_up(
    client, record, monkeypatch, address: str, text: str
) -> None:
    asked = []
    one_build = queries.one_build
    monkeypatch.setattr(queries, "one_build", lambda name: asked.append(name) or one_build(name))
    response = client.get(address.format(text))
    assert (response.status_code, asked, text in response.content.decode()) == (404, [text[:200]], False)


@pytest.mark.parametrize("rest", ["", "Module.symvers"])
def test_a_name_of_several_builds_is_a_choice(client, record, rest: str) -> None:
    response = client.get(f"/build/7.3+deb13-amd64/{rest}")
    page = read(response)
    assert (response.status_code, "Which one?" in page.text) == (300, True)
    assert page.to("7.3+deb13-amd64=7.3~rc1-1~bpo13+1:amd64") == [
        f"/build/7.3+deb13-amd64=7.3~rc1-1~bpo13+1:amd64/{rest}"
    ]


@pytest.mark.parametrize("short", ["6.1.0-1-amd64", "6.1.0-1-amd64=6.1.1-1", "6.1.0-1-amd64:amd64"])
def test_a_short_name_leads_to_the_permanent_one_with_its_query(client, record, short: str) -> None:
    response = client.get(f"/build/{short}/", {"kind": "EXPORT_SYMBOL"})
    assert (response.status_code, response["Location"]) == (302, FIRST + "?kind=EXPORT_SYMBOL")


def test_a_build_shows_its_provenance_down_to_the_digests(client, record) -> None:
    page = read(client.get(FIRST))
    facts = queries.build(queries.one_build("6.1.0-1-amd64").id)
    for said in (
        facts.debs[0].sha256,
        "0" * 64,
        "main/binary-amd64/Packages of http://127.0.0.1/debian",
        facts.digest,
        "An index of a signed Release lists every package of it. Read ",
        "All 5 CRCs that the build's own modules import are those that it exports.",
        "Not compared: it was read before abidb read headers.",
        "2 options",
    ):
        assert said in page.text
    assert page.to("6.1.0-2-amd64") == ["/build/6.1.0-2-amd64=6.1.2-1:amd64/"]  # has the same exports
    assert page.to("linux") == ["https://tracker.debian.org/pkg/linux"]


def test_a_build_leads_to_the_ones_beside_it_and_to_what_changed(client, record) -> None:
    page = read(client.get("/build/6.1.0-2-amd64=6.1.2-1:amd64/"))
    assert [page.to("← 6.1.1-1"), page.to("what changed since"), page.to("what changed then")] == [
        [FIRST],
        ["/diff/6.1.0-1-amd64=6.1.1-1:amd64/6.1.0-2-amd64=6.1.2-1:amd64/"],
        ["/diff/6.1.0-2-amd64=6.1.2-1:amd64/6.1.0-3-amd64=6.1.3-1:amd64/"],
    ]
    assert "New ABI name, no export changed: what changed since" in page.text
    assert words.CRC_OVERSTATES in page.text


def test_the_ends_of_a_lane_are_said(client, record) -> None:
    text = read(client.get(FIRST)).text
    assert "Before it nothing: the first one there" in text
    assert "After it nothing yet: the newest one there" in read(client.get("/build/6.1.0-3-amd64/", follow=True)).text


def test_a_build_leads_to_those_of_its_upload_and_to_debian_s_own_pages(client, record) -> None:
    page = read(client.get("/build/6.1.0-3-amd64/", follow=True))
    assert "Its builds here amd64: amd64, cloud-amd64" in page.text
    assert [page.to(said) for said in ("cloud-amd64", "security tracker", "bugs", "tag of its packaging")] == [
        ["/build/6.1.0-3-cloud-amd64=6.1.3-1:amd64/"],
        ["https://security-tracker.debian.org/tracker/source-package/linux"],
        ["https://bugs.debian.org/src:linux"],
        ["https://salsa.debian.org/kernel-team/linux/-/tags/debian%2F6.1.3-1"],
    ]
    page = read(client.get("/build/7.3+deb13-amd64=7.3~rc1-1~bpo13+1:amd64/"))
    (tag,) = page.to("tag of its packaging")
    assert tag.endswith("/-/tags/debian%2F7.3_rc1-1_bpo13%2B1")


def test_what_an_upload_fixes_leads_to_the_trackers(client, record, monkeypatch) -> None:
    cves = tuple(f"CVE-2026-{n}" for n in range(50))
    monkeypatch.setattr(queries, "upload_notes", lambda *_: UploadNotes(cves, ("1000001",)))
    monkeypatch.setattr(queries, "upload", lambda *_: make_upload(cves=50, bugs=1))
    page = read(client.get(FIRST))
    assert page.to("CVE-2026-26") == ["https://security-tracker.debian.org/tracker/CVE-2026-26"]
    assert [page.to("CVE-2026-25"), page.to("all 50")] == [[], ["/upload/linux/6.1.1-1/#cves"]]
    assert [page.to("#1000001"), page.to("all 1")] == [["https://bugs.debian.org/1000001"], []]
    monkeypatch.setattr(queries, "upload_notes", lambda *_: UploadNotes((), tuple(map(str, range(50)))))
    monkeypatch.setattr(queries, "upload", lambda *_: make_upload(bugs=50))
    page = read(client.get(FIRST))
    assert [page.to("#26"), page.to("#25"), page.to("all 50")] == [
        ["https://bugs.debian.org/26"],
        [],
        ["/upload/linux/6.1.1-1/#bugs"],
    ]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("6.6.6-amd64", "Local. No verified index lists all of these packages, so nothing vouches for the build."),
        (
            "6.1.0-9-amd64",
            "Set apart. It is in no lane, chart or comparison of lanes until this is explained: "
            "1 symbol exported with another CRC than the build's own modules import: alpha",
        ),
        ("7.3+deb13-amd64=7.3~rc2-1~bpo13+1", "Partial. The archive no longer has this build’s modules"),
        ("7.3+deb13-amd64=7.3~rc1-1~bpo13+1", "No CRCs. This kernel is built without MODVERSIONS"),
    ],
)
def test_what_is_out_of_the_ordinary_is_said_plainly(client, record, name: str, said: str) -> None:
    assert said in read(client.get(f"/build/{name}/", follow=True)).text


def test_an_ordinary_build_has_no_such_note(client, record) -> None:
    text = read(client.get(FIRST)).text
    notes = ("Local.", "Set apart.", "Partial.", "No CRCs.", "From the snapshot service.")
    assert not [word for word in notes if word in text]


@pytest.fixture
def facts(record, monkeypatch):
    """The first build as the record has it, but for what a test says."""
    found = queries.build(queries.one_build("6.1.0-1-amd64").id)

    def change(**fields: object) -> None:
        monkeypatch.setattr(queries, "build", lambda _: dataclasses.replace(found, **fields))

    return change


def test_a_build_by_snapshot_hash_only_says_so_down_to_the_deb(client, facts) -> None:
    seen = dt.datetime(2012, 5, 3, tzinfo=dt.UTC)
    known = make_deb("linux-image-6.1.0-1-amd64", snapshot=Snapshot("c0ffee", seen))
    facts(provenance="snapshot hash", debs=(known, dataclasses.replace(known, listings=())))
    text = read(client.get(FIRST)).text
    assert "From the snapshot service. Vouched for by snapshot hash only: of a package at least no verified" in text
    assert "Listed in no verified index that is known: by snapshot hash only" in text
    assert text.count("fetched by SHA-1 c0ffee; first seen there 2012-05-03") == 2


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"extractor": 2}, "Not compared: the headers are not in the archive."),
        ({"symvers_lines": 24_664}, "All 24,664 lines of the headers' Module.symvers say what was read."),
        (
            {"symvers_lines": 6, "symvers_differing": ("beta", "gamma")},
            "2 symbols not as the headers' Module.symvers has them.",
        ),
    ],
)
def test_what_comparing_with_the_headers_gave_is_said(client, facts, fields, said: str) -> None:
    facts(**fields)
    assert f"Module.symvers of its headers {said}" in read(client.get(FIRST)).text


def test_a_build_says_what_its_upload_says(client, record, monkeypatch) -> None:
    upload = make_upload(abi=("20",), cves=3, remarks=("[i386] Ignore ABI changes for lguest",), policy_read=False)
    monkeypatch.setattr(queries, "upload", lambda *_: upload)
    page = read(client.get(FIRST))
    assert (
        "Its upload Aimed at bookworm-security Urgency high ABI name 6.1.0-1; its changelog sets 20 Ignored ABI "
        "changes not known: its source package has not been read Remark: [i386] Ignore ABI changes for lguest "
        "CVEs, bugs 3 CVEs, 0 bugs: this upload"
    ) in page.text
    assert page.to("this upload") == ["/upload/linux/6.1.1-1/"]


def test_the_configuration_has_a_page_of_its_own(client, record) -> None:
    assert read(client.get(FIRST)).to("2 options") == [FIRST + "config/"]
    assert client.get("/build/6.1.0-1-amd64/config/?text=x")["Location"] == FIRST + "config/?text=x"
    page = read(client.get(FIRST + "config/"))
    assert page.tables["In order of names"][1:] == [["CONFIG_MODVERSIONS", "y"], ["CONFIG_TUN", "m"]]
    assert "1 to 2 of 2 options" in page.text
    assert page.to("Download all 2 options as .config") == ["?format=text"]


@pytest.mark.parametrize(("text", "names"), [("tun", ["CONFIG_TUN"]), ("=y", ["CONFIG_MODVERSIONS"]), ("nothing", [])])
def test_options_can_be_filtered(client, record, text: str, names: list[str]) -> None:
    page = read(client.get(FIRST + "config/", {"text": text}))
    assert [row[0] for row in page.tables.get("In order of names", [[]])[1:]] == names
    assert page.to("show all") == [FIRST + "config/"]


def test_options_come_in_pages(client, record, monkeypatch) -> None:
    monkeypatch.setattr(builds, "PAGE", 1)
    first, second = (read(client.get(FIRST + "config/", {"offset": at})) for at in ("0", "1"))
    assert [first.to("Next page"), second.to("Previous page")] == [["?offset=1"], ["?offset=0"]]


def test_the_configuration_can_be_kept(client, record) -> None:
    response = client.get(FIRST + "config/?format=text")
    assert response["Content-Disposition"] == 'attachment; filename="config-6.1.0-1-amd64_6.1.1-1_amd64"'
    assert response.content == b"CONFIG_MODVERSIONS=y\nCONFIG_TUN=m\n"


def test_a_configuration_that_is_not_known_is_called_so(client, record, monkeypatch) -> None:
    monkeypatch.setattr(queries, "config", lambda _: ())
    assert "Not known: none of the packages that this build was read from" in read(client.get(FIRST + "config/")).text


@pytest.mark.parametrize(
    ("query", "symbols"),
    [
        ({}, [RUST, "alpha", "beta", "delta", "epsilon", "gamma"]),
        ({"text": "ALP"}, ["alpha"]),
        ({"module": "lib/beta"}, ["beta"]),
        ({"kind": "EXPORT_SYMBOL_GPL"}, [RUST]),
        ({"after": "delta"}, ["epsilon", "gamma"]),
    ],
)
def test_exports_can_be_filtered_and_paged(client, record, query, symbols) -> None:
    page = read(client.get(FIRST, query))
    caption = CAPTION + (", continued" if "after" in query else "")
    assert [row[0] for row in page.tables[caption][1:]] == symbols


@pytest.mark.parametrize(
    ("namespace", "symbols"), [("NS", ["epsilon"]), ("-", [RUST, "alpha", "beta", "gamma", "zeta"])]
)
def test_exports_with_and_without_a_namespace_can_be_told_apart(client, record, namespace, symbols) -> None:
    page = read(client.get("/build/6.1.0-3-amd64=6.1.3-1:amd64/", {"namespace": namespace}))
    assert [row[0] for row in page.tables[CAPTION][1:]] == symbols


def test_a_page_of_exports_leads_to_the_next_with_its_filter(client, record, monkeypatch) -> None:
    monkeypatch.setattr(builds, "PAGE", 2)
    page = read(client.get(FIRST, {"kind": "EXPORT_SYMBOL"}))
    assert page.to("Next page") == ["?kind=EXPORT_SYMBOL&after=beta#exports"]
    assert page.tables[CAPTION][1:] == [
        ["alpha", "vmlinux", "0x00000011", "EXPORT_SYMBOL", ""],
        ["beta", "lib/beta", "0x00000012", "EXPORT_SYMBOL", ""],
    ]


def test_symbols_of_several_modules_are_counted_listed_and_flagged(client, twice) -> None:
    page = read(client.get("/build/6.1.0-2-amd64=6.1.2-1:amd64/"))
    assert "Exported by several modules 1 symbol alpha" in page.text
    assert [row[:2] for row in page.tables[CAPTION][1:]] == [
        ["alpha several modules", "lib/alpha"],
        ["alpha several modules", "vmlinux"],
        ["beta", "vmlinux"],
    ]
    page = read(client.get("/build/6.1.0-1-amd64=6.1.1-1:amd64/"))
    assert "Exported by several modules no symbol" in page.text
    assert [row[0] for row in page.tables[CAPTION][1:]] == ["alpha", "beta"]


def test_of_many_symbols_of_several_modules_the_first_are_listed(client, twice, monkeypatch) -> None:
    monkeypatch.setattr(builds, "LISTED", 0)
    assert "1 symbol, the first 0 of them" in read(client.get("/build/6.1.0-2-amd64=6.1.2-1:amd64/")).text


def test_what_modules_share_cannot_be_told_without_them(client, record) -> None:
    text = read(client.get("/build/7.3+deb13-amd64=7.3~rc2-1~bpo13+1:amd64/")).text
    assert "Exported by several modules cannot be told: the archive has lost the modules" in text


def test_a_crc_that_is_not_known_is_shown_so(client, record) -> None:
    page = read(client.get("/build/7.3+deb13-amd64=7.3~rc2-1~bpo13+1:amd64/"))
    assert page.tables[CAPTION][1:] == [["alpha", "vmlinux", "unknown", "EXPORT_SYMBOL", ""]]


@pytest.fixture
def shipping(db):
    """A build with four modules, of which one exports."""
    facts = [ModuleFact(f"drivers/net/m{n}", "GPL" if n else "Dual MIT/GPL", "") for n in range(3)]
    store.save(
        make_kernel("6.1.0-1-amd64", "6.1.1-1", exports=EXPORTS, modules=(*facts, ModuleFact("lib/beta", "GPL", "")))
    )


MODULES = FIRST + "modules/"


def test_modules_have_license_and_exports(client, shipping) -> None:
    page = read(client.get("/build/6.1.0-1-amd64/modules/", follow=True))
    assert page.tables["In order of paths"][1:] == [
        ["drivers/net/m0", "0", "Dual MIT/GPL"],
        ["drivers/net/m1", "0", "GPL"],
        ["drivers/net/m2", "0", "GPL"],
        ["lib/beta", "1", "GPL"],
    ]
    assert page.to("1") == [FIRST + "?module=lib%2Fbeta#exports"]
    assert "4 modules of the build" in page.text


def test_modules_can_be_filtered_and_come_in_pages(client, shipping, monkeypatch) -> None:
    monkeypatch.setattr(builds, "PAGE", 1)
    page = read(client.get(MODULES, {"text": "NET", "license": "GPL"}))
    assert page.tables["In order of paths"][1:] == [["drivers/net/m1", "0", "GPL"]]
    assert "2 modules that fit; show all 4" in page.text
    assert page.to("Next page") == ["?text=NET&license=GPL&after=drivers%2Fnet%2Fm1"]
    page = read(client.get(MODULES + page.to("Next page")[0]))
    assert page.tables["In order of paths, continued"][1:] == [["drivers/net/m2", "0", "GPL"]]
    assert [page.to("First page"), page.to("Next page")] == [["?text=NET&license=GPL"], []]
    assert not read(client.get(MODULES, {"text": "wifi"})).tables


def test_modules_that_the_archive_has_lost_are_not_known(client, db) -> None:
    store.save(make_kernel("6.1.0-1-amd64", "6.1.1-1", exports=EXPORTS[:1], modules=(), covers="vmlinux"))
    assert "Not known: the archive no longer has this build’s modules." in read(client.get(MODULES)).text
