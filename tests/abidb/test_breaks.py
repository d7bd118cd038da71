# SPDX-License-Identifier: GPL-2.0-or-later
import pytest

from abidb import queries, store
from abidb.answers import LaneName
from abidb.outoftree import BUILT, HARNESS, NO_COMPILE, NO_DEPENDENCY, NOT_APPLICABLE, PARTLY
from abidb.packageanswers import Break, StepTried
from tests.builders.outoftree import make_attempt, make_package, make_target
from tests.builders.packages import (
    ERROR,
    FIRST,
    FOURTH,
    MENDED,
    SECOND,
    THIRD,
    built,
    day,
    fill_kernels,
    fill_packages,
    module,
)
from tests.builders.records import make_entry, make_kernel, make_listing

pytestmark = pytest.mark.django_db
LANE = LaneName("bookworm", "amd64", "amd64")


@pytest.fixture
def packages(db):
    fill_packages()


def ref(kernel):
    return queries.one_build(kernel.kernel_release)


def test_a_record_without_packages_has_no_breaks(db) -> None:
    fill_kernels()
    assert (queries.breaks().breaks, queries.breaks().steps) == ((), ())


def test_a_break_begins_with_a_kernel_and_ends_with_the_first_version_that_builds(packages) -> None:
    (found,) = queries.breaks().breaks
    assert found == Break(
        lane=LANE,
        source="foo",
        package="foo-dkms",
        version="1.0-1",
        assumed=False,
        before=ref(THIRD),
        kernel=ref(FOURTH),
        between=0,
        compiles="does not compile",
        why=ERROR,
        log=found.log,
        until="1.0-1+deb12u1",
        again=None,
        reporting=1204,
        compiled="compiles",
        until_on=None,
        first_seen=day(0),
        ended=day(5),
    )


def test_kernels_tell_how_many_packages_survived_them(packages) -> None:
    assert queries.breaks("bookworm").steps == (
        StepTried(LANE, ref(FOURTH), 1, 1),
        StepTried(LANE, ref(THIRD), 1, 0),
        StepTried(LANE, ref(SECOND), 1, 0),
    )


def test_another_line_has_none_of_them(packages) -> None:
    assert queries.breaks("trixie").breaks == ()


def test_a_version_that_had_gone_before_the_kernel_came_breaks_nobody(packages) -> None:
    listings = (make_listing("bookworm-updates", release_date=day(2)),)
    store.put_packages([make_package(version=MENDED.version, listings=listings)], False)
    assert queries.breaks().breaks == ()


def test_what_never_compiled_was_not_broken_by_an_update(packages) -> None:
    listings = (make_listing("bookworm", release_date=day(0)),)
    store.put_packages([make_package("old-dkms", listings=listings)], False)
    for kernel in (FIRST, FOURTH):
        store.save_attempt(make_attempt(make_package("old-dkms").key, kernel, outcome="does not compile"))
    assert {each.package for each in queries.breaks().breaks} == {"foo-dkms"}


def test_kernels_that_were_not_tried_are_counted(packages) -> None:
    key = make_package("gap-dkms").key
    store.put_packages([make_package("gap-dkms", listings=(make_listing(release_date=day(3)),))], False)
    store.save_attempt(built(key, FIRST, module("gap", FIRST, "beta")))
    partly = make_attempt(
        key, FOURTH, outcome=PARTLY, reason="gap2.c:1: error: x", modules=(module("gap", FOURTH, "beta"),)
    )
    store.save_attempt(partly)
    gap = next(each for each in queries.breaks().breaks if each.package == "gap-dkms")
    assert (gap.before, gap.between, gap.compiles, gap.assumed, gap.until) == (ref(FIRST), 2, "partly", False, "")


def test_a_version_that_compiles_again_on_a_later_kernel_ends_its_break(packages) -> None:
    key = make_package("again-dkms").key
    store.put_packages([make_package("again-dkms", listings=(make_listing(release_date=day(1)),))], False)
    for kernel in (FIRST, THIRD):
        store.save_attempt(built(key, kernel, module("again", kernel, "beta")))
    store.save_attempt(make_attempt(key, SECOND, outcome="does not compile"))
    again = next(each for each in queries.breaks().breaks if each.package == "again-dkms")
    assert (again.kernel, again.again) == (ref(SECOND), ref(THIRD))


def add(name, *seen, version="1.0-1", suite="bookworm"):
    """A version of a package that a suite held on these days."""
    for at in seen:
        store.put_packages([make_package(name, version, listings=(make_listing(suite, release_date=day(at)),))], False)
    return make_package(name, version).key


def attempts(key, *outcomes, **fields):
    """What became of a version on the first kernel, the second, ...; None: not tried."""
    for kernel, outcome in zip((FIRST, SECOND, THIRD, FOURTH), outcomes, strict=False):
        if outcome in (BUILT, PARTLY):
            store.save_attempt(built(key, kernel, module(key.package, kernel, "beta"), outcome=outcome, **fields))
        elif outcome:
            store.save_attempt(make_attempt(key, kernel, outcome=outcome, **fields))


def told(package="x-dkms"):
    """Version, whether assumed, kernel, what it does there, and what ended it, of each break of a package."""
    return [
        (each.version, each.assumed, each.kernel.abi_name, each.compiles, each.until)
        for each in queries.breaks().breaks
        if each.package == package
    ]


def steps():
    return {
        each.kernel.abi_name: (each.tried, each.stopped, each.partly, each.lost) for each in queries.lane_steps(LANE)
    }


def test_a_later_version_that_survives_a_kernel_hides_no_break_of_the_one_that_was_there(db) -> None:
    fill_kernels()
    attempts(add("x-dkms", 0, 3), None, None, BUILT, NO_COMPILE)
    attempts(add("x-dkms", 5, version="2.0-1", suite="bookworm-updates"), None, None, BUILT, BUILT)
    assert (told(), steps()) == ([("1.0-1", False, "6.1.0-4", NO_COMPILE, "2.0-1")], {"6.1.0-4": (1, 1, 0, 0)})


def test_a_kernel_is_told_of_the_version_that_its_users_had_alone(db) -> None:
    fill_kernels()
    attempts(add("x-dkms", 0, 1), None, None, BUILT, NO_COMPILE)
    attempts(add("x-dkms", 2, 5, version="2.0-1"), None, None, BUILT, BUILT)
    assert (told(), steps()) == ([], {"6.1.0-4": (1, 0, 0, 0)})


def test_of_two_versions_that_break_the_one_that_was_there_is_named(db) -> None:
    fill_kernels()
    attempts(add("x-dkms", 0, 3), None, None, BUILT, NO_COMPILE)
    attempts(add("x-dkms", 5, version="2.0-1", suite="bookworm-updates"), None, None, BUILT, NO_COMPILE)
    assert told() == [("1.0-1", False, "6.1.0-4", NO_COMPILE, "")]


def test_where_nothing_is_known_of_that_time_the_newest_is_taken(db) -> None:
    fill_kernels()
    for version in ("1.0-1", "2.0-1"):
        attempts(add("x-dkms", 5, version=version), None, None, BUILT, NO_COMPILE)
    assert told() == [("2.0-1", True, "6.1.0-4", NO_COMPILE, "")]


def test_before_the_record_looked_the_first_version_that_it_saw_is_taken(db) -> None:
    fill_kernels()
    attempts(add("x-dkms", 5), None, None, BUILT, NO_COMPILE)
    attempts(add("x-dkms", 7, version="2.0-1"), None, None, BUILT, BUILT)
    assert told() == [("1.0-1", True, "6.1.0-4", NO_COMPILE, "2.0-1")]


def test_headers_of_another_kernel_are_no_edge_of_a_break(db) -> None:
    fill_kernels()
    key = add("x-dkms", 0, 5)
    attempts(key, BUILT, None, None, NO_COMPILE)
    store.save_attempt(
        make_attempt(key, SECOND, outcome=NO_COMPILE, headers=THIRD.kernel_release),
    )
    store.save_attempt(built(key, THIRD, module("x", THIRD, "beta"), headers=FOURTH.kernel_release))
    (found,) = queries.breaks().breaks
    assert (found.before, found.kernel, found.between) == (ref(FIRST), ref(FOURTH), 2)


@pytest.mark.parametrize("outcome", [HARNESS, NO_DEPENDENCY])
def test_what_is_no_fault_of_the_source_neither_breaks_nor_compiles(db, outcome) -> None:
    fill_kernels()
    attempts(add("x-dkms", 0, 5), BUILT, outcome, outcome)
    assert queries.breaks().breaks + queries.breaks().steps == ()


def test_a_kernel_that_is_excluded_between_hides_no_break(db) -> None:
    fill_kernels()
    attempts(add("x-dkms", 0, 5), BUILT, NOT_APPLICABLE, None, NO_COMPILE)
    (found,) = queries.breaks().breaks
    assert (found.before, found.kernel, found.between) == (ref(FIRST), ref(FOURTH), 1)


def test_a_kernel_that_a_package_excludes_is_no_break(db) -> None:
    fill_kernels()
    attempts(add("x-dkms", 0, 5), BUILT, NOT_APPLICABLE)
    assert queries.breaks().breaks + queries.breaks().steps == ()


def test_parts_that_are_lost_are_told_with_what_was_there_before(db) -> None:
    fill_kernels()
    attempts(add("x-dkms", 0, 5), BUILT, PARTLY, NO_COMPILE, BUILT)
    assert [(each.kernel.abi_name, each.compiled, each.compiles) for each in queries.breaks().breaks] == [
        ("6.1.0-3", "partly", "does not compile"),
        ("6.1.0-2", "compiles", "partly"),
    ]
    assert steps() == {"6.1.0-2": (1, 0, 1, 0), "6.1.0-3": (0, 0, 0, 1)}


def test_a_newer_version_must_compile_on_the_kernel_that_broke_the_old_one(db) -> None:
    fill_kernels()
    attempts(add("x-dkms", 0, 2), None, BUILT, NO_COMPILE)
    attempts(add("x-dkms", 5, version="2.0-1"), None, None, NO_COMPILE, BUILT)
    assert told() == [("1.0-1", False, "6.1.0-3", NO_COMPILE, "")]


def test_a_newer_version_that_was_only_tried_later_ends_a_break_with_the_kernel_it_was_seen_on(db) -> None:
    fill_kernels()
    attempts(add("x-dkms", 0, 2), None, BUILT, NO_COMPILE)
    attempts(add("x-dkms", 5, version="2.0-1"), None, None, None, BUILT)
    (found,) = queries.breaks().breaks
    assert (found.until, found.until_on, found.ended) == ("2.0-1", ref(FOURTH), day(5))


def test_each_lane_has_its_own_steps(packages) -> None:
    for n in (1, 2):
        entry = make_entry(f"6.1.{n}-1", distribution="bookworm", date=day(n - 1))
        store.save(make_kernel(f"6.1.0-{n}-cloud-amd64", f"6.1.{n}-1", changelog=(entry,)))
    key = make_package().key
    for n, outcome in ((1, BUILT), (2, NO_COMPILE)):
        store.save_attempt(
            make_attempt(key, make_target(f"6.1.0-{n}-cloud-amd64", f"6.1.{n}-1"), outcome=outcome, modules=())
        )
    lane = LaneName("bookworm", "amd64", "cloud-amd64")
    kernel = queries.one_build("6.1.0-2-cloud-amd64")
    assert queries.lane_steps(lane) == (StepTried(lane, kernel, 1, 1),)
    assert {each.lane for each in queries.breaks("bookworm").steps} == {LANE}
    assert queries.lane_steps(LaneName("woody", "amd64", "amd64")) == ()
