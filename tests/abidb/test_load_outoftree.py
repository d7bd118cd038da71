# SPDX-License-Identifier: GPL-2.0-or-later
"""Out-of-tree modules from one installation to another."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection

from abidb import queries, store
from abidb.errors import Conflict
from abidb.outoftree import BUILDER, HARNESS, NO_COMPILE, SAME, Attempt
from abidb.queries import content
from abidb.store import load
from abidb.transfer.content import PackageSeenRow, Row
from tests.builders.outoftree import (
    make_attempt,
    make_key,
    make_load_result,
    make_module,
    make_package,
    make_rebuild,
    make_target,
    make_use,
)
from tests.builders.records import DAY, make_kernel, make_listing

pytestmark = pytest.mark.django_db(transaction=True)
LATER = DAY + dt.timedelta(days=7)
NEXT = make_target("6.1.0-2-amd64", "6.1.2-1")
BOTH = (make_module("bar", exports=("a", "b")), make_module("foo"))
TABLES = "dkms_package, dkms_listing, target, import_set, dkms_build, dkms_module, rebuild, load_result, scan, popcon"


def fill() -> None:
    listings = (make_listing(), make_listing("sid", release_date=LATER))
    store.put_packages([make_package(listings=listings), make_package("bar-dkms", version="2.0-1")], whole=True)
    store.save_attempt(make_attempt())
    store.save_attempt(make_attempt(target=NEXT, outcome=NO_COMPILE, missing=("foo",)))
    store.save_attempt(
        make_attempt(make_key("bar-dkms", "2.0-1"), modules=(make_module("bar"), make_module("baz", uses=())))
    )
    store.save_rebuild(make_rebuild())
    store.save_load_results([make_load_result()])
    store.put_scan(make_key("bar-dkms", "2.0-1"), NEXT, ["kfree", "only_scanned"])
    store.put_popcon({"foo-dkms": 9}, DAY)


def rows() -> list[Row]:
    with content.one_moment():
        return list(content.out_of_tree_rows())


def empty() -> None:
    """An installation of its own, with ids that are others than those of the first."""
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {TABLES}, symbol, export_set, fact_set, upload CASCADE")


def merged(told: Iterable[Row]) -> load.Loaded:
    return load.merge(told)


def changed(**given: object) -> list[Row]:
    """What an installation tells whose first attempt was another."""
    found = rows()
    first = next(row for row in found if isinstance(row, Attempt) and row.package == make_key())
    return [replace(first, **given) if row is first else row for row in found]


def test_a_file_for_everybody_names_archives_but_no_mirror() -> None:
    mirrors = [make_listing(root=f"https://{host}.example/debian-security") for host in ("one", "two")]
    store.put_packages([make_package(listings=tuple(mirrors))], whole=True)
    assert [row.root for row in rows() if isinstance(row, PackageSeenRow)] == ["debian-security"]


def test_a_package_with_another_deb_is_refused() -> None:
    fill()
    other = [replace(row, sha256="f" * 64) if row == make_package(listings=()) else row for row in rows()]
    with pytest.raises(
        Conflict, match=f"two contents of foo-dkms 1.0-1 .all.: this record has the deb .*, the other {'f' * 64}"
    ):
        merged(other)


def test_of_attempts_that_are_as_good_the_own_one_stays_and_is_counted(
    tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    fill()
    modules = (make_module(uses=(make_use(crc=2),)),)
    before = rows()
    for given in ({"modules": modules}, {"outcome": NO_COMPILE, "modules": ()}, {"missing": ("x",)}):
        assert merged(changed(**given)).attempts == {"known": 2, "kept": 1}
    assert rows() == before
    call_command("export", str(tmp_path / "told"), "--out-of-tree")
    empty()
    fill()
    store.save_attempt(make_attempt(modules=modules, builder=BUILDER + 1))
    with connection.cursor() as cursor:
        cursor.execute("UPDATE dkms_build SET builder = %s", [BUILDER])
    before = rows()
    call_command("import", str(tmp_path / "told"))
    assert "2 known; kept 1 of your own that came out otherwise and are as good" in capsys.readouterr().out
    assert rows() == before


def test_another_order_is_no_other_content() -> None:
    fill()
    store.save_attempt(two := make_attempt(make_key(), make_target("6.1.0-3-amd64", "6.1.3-1"), modules=BOTH))
    before = rows()
    backwards = [
        replace(row, modules=tuple(replace(one, exports=one.exports[::-1]) for one in row.modules[::-1]))
        if isinstance(row, Attempt) and row.target == two.target
        else row
        for row in before
    ]
    assert merged(backwards).attempts == {"known": 4}
    assert rows() == before


def test_times_and_bytes_of_files_may_be_others() -> None:
    fill()
    before = rows()
    other = (replace(make_module(), sha256="e" * 64, size=3),)
    assert merged(changed(modules=other, at=LATER, seconds=99.5, tools="gcc-13", reason="")).attempts == {"known": 3}
    assert rows() == before


def test_all_of_it_comes_to_an_empty_record_and_a_second_time_changes_nothing() -> None:
    fill()
    told = rows()
    empty()
    assert rows() == []
    assert merged(told).attempts == {"new": 3}
    assert rows() == told
    assert merged(told).attempts == {"known": 3}
    assert rows() == told
    assert queries.attempt_log(queries.dkms_attempts("foo-dkms")[0].id) == ""
    assert queries.invariants() == ()


def test_the_better_and_the_later_stay_whatever_comes_first() -> None:
    fill()
    first = rows()
    empty()
    fill()
    store.save_rebuild(make_rebuild(outcome=SAME, differing=(), at=LATER))
    store.save_load_results([make_load_result(at=LATER, messages=())])
    store.put_popcon({"foo-dkms": 10}, LATER)
    store.put_packages(
        [make_package(listings=(make_listing(release_date=LATER, release_sha256="1" * 64),))], whole=False
    )
    second = rows()
    merged(first)
    assert rows() == second
    empty()
    merged(first)
    merged(second)
    assert rows() == second


def test_a_failure_of_ours_gives_way_to_what_another_installation_built() -> None:
    fill()
    told = rows()
    empty()
    store.put_packages([make_package()], whole=True)
    store.save_attempt(make_attempt(outcome=HARNESS))
    assert merged(told).attempts == {"new": 2, "better": 1}
    assert rows() == told


def test_what_failed_there_for_reasons_of_its_own_changes_nothing_here() -> None:
    fill()
    before = rows()
    assert merged(changed(outcome=HARNESS, modules=())).attempts == {"known": 3}
    assert rows() == before


def test_a_file_of_them_alone_leaves_builds_as_they_are(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    store.save(make_kernel())
    fill()
    whole, alone = tmp_path / "whole", tmp_path / "alone"
    call_command("export", str(whole))
    call_command("export", str(alone), "--out-of-tree")
    empty()
    store.save(make_kernel())
    call_command("import", str(alone))
    assert "attempts at packages of modules: 3 new, 0 better, 0 known" in capsys.readouterr().out
    call_command("export", "--digest")
    assert capsys.readouterr().out.strip() == digest_of(whole)


def digest_of(path: Path) -> str:
    from abidb.transfer import envelope

    return next(line for line in envelope.lines(path) if line.startswith(b"digest\t")).decode().split("\t")[1]
