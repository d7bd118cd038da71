# SPDX-License-Identifier: GPL-2.0-or-later
import dataclasses

import pytest

from abidb import queries, store
from abidb.errors import UnknownName
from abidb.outoftree import ACCEPTED, HARNESS, PARTLY
from abidb.packageanswers import Hits, Loading, PackageHit
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
        loading=Loading(2, 1, ()),
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
    foo = by_package(between(SECOND, THIRD))["foo-dkms"]
    assert foo.loading == Loading(2, 0, ("foo: the kernel: accepted; we: refused (crc alpha)",))
    assert foo.confirmed is False


def test_a_kernel_that_names_another_symbol_says_otherwise(packages) -> None:
    sha256 = module("foo", SECOND, "alpha", "beta").sha256
    store.save_load_results([make_load_result(THIRD, sha256=sha256, answer=REFUSED, reasons=(("crc", "beta"),))])
    foo = by_package(between(SECOND, THIRD))["foo-dkms"]
    assert foo.loading == Loading(2, 0, ("foo: the kernel alone (crc beta); we alone (crc alpha)",))


def test_where_we_say_nothing_loading_confirms_nothing(packages) -> None:
    fifth = make_target("6.1.0-5-amd64", "6.1.5-1")
    exports = (make_export("module_layout", crc=1),)
    store.save(make_kernel(fifth.kernel_release, fifth.version, exports=exports, covers="vmlinux"))
    store.put_packages([make_package("odd-dkms")], False)
    made = module("odd", FOURTH, "beta")
    store.save_attempt(built(make_key("odd-dkms"), FOURTH, made))
    store.save_load_results([make_load_result(fifth, sha256=made.sha256, answer=REFUSED)])
    odd = by_package(between(FOURTH, fifth))["odd-dkms"]
    assert (odd.answer, odd.loading, odd.confirmed) == (UNSAID, None, None)


def test_headers_that_stand_in_say_nothing_of_the_source_and_leave_crcs_to_be_computed(packages) -> None:
    """What was built on the second kernel had the third one's headers, and so its CRC of alpha."""
    store.put_packages([make_package("near-dkms")], False)
    made = module("near", THIRD, "alpha")
    for kernel in (SECOND, THIRD):
        store.save_attempt(built(make_key("near-dkms"), kernel, made, headers=THIRD.kernel_release))
    near = by_package(between(SECOND, THIRD))["near-dkms"]
    assert (near.answer, near.reasons, near.computed, near.built_on) == (REFUSED, (CHANGED,), True, THIRD)
    assert (near.compiled, near.compiles, near.headers) == ("not tried", "compiles", "")
    back = by_package(between(FIRST, SECOND))["near-dkms"]
    assert (back.answer, back.compiles, back.headers) == (LOADS, "not tried", THIRD.kernel_release)


def test_headers_of_another_version_of_the_same_release_are_those_of_that_build(packages) -> None:
    """Two uploads of one release: what was built on the second had the first one's headers, and so its CRC of alpha."""
    store.put_packages([make_package("same-dkms")], False)
    again = make_target(FOURTH.kernel_release, "6.1.5-1")
    store.save(
        make_kernel(
            again.kernel_release,
            again.version,
            exports=(dataclasses.replace(CHANGED_EXPORTS["alpha"], crc=0x31), CHANGED_EXPORTS["module_layout"]),
        )
    )
    made = module("same", FOURTH, "alpha")
    headers = f"{FOURTH.kernel_release}={FOURTH.version}"
    store.save_attempt(built(make_key("same-dkms"), again, made, headers=headers))
    ids = [queries.one_build(f"{each.kernel_release}={each.version}").id for each in (FOURTH, again)]
    same = by_package(queries.hits(*ids))["same-dkms"]
    assert (same.answer, same.built_on, same.headers) == (REFUSED, FOURTH, headers)


def test_modules_of_an_attempt_that_we_failed_are_in_no_answer(packages) -> None:
    store.put_packages([make_package("our-dkms")], False)
    made = module("our", SECOND, "alpha")
    store.save_attempt(built(make_key("our-dkms"), SECOND, made, outcome=HARNESS, reason="no space"))
    assert "our-dkms" not in by_package(between(SECOND, THIRD))


def test_a_package_that_compiles_only_in_part_any_more_did_not_survive(packages) -> None:
    store.put_packages([make_package("two-dkms")], False)
    one = module("one", THIRD, "beta")
    store.save_attempt(built(make_key("two-dkms"), SECOND, module("one", SECOND, "beta"), module("two", SECOND)))
    store.save_attempt(built(make_key("two-dkms"), THIRD, one, outcome=PARTLY, reason="two.c: error", missing=("two",)))
    found = between(SECOND, THIRD)
    two = by_package(found)["two-dkms"]
    assert (two.compiles, two.stopped, two.partly, two.about) == ("partly", False, True, ())
    assert (found.stopped, found.partly, found.survived, found.tried) == (0, 1, 1, 2)
    assert by_package(between(THIRD, FOURTH))["two-dkms"].about == ("one",)


@pytest.mark.parametrize(("old", "new"), [(THIRD, SECOND), (SECOND, SECOND)])
def test_only_a_step_ahead_forces_rebuilds(packages, old, new) -> None:
    found = between(old, new)
    back = old is THIRD
    assert (found.update, found.forced, found.refused) == (not back, 0, int(back))


def test_kernels_of_two_flavours_are_no_update(packages) -> None:
    cloud = make_kernel("6.1.0-5-cloud-amd64", "6.1.5-1", exports=tuple(CHANGED_EXPORTS.values()))
    store.save(cloud)
    found = queries.hits(build_id(SECOND), queries.one_build("6.1.0-5-cloud-amd64").id)
    assert (found.update, found.forced, found.refused > 0) == (False, 0, True)


def test_kernels_of_two_architectures_have_no_modules_in_common(packages) -> None:
    store.save(make_kernel("6.1.0-5-arm64", "6.1.5-1", exports=tuple(CHANGED_EXPORTS.values()), arch="arm64"))
    found = queries.hits(build_id(SECOND), queries.one_build("6.1.0-5-arm64").id)
    assert (found.packages, found.forced, found.reason) == (
        (),
        0,
        "amd64 and arm64: no module of one architecture is for the other",
    )


@pytest.mark.parametrize("crcs", [True, False])
def test_modules_are_computed_across_the_border_of_modversions(packages, crcs) -> None:
    """module_layout is imported on the side that has CRCs, and only there."""
    with_crcs = (make_target("6.1.0-5-amd64", "6.1.5-1"), make_target("6.1.0-6-amd64", "6.1.6-1"))
    without = (make_target("6.1.0-7-amd64", "6.1.7-1"), make_target("6.1.0-8-amd64", "6.1.8-1"))
    bare = tuple(make_export(name, crc=None) for name in ("alpha", "beta"))
    for each in (*with_crcs, *without):
        exports = tuple(CHANGED_EXPORTS.values()) if each in with_crcs else bare
        store.save(make_kernel(each.kernel_release, each.version, exports=exports))
    store.put_packages([make_package("edge-dkms")], False)
    made = module("edge", FOURTH, "beta")
    if crcs:  # built without, asked of those with
        uses = (make_use("beta", None),)
        made = dataclasses.replace(made, uses=uses, vermagic=f"{without[0].kernel_release} SMP preempt mod_unload ")
    on, asked = (without[0], with_crcs) if crcs else (with_crcs[0], without)
    store.save_attempt(built(make_key("edge-dkms"), on, made))
    edge = by_package(between(*asked))["edge-dkms"]
    assert (edge.computed, edge.untold) == (True, ())
    assert edge.answer == (LOADS if crcs else REFUSED)  # without CRCs vermagic has the release in it
    assert {reason.kind for reason in edge.reasons} == (set() if crcs else {"vermagic"})


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
