# SPDX-License-Identifier: GPL-2.0-or-later
import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from abidb import queries, store, usejson
from abidb.stablelist import cost_curve, coverage
from dashboard.views import inuse
from tests.builders import uses
from tests.builders.records import DAY, make_kernel
from tests.dashboard.reading import read

pytestmark = pytest.mark.django_db
SYMBOLS = "Broken: in how many of the 3 steps of bookworm amd64. Export type in 6.1.0-4-amd64"
GAPS = "Packages that are not whole, those that lack least first"
CURVE = "Each line: the list of the line above and what one more package needs"
ABOUT = (
    "2 of 6 packages of bookworm were built whole; not counted: 1 built in part, "
    "1 known from a search of the source alone, 2 not built"
)


@pytest.fixture
def packages(db):
    uses.fill_kernels()
    uses.fill_packages()


@pytest.mark.parametrize("address", ["/in-use/", "/in-use/coverage/"])
def test_an_empty_record_says_that_there_is_no_package(client, db, address: str) -> None:
    assert "No package that brings source of modules is in the record." in read(client.get(address)).text


@pytest.mark.parametrize("address", ["/in-use/", "/in-use/coverage/"])
def test_a_release_without_packages_is_404_with_those_that_have_some(client, packages, address: str) -> None:
    response = client.get(address, {"release": "woody"})
    assert (response.status_code, read(response).to("bookworm")) == (404, [f"{address}?release=bookworm"])


def test_symbols_in_use_are_listed_with_what_the_figures_are_about(client, packages) -> None:
    page = read(client.get("/in-use/"))
    assert "2 packages import 3 symbols, 1 of them GPL-only in 6.1.0-4-amd64." in page.text
    assert f"{ABOUT} (which)." in page.text
    assert page.tables[SYMBOLS] == [
        ["Symbol", "Packages", "Broken", "Export type now", "Named in source", "Used by"],
        ["alpha", "1", "1", "EXPORT_SYMBOL", "1", "ant-dkms"],
        ["gamma", "1", "1", "EXPORT_SYMBOL_GPL", "1", "bee-dkms"],
        ["beta", "1", "0", "EXPORT_SYMBOL", "1", "bee-dkms"],
    ]
    assert page.to("alpha") == ["/symbol/alpha/"]


def test_what_is_not_counted_is_named_with_why(client, packages) -> None:
    text = read(client.get("/in-use/")).text
    said = (
        "Built in part cat-dkms (1 symbol at least) Source scan elk-dkms (about 2 symbols) Not built dog-dkms, fox-dkms"
    )
    assert said in text


def test_they_can_be_filtered_and_sorted_page_by_page(client, packages, monkeypatch) -> None:
    monkeypatch.setattr(inuse, "PAGE", 1)
    first = read(client.get("/in-use/", {"sort": "symbol", "kind": "EXPORT_SYMBOL"}))
    (later,) = first.to("Next page")
    second = read(client.get(f"/in-use/{later}"))
    assert [first.tables[SYMBOLS][1][0], second.tables[SYMBOLS][1][0]] == ["alpha", "beta"]
    assert (second.to("Next page"), len(second.to("First page"))) == ([], 1)


def test_a_filter_that_nothing_fits_says_so(client, packages) -> None:
    assert read(client.get("/in-use/", {"text": "nothing"})).tables[SYMBOLS][1] == ["None."]


def test_a_lane_of_another_release_is_not_followed(client, packages) -> None:
    assert (
        read(client.get("/in-use/", {"release": "trixie", "lane": "bookworm/amd64/amd64"})).text.count(
            "no kernel of this release"
        )
        == 1
    )


def test_programs_get_all_symbols_at_once(client, packages, monkeypatch) -> None:
    monkeypatch.setattr(inuse, "PAGE", 1)
    found = client.get("/in-use/?format=json").json()
    assert found == json.loads(json.dumps(usejson.in_use_json(queries.in_use(limit=None))))
    assert client.get("/in-use/?format=csv&text=alpha").content.decode().splitlines() == [
        "packages,symbol,named_by,broke,kind,namespace,names",
        "1,alpha,1,1,EXPORT_SYMBOL,,ant-dkms",
    ]


def test_a_list_is_told_by_what_it_keeps_whole_and_what_others_lack(client, packages) -> None:
    page = read(client.get("/in-use/coverage/", {"symbols": "alpha,module_layout gamma\nidle"}))
    assert "This list of 4 symbols keeps 1 of 2 packages whole. 2 symbols on it are used by none." in page.text
    assert "Whole: ant-dkms." in page.text
    assert page.tables[GAPS][1:] == [["bee-dkms", "2", "1", "beta"]]
    assert "On the list and used by no package (2)idle module_layout" in page.text


def test_a_short_answer_has_an_address(client, packages) -> None:
    page = read(client.post("/in-use/coverage/", {"symbols": "alpha\nidle", "release": "bookworm"}))
    (address,) = page.to("Address of this answer")
    assert address == "/in-use/coverage/?release=bookworm&symbols=alpha+idle"
    assert "This list of 2 symbols keeps 1 of 2 packages whole." in read(client.get(address)).text


@pytest.mark.parametrize(
    "sent",
    [
        {"data": {"symbols": "alpha module_layout"}},
        {"data": {"symbols": "alpha", "file": SimpleUploadedFile("list.txt", b"module_layout\n")}},
        {"data": b"alpha\nmodule_layout\n\xff", "content_type": "text/plain"},
    ],
)
def test_a_long_list_is_sent_as_a_field_a_file_or_a_plain_body(client, packages, sent) -> None:
    assert "keeps 1 of 2 packages whole" in read(client.post("/in-use/coverage/", **sent)).text


def test_a_list_longer_than_all_exports_of_a_kernel_is_refused_unread(client, packages) -> None:
    response = client.post("/in-use/coverage/", {"symbols": "x" * (inuse.LONGEST_LIST + 1)})
    assert (response.status_code, "The list is longer than 1,000,000 bytes" in read(response).text) == (413, True)


def test_a_form_that_cannot_be_read_is_a_bad_request(client, packages) -> None:
    response = client.post("/in-use/coverage/", b"--nothing", content_type="multipart/form-data; boundary=x")
    assert response.status_code in {200, 400}
    assert client.post("/in-use/coverage/", b"x", content_type="multipart/form-data").status_code == 400


def test_the_cost_of_a_stable_list_stands_in_a_table_and_a_chart(client, packages) -> None:
    response = client.get("/in-use/coverage/")
    assert read(response).tables[CURVE] == [
        ["Package", "Symbols more", "Symbols", "Packages whole"],
        ["ant-dkms", "1", "1", "1"],
        ["bee-dkms", "2", "3", "2"],
    ]
    assert b'id="cost-figure"' in response.content


def test_where_installations_are_known_they_can_weigh(client, packages) -> None:
    store.put_popcon({"bee-dkms": 50, "ant-dkms": 3}, DAY)
    page = read(client.get("/in-use/coverage/"))
    (address,) = page.to("By installations instead")
    rows = read(client.get(f"/in-use/coverage/{address.partition('#')[0]}")).tables[CURVE]
    assert rows[0][-1] == "Installations, at least"
    assert rows[1:] == [["bee-dkms", "2", "2", "1", "50"], ["ant-dkms", "1", "3", "2", "53"]]


def test_the_address_of_the_curve_keeps_the_list(client, packages) -> None:
    page = read(client.get("/in-use/coverage/", {"symbols": "alpha idle"}))
    (address,) = page.to("JSON")
    assert client.get(f"/in-use/coverage/{address}").json()["coverage"]["whole"] == ["ant-dkms"]


def test_a_lane_alone_means_its_release(client, packages) -> None:
    store.save(make_kernel("6.12.1-amd64", "6.12.1-1", suite="trixie"))
    found = [
        client.get("/in-use/", {"lane": lane, "format": "json"}).json()
        for lane in ("trixie/amd64/amd64", "trixie/amd64/none", "x")
    ]
    assert [(each["release"], each["lane"]) for each in found] == [
        ("trixie", "trixie/amd64/amd64"),
        ("bookworm", "bookworm/amd64/amd64"),
        ("bookworm", "bookworm/amd64/amd64"),
    ]


def test_programs_get_coverage_and_curve(client, packages) -> None:
    found = client.get("/in-use/coverage/?format=json&symbols=alpha").json()
    told = queries.release_uses()
    curve = cost_curve(told.by_package)
    expected = usejson.coverage_json(told, coverage(["alpha"], told.by_package), curve)
    assert found == json.loads(json.dumps(expected))
    assert client.get("/in-use/coverage/?format=csv").content.decode().splitlines() == [
        "package,added,symbols,packages,systems",
        "ant-dkms,1,1,1,",
        "bee-dkms,2,3,2,",
    ]


def test_a_symbol_names_its_users(client, packages) -> None:
    page = read(client.get("/symbol/alpha/"))
    assert "2 of 4 packages that were built use it." in page.text
    assert page.tables["Module packages outside of the kernel, all versions that were built"] == [
        ["Package", "Versions", "Modules", "Comes through", "License"],
        ["ant-dkms", "0.9-1, 1.0-1", "ant", "its own source", "GPL"],
        ["bee-dkms", "1.0-1", "wax", "a header or the compiler", "GPL"],
        ["elk-dkms source scan", "1.0-1", "Known from a search of its source alone: not counted"],
    ]
    assert page.to("ant-dkms") == ["/package/ant/"]


def test_a_license_that_excludes_gpl_only_symbols_is_marked(client, packages) -> None:
    store.put_popcon({"bee-dkms": 50}, DAY)
    row = read(client.get("/symbol/beta/")).tables[
        "Module packages outside of the kernel, all versions that were built"
    ][2]
    assert row == [
        "bee-dkms",
        "1.0-1",
        "bee",
        "its own source",
        "Proprietary may use no GPL-only symbol",
        "at least 50 reporting systems",
    ]


def test_the_cost_of_a_list_is_a_picture_that_stands_alone(client, packages) -> None:
    response = client.get("/in-use/coverage/?symbols=alpha&format=svg")
    picture = response.content.decode()
    assert (response["Content-Type"], picture.startswith("<svg xmlns="), "<circle" in picture) == (
        "image/svg+xml",
        True,
        True,
    )


def test_a_lane_tells_how_many_packages_each_step_hits(client, packages) -> None:
    page = read(client.get("/bookworm/amd64/amd64/"))
    rows = page.tables["Newest first; each is compared with the upload below it"]
    assert [[row[0], row[6]] for row in rows] == [
        ["Version", "Packages hit"],
        ["6.1.4-1", "1"],
        ["6.1.3-1", "1"],
        ["6.1.2-1", "0"],
        ["6.1.1-1", "–"],
    ]
    assert "Every package survives 1 of 3 steps." in page.text
    assert page.to("1") == [
        "/diff/6.1.0-3-amd64=6.1.3-1:amd64/6.1.0-4-amd64=6.1.4-1:amd64/#packages",
        "/diff/6.1.0-2-amd64=6.1.2-1:amd64/6.1.0-3-amd64=6.1.3-1:amd64/#packages",
    ]
    assert "The packages that each upload hit 6.1.4-1: bee-dkms 6.1.3-1: ant-dkms" in page.text
    assert page.to("Updates that stopped packages from compiling") == ["/bookworm/breaks/"]


HITS = "Those that stop compiling first, then those whose modules are refused"


def test_a_diff_names_the_packages_hit_with_both_answers(client, packages) -> None:
    page = read(client.get("/diff/6.1.0-2-amd64=6.1.2-1:amd64/6.1.0-3-amd64=6.1.3-1:amd64/"))
    assert "The modules of 1 of 3 packages (3 computed) are refused and had to be rebuilt" in page.text
    assert page.tables[HITS] == [
        ["Package", "Module built for the old kernel", "Source on the new kernel", "Rebuilt code"],
        ["ant-dkms 1.0-1", "Refused: alpha has another CRC, 0x00000001 -> 0x0000000b †", "Not tried", "–"],
        ["bee-dkms 1.0-1", "Loads †", "Compiles", "–"],
        ["cat-dkms 1.0-1", "Loads (about cat alone: its other modules did not come out) †", "Not tried", "–"],
    ]


def test_an_upgrade_that_every_package_survives_is_said_too(client, packages) -> None:
    page = read(client.get("/diff/6.1.0-1-amd64=6.1.1-1:amd64/6.1.0-2-amd64=6.1.2-1:amd64/"))
    assert (
        "Every package survives this step: modules that were built on the old kernel load on the new one." in page.text
    )


def test_a_diff_of_kernels_without_packages_says_so(client, db) -> None:
    uses.fill_kernels()
    page = read(client.get("/diff/6.1.0-1-amd64=6.1.1-1:amd64/6.1.0-2-amd64=6.1.2-1:amd64/"))
    assert "No package was built on these kernels." in page.text


def test_a_package_that_stops_compiling_comes_first_with_the_way_to_what_that_does(client, db) -> None:
    from tests.builders.packages import ERROR, fill_packages

    fill_packages()
    found = queries.breaks().breaks[0]
    page = read(client.get(f"/diff/{found.before.name}/{found.kernel.name}/"))
    first = page.tables[HITS][1]
    assert (first[0].split()[0], ERROR in first[2]) == (found.package, True)
    assert page.to("What that does to a system, and other updates that did so") == ["/breaks/"]
    assert page.to("Does not compile any more")[0].startswith(f"/package/{found.source}/log/")


def test_a_lane_says_where_packages_stop_compiling(client, db) -> None:
    from tests.builders.packages import fill_packages

    fill_packages()
    assert read(client.get("/bookworm/amd64/amd64/")).to("1 stops compiling")[0].endswith("#packages")
