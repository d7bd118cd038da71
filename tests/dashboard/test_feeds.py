# SPDX-License-Identifier: GPL-2.0-or-later
import datetime as dt
from xml.etree import ElementTree

import pytest
from django.db import connection

from abidb import queries, store, words
from dashboard import feeds
from tests.builders.records import make_entry, make_export, make_kernel
from tests.dashboard.atom import ATOM, faults
from tests.dashboard.conftest import CHANGED, FIRST

pytestmark = pytest.mark.django_db
LANE = "/bookworm/amd64/amd64/feed.atom"
ALL = (
    "/feed.atom",
    "/bookworm/feed.atom",
    LANE,
    "/trixie-backports/feed.atom",
    "/trixie-backports/amd64/amd64/feed.atom",
)


def entries(response, *names: str) -> list[list[str | None]]:
    """These texts of each entry."""
    found = ElementTree.fromstring(response.content).findall(f"{ATOM}entry")
    return [[entry.findtext(f"{ATOM}{name}") for name in names] for entry in found]


def links(response) -> list[str]:
    found = ElementTree.fromstring(response.content).findall(f"{ATOM}entry/{ATOM}link")
    return [link.get("href", "") for link in found]


@pytest.mark.parametrize("address", ALL)
def test_only_reading_is_allowed(client, record, address: str) -> None:
    assert client.post(address).status_code == 405


def test_a_feed_of_what_is_not_on_record_is_404_with_what_is(client, record) -> None:
    for address, said, there in (
        ("/buzz/feed.atom", "There is no release line", "/bookworm/feed.atom"),
        ("/bookworm/amd64/rt/feed.atom", "No lane bookworm/amd64/rt", "/bookworm/amd64/cloud-amd64/feed.atom"),
    ):
        response = client.get(address)
        content = response.content.decode()
        assert (response.status_code, said in content, there in content) == (404, True, True)


@pytest.mark.parametrize("address", ALL)
def test_feeds_are_as_rfc_4287_has_them(client, record, address: str) -> None:
    response = client.get(address)
    assert response["Content-Type"] == "application/atom+xml; charset=utf-8"
    assert faults(response.content) == []


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (b"<a/>", ["a is no feed"]),
        (
            b'<feed xmlns="http://www.w3.org/2005/Atom"><id>x</id><updated>today</updated><title type="pdf"/><x/>'
            b'<author/><category/><link href="/a"/></feed>',
            [
                "feed has a x",
                "feed: x is no absolute IRI",
                "feed: today is no date",
                "feed: title of type pdf",
                "feed: an author without name",
                "feed: a category without term",
                "feed: '/a' is no absolute link",
                "feed: not one link to itself",
            ],
        ),
        (
            b'<feed xmlns="http://www.w3.org/2005/Atom"><id>a:b</id><updated>2026-11-01T00:00:00Z</updated><title/>'
            b'<link rel="self" href="http://a"/><link href="http://a"/><subtitle/><subtitle/>'
            b"<entry><id>a:b</id><title/></entry>"
            b'<entry><id>a:b</id><title/><updated>2026-11-01T00:00:00Z</updated><link href="http://a"/></entry></feed>',
            [
                "feed has 2 subtitle",
                "feed has no author",
                "entry has 0 updated",
                "entry has no author",
                "entry: not one alternate link",
                "entry has no author",
                "a:b is the id of 2 entries",
            ],
        ),
    ],
)
def test_a_feed_that_is_not_so_is_found_out(wrong: bytes, said: list[str]) -> None:
    assert faults(wrong) == said


def test_an_entry_of_a_lane_tells_what_an_upload_changed_and_leads_to_it(client, record) -> None:
    response = client.get(LANE)
    assert entries(response, "title", "summary") == [
        [
            "6.1.3-1, ABI name 6.1.0-3",
            "New ABI name, 1 of 5 CRCs changed (20 %), 1 export removed, 1 export became GPL-only, 1 namespace added or "
            f"changed, 1 export moved to another module, 1 export added. Compared with 6.1.2-1, 6.1.0-2. {words.CRC_OVERSTATES}",
        ],
        ["6.1.2-1, ABI name 6.1.0-2", "New ABI name, no export changed. Compared with 6.1.1-1, 6.1.0-1."],
        ["6.1.1-1, ABI name 6.1.0-1", "The first upload here: nothing to compare with."],
    ]
    assert links(response) == [
        "http://testserver/diff/6.1.0-2-amd64=6.1.2-1:amd64/6.1.0-3-amd64=6.1.3-1:amd64/",
        "http://testserver/diff/6.1.0-1-amd64=6.1.1-1:amd64/6.1.0-2-amd64=6.1.2-1:amd64/",
        "http://testserver/build/6.1.0-1-amd64=6.1.1-1:amd64/",
    ]


def test_a_partial_build_s_entry_says_what_was_compared(client, record) -> None:
    (summary,), *_ = entries(client.get("/trixie-backports/amd64/amd64/feed.atom"), "summary")
    assert "in vmlinux: " in summary
    assert words.PARTIAL[1:] in summary


def test_neighbours_that_were_not_compared_are_not_said_to_be_unchanged(client, record) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM set_diff")
    (summary,), *_ = entries(client.get(LANE), "summary")
    assert summary == "Not compared yet with the upload before."


def test_an_entry_of_a_line_tells_of_all_flavours_and_of_the_first_of_them(client, record) -> None:
    response = client.get("/bookworm/feed.atom")
    (title, summary), second, third = entries(response, "title", "summary")
    assert title == "bookworm: linux 6.1.3-1, ABI name 6.1.0-3"
    assert summary.startswith(
        "New ABI name (6.1.0-2 → 6.1.0-3). By flavour, exports changed in 1 of 1 measured; 1 not measurable. "
        "Compared with 6.1.2-1. amd64: 1 of 5 CRCs changed (20 %), "
    )
    assert summary.endswith(words.CRC_OVERSTATES)
    assert [second[1], third[1]] == [
        "New ABI name (6.1.0-1 → 6.1.0-2). By flavour, exports unchanged in 1 of 1. Compared with 6.1.1-1. "
        "amd64: no export changed.",
        "The first upload here: nothing to compare with.",
    ]
    assert links(response)[0].endswith("/diff/6.1.0-2-amd64=6.1.2-1:amd64/6.1.0-3-amd64=6.1.3-1:amd64/")
    assert links(response)[-1] == "http://testserver/upload/linux/6.1.1-1/"


def test_an_upload_under_the_same_name_says_so(client, db) -> None:
    for n, exports in ((1, FIRST), (2, CHANGED)):
        store.save(make_kernel("6.1.0-1-amd64", f"6.1.{n}-1", exports=exports))
    (summary,), _ = entries(client.get("/bookworm/feed.atom"), "summary")
    assert summary.startswith("Same ABI name. By flavour, exports changed in 1 of 1. ")


def test_the_feed_of_all_has_the_uploads_of_all_lines_newest_first(client, db) -> None:
    for n, suite in ((1, "bookworm"), (3, "trixie"), (2, "bookworm")):
        entry = make_entry(f"6.1.{n}-1", date=dt.datetime(2026, 10, n, tzinfo=dt.UTC), distribution=suite)
        store.save(make_kernel(f"6.1.0-{n}-amd64", f"6.1.{n}-1", suite=suite, changelog=(entry,)))
    assert entries(client.get("/feed.atom"), "title", "published") == [
        ["trixie: linux 6.1.3-1, ABI name 6.1.0-3", "2026-10-03T00:00:00+00:00"],
        ["bookworm: linux 6.1.2-1, ABI name 6.1.0-2", "2026-10-02T00:00:00+00:00"],
        ["bookworm: linux 6.1.1-1, ABI name 6.1.0-1", "2026-10-01T00:00:00+00:00"],
    ]


def test_an_entry_is_updated_when_the_record_could_first_tell_it(client, record) -> None:
    at = {
        ref.kernel_release: dt.datetime(2026, 11, n, tzinfo=dt.UTC)
        for n, ref in ((9, queries.one_build("6.1.0-1-amd64")), (5, queries.one_build("6.1.0-2-amd64")))
    }
    with connection.cursor() as cursor:
        for release, moment in at.items():
            cursor.execute("UPDATE build SET ingested = %s WHERE kernel_release = %s", [moment, release])
    for address in (LANE, "/bookworm/feed.atom"):
        _, second, first = entries(client.get(address), "updated")
        assert [second, first] == [["2026-11-09T00:00:00+00:00"]] * 2


def test_ids_are_the_same_wherever_the_feed_is_served(client, record) -> None:
    there = client.get(LANE, HTTP_HOST="localhost")
    assert entries(there, "id") == entries(client.get(LANE), "id")
    assert [entries(client.get(address), "id")[0] for address in (LANE, "/bookworm/feed.atom", "/feed.atom")] == [
        ["tag:abidb.invalid,2026:upload/bookworm/amd64/amd64/linux/6.1.3-1"],
        ["tag:abidb.invalid,2026:upload/bookworm/linux/6.1.3-1"],
        ["tag:abidb.invalid,2026:upload/trixie-backports/linux/7.3~rc2-1~bpo13+1"],
    ]


@pytest.mark.parametrize("address", [LANE, "/bookworm/feed.atom"])
def test_a_feed_has_the_newest_entries_only(client, record, monkeypatch, address: str) -> None:
    monkeypatch.setattr(feeds, "ENTRIES", 1)
    ((title,),) = entries(client.get(address), "title")
    assert "6.1.3-1, ABI name 6.1.0-3" in title


def test_a_feed_of_nothing_is_valid_and_was_not_made_just_now(client, db) -> None:
    response = client.get("/feed.atom")
    feed = ElementTree.fromstring(response.content)
    assert (faults(response.content), entries(response, "id")) == ([], [])
    assert feed.findtext(f"{ATOM}updated") == (queries.generation().at or feeds.NEVER).isoformat()


def test_what_names_hold_is_no_markup(client, db) -> None:
    store.save(make_kernel("6.1.0-1-amd64", "6.1.1-1", exports=(make_export("<b>&"),)))
    assert faults(client.get(LANE).content) == []
