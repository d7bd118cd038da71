# SPDX-License-Identifier: GPL-2.0-or-later
import dataclasses

import pytest

from abidb import queries, store
from abidb.errors import UnknownName
from abidb.outoftree import ACCEPTED
from abidb.packageanswers import Hits, PackageHit
from abidb.verdict import CRC, GPL, LAYOUT, LOADS, REFUSED, UNSAID, Reason
from tests.builders.outoftree import make_key, make_load_result, make_package, make_target, make_use
from tests.builders.packages import CHANGED as CHANGED_EXPORTS
from tests.builders.packages import ERROR, FIRST, FOURTH, SECOND, THIRD, built, fill_kernels, fill_packages, module
from tests.builders.records import make_export, make_kernel

pytestmark = pytest.mark.django_db
CHANGED = Reason(CRC, "alpha", "0x00000011 -> 0x00000021")


@pytest.fixture
def packages(db):
    fill_packages()


def build_id(kernel):
    return queries.one_build(kernel.kernel_release).id


def between(old, new):
    return queries.hits(build_id(old), build_id(new))


def by_package(found):
    return {hit.package: hit for hit in found.packages}


def test_builds_that_are_not_there_are_told(packages) -> None:
    with pytest.raises(UnknownName, match="no build 999999"):
        queries.hits(build_id(FIRST), 999_999)


def test_builds_in_no_lane_hit_nobody(packages) -> None:
    ids = [store.save(make_kernel(f"9.9.{n}-amd64", f"9.9.{n}-1", suite=None)) and n for n in (1, 2)]
    old, new = (queries.one_build(f"9.9.{n}-amd64").id for n in ids)
    assert queries.hits(old, new) == Hits("", (), 0, 0, 0, 0, 0, 0)


def test_a_record_without_packages_has_no_hits(db) -> None:
    fill_kernels()
    assert between(FIRST, SECOND) == Hits("bookworm", (), 0, 0, 0, 0, 0, 0)


def test_a_step_tells_what_it_does_to_each_package(packages) -> None:
    found = between(SECOND, THIRD)
    foo = PackageHit(
        source="foo",
        package="foo-dkms",
        version="1.0-1",
        answer=REFUSED,
        reasons=(CHANGED,),
        compiles="compiles",
        code="same",
        built_on=SECOND,
        confirmed=True,
        compiled="compiles",
        log=by_package(found)["foo-dkms"].log,
    )
    bar = PackageHit(
        source="bar",
        package="bar-dkms",
        version="1.0-1",
        answer=REFUSED,
        reasons=(Reason(GPL, "gamma", "Proprietary"),),
        compiles="not tried",
        code="",
        built_on=FIRST,
        confirmed=None,
        computed=True,
    )
    assert found == Hits("bookworm", (bar, foo), forced=2, compared=1, same_code=1, stopped=0, survived=1, tried=1)


def test_a_rename_hits_nobody(packages) -> None:
    found = between(FIRST, SECOND)
    assert {name: (hit.answer, hit.computed) for name, hit in by_package(found).items()} == {
        "bar-dkms": (LOADS, False),
        "foo-dkms": (LOADS, False),
    }
    assert (found.forced, found.compared, found.stopped, found.survived) == (0, 0, 0, 1)


def test_what_a_step_stops_from_compiling_is_told_with_its_error(packages) -> None:
    found = between(THIRD, FOURTH)
    foo = by_package(found)["foo-dkms"]
    assert (foo.answer, foo.compiled, foo.compiles, foo.why, foo.stopped) == (
        LOADS,
        "compiles",
        "does not compile",
        ERROR,
        True,
    )
    assert (found.stopped, found.survived, found.tried, found.forced) == (1, 0, 1, 1)


def test_the_version_of_the_time_is_taken_not_the_newest(packages) -> None:
    assert {hit.version for hit in between(THIRD, FOURTH).packages} == {"1.0-1"}


def test_a_source_scan_is_no_hit(packages) -> None:
    assert "qux-dkms" not in by_package(between(SECOND, THIRD))


def test_a_package_that_is_not_for_a_kernel_is_not_counted(packages) -> None:
    assert "baz-dkms" not in by_package(between(SECOND, THIRD))


def test_symbols_that_the_old_kernel_does_not_have_leave_a_computed_answer_open(packages) -> None:
    """A module that was built later may import what an earlier build of it would not."""
    fifth = make_target("6.1.0-5-amd64", "6.1.5-1")
    exports = (*CHANGED_EXPORTS.values(), make_export("later", crc=9))
    store.save(make_kernel(fifth.kernel_release, fifth.version, exports=exports))
    store.put_packages([make_package("new-dkms")], False)
    made = module("new", fifth, "beta")
    made = dataclasses.replace(made, uses=(*made.uses, make_use("later", 9)))
    store.save_attempt(built(make_key("new-dkms"), fifth, made))
    new = by_package(between(THIRD, FOURTH))["new-dkms"]
    assert (new.answer, new.untold, new.computed) == (UNSAID, ("later",), True)


def test_a_kernel_that_says_otherwise_is_shown(packages) -> None:
    sha256 = module("foo", SECOND, "alpha", "beta").sha256
    store.save_load_results([make_load_result(THIRD, sha256=sha256, answer=ACCEPTED)])
    assert by_package(between(SECOND, THIRD))["foo-dkms"].confirmed is False


def test_a_module_without_a_crc_of_module_layout_is_refused(packages) -> None:
    store.put_packages([make_package("bare-dkms")], False)
    made = module("bare", FIRST, "beta")
    made = dataclasses.replace(made, uses=tuple(use for use in made.uses if use.symbol != "module_layout"))
    store.save_attempt(built(make_key("bare-dkms"), FIRST, made))
    bare = by_package(between(FIRST, SECOND))["bare-dkms"]
    assert bare.reasons == (Reason(LAYOUT, "module_layout", "none -> 0x00000001"),)


def test_a_symbol_that_no_kernel_exports_is_no_updates_fault(packages) -> None:
    """Its module loads on no kernel, not even on that which it was built for."""
    store.put_packages([make_package("lost-dkms")], False)
    made = module("lost", FIRST, "beta")
    made = dataclasses.replace(made, uses=(*made.uses, make_use("oslec_create", 99)))
    store.save_attempt(built(make_key("lost-dkms"), FIRST, made))
    assert by_package(between(FIRST, SECOND))["lost-dkms"].answer == LOADS
    assert by_package(between(SECOND, THIRD))["lost-dkms"].answer == LOADS
