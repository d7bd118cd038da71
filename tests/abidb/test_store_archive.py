# SPDX-License-Identifier: GPL-2.0-or-later
import dataclasses
import datetime as dt

import psycopg
import pytest
from django.db import connection

from abidb import queries, store
from abidb.answers import Coverage, QueueState
from abidb.rank import Known, Merits
from abidb.records import BuildKey, OfferRow, ReleaseRow, SelfCheck, Snapshot, SymversCheck
from tests.builders.records import DAY, make_deb, make_kernel

pytestmark = pytest.mark.django_db

KEY = BuildKey("linux", "6.1.1-1", "amd64", "amd64")
HOUR = dt.timedelta(hours=1)


def make_offer(flavour: str = "amd64", suites: tuple[str, ...] = ("bookworm",), **fields) -> OfferRow:
    given = {"kernel_release": f"6.1.0-1-{flavour}", "content": {"parts": [["é", 1]]}}
    return OfferRow(**{"key": dataclasses.replace(KEY, flavour=flavour), "suites": suites, **given, **fields})


def make_release(**fields) -> ReleaseRow:
    given = {"root": "http://127.0.0.1/debian", "folder": "bookworm", "sha256": "a" * 64, "content": "Suite: stable"}
    return ReleaseRow(**{**given, "date": DAY, "asked": DAY, **fields})


def rows(query: str) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(query)
        return cursor.fetchall()


def test_an_older_release_file_changes_nothing_but_when_it_was_asked_for() -> None:
    kept = make_release()
    store.put_release_files([kept])
    store.put_release_files([make_release(date=DAY - HOUR, asked=DAY + HOUR, sha256="b" * 64, content="old")])
    assert queries.release_files() == (dataclasses.replace(kept, asked=DAY + HOUR),)


def test_a_newer_release_file_takes_the_place() -> None:
    newer, newest = (make_release(date=DAY + n * HOUR, sha256=str(n) * 64, content=str(n)) for n in (1, 2))
    store.put_release_files([make_release(), make_release(folder="sid")])
    store.put_release_files([newest, newer])
    assert queries.release_files() == (newest, make_release(folder="sid"))


def test_no_release_file_at_all_is_nothing_to_keep() -> None:
    store.put_release_files([])
    assert queries.release_files() == ()


def test_an_index_is_remembered_by_its_content_until_nothing_lists_it_for_long() -> None:
    store.put_index("a" * 64, [])
    store.put_index("b" * 64, [{"Package": "linux-image"}])
    store.put_index("b" * 64, [{"Package": "linux-image-2"}])
    assert queries.index_packages(["b" * 64, "c" * 64]) == {"b" * 64: [{"Package": "linux-image-2"}]}
    with connection.cursor() as cursor:
        cursor.execute("UPDATE index_content SET used = now() - interval '40 days'")
    store.touch_indexes(["b" * 64])
    assert store.forget_indexes(dt.timedelta(days=30)) == 1
    assert list(queries.index_packages(["a" * 64, "b" * 64])) == ["b" * 64]


def test_offers_become_the_given_ones_and_what_is_the_same_is_not_written() -> None:
    same, changed, gone = make_offer(), make_offer("rt-amd64"), make_offer("cloud-amd64")
    store.put_offers([same, changed, gone])
    before = dict(rows("SELECT flavour, xmin::text FROM offer"))
    changed = dataclasses.replace(changed, suites=("bookworm", "sid"), content={"parts": []})
    store.put_offers([same, changed])
    after = dict(rows("SELECT flavour, xmin::text FROM offer"))
    assert (tuple(queries.offers()), after["amd64"]) == ((same, changed), before["amd64"])
    assert (queries.offer(same.key), queries.offer(gone.key)) == (same, None)
    assert list(queries.offers([changed.key, gone.key])) == [changed]


def test_of_two_offers_of_one_build_the_last_counts() -> None:
    store.put_offers([make_offer(), make_offer(content={})])
    assert queries.offer(KEY) == make_offer(content={})
    store.put_offers([])
    assert queries.offer(KEY) is None


def test_each_try_waits_twice_as_long_up_to_64_days() -> None:
    waits = []
    for _ in range(9):
        store.note_attempt(KEY, "6.1.0-1-amd64", "404")
        (waiting,) = queries.attempts()
        waits.append((waiting.next_try - waiting.at).days)
    assert (waits, waiting.tries, waiting.name) == ([1, 2, 4, 8, 16, 32, 64, 64, 64], 9, "6.1.0-1-amd64=6.1.1-1:amd64")


def test_a_wait_can_be_said_and_a_success_forgets_all() -> None:
    store.note_attempt(KEY, "6.1.0-1-amd64", "404")
    store.note_attempt(KEY, "6.1.0-1-amd64", "503", wait=HOUR)
    (waiting,) = queries.attempts()
    assert (waiting.reason, waiting.next_try - waiting.at) == ("503", HOUR)
    assert queries.next_tries() == {KEY: waiting.next_try}
    store.forget_attempt(KEY)
    store.forget_attempt(KEY)
    assert (queries.attempts(), queries.next_tries()) == ((), {})


def test_the_switch_keeps_its_reason() -> None:
    assert queries.paused() is False
    store.pause("disk is being changed")
    assert (queries.paused(), queries.queue_state()) == (True, QueueState(True, "disk is being changed", 0, 0, 0, 0, 0))
    store.resume()
    assert (queries.paused(), queries.queue_state().reason) == (False, "")


def test_jobs_are_counted_by_what_became_of_them_and_workers_by_their_signs_of_life() -> None:
    with connection.cursor() as cursor:
        for n, status in enumerate(("todo", "todo", "doing", "succeeded", "failed", "aborted", "cancelled")):
            cursor.execute(
                "INSERT INTO procrastinate_jobs (queue_name, task_name, status) VALUES ('q', %s, %s)", [str(n), status]
            )
        cursor.execute("INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now()), (now() - interval '1 hour')")
    assert queries.queue_state() == QueueState(False, "", 2, 1, 3, 1, 1)


@pytest.mark.django_db(transaction=True)
def test_the_web_role_reads_the_queue(web_db: psycopg.Connection) -> None:
    for table in ("procrastinate_jobs", "procrastinate_workers", "attempt", "offer", "switch"):
        assert web_db.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,)


def test_coverage_counts_what_suites_offer_and_what_the_record_has_of_it() -> None:
    offers = [make_offer(f, ("bookworm", "sid")) for f in ("amd64", "rt-amd64", "cloud-amd64")]
    store.put_offers([*offers, make_offer("old-amd64", ()), make_offer("lost-amd64")])
    store.save(make_kernel())
    store.save(make_kernel("6.1.0-1-rt-amd64", flavour="rt-amd64", covers="vmlinux"))
    store.save(make_kernel("6.1.0-1-cloud-amd64", flavour="cloud-amd64", check=SelfCheck(1, ("kfree",))))
    store.note_attempt(dataclasses.replace(KEY, flavour="lost-amd64"), "6.1.0-1-lost-amd64", "404")
    store.note_attempt(KEY, "6.1.0-1-amd64", "headers: 404")
    assert queries.coverage() == (
        Coverage("", "amd64", 1, 0, 0, 0, 0, 0, 0),
        Coverage("bookworm", "amd64", 4, 1, 1, 1, 1, 6, 2),
        Coverage("sid", "amd64", 3, 1, 1, 1, 0, 6, 2),
    )


@pytest.mark.parametrize(
    ("fields", "provenance"),
    [
        ({"suite": None}, 0),
        ({"debs": ()}, 0),
        ({"debs": (make_deb(), make_deb("two", listings=(), snapshot=Snapshot("a" * 40, DAY)))}, 1),
        ({}, 2),
    ],
    ids=["local", "without debs", "snapshot", "listed"],
)
def test_what_is_known_of_a_build_tells_whether_an_offer_is_better(fields: dict, provenance: int) -> None:
    kernel = make_kernel(symvers=SymversCheck(3), **fields)
    store.save(kernel)
    debs = frozenset((deb.name, deb.size, deb.sha256) for deb in kernel.debs)
    known = Known(Merits(provenance, "all", True, True, True, len(debs), len(debs), 1), debs)
    assert (queries.known_builds(), queries.known_build(KEY)) == ({KEY: known}, known)


def test_a_build_that_the_record_lacks_is_not_known() -> None:
    assert (queries.known_builds(), queries.known_build(KEY)) == ({}, None)
