# SPDX-License-Identifier: GPL-2.0-or-later
from xml.etree import ElementTree

import pytest

from abidb import packagewords, queries
from tests.builders.packages import ERROR, fill_kernels, fill_packages
from tests.dashboard.reading import read

pytestmark = pytest.mark.django_db
ATOM = "{http://www.w3.org/2005/Atom}"


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
        "1 of 1 package that compiled before does not compile any more",
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
        "updated": "2027-01-30T00:00:00+00:00",
        "id": f"http://testserver/package/foo/log/{log}/",
        "summary": f"broken from 6.1.0-4 until 1.0-1+deb12u1: {ERROR}",
        "category": "foo",
    }


@pytest.mark.parametrize("address", ["/breaks/?format=json", "/api/v1/breaks", "/api/v1/breaks?line=bookworm"])
def test_programs_get_the_same(client, packages, address) -> None:
    found = client.get(address).json()
    (each,) = found["breaks"]
    assert (each["package"], each["version"], each["kernel"]["abi_name"], each["until_version"], each["why"]) == (
        "foo-dkms",
        "1.0-1",
        "6.1.0-4",
        "1.0-1+deb12u1",
        ERROR,
    )
    assert [(step["tried"], step["stopped"]) for step in found["steps"]] == [(1, 1), (1, 0), (1, 0)]
