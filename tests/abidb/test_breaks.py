# SPDX-License-Identifier: GPL-2.0-or-later
import pytest

from abidb import queries, store
from abidb.answers import LaneName
from abidb.outoftree import PARTLY
from abidb.packageanswers import Break, StepTried
from tests.builders.outoftree import make_attempt, make_package
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
from tests.builders.records import make_listing

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
