# SPDX-License-Identifier: GPL-2.0-or-later
import re
from xml.etree import ElementTree

import pytest
from django.utils.html import escape

from abidb import packagewords, queries, store
from tests.builders.outoftree import make_attempt, make_package, make_target
from tests.builders.packages import ERROR, FIRST, SECOND, built, day, fill_kernels, fill_packages, module
from tests.builders.records import make_entry, make_kernel, make_listing
from tests.dashboard.reading import read

pytestmark = pytest.mark.django_db
ATOM = "{http://www.w3.org/2005/Atom}"
#: Elements of a feed or an entry that this one uses, as section 4.1 names them.
ALLOWED = {"id", "title", "updated", "published", "link", "author", "category", "subtitle", "summary", "entry"}


@pytest.fixture
def packages(db):
    fill_packages()


@pytest.mark.parametrize("address", ["/woody/breaks/", "/woody/breaks/feed.atom", "/api/v1/breaks?line=woody"])
def test_a_line_that_is_not_there_is_404(client, packages, address) -> None:
    assert client.get(address).status_code == 404


def test_a_feed_is_only_read(client, packages) -> None:
    assert client.post("/breaks/feed.atom").status_code == 405


def test_a_record_without_packages_claims_nothing(client, db) -> None:
    fill_kernels()
    page = read(client.get("/breaks/"))
    assert "No package was tried on two kernels of a line yet." in page.text


@pytest.mark.parametrize("address", ["/breaks/", "/bookworm/breaks/"])
def test_breaks_are_told_with_error_log_and_end(client, packages, address) -> None:
    page = read(client.get(address))
    (log,) = [each.log for each in queries.breaks().breaks]
    assert page.tables["1 to 1 of 1 break, newest kernel first"][1] == [
        "foo-dkms 1.0-1",
        "6.1.0-4-amd64 6.1.4-1, 2027-01-30",
        "From 6.1.0-4 until 1.0-1+deb12u1.",
        f"{ERROR} Log, what the kernel changed",
        "at least 1,204 reporting systems",
        "bookworm",
    ]
    assert page.to("Log") == [f"/package/foo/log/{log}/"]


def test_updates_that_every_package_survived_are_told_too(client, packages) -> None:
    page = read(client.get("/bookworm/breaks/"))
    (caption,) = [each for each in page.tables if each.startswith("Newest first")]
    assert [row[-1] for row in page.tables[caption][1:]] == [
        "The one package that was tried does not compile any more",
        "The one package that was tried still compiles",
        "The one package that was tried still compiles",
    ]


def test_what_a_break_does_to_a_system_is_said(client, packages) -> None:
    text = read(client.get("/breaks/")).text
    assert packagewords.POSTINST in text and packagewords.NO_HEADERS in text


@pytest.mark.parametrize("address", ["/breaks/feed.atom", "/bookworm/breaks/feed.atom"])
def test_the_feed_has_an_entry_for_each_break(client, packages, address) -> None:
    response = client.get(address)
    (log,) = [each.log for each in queries.breaks().breaks]
    feed = ElementTree.fromstring(response.content)
    (entry,) = feed.iter(f"{ATOM}entry")
    assert response["Content-Type"] == "application/atom+xml; charset=utf-8"
    assert {child.tag.removeprefix(ATOM): child.text or child.get("href") or child.get("term") for child in entry} == {
        "title": "6.1.0-4 stops foo-dkms 1.0-1 from compiling (bookworm)",
        "link": f"http://testserver/package/foo/log/{log}/",
        "published": "2027-01-30T00:00:00+00:00",
        "updated": "2027-03-31T00:00:00+00:00",
        "id": "tag:abidb.invalid,2026:break/bookworm/foo-dkms/1.0-1/linux/6.1.4-1",
        "summary": f"broken from 6.1.0-4 until 1.0-1+deb12u1: {escape(ERROR)}",
        "category": "foo",
    }


def fill_second_break() -> None:
    key = make_package("two-dkms").key
    for date in (day(0), day(5)):
        store.put_packages([make_package("two-dkms", listings=(make_listing(release_date=date),))], False)
    store.save_attempt(built(key, FIRST, module("two", FIRST, "beta")))
    store.save_attempt(make_attempt(key, SECOND, outcome="does not compile", reason="two.c:1:1: error: <b> & ]]>"))


@pytest.mark.parametrize(
    "address", ["/breaks/feed.atom", "/bookworm/breaks/feed.atom", "/trixie-backports/breaks/feed.atom"]
)
def test_the_feed_has_all_that_its_format_requires(client, packages, address) -> None:
    """RFC 4287, sections 3.3, 4.1.1 and 4.1.2: what must be there, and no more than once."""
    fill_second_break()
    entry = make_entry("7.3-1~bpo13+1", distribution="trixie-backports", date=day(1))
    store.save(make_kernel("7.3+deb13-amd64", "7.3-1~bpo13+1", changelog=(entry,)))
    feed = ElementTree.fromstring(client.get(address).content)
    entries = feed.findall(f"{ATOM}entry")
    assert len(entries) == (0 if "trixie" in address else 2)
    for each in (feed, *entries):
        for name in ("id", "title", "updated"):
            (one,) = each.findall(f"{ATOM}{name}")
            assert one.text and one.text.strip() == one.text
        for date in (*each.findall(f"{ATOM}updated"), *each.findall(f"{ATOM}published")):
            assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)", date.text)
        ways = {(link.get("rel"), link.get("type"), link.get("hreflang")): link for link in each.findall(f"{ATOM}link")}
        assert len(ways) == len(each.findall(f"{ATOM}link"))
        assert ("alternate", None, None) in ways and all(link.get("href") for link in ways.values())
        assert all(category.get("term") for category in each.findall(f"{ATOM}category"))
        assert {child.tag.removeprefix(ATOM) for child in each} <= ALLOWED
    assert [author.findtext(f"{ATOM}name") for author in feed.findall(f"{ATOM}author")] == ["abidb"]
    assert [link.get("href") for link in feed.findall(f"{ATOM}link") if link.get("rel") == "self"] == [
        f"http://testserver{address}"
    ]
    ids = [each.findtext(f"{ATOM}id") for each in (feed, *entries)]
    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch(r"tag:[a-z.]+,\d{4}:[A-Za-z0-9%~+:/._-]+", one) for one in ids)


def test_an_entry_is_the_same_in_every_installation_and_moves_when_its_break_ends(client, db) -> None:
    fill_kernels()
    fill_second_break()
    before = entry_of(client)
    later = make_package("two-dkms", "2.0-1", listings=(make_listing(release_date=day(6)),))
    store.put_packages([later], False)
    store.save_attempt(built(later.key, SECOND, module("two", SECOND, "beta")))
    after = entry_of(client)
    assert (before["id"], before["published"]) == (after["id"], after["published"])
    assert (before["updated"], after["updated"]) == (rfc3339(day(1)), rfc3339(day(6)))


def test_an_entry_of_a_kernel_without_a_date_is_dated_by_its_package(client, db) -> None:
    for n in (1, 2):
        store.save(make_kernel(f"6.1.0-{n}-amd64", f"6.1.{n}-1", changelog=()))
    fill_second_break()
    assert (entry_of(client)["published"], entry_of(client)["updated"]) == (rfc3339(day(0)), rfc3339(day(0)))


def test_an_error_of_a_compiler_is_text_in_a_summary_that_is_html(client, db) -> None:
    fill_kernels()
    fill_second_break()
    assert entry_of(client)["summary"].endswith("error: &lt;b&gt; &amp; ]]&gt;")


def test_a_lane_that_is_not_the_headline_says_what_stops_there(client, packages) -> None:
    for n in (1, 2):
        entry = make_entry(f"6.1.{n}-1", distribution="bookworm", date=day(n - 1))
        store.save(make_kernel(f"6.1.0-{n}-cloud-amd64", f"6.1.{n}-1", changelog=(entry,)))
    old, new = (make_target(f"6.1.0-{n}-cloud-amd64", f"6.1.{n}-1") for n in (1, 2))
    store.save_attempt(built(make_package().key, old, module("foo", old, "beta")))
    store.save_attempt(make_attempt(make_package().key, new, outcome="does not compile"))
    store.save_attempt(built(make_package("bar-dkms").key, old, module("bar", old, "beta")))
    partly = {"outcome": "partly built", "reason": "bar.c:1: error: x"}
    store.save_attempt(built(make_package("bar-dkms").key, new, module("bar", new, "beta"), **partly))
    page = read(client.get("/bookworm/amd64/cloud-amd64/"))
    assert page.to("1 stops compiling")[0].endswith("#packages")
    assert page.to("1 only partly builds since") == ["/bookworm/breaks/"]


def entry_of(client) -> dict[str, str]:
    (entry,) = ElementTree.fromstring(client.get("/breaks/feed.atom").content).iter(f"{ATOM}entry")
    return {child.tag.removeprefix(ATOM): child.text for child in entry}


def rfc3339(when) -> str:
    return when.isoformat()


def test_programs_get_the_same(client, packages) -> None:
    found = client.get("/breaks/?format=json").json()
    (each,) = found["breaks"]
    assert (each["package"], each["version"], each["kernel"]["abi_name"], each["until_version"], each["why"]) == (
        "foo-dkms",
        "1.0-1",
        "6.1.0-4",
        "1.0-1+deb12u1",
        ERROR,
    )
    assert [(step["tried"], step["stopped"]) for step in found["steps"]] == [(1, 1), (1, 0), (1, 0)]
