# SPDX-License-Identifier: GPL-2.0-or-later
"""Packages, attempts and what kernels answered: what is refused, what takes the place of what, what stays."""

from __future__ import annotations

import datetime as dt
import re
import threading
from collections.abc import Callable
from dataclasses import replace

import pytest
from django.db import ProgrammingError, connection, transaction

from abidb import queries, store
from abidb.errors import Conflict, UnknownName
from abidb.outoftree import BUILT, HARNESS, NO_COMPILE, NO_DEPENDENCY, NOT_COMPARED, PARTLY, REFUSED, SAME, UNTRIED, Use
from abidb.queries import content
from abidb.store import load
from tests.builders.outoftree import (
    make_attempt,
    make_key,
    make_load_result,
    make_module,
    make_package,
    make_rebuild,
    make_target,
)
from tests.builders.records import DAY, make_export, make_kernel, make_listing

pytestmark = pytest.mark.django_db
LATER = DAY + dt.timedelta(days=7)


def value(query: str) -> object:
    with connection.cursor() as cursor:
        cursor.execute(query)
        return cursor.fetchone()[0]


def test_an_attempt_at_an_unknown_package_is_refused() -> None:
    with pytest.raises(UnknownName, match=re.escape("no package foo-dkms 1.0-1 (all) in the record")):
        store.save_attempt(make_attempt())


def test_a_kernel_of_another_release_is_refused() -> None:
    store.put_packages([make_package()], whole=True)
    store.save_attempt(make_attempt())
    wrong = replace(make_target(), kernel_release="6.1.0-9-amd64")
    told = "linux 6.1.1-1 amd64 amd64 is the kernel 6.1.0-1-amd64 in the record, not 6.1.0-9-amd64"
    with pytest.raises(Conflict, match=told):
        store.save_load_results([make_load_result(wrong)])


def test_a_module_with_a_symbol_twice_is_refused_and_nothing_is_kept() -> None:
    store.put_packages([make_package()], whole=True)
    with pytest.raises(ValueError, match="a symbol stands twice"), transaction.atomic():
        store.save_attempt(make_attempt(modules=(make_module(uses=(Use("a", 1, True), Use("a", 2, True))),)))
    assert queries.dkms_attempts() == []


def test_an_unknown_attempt_has_no_log() -> None:
    with pytest.raises(UnknownName, match="no attempt 7"):
        queries.attempt_log(7)


def test_import_sets_never_change() -> None:
    store.put_packages([make_package()], whole=True)
    store.save_attempt(make_attempt())
    for change in ("UPDATE import_set SET crc = NULL", "DELETE FROM import_set"):
        with (
            pytest.raises(ProgrammingError, match="rows of this table never change"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(change)


def test_an_attempt_comes_back_as_it_was_saved() -> None:
    modules = (
        make_module("bar", exports=("bar_get",), depends=("nfnetlink",), namespaces=("DMA_BUF",), btf=True),
        make_module("foo", uses=(Use("a", None, True), Use("b", 5, False)), siblings=("bar_get",)),
        make_module("old", uses=(Use("c", None, False),)),
        make_module("small", uses=()),
    )
    attempt = make_attempt(
        modules=modules, outcome=PARTLY, missing=("baz",), reason="baz.c:1: error", headers="6.1.0-9"
    )
    store.put_packages([make_package()], whole=True)
    assert store.save_attempt(attempt) == "new"
    (row,) = queries.dkms_attempts("foo-dkms")
    assert (row.key, row.target, row.headers) == (attempt.package, attempt.target, "6.1.0-9")
    assert (row.root, row.outcome, row.reason, row.missing) == ("bookworm", PARTLY, "baz.c:1: error", ("baz",))
    assert (row.tools, row.seconds, row.at, row.builder) == (attempt.tools, 2.5, DAY, attempt.builder)
    assert queries.attempt_log(row.id) == attempt.log
    assert [(found.attempt_id, found.module) for found in queries.modules_of([row.id])] == [
        (row.id, module) for module in modules
    ]
    assert queries.dkms_attempts("bar-dkms") == []


@pytest.mark.parametrize(
    ("first", "second", "became"),
    [
        (make_attempt(), make_attempt(seconds=9.0), "known"),
        (make_attempt(outcome=NO_COMPILE), make_attempt(), "known"),
        (make_attempt(outcome=NO_COMPILE), make_attempt(builder=2), "better"),
        (make_attempt(builder=2), make_attempt(outcome=NO_COMPILE), "known"),
        (make_attempt(), make_attempt(outcome=HARNESS, builder=2), "known"),
        (make_attempt(outcome=HARNESS, builder=2), make_attempt(outcome=NO_COMPILE), "better"),
        (make_attempt(outcome=HARNESS), make_attempt(outcome=HARNESS), "known"),
        (make_attempt(outcome=HARNESS), make_attempt(outcome=HARNESS, headers="6.1.0-9-amd64", at=LATER), "better"),
        (make_attempt(outcome=HARNESS, at=LATER), make_attempt(outcome=HARNESS), "known"),
        (make_attempt(outcome=HARNESS), make_attempt(outcome=HARNESS, builder=2), "better"),
        (make_attempt(outcome=NO_DEPENDENCY), make_attempt(), "better"),
        (make_attempt(outcome=HARNESS), make_attempt(outcome=NO_DEPENDENCY), "better"),
        (make_attempt(outcome=NO_DEPENDENCY), make_attempt(outcome=HARNESS, at=LATER), "known"),
        (make_attempt(outcome=NO_DEPENDENCY), make_attempt(outcome=NO_DEPENDENCY, at=LATER), "better"),
        (make_attempt(outcome=NO_DEPENDENCY, at=LATER), make_attempt(outcome=NO_DEPENDENCY), "known"),
        (make_attempt(headers="6.1.0-2-amd64"), make_attempt(), "better"),
        (make_attempt(), make_attempt(headers="6.1.0-2-amd64"), "known"),
    ],
)
def test_the_better_attempt_stays(first, second, became) -> None:
    store.put_packages([make_package()], whole=True)
    store.save_attempt(first)
    (before,) = queries.dkms_attempts()
    assert store.save_attempt(second) == became
    (row,) = queries.dkms_attempts()
    kept = first if became == "known" else second
    assert (row.id, row.outcome, row.builder, row.headers) == (before.id, kept.outcome, kept.builder, kept.headers)
    assert [found.module for found in queries.modules_of([row.id])] == list(kept.modules)


def numbers() -> list[object]:
    tables = ("symbol", "import_set", "target", "dkms_package", "dkms_listing", "dkms_build")
    return [value(f"SELECT last_value FROM {table}_id_seq") for table in tables]


def test_equal_sets_are_kept_once_and_what_is_known_burns_no_ids() -> None:
    store.put_packages([make_package(), make_package("bar-dkms")], whole=True)
    store.save_attempt(make_attempt())
    store.save_attempt(make_attempt(make_key("bar-dkms")))
    before = numbers()
    store.put_packages([make_package(), make_package("bar-dkms")], whole=True)
    store.save_attempt(make_attempt())
    store.save_attempt(make_attempt(builder=2))
    assert (numbers(), value("SELECT count(*) FROM import_set")) == (before, 1)


def test_sets_that_no_module_has_any_more_are_collected() -> None:
    store.put_packages([make_package()], whole=True)
    store.save_attempt(make_attempt())
    store.put_scan(make_key(), make_target(), ["b", "a", "b"])
    store.save_attempt(make_attempt(builder=2, outcome=NO_COMPILE))
    assert (value("SELECT count(*) FROM import_set"), store.collect(), store.collect()) == (2, 1, 0)
    (scan,) = queries.scans()
    assert (scan.key, scan.target, scan.uses) == (
        make_key(),
        make_target(),
        (Use("a", None, True), Use("b", None, True)),
    )


def test_a_later_scan_takes_the_place_of_an_earlier_one() -> None:
    store.put_packages([make_package()], whole=True)
    store.put_scan(make_key(), make_target(), ["a"])
    store.put_scan(make_key(), make_target(), [])
    assert [scan.uses for scan in queries.scans()] == [()]


def test_every_write_raises_the_generation() -> None:
    writes = [
        lambda: store.put_packages([make_package()], whole=True),
        lambda: store.save_attempt(make_attempt()),
        lambda: store.save_rebuild(make_rebuild()),
        lambda: store.save_load_results([make_load_result()]),
        lambda: store.put_scan(make_key(), make_target(), ["a"]),
        lambda: store.put_popcon({"foo-dkms": 3}, DAY),
    ]
    for n, write in enumerate(writes, 1):
        write()
        assert value("SELECT n FROM generation") == n


def test_listings_become_the_span_in_which_a_suite_had_a_package() -> None:
    now, later, update = make_listing(), make_listing(release_date=LATER, release_sha256="1" * 64), make_listing("sid")
    store.put_packages([make_package(listings=(later,))], whole=True)
    store.put_packages([make_package(listings=(now, update))], whole=True)
    (row,) = queries.dkms_packages()
    assert row.package == make_package(listings=(later, update))
    assert (row.suites, row.gone) == ({"bookworm": (DAY, LATER), "sid": (DAY, DAY)}, False)


def test_what_no_archive_has_any_more_stays_and_is_gone_until_it_is_back() -> None:
    old, new = make_package(), make_package(version="1.0-10")
    store.put_packages([old], whole=True)
    store.put_packages([new], whole=False)
    assert [row.gone for row in queries.dkms_packages()] == [False, False]
    store.put_packages([replace(new, depends="dkms, gcc", listings=())], whole=True)
    assert [(row.package, row.gone) for row in queries.dkms_packages()] == [
        (old, True),
        (replace(new, depends="dkms, gcc"), False),
    ]
    store.put_packages([old], whole=False)
    assert [row.gone for row in queries.dkms_packages()] == [False, False]


def test_the_same_packages_again_change_nothing_but_the_generation() -> None:
    store.put_packages([make_package(), make_package()], whole=True)
    before = value("SELECT array_agg(ARRAY[p.xmin::text, l.xmin::text]) FROM dkms_package p, dkms_listing l")
    store.put_packages([make_package()], whole=True)
    assert value("SELECT array_agg(ARRAY[p.xmin::text, l.xmin::text]) FROM dkms_package p, dkms_listing l") == before


def test_what_came_to_nothing_takes_the_place_of_no_comparison_and_of_no_answer() -> None:
    store.put_packages([make_package()], whole=True)
    nothing = make_rebuild(outcome=NOT_COMPARED, reason="the mirror is away", differing=(), at=LATER)
    later = make_rebuild(outcome=NOT_COMPARED, reason="no compiler", differing=(), at=LATER + dt.timedelta(days=1))
    untried, loaded = make_load_result(answer=UNTRIED, messages=(), at=LATER), make_load_result()
    for rebuild, kept in ((nothing, nothing), (later, later), (nothing, later), (make_rebuild(), make_rebuild())):
        store.save_rebuild(rebuild)
        assert queries.rebuilds() == [kept]
    store.save_rebuild(later)
    store.save_load_results([untried])
    store.save_load_results([loaded])
    store.save_load_results([untried])
    assert (queries.rebuilds(), queries.load_results()) == ([make_rebuild()], [loaded])


def test_a_rebuild_and_a_load_take_the_place_of_earlier_ones() -> None:
    store.put_packages([make_package()], whole=True)
    first, again = make_rebuild(), make_rebuild(outcome=SAME, differing=(), at=LATER)
    store.save_rebuild(first)
    assert queries.rebuilds() == [first]
    store.save_rebuild(again)
    store.save_rebuild(first)
    assert queries.rebuilds() == [again]
    loaded = make_load_result()
    refused = make_load_result(answer=REFUSED, reasons=(("crc", "kfree"), ("vermagic", "")), messages=(), at=LATER)
    store.save_load_results([loaded])
    assert queries.load_results() == [loaded]
    store.save_load_results([refused, loaded])
    assert queries.load_results() == [refused]


def test_popcon_is_what_was_told_last() -> None:
    store.put_popcon({"foo-dkms": 5, "bar-dkms": 1}, DAY)
    store.put_popcon({"foo-dkms": 7}, LATER)
    store.put_popcon({"foo-dkms": 6, "baz-dkms": 2}, DAY)
    assert [(row.package, row.reporting, row.at) for row in queries.popcon()] == [
        ("bar-dkms", 1, DAY),
        ("baz-dkms", 2, DAY),
        ("foo-dkms", 7, LATER),
    ]


def test_what_tools_wrote_is_kept_without_control_characters_and_not_for_ever_long() -> None:
    store.put_packages([make_package()], whole=True)
    attempt = make_attempt(outcome=NO_COMPILE, reason="\x1b[1mfoo.c:1:\terror" + "é" * 2000, log="\0\udcff")
    store.save_attempt(attempt)
    (row,) = queries.dkms_attempts()
    assert row.reason == "[1mfoo.c:1: error" + "é" * 991
    assert queries.attempt_log(row.id) == "\0?"


def test_neither_addresses_nor_folders_of_the_machine_are_kept() -> None:
    store.put_packages([make_package()], whole=True)
    private = "http://me:secret@a.invalid/debian/pool/x: /home/me/data/roots/x: full"
    store.save_attempt(make_attempt(outcome=NO_COMPILE, reason=private))
    store.save_rebuild(make_rebuild(outcome=NOT_COMPARED, reason=private))
    kept = [row.reason for row in (*queries.dkms_attempts(), *queries.rebuilds())]
    assert kept == ["the archive's pool/x: x: full"] * 2


def test_the_site_may_read_all_of_it(web_db) -> None:
    tables = "dkms_package dkms_listing target import_set dkms_build dkms_module rebuild load_result scan popcon"
    assert [web_db.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in tables.split()] == [0] * 10


def test_an_attempt_that_built_nothing_has_no_modules() -> None:
    store.put_packages([make_package()], whole=True)
    assert make_attempt().outcome == BUILT
    store.save_attempt(make_attempt(outcome=NO_COMPILE))
    assert queries.modules_of([row.id for row in queries.dkms_attempts()]) == []


@pytest.mark.django_db(transaction=True)
def test_writers_of_attempts_builds_and_imports_do_not_stand_in_each_others_way() -> None:
    store.put_packages([make_package(), make_package("bar-dkms")], whole=True)
    with content.one_moment():
        told = list(content.rows())
    uses = [Use(f"symbol_{n}", n + 1, True) for n in range(200)]
    exports = tuple(make_export(use.symbol, crc=use.crc) for use in uses)
    errors: list[Exception] = []

    def attempt(package: str, uses: list[Use]) -> None:
        for n in range(1, 6):
            target = make_target(f"6.1.0-{n}-amd64", f"6.1.{n}-1")
            store.save_attempt(make_attempt(make_key(package), target, modules=(make_module(uses=tuple(uses)),)))

    def run(write: Callable[[], object]) -> None:
        try:
            write()
        except Exception as error:  # the thread's error is the test's
            errors.append(error)
        finally:
            connection.close()

    writes: list[Callable[[], object]] = [
        lambda: attempt("foo-dkms", uses),
        lambda: attempt("bar-dkms", uses[::-1]),
        lambda: [store.save(make_kernel(f"6.1.0-{n}-amd64", f"6.1.{n}-1", exports=exports)) for n in range(1, 4)],
        lambda: [load.merge(told) for _ in range(5)],
        lambda: [store.collect() for _ in range(5)],
    ]
    threads = [threading.Thread(target=run, args=[write]) for write in writes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert {len(row.module.uses) for row in queries.modules_of([row.id for row in queries.dkms_attempts()])} == {200}
    assert (len(queries.dkms_attempts()), queries.invariants()) == (10, ())
