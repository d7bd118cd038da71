# SPDX-License-Identifier: GPL-2.0-or-later
import pytest

from abidb import queries, store
from abidb.outoftree import NO_DEPENDENCY
from dashboard.views import packages as views
from tests.builders.outoftree import make_attempt, make_key, make_package
from tests.builders.packages import BAR, ERROR, FOURTH, fill_packages
from tests.dashboard.reading import read

pytestmark = pytest.mark.django_db
MATRIX = "Newest first; 1 to 4 of 4 kernels"
USES = "Those that broke most often first; 1 to {0}"


@pytest.fixture
def packages(db):
    fill_packages()


def log_of():
    """The one attempt that failed."""
    return next(each.log for each in queries.breaks().breaks)


def test_a_package_that_is_not_there_is_404_with_near_ones(client, packages) -> None:
    response = client.get("/package/fooo-dkms/")
    assert (response.status_code, read(response).to("foo-dkms")) == (404, ["/package/foo-dkms/"])


def test_a_lane_that_is_not_there_is_404_with_those_that_are(client, packages) -> None:
    response = client.get("/package/foo/?lane=bookworm/amd64/rt-amd64")
    page = read(response)
    assert response.status_code == 404
    assert page.to("bookworm/amd64/amd64") == ["/package/foo/?lane=bookworm%2Famd64%2Famd64"]


@pytest.mark.parametrize("number", ["999999", "99999999999"])
def test_a_log_that_is_not_there_is_404(client, packages, number) -> None:
    assert client.get(f"/package/foo/log/{number}/").status_code == 404


def test_an_empty_record_says_how_packages_come_into_it(client, db) -> None:
    assert "None is in the record yet: manage.py outoftree" in read(client.get("/packages/")).text


def test_all_packages_are_listed_by_source(client, packages) -> None:
    page = read(client.get("/packages/"))
    _, *rows = page.tables["4 source packages"]
    assert rows == [
        ["bar", "compiles (bookworm, 6.1.0-1-amd64)", "1", "not known", "bar-dkms", "bookworm 1.0-1"],
        ["baz", "not applicable (bookworm, 6.1.0-1-amd64)", "–", "not known", "baz-dkms", "bookworm 1.0-1"],
        [
            "foo",
            "compiles (bookworm, 6.1.0-4-amd64)",
            "2",
            "at least 1,204 reporting systems",
            "foo-dkms",
            "bookworm 1.0-1+deb12u1",
        ],
        ["qux source scan: nothing of it was built", "not tried", "–", "not known", "qux-dkms", "bookworm 1.0-1"],
    ]


def test_the_list_can_be_filtered(client, packages) -> None:
    page = read(client.get("/packages/?text=ba"))
    assert [row[0] for row in page.tables["2 source packages of 4 that fit; show all"][1:]] == ["bar", "baz"]


def test_a_binary_package_leads_to_its_source(client, packages) -> None:
    assert client.get("/package/foo-dkms/?lane=bookworm/amd64/amd64")["Location"].startswith("/package/foo/?lane=")


def test_the_matrix_has_two_answers_for_each_version_and_kernel(client, packages) -> None:
    page = read(client.get("/package/foo/"))
    rows = page.tables[MATRIX][2:]
    assert rows == [
        [
            "6.1.0-4 6.1.4-1",
            *("loads computed", "compiles"),
            *("loads", f"does not compile {ERROR}"),
        ],
        [
            "6.1.0-3 6.1.3-1",
            *("refused CRC: alpha computed", "not tried"),
            *("refused CRC: alpha 1 of 2 modules confirmed by loading the rebuild gives the same code", "compiles"),
        ],
        ["6.1.0-2 6.1.2-1", *("loads computed", "not tried"), *("loads", "compiles")],
        ["6.1.0-1 6.1.1-1", *("–", "not tried"), *("–", "compiles")],
    ]


def test_a_package_tells_which_update_broke_it_and_why(client, packages) -> None:
    page = read(client.get("/package/foo/"))
    assert "1.0-1 broken from 6.1.0-4 until 1.0-1+deb12u1." in page.text
    assert page.text.count(ERROR) == 2
    assert page.to("Log of the build") == [f"/package/foo/log/{log_of()}/"]


def test_used_symbols_are_told_with_how_often_they_broke(client, packages) -> None:
    page = read(client.get("/package/bar/"))
    _, *rows = page.tables[USES.format(1)]
    assert rows == [["gamma", "1", "GPL-only", "", "yes", "bar"]]
    assert (
        "1 symbol of 1.0-1, as built for 6.1.0-1-amd64; 1 of them is for GPL-compatible modules alone, show those."
        in page.text
    )


def test_a_source_scan_is_labelled_wherever_it_shows(client, packages) -> None:
    page = read(client.get("/package/qux/"))
    assert page.text.count("source scan: nothing of it was built") == 2
    assert "2 symbols of 1.0-1, from its source" in page.text


def test_a_log_is_text_whatever_is_in_it(client, packages) -> None:
    page = client.get(f"/package/foo/log/{log_of()}/").content
    assert (b"<script>" in page, b"&lt;script&gt;" in page) == (False, True)
    plain = client.get(f"/package/foo/log/{log_of()}/?format=text")
    assert (plain["Content-Type"], plain.content.decode()) == (
        "text/plain; charset=utf-8",
        f"make\n{ERROR}\n<script>\n",
    )


def test_a_log_asked_for_under_another_name_is_found(client, packages) -> None:
    assert client.get(f"/package/bar/log/{log_of()}/")["Location"] == f"/package/foo/log/{log_of()}/"


def test_programs_get_both_answers(client, packages) -> None:
    found = client.get("/package/foo/?format=json").json()
    cell = found["packages"][0]["matrix"][1]["cells"][1]
    assert cell == {
        "module": {
            "answer": "refused",
            "first_reason": {"kind": "crc", "symbol": "alpha", "detail": "0x00000011 -> 0x00000021"},
            "reasons": 1,
            "computed": False,
            "confirmed": True,
            "loading": {"modules": 2, "agreeing": 1, "otherwise": []},
            "about": [],
            "code": "same",
        },
        "source": {"answer": "compiles", "why": "", "log": cell["source"]["log"], "headers": None},
    }
    assert [row["source"] for row in client.get("/packages/?format=json").json()["packages"]] == [
        "bar",
        "baz",
        "foo",
        "qux",
    ]


def test_kernels_and_symbols_are_paged(client, packages, monkeypatch) -> None:
    monkeypatch.setattr("dashboard.views.packages.KERNELS", 2)
    monkeypatch.setattr("dashboard.views.packages.SYMBOLS", 1)
    page = read(client.get("/package/foo/?offset=2"))
    assert [row[0] for row in page.tables["Newest first; 3 to 4 of 4 kernels"][2:]] == [
        "6.1.0-2 6.1.2-1",
        "6.1.0-1 6.1.1-1",
    ]
    assert page.to("Newer kernels") == ["?lane=bookworm%2Famd64%2Famd64&offset=0"]
    assert page.to("Later symbols") == ["?lane=bookworm%2Famd64%2Famd64&symbols=1"]


def test_what_is_gpl_only_can_be_shown_alone(client, packages) -> None:
    page = read(client.get("/package/bar/?only=gpl"))
    assert [row[0] for row in page.tables[USES.format(1)][1:]] == ["gamma"]
    assert page.to("show all") == ["?lane=bookworm%2Famd64%2Famd64#symbols-1"]


def test_what_says_nothing_of_a_source_is_told_as_what_it_is(client, packages) -> None:
    reason = "xmlto is not to be had"
    store.save_attempt(make_attempt(BAR, FOURTH, outcome=NO_DEPENDENCY, reason=reason))
    store.put_packages([make_package("dep-dkms")], False)
    store.save_attempt(make_attempt(make_key("dep-dkms"), FOURTH, outcome=NO_DEPENDENCY, reason=reason))
    row = read(client.get("/package/bar/")).tables[MATRIX][2]
    assert row[2] == f"not tried dependency not to be had: {reason}"
    rows = {row[0]: row[1] for row in read(client.get("/packages/")).tables["5 source packages"]}
    assert (rows["bar"], rows["dep"]) == (
        "compiles (bookworm, 6.1.0-1-amd64)",
        "dependency not to be had (bookworm, 6.1.0-4-amd64)",
    )


def test_programs_get_the_packages_that_fit(client, packages) -> None:
    assert [row["source"] for row in client.get("/packages/?format=json&text=BAR").json()["packages"]] == ["bar"]


def test_programs_get_all_kernels_whatever_page_is_shown(client, packages, monkeypatch) -> None:
    monkeypatch.setattr(views, "KERNELS", 1)
    (foo,) = client.get("/package/foo/?format=json&offset=1").json()["packages"]
    assert len(foo["matrix"]) == 4
