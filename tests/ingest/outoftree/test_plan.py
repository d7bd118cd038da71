# SPDX-License-Identifier: GPL-2.0-or-later
"""Which packages are to be built against which kernels, and in what order."""

import datetime as dt
import hashlib
from dataclasses import replace

import pytest

from abidb.errors import UnknownName
from abidb.outoftree import BUILDER, BUILT, HARNESS, NO_COMPILE, NO_DEPENDENCY, PARTLY, DkmsPackage, PackageKey, Target
from abidb.records import Listing
from ingest.outoftree.lanes import Kernel
from ingest.outoftree.plan import (
    ASKED,
    BACKPORT,
    BISECT,
    CHANGED,
    NEWEST,
    NEXT,
    OLDEST,
    PROPOSED,
    SECOND,
    UNKNOWN_COST,
    Change,
    Pair,
    Record,
    Tried,
    Wish,
    minutes,
    pairs,
)

DAY = dt.datetime(2026, 11, 21, tzinfo=dt.UTC)
RELEASES = ("bullseye", "bookworm", "trixie", "sid", "experimental")
WISH = Wish(flavours=("amd64",))


def package(name="evdi-dkms", version="1.0-1", suites=("bookworm",)):
    listings = tuple(Listing("http://x.test", suite, "main/binary-amd64/Packages", "00", DAY) for suite in suites)
    sha256 = hashlib.sha256(name.encode()).hexdigest()
    key = PackageKey(name, version, "all")
    return DkmsPackage(key, name, version, "main", "dkms", f"pool/{name}.deb", 7, sha256, listings)


def kernel(release, version, *suites, source="linux", flavour="amd64", headers=True):
    target = Target(source, version, "amd64", flavour, f"{release}-{flavour}")
    return Kernel(target, suites or ("bookworm-security",), headers)


K47 = kernel("6.1.0-47", "6.1.170-3", "bookworm")
K50 = kernel("6.1.0-50", "6.1.176-1", "bookworm", "bookworm-security")
K53 = kernel("6.1.0-53", "6.1.187-1")
K54 = kernel("6.1.0-54", "6.1.190-1")
K56 = kernel("6.1.0-56", "6.1.192-2")
SERIES = (K47, K50, K53, K54, K56)
SECOND_KERNEL = kernel("6.12.117+deb12", "6.12.117-1~deb12u1", source="linux-6.12")
BACKPORTED = kernel("6.12.95+deb12", "6.12.95-1~bpo12+1", "bookworm-backports")
PENDING = kernel("6.1.0-57", "6.1.195-1", "bookworm-proposed-updates")
TRIXIE = kernel("6.12.117+deb13", "6.12.117-1", "trixie", "trixie-security")
SID = kernel("7.2.13+deb14", "7.2.13-1", "sid")
EVDI = package()


def plan(*packages, kernels=SERIES, wish=WISH, **known):
    return pairs(packages or (EVDI,), Record(kernels, RELEASES, **known), wish)


def told(found):
    """Kernel release and reason of each pair."""
    return [(pair.target.kernel_release.removesuffix("-amd64"), pair.why) for pair in found]


def tried(kernel, outcome, of=EVDI, seconds=10.0, builder=BUILDER):
    return Tried(of.key, kernel.target, outcome, seconds, builder)


@pytest.mark.parametrize(
    ("wish", "message"),
    [
        (Wish(suites=("sarge",)), "no suite with such packages: sarge"),
        (Wish(packages=("vim",)), "no package with source of modules: vim"),
        (Wish(kernels=("2.6.8-1-386",)), "no kernel of the record in an archive: 2.6.8-1-386"),
    ],
)
def test_wish_for_what_there_is_not_is_refused_with_what_there_is(wish, message):
    with pytest.raises(UnknownName, match=message) as raised:
        plan(wish=wish)
    assert raised.value.candidates


def test_package_that_no_suite_has_any_more_is_not_built():
    assert plan(package(suites=())) == []


def test_release_without_kernels_has_nothing_to_build_on():
    assert plan(kernels=()) == []


def test_each_version_is_built_on_the_newest_and_the_oldest_kernel_of_its_release():
    newer = package(version="1.1-1", suites=("bookworm-updates",))
    assert plan(newer, EVDI) == [
        Pair(EVDI.key, K56.target, "bookworm", NEWEST, UNKNOWN_COST),
        Pair(newer.key, K56.target, "bookworm", NEWEST, UNKNOWN_COST),
        Pair(EVDI.key, K47.target, "bookworm", OLDEST, UNKNOWN_COST),
        Pair(newer.key, K47.target, "bookworm", OLDEST, UNKNOWN_COST),
    ]


def test_kernels_without_headers_are_passed_over():
    newest = kernel("6.1.0-58", "6.1.199-1", headers=False)
    assert told(plan(kernels=(*SERIES, newest), wish=Wish(flavours=("amd64",), newest=True))) == [("6.1.0-56", NEWEST)]


def test_where_no_kernel_of_a_line_has_headers_the_nearest_are_the_builders_choice():
    assert told(plan(kernels=(kernel("6.1.0-58", "6.1.199-1", headers=False),))) == [("6.1.0-58", NEWEST)]


def test_second_and_backported_kernels_and_the_next_releases_are_tried_in_their_own_roots():
    found = plan(kernels=(K56, SECOND_KERNEL, BACKPORTED, TRIXIE, SID))
    assert [(pair.target.kernel_release, pair.root, pair.why) for pair in found] == [
        ("6.1.0-56-amd64", "bookworm", NEWEST),
        ("6.12.95+deb12-amd64", "bookworm", SECOND),
        ("6.12.117+deb12-amd64", "bookworm", SECOND),
        ("6.12.117+deb13-amd64", "trixie", NEXT),
    ]


def test_backported_package_is_built_on_stables_own_and_on_the_backported_kernel():
    found = plan(package(suites=("bookworm-backports",)), kernels=(K47, K56, BACKPORTED, TRIXIE))
    assert told(found) == [("6.1.0-47", OLDEST), ("6.12.95+deb12", SECOND), ("6.1.0-56", BACKPORT)]


def test_proposed_updates_are_tried_both_ways_before_the_point_release():
    waiting = package("waiting-dkms", suites=("bookworm-proposed-updates",))
    found = plan(EVDI, waiting, kernels=(K56, PENDING))
    assert [(pair.package.package, *one) for pair, one in zip(found, told(found), strict=True)] == [
        ("evdi-dkms", "6.1.0-56", NEWEST),
        ("waiting-dkms", "6.1.0-56", PROPOSED),
        ("evdi-dkms", "6.1.0-57", PROPOSED),
        ("waiting-dkms", "6.1.0-57", PROPOSED),
    ]


def test_after_the_last_release_comes_nothing_and_experimental_runs_on_sid():
    kernels = (SID, kernel("7.3", "7.3-1~exp1", "experimental"))
    found = plan(package(suites=("experimental",)), kernels=kernels)
    assert [(pair.target.kernel_release, pair.root, pair.why) for pair in found] == [
        ("7.2.13+deb14-amd64", "sid", NEWEST),
        ("7.3-amd64", "sid", NEWEST),
    ]


def test_unknown_release_is_followed_by_none():
    assert told(plan(package(suites=("elts",)), kernels=(kernel("5.10.0-99", "5.10.300-1", "elts"),))) == [
        ("5.10.0-99", NEWEST)
    ]


def test_kernels_where_a_symbol_that_it_uses_changed_are_tried():
    changes = (Change(K53.target, frozenset({7})), Change(K54.target, frozenset({8, 9})))
    found = plan(uses={EVDI.key: frozenset({5, 9})}, changes=changes)
    assert told(found) == [("6.1.0-56", NEWEST), ("6.1.0-47", OLDEST), ("6.1.0-54", CHANGED)]


@pytest.mark.parametrize("suite", ["bookworm", "bookworm-backports"])
def test_so_are_those_of_second_and_backported_lines(suite):
    older = kernel("6.12.90+deb12", "6.12.90-1~deb12u1", source="linux-6.12")
    lines = (older, SECOND_KERNEL, kernel("6.12.80+deb12", "6.12.80-1~bpo12+1", "bookworm-backports"), BACKPORTED, K56)
    uses, changes = frozenset({9}), [Change(one.target, frozenset({9})) for one in lines]
    of = package(suites=(suite,))
    found = plan(of, kernels=lines, uses={of.key: uses}, changes=changes)
    assert [release for release, why in told(found) if why == CHANGED] == [
        "6.12.80+deb12",
        "6.12.90+deb12",
        "6.12.95+deb12",
        "6.12.117+deb12",
    ]


@pytest.mark.parametrize(("there", "again"), [(True, ["6.1.0-56"]), (False, [])])
def test_what_was_built_with_other_headers_is_built_again_once_the_kernels_own_are_there(there, again):
    known = (Tried(EVDI.key, K56.target, BUILT, 10.0, exact=False),)
    found = plan(kernels=(kernel("6.1.0-56", "6.1.192-2", headers=there),), tried=known)
    assert [release for release, _ in told(found)] == again


def test_what_was_built_is_not_built_again_but_by_a_newer_builder():
    known = (tried(K56, BUILT), tried(K47, BUILT, builder=BUILDER - 1))
    assert told(plan(tried=known)) == [("6.1.0-47", OLDEST)]


@pytest.mark.parametrize("outcome", [HARNESS, NO_DEPENDENCY])
def test_what_failed_by_us_or_for_want_of_a_dependency_is_tried_again_on_request_only(outcome):
    failed = (tried(K56, outcome), tried(K47, BUILT))
    assert plan(tried=failed) == []
    assert told(plan(tried=failed, wish=Wish(flavours=("amd64",), retry=True))) == [("6.1.0-56", NEWEST)]


def test_first_kernel_that_it_does_not_compile_on_is_found_by_halving():
    known = [tried(K47, BUILT), tried(K56, NO_COMPILE)]
    looked = []
    outcome = {K50.target: BUILT, K53.target: BUILT, K54.target: NO_COMPILE}
    while found := [pair for pair in plan(tried=known) if pair.why == BISECT]:
        (pair,) = found
        looked.append(pair.target.kernel_release)
        known.append(Tried(EVDI.key, pair.target, outcome[pair.target], 10.0))
    assert looked == ["6.1.0-53-amd64", "6.1.0-54-amd64"]


def test_so_is_the_first_that_it_comes_out_on_only_in_part():
    known = (tried(K47, BUILT), tried(K53, PARTLY), tried(K56, NO_COMPILE))
    assert [release for release, why in told(plan(tried=known)) if why == BISECT] == ["6.1.0-50", "6.1.0-54"]


def test_halving_keeps_to_the_suites_that_are_asked_for():
    both = package(suites=("bookworm", "trixie"))
    lane = [kernel(f"6.12.{n}+deb13", f"6.12.{n}-1", "trixie") for n in (1, 2, 3)]
    known = (tried(lane[0], BUILT, both), tried(lane[2], NO_COMPILE, both))
    for suite, found in (("trixie", ["6.12.2+deb13"]), ("bookworm", [])):
        planned = plan(both, kernels=lane, tried=known, wish=Wish(suites=(suite,), flavours=("amd64",)))
        assert [release for release, why in told(planned) if why == BISECT] == found


def test_what_compiles_on_the_newest_kernel_is_not_halved():
    assert plan(tried=(tried(K47, NO_COMPILE), tried(K56, BUILT))) == []


def test_kernels_by_name_are_built_on_with_the_packages_of_their_release():
    other = package("zfs-dkms", suites=("trixie",))
    found = plan(EVDI, other, kernels=(*SERIES, TRIXIE), wish=Wish(kernels=("6.1.0-54-amd64",)))
    assert [(pair.package.package, pair.why) for pair in found] == [("evdi-dkms", ASKED)]


def test_packages_by_name_are_built_on_a_kernel_by_name_whatever_its_release():
    wish = Wish(packages=("evdi-dkms",), kernels=("6.12.117+deb13-amd64",))
    (pair,) = plan(kernels=(TRIXIE,), wish=wish)
    assert (pair.root, pair.why) == ("trixie", ASKED)


def test_suites_and_packages_narrow_what_is_planned():
    both = package("both-dkms", suites=("bookworm", "trixie"))
    wish = Wish(suites=("trixie",), packages=("both-dkms",), flavours=("amd64",))
    assert told(plan(EVDI, both, kernels=(K56, TRIXIE), wish=wish)) == [("6.12.117+deb13", NEWEST)]


def test_generic_kernels_come_before_cloud_ones_and_others_not_at_all():
    kernels = (kernel("6.1.0-56", "6.1.192-2", flavour="cloud-amd64"), kernel("x", "1", flavour="rt-amd64"), K56)
    found = plan(kernels=kernels, wish=Wish())
    assert [pair.target.flavour for pair in found] == ["amd64", "cloud-amd64"]


def test_cost_is_what_the_version_took_else_the_package_else_a_guess():
    newer, other = package(version="1.1-1"), package("other-dkms")
    known = (tried(K54, BUILT, seconds=300.0), tried(K53, BUILT, seconds=100.0))
    found = plan(EVDI, newer, other, tried=known, kernels=(K56,))
    assert [pair.seconds for pair in found] == [UNKNOWN_COST, 300.0, 300.0]
    assert minutes(found, 2) == pytest.approx(5.25)


def test_deb_that_was_never_built_is_guessed_by_its_size():
    big = replace(EVDI, size=4_000_000)
    assert [pair.seconds for pair in plan(big, kernels=(K56,))] == [120.0]


def test_within_a_reason_each_kernel_is_done_with_before_the_next_and_what_takes_long_goes_last():
    zfs = package("aaa-zfs-dkms", suites=("bookworm", "trixie"))
    both = package("evdi-dkms", suites=("bookworm", "trixie"))
    other = package("x-dkms", suites=("bookworm", "trixie"))
    found = plan(zfs, both, other, kernels=(K56, TRIXIE), tried=(tried(K54, BUILT, zfs, 900.0),))
    assert [(pair.target.kernel_release.partition("-")[0], pair.package.package) for pair in found][:6] == [
        ("6.1.0", "evdi-dkms"),
        ("6.1.0", "x-dkms"),
        ("6.12.117+deb13", "evdi-dkms"),
        ("6.12.117+deb13", "x-dkms"),
        ("6.1.0", "aaa-zfs-dkms"),
        ("6.12.117+deb13", "aaa-zfs-dkms"),
    ]
