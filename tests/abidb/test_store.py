# SPDX-License-Identifier: GPL-2.0-or-later
import datetime as dt
import threading

import psycopg
import pytest
from django.db import DatabaseError, connection, transaction
from psycopg.errors import InsufficientPrivilege, ReadOnlySqlTransaction

from abidb import queries, store
from abidb.comparison import stored_set
from abidb.errors import Unavailable, UnknownName
from abidb.lifecycle import DebianRelease
from abidb.records import ModuleFact, SelfCheck
from tests.builders.records import DAY, make_deb, make_export, make_kernel, make_listing

pytestmark = pytest.mark.django_db


def table(name: str) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {name} ORDER BY id")
        return cursor.fetchall()


def value(query: str) -> object:
    with connection.cursor() as cursor:
        cursor.execute(query)
        return cursor.fetchone()[0]


TABLES = ("symbol", "module", "export", "export_set", "config_option", "module_fact", "fact_set", "upload", "build")
TABLES += ("deb", "listing", "suite_seen", "lane", "lane_build", "set_diff")


def last_ids() -> dict[str, object]:
    return {name: value(f"SELECT last_value FROM {name}_id_seq") for name in TABLES}


def test_saving_the_same_build_again_changes_nothing_and_moves_no_sequence() -> None:
    first = store.save(make_kernel())
    rows, ids = {name: table(name) for name in TABLES}, last_ids()
    again = store.save(make_kernel())
    assert (first.outcome, again) == ("new", store.Saved(first.build, "known"))
    assert {name: table(name) for name in TABLES} == rows
    assert last_ids() == ids


def test_a_second_build_with_the_same_exports_shares_the_set_and_burns_no_id() -> None:
    store.save(make_kernel())
    ids = last_ids()
    store.save(make_kernel("6.1.0-2-amd64", "6.1.2-1"))
    after = last_ids()
    assert len(table("export_set")) == 1
    assert {n for n in ("symbol", "module", "export", "export_set") if after[n] != ids[n]} == set()


def test_new_exports_burn_only_their_own_ids() -> None:
    store.save(make_kernel())
    before = last_ids()["export"]
    exports = (*make_kernel().exports, make_export("new"))
    store.save(make_kernel("6.1.0-2-amd64", "6.1.2-1", exports=exports))
    assert last_ids()["export"] == before + 1


def test_a_failure_half_way_leaves_nothing_of_the_build() -> None:
    debs = (make_deb("one"), make_deb("two", size="not a number"))
    with pytest.raises(DatabaseError), transaction.atomic():
        store.save(make_kernel(debs=debs))
    assert {name: table(name) for name in TABLES} == dict.fromkeys(TABLES, [])


@pytest.mark.parametrize("query", ["UPDATE export_set SET covers = 'all'", "UPDATE export SET kind = ''"])
@pytest.mark.parametrize("verb", ["UPDATE", "DELETE"])
def test_sets_and_exports_never_change(query: str, verb: str) -> None:
    store.save(make_kernel())
    statement = query if verb == "UPDATE" else f"DELETE FROM {query.split()[1]}"
    with pytest.raises(DatabaseError, match="never change"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_a_set_comes_back_as_it_went_in() -> None:
    exports = (
        make_export("b", crc=0xFFFFFFFF),
        make_export("a", crc=None, namespace="N"),
        make_export("a", module="m"),
    )
    saved = store.save(make_kernel(exports=exports))
    assert sorted(queries.all_exports(saved.build), key=str) == sorted(exports, key=str)


def test_plain_sql_reads_a_build_s_exports() -> None:
    exports = (make_export("b", crc=0xFFFFFFFF), make_export("a", crc=None, namespace="N", module="m"))
    saved = store.save(make_kernel(exports=exports))
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM exports_of(%s) ORDER BY symbol", [saved.build])
        assert cursor.fetchall() == [
            ("a", "m", "EXPORT_SYMBOL", "N", None),
            ("b", "vmlinux", "EXPORT_SYMBOL", "", 0xFFFFFFFF),
        ]


def test_a_build_that_fails_its_self_check_is_in_no_lane_and_feeds_no_comparison() -> None:
    store.save(make_kernel())
    apart = store.save(make_kernel("6.1.0-2-amd64", "6.1.2-1", check=SelfCheck(5, ("kfree",))))
    facts = queries.build(apart.build)
    assert (facts.ref.status, facts.mismatches) == ("apart", ("kfree",))
    assert [step.new.version for step in queries.lane("bookworm", "amd64", "amd64").steps] == ["6.1.1-1"]
    assert table("set_diff") == []


def test_neighbours_are_remembered_whatever_the_order_of_arrival() -> None:
    versions = {"6.1.0-1-amd64": "6.1.9-1", "6.1.0-3-amd64": "6.1.11-1", "6.1.0-2-amd64": "6.1.10-1"}
    for n, (release, version) in enumerate(versions.items()):
        store.save(make_kernel(release, version, exports=(make_export(crc=n + 1),)))
    steps = queries.lane("bookworm", "amd64", "amd64").steps
    assert [(s.new.version, s.counts and s.counts.crc_changed) for s in steps] == [
        ("6.1.9-1", None),
        ("6.1.10-1", 1),
        ("6.1.11-1", 1),
    ]


def test_a_local_build_enters_no_lane_until_an_index_lists_its_deb() -> None:
    kernel = make_kernel(suite=None)
    saved = store.save(kernel)
    assert (queries.build(saved.build).local, queries.lane_names()) == (True, ())
    store.put_listings([(kernel.debs[0].sha256, make_listing())])
    assert (queries.build(saved.build).local, [n.line for n in queries.lane_names()]) == (False, ["bookworm"])


def test_a_local_build_whose_deb_a_verified_index_lists_is_not_local() -> None:
    kernel = make_kernel(suite=None)
    store.put_listings([(kernel.debs[0].sha256, make_listing("trixie"))])
    saved = store.save(kernel)
    assert (queries.build(saved.build).local, [n.line for n in queries.lane_names()]) == (False, ["trixie"])


def local_deb(name: str = "mine"):
    return make_deb(name, listings=())


def test_a_build_with_one_deb_that_no_index_lists_is_local() -> None:
    saved = store.save(make_kernel(debs=(make_deb(), local_deb())))
    assert (queries.build(saved.build).local, queries.lane_names()) == (True, ())


def test_the_archive_s_own_build_takes_the_place_of_a_local_one_and_never_the_other_way() -> None:
    mine = make_kernel(exports=(make_export("mine"),), debs=(local_deb(),), extractor=9)
    first = store.save(mine)
    assert store.save(make_kernel(covers="vmlinux")) == store.Saved(first.build, "better")
    assert store.save(mine) == store.Saved(first.build, "known")
    facts = queries.build(first.build)
    assert (facts.local, [deb.name for deb in facts.debs], len(facts.lanes)) == (
        False,
        ["linux-image-6.1.0-1-amd64"],
        1,
    )


def test_a_deb_that_was_absent_is_not_any_more_once_it_was_read() -> None:
    store.note_absent("linux-image-6.1.0-1-amd64", "6.1.1-1", "amd64", "404")
    store.save(make_kernel())
    assert queries.status().absent == 0


def test_a_build_joins_the_line_of_every_suite_that_held_it() -> None:
    for suite in ("sid", "forky", "bookworm-security", "bookworm-backports"):
        store.save(make_kernel(suite=suite))
    assert [n.line for n in queries.lane_names()] == ["bookworm", "bookworm-backports", "forky", "sid"]


def test_when_a_suite_had_a_build_is_kept_from_the_dates_of_its_release() -> None:
    days = [DAY + dt.timedelta(days=n) for n in (5, 0, 9)]
    for day in days:
        saved = store.save(make_kernel(debs=(make_deb(listings=(make_listing(release_date=day),)),)))
    (suite,) = queries.build(saved.build).suites
    assert (suite.suite, suite.first, suite.last) == ("bookworm", days[1], days[2])


def test_the_newest_release_that_lists_a_deb_is_its_provenance() -> None:
    for day, release in ((DAY, "a" * 64), (DAY + dt.timedelta(days=1), "b" * 64), (DAY, "c" * 64)):
        listing = make_listing(release_date=day, release_sha256=release)
        saved = store.save(make_kernel(debs=(make_deb(listings=(listing,)),)))
    (deb,) = queries.build(saved.build).debs
    assert [listing.release_sha256 for listing in deb.listings] == ["b" * 64]


def test_the_upload_takes_its_date_from_the_debs() -> None:
    saved = store.save(make_kernel(debs=(make_deb(built=None),)))
    assert queries.build(saved.build).ref.date is None
    store.save(make_kernel("6.1.0-1-cloud-amd64", flavour="cloud-amd64"))
    assert queries.build(saved.build).ref.date == DAY


def test_every_change_of_the_record_raises_the_generation() -> None:
    store.save(make_kernel())
    store.save(make_kernel())
    store.put_releases([DebianRelease("bookworm", "12", None, None, None, None)], {})
    assert queries.status().generation == 3


def test_releases_keep_their_suite_name_when_none_was_read() -> None:
    release = DebianRelease("bookworm", "12", DAY.date(), DAY.date(), None, None)
    store.put_releases([release], {"bookworm": "oldstable"})
    store.put_releases([release], {})
    assert queries.release_words() == {"bookworm": "oldstable"}


def test_a_run_s_account_is_kept_and_an_interrupted_one_closed() -> None:
    first = store.start_run()
    store.step_run(first, total=9, done=2, failed=1, current="6.1.0-1-amd64")
    store.add_problem(first, "6.1.0-2-amd64", "listed, not to be had")
    state = queries.run_state()
    assert (state.total, state.done, state.failed, state.current, state.finished) == (9, 2, 1, "6.1.0-1-amd64", None)
    assert state.problems == (("6.1.0-2-amd64", "listed, not to be had"),)
    second = store.start_run()
    store.finish_run(second)
    assert queries.run_state().finished is not None
    assert value("SELECT count(*) FROM run WHERE finished IS NULL") == 0


@pytest.mark.django_db(transaction=True)
def test_a_second_sync_at_the_same_time_is_refused(web_db: psycopg.Connection) -> None:
    web_db.execute("SELECT pg_advisory_lock(741852)")
    with pytest.raises(Unavailable, match="another sync is running"):
        store.start_run()
    web_db.execute("SELECT pg_advisory_unlock(741852)")
    store.finish_run(store.start_run())


def test_absent_debs_are_noted_once() -> None:
    for reason in ("404", "404 again"):
        store.note_absent("linux-image-x", "1", "amd64", reason)
    assert (queries.status().absent, table("absent")[0][4]) == (1, "404 again")


@pytest.mark.django_db(transaction=True)
def test_two_writers_of_new_builds_do_not_deadlock() -> None:
    names = [f"symbol_{n}" for n in range(500)]
    modules = [f"drivers/m{n}" for n in range(50)]
    errors: list[Exception] = []

    def write(start: int, order: list[str]) -> None:
        try:
            for n in range(start, start + 4):
                near, far = (modules, modules[::-1]) if start == 1 else (modules[::-1], modules)
                exports = tuple(make_export(name, crc=n, module=near[i % 25]) for i, name in enumerate(order))
                facts = tuple(ModuleFact(path, "GPL", "") for path in far[:25])
                store.save(make_kernel(f"6.1.0-{n}-amd64", f"6.1.{n}-1", exports=exports, modules=facts))
        except Exception as error:  # the thread's error is the test's
            errors.append(error)
        finally:
            connection.close()

    writers = [threading.Thread(target=write, args=args) for args in ((1, names), (3, names[::-1]))]
    for thread in writers:
        thread.start()
    for thread in writers:
        thread.join()
    assert errors == []
    steps = queries.lane("bookworm", "amd64", "amd64").steps
    assert [s.new.abi_name for s in steps] == [f"6.1.0-{n}" for n in range(1, 7)]
    assert [s.counts is None for s in steps] == [True, False, False, False, False, False]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("statement", ["DELETE FROM build", "CREATE TABLE mine ()", "UPDATE generation SET n = 0"])
def test_the_web_role_reads_and_cannot_write(web_db: psycopg.Connection, statement: str) -> None:
    saved = store.save(make_kernel())
    assert web_db.execute("SELECT id FROM build").fetchall() == [(saved.build,)]
    with pytest.raises((ReadOnlySqlTransaction, InsufficientPrivilege)):
        web_db.execute(statement)


def test_an_unknown_set_is_refused() -> None:
    with pytest.raises(UnknownName, match="no export set 987654321"):
        stored_set(987654321)
