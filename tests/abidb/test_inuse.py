# SPDX-License-Identifier: GPL-2.0-or-later
"""abidb.queries.inuse, releaseuse, users and lanehits on one small record."""

import dataclasses

import pytest

from abidb import queries, store
from abidb.answers import LaneName
from abidb.errors import UnknownName
from abidb.outoftree import BUILT, SAME
from abidb.useanswers import InUse, PackageUses, ReleaseUses, StepHits, SymbolInUse, User, Users
from abidb.verdict import REFUSED
from tests.builders import uses
from tests.builders.outoftree import make_attempt, make_key, make_package, make_rebuild
from tests.builders.records import DAY, make_export, make_kernel
from tests.builders.uses import GPL, NEW, OLD

pytestmark = pytest.mark.django_db
LANE = LaneName("bookworm", "amd64", "amd64")
ANT = PackageUses("ant", "ant-dkms", "1.0-1", OLD, ("ant",), ("GPL",), frozenset(("alpha",)))
BEE = PackageUses("bee", "bee-dkms", "1.0-1", NEW, ("bee",), ("Proprietary",), frozenset(("beta", "gamma")))
CAT = PackageUses("cat", "cat-dkms", "1.0-1", OLD, ("cat",), ("GPL",), frozenset(("beta",)))
ELK = PackageUses("elk", "elk-dkms", "1.0-1", OLD, (), (), frozenset(("alpha", "gamma")))


@pytest.fixture
def record(db):
    uses.fill_kernels()
    uses.fill_packages()


def test_an_empty_record_has_no_release_and_nothing_in_use(db) -> None:
    none = ReleaseUses("", (), None, (), (), (), (), None)
    assert queries.release_uses() == none
    assert queries.in_use() == InUse(none, (), 0, 0, 0, None, 0, "")
    assert queries.users("alpha") == Users((), (), 0)


def test_a_release_without_packages_is_unknown_with_those_that_have_some(record) -> None:
    with pytest.raises(UnknownName) as error:
        queries.release_uses("woody")
    assert error.value.candidates == ("bookworm", "trixie")


def test_a_lane_that_is_not_there_is_unknown(record) -> None:
    with pytest.raises(UnknownName, match="no lane bookworm/s390x/s390x"):
        queries.release_uses("bookworm", LaneName("bookworm", "s390x", "s390x"))


def test_of_each_package_the_newest_version_of_the_release_tells_by_its_newest_build_of_the_lane(record) -> None:
    store.put_popcon({"ant-dkms": 20, "gnu-dkms": 3, "other": 9}, DAY)
    assert queries.release_uses() == ReleaseUses(
        release="bookworm",
        releases=("bookworm", "trixie"),
        lane=LANE,
        built=(ANT, BEE),
        partly=(CAT,),
        scanned=(ELK,),
        unknown=("dog-dkms", "fox-dkms"),
        systems={"ant-dkms": 20},
    )
    assert queries.release_uses().packages == 6


def test_builds_on_other_kernels_tell_where_the_lane_has_none(record) -> None:
    found = queries.release_uses("trixie")
    assert (found.lane, [each.package for each in found.built]) == (None, ["gnu-dkms"])


def test_backports_and_proposed_updates_are_not_what_a_release_has(record) -> None:
    more = [make_package("ant-dkms", "2.0-1", suite="bookworm-backports")]
    more += [make_package("ant-dkms", "1.0-1+deb12u1", suite="bookworm-proposed-updates")]
    store.put_packages(more, whole=False)
    assert queries.release_uses().built[0] == ANT
    assert queries.release_uses("bookworm-backports").unknown == ("ant-dkms",)
    assert queries.release_uses().releases == ("bookworm", "trixie", "bookworm-backports")


ROWS = (
    SymbolInUse("alpha", ("ant-dkms",), 1, 1, "EXPORT_SYMBOL", ""),
    SymbolInUse("gamma", ("bee-dkms",), 1, 1, GPL, ""),
    SymbolInUse("beta", ("bee-dkms",), 1, 0, "EXPORT_SYMBOL", ""),
)


def test_symbols_in_use_are_told_with_who_uses_them_and_how_often_they_broke(record) -> None:
    assert queries.in_use() == InUse(queries.release_uses(), ROWS, 3, 1, 3, None, 3, "6.1.0-4-amd64")


@pytest.mark.parametrize(
    ("given", "symbols", "after"),
    [
        ({"limit": 1}, ["alpha"], "alpha"),
        ({"limit": 2, "after": "alpha"}, ["gamma", "beta"], None),
        ({"sort": "symbol", "limit": 2}, ["alpha", "beta"], "beta"),
        ({"sort": "broke"}, ["alpha", "gamma", "beta"], None),
        ({"text": "MM"}, ["gamma"], None),
        ({"package": "ant-dkms", "limit": None}, ["alpha"], None),
        ({"kind": "gpl"}, ["gamma"], None),
        ({"kind": "EXPORT_SYMBOL", "sort": "nonsense"}, ["alpha", "beta"], None),
        ({"kind": "gone"}, [], None),
        ({"after": "not_there", "limit": 1}, ["alpha"], "alpha"),
    ],
)
def test_they_can_be_sorted_filtered_and_paged(record, given, symbols: list[str], after: str | None) -> None:
    found = queries.in_use(**given)
    assert ([row.symbol for row in found.rows], found.after) == (symbols, after)


def test_a_symbol_that_went_is_told_without_a_type(record) -> None:
    store.save(make_kernel("6.1.0-5-amd64", "6.1.5-1", exports=(make_export("beta", crc=2),)))
    assert [row.symbol for row in queries.in_use(kind="gone", sort="symbol").rows] == [
        "alpha",
        "gamma",
    ]


def test_without_a_lane_nothing_is_said_of_breaks(record) -> None:
    found = queries.in_use("trixie")
    assert (found.rows, found.steps, found.newest) == (
        (SymbolInUse("gamma", ("gnu-dkms",), 1, None, "", ""),),
        0,
        "",
    )


def test_users_of_a_symbol_are_told_by_package_with_every_version_and_module(record) -> None:
    store.put_popcon({"ant-dkms": 20}, DAY)
    assert queries.users("alpha") == Users(
        built=(
            User("ant", "ant-dkms", ("0.9-1", "1.0-1"), ("ant",), True, ("GPL",), True, 20),
            User("bee", "bee-dkms", ("1.0-1",), ("wax",), False, ("GPL",), True, None),
        ),
        scanned=(User("elk", "elk-dkms", ("1.0-1",), (), True, (), True, None),),
        packages=4,
    )


def test_a_scan_counts_no_more_once_the_package_was_built(record) -> None:
    store.save_attempt(make_attempt(make_key("elk-dkms"), OLD, modules=(uses.module("elk", "beta"),)))
    assert (queries.users("gamma").scanned, queries.release_uses().scanned) == ((), ())


def hits_by_version() -> dict[str, StepHits]:
    found = queries.lane_hits("bookworm", "amd64", "amd64")
    return {queries.build_by_id(i).version: hits for i, hits in found.items()}


def test_a_lane_without_packages_tells_of_no_step(db) -> None:
    uses.fill_kernels()
    assert queries.lane_hits("bookworm", "amd64", "amd64") == {}
    assert queries.lane_hits("woody", "amd64", "amd64") == {}


def test_each_step_of_a_lane_is_told_by_how_many_packages_it_hits(record) -> None:
    """alpha breaks ant, but not bee as built on the nearer kernel; gamma for the GPL alone breaks bee, which is not free."""
    assert hits_by_version() == {
        "6.1.2-1": StepHits((), True, among=3),
        "6.1.3-1": StepHits(("ant-dkms",), True, among=3),
        "6.1.4-1": StepHits(("bee-dkms",), True, among=3),
    }


def test_the_steps_say_the_same_as_their_hits_one_by_one(record) -> None:
    lane = queries.lane("bookworm", "amd64", "amd64")
    found = queries.lane_hits("bookworm", "amd64", "amd64")
    for step in lane.steps[1:]:
        assert queries.hits(step.old.id, step.new.id).forced == found[step.new.id].packages


def test_a_symbol_that_may_be_missing_is_no_hit_where_it_is_but_where_it_has_another_crc(record) -> None:
    """owl may do without alpha, which first breaks and then goes, and without gamma, which is then for the GPL alone."""
    fifth = (uses.BETA, uses.STEPS["6.1.0-4-amd64"][2], uses.LAYOUT)
    store.save(make_kernel("6.1.0-5-amd64", "6.1.5-1", exports=fifth))
    owl = uses.module("owl", "alpha", "beta", "gamma", licenses=("Proprietary",))
    weak = tuple(dataclasses.replace(use, weak=use.symbol in {"alpha", "gamma"}) for use in owl.uses)
    store.put_packages([make_package("owl-dkms")], whole=False)
    store.save_attempt(make_attempt(make_key("owl-dkms"), OLD, modules=(dataclasses.replace(owl, uses=weak),)))
    hit = {version: "owl-dkms" in hits.names for version, hits in hits_by_version().items()}
    assert hit == {"6.1.2-1": False, "6.1.3-1": True, "6.1.4-1": False, "6.1.5-1": False}
    steps = queries.lane("bookworm", "amd64", "amd64").steps[1:]
    alone = {step.new.version: queries.hits(step.old.id, step.new.id).packages for step in steps}
    assert {version: found[-1].answer == REFUSED for version, found in alone.items()} == hit


def test_rebuilds_that_a_step_forced_are_counted_with_those_of_the_same_code(record) -> None:
    second, third = uses.TARGETS["6.1.0-2-amd64"], uses.TARGETS["6.1.0-3-amd64"]
    for name in ("ant-dkms", "bee-dkms"):  # only ant's was forced
        store.save_rebuild(make_rebuild(second, third, package=make_key(name), outcome=SAME, differing=()))
    assert hits_by_version()["6.1.3-1"] == StepHits(("ant-dkms",), True, compared=1, same_code=1, among=3)


def test_other_vermagic_flags_hit_every_package(record) -> None:
    modules = [dataclasses.replace(each, vermagic="6.1.0-5-amd64 SMP mod_unload ") for each in make_kernel().modules]
    store.save(make_kernel("6.1.0-5-amd64", "6.1.5-1", exports=uses.STEPS["6.1.0-4-amd64"], modules=tuple(modules)))
    assert hits_by_version()["6.1.5-1"] == StepHits(("ant-dkms", "bee-dkms", "cat-dkms"), True, among=3)


def test_what_could_not_be_compared_is_a_bound(record) -> None:
    store.save(make_kernel("6.1.0-5-amd64", "6.1.5-1", exports=uses.STEPS["6.1.0-4-amd64"][1:], covers="vmlinux"))
    assert hits_by_version()["6.1.5-1"] == StepHits((), False, among=3)


def test_a_module_that_imports_the_namespace_is_not_hit_by_it(record) -> None:
    store.put_packages([make_package("hen-dkms"), make_package("hog-dkms")], whole=False)
    hen = uses.module("hen", "beta", namespaces=("NS",))
    store.save_attempt(make_attempt(make_key("hen-dkms"), OLD, outcome=BUILT, modules=(hen,)))
    store.save_attempt(make_attempt(make_key("hog-dkms"), OLD, outcome=BUILT, modules=(uses.module("hog", "beta"),)))
    exports = [
        make_export("beta", crc=2, namespace="NS") if each.symbol == "beta" else each
        for each in uses.STEPS["6.1.0-4-amd64"]
    ]
    store.save(make_kernel("6.1.0-5-amd64", "6.1.5-1", exports=tuple(exports)))
    assert hits_by_version()["6.1.5-1"] == StepHits(("bee-dkms", "cat-dkms", "hog-dkms"), True, among=5)
