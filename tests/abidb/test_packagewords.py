# SPDX-License-Identifier: GPL-2.0-or-later
import dataclasses

import pytest

from abidb import packagewords as words
from abidb.answers import BuildRef, LaneName
from abidb.outoftree import BUILT, HARNESS, NO_COMPILE, NO_DEPENDENCY, NOT_APPLICABLE, PARTLY
from abidb.packageanswers import Break, Hits, Loading, PackageHit, StepTried, compiles
from abidb.verdict import LOADS, REFUSED, UNSAID
from tests.builders.outoftree import make_target
from tests.builders.records import DAY

LANE = LaneName("bookworm", "amd64", "amd64")


def kernel(n):
    return BuildRef(n, f"6.1.0-{n}-amd64", "linux", f"6.1.{n}-1", "amd64", "amd64", f"6.1.0-{n}", "all", "good", None)


BREAK = Break(
    lane=LANE,
    source="zfs-linux",
    package="zfs-dkms",
    version="2.1.11-1",
    assumed=False,
    before=kernel(53),
    kernel=kernel(54),
    between=0,
    compiles=NO_COMPILE,
    why="error",
    log=1,
    until="2.1.11-1+deb12u1",
    again=None,
    reporting=None,
    compiled="compiles",
    until_on=None,
    first_seen=DAY,
    ended=None,
)


@pytest.mark.parametrize(
    ("outcome", "said"),
    [
        (None, "not tried"),
        (HARNESS, "not tried"),
        (NO_DEPENDENCY, "not tried"),
        (NOT_APPLICABLE, "not applicable"),
        (NO_COMPILE, "does not compile"),
        (PARTLY, "partly"),
        (BUILT, "compiles"),
    ],
)
def test_only_what_a_source_did_is_said_of_it(outcome, said) -> None:
    assert compiles(outcome) == said


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({}, "broken from 6.1.0-54 until 2.1.11-1+deb12u1"),
        ({"until": ""}, "broken from 6.1.0-54 on; no version of this release that compiles is known"),
        (
            {"until": "", "again": kernel(56)},
            "broken from 6.1.0-54 until 6.1.0-56, on which the same version compiles again",
        ),
        ({"again": kernel(56)}, "broken from 6.1.0-54 until 2.1.11-1+deb12u1, and as it was again on 6.1.0-56"),
        ({"until_on": kernel(55)}, "broken from 6.1.0-54 until 2.1.11-1+deb12u1, seen to compile on 6.1.0-55"),
        ({"compiles": "partly"}, "only partly builds from 6.1.0-54 until 2.1.11-1+deb12u1"),
        ({"compiled": "partly"}, "only partly built before, not at all from 6.1.0-54 until 2.1.11-1+deb12u1"),
    ],
)
def test_a_break_has_a_begin_and_an_end(fields, said) -> None:
    assert words.break_sentence(dataclasses.replace(BREAK, **fields)) == said


@pytest.mark.parametrize(
    ("between", "said"),
    [
        (0, ""),
        (
            1,
            "1 kernel between 6.1.0-53, the last on which it is known to compile, and 6.1.0-54 was not tried",
        ),
        (
            4,
            "4 kernels between 6.1.0-53, the last on which it is known to compile, and 6.1.0-54 were not tried",
        ),
    ],
)
def test_a_break_tells_which_kernels_nobody_tried(between, said) -> None:
    assert words.begin_sentence(dataclasses.replace(BREAK, between=between)) == said


def test_a_feed_names_kernel_package_and_line() -> None:
    assert words.title_of_break(BREAK) == "6.1.0-54 stops zfs-dkms 2.1.11-1 from compiling (bookworm)"
    partly = dataclasses.replace(BREAK, compiles="partly")
    assert words.title_of_break(partly) == "6.1.0-54 stops zfs-dkms 2.1.11-1 from compiling whole (bookworm)"
    lost = dataclasses.replace(BREAK, compiled="partly")
    assert words.title_of_break(lost) == "6.1.0-54 stops what compiled of zfs-dkms 2.1.11-1 from compiling (bookworm)"


@pytest.mark.parametrize(
    ("counts", "said"),
    [
        ((33, 0, 0, 0), "all 33 packages that were tried still compile"),
        (
            (33, 1, 2, 1),
            "1 of 33 packages that compiled before does not compile any more; 2 only partly build since; "
            "of 1 that only partly built before nothing compiles any more",
        ),
        ((33, 0, 1, 0), "of 33 packages that compiled before, 1 only partly builds since"),
        (
            (33, 0, 0, 2),
            "all 33 packages that were tried still compile; of 2 that only partly built before nothing compiles any more",
        ),
        ((0, 0, 0, 1), "of 1 that only partly built before nothing compiles any more"),
    ],
)
def test_packages_that_build_in_part_are_counted_apart_from_those_that_stop(counts, said) -> None:
    assert words.step_sentence(StepTried(LANE, kernel(54), *counts)) == said


@pytest.mark.parametrize(
    ("counts", "said"),
    [
        ((0, 0, 0), "no package was tried"),
        ((1, 0, 0), "the one package that was tried still compiles"),
        ((1, 1, 0), "the one package that was tried does not compile any more"),
        ((1, 0, 1), "the one package that was tried compiles only in part"),
        ((33, 0, 0), "all 33 packages that were tried still compile"),
        ((33, 1, 0), "1 of 33 packages that compiled before does not compile any more"),
        ((33, 4, 0), "4 of 33 packages that compiled before do not compile any more"),
        ((33, 0, 1), "1 of 33 packages that compiled before compiles only in part"),
        ((33, 4, 2), "4 of 33 packages that compiled before do not compile any more, 2 compile only in part"),
    ],
)
def test_an_update_that_packages_survive_is_said_too(counts, said) -> None:
    assert words.survived_sentence(*counts) == said


@pytest.mark.parametrize(
    ("counts", "said"),
    [
        ((33, 0, 0), "all 33 packages that were tried compile on both kernels"),
        (
            (33, 4, 1),
            "4 of 33 packages that compile on the old kernel do not compile on the new one, 1 compiles only in part",
        ),
    ],
)
def test_kernels_that_no_machine_goes_between_stop_nothing(counts, said) -> None:
    assert words.survived_sentence(*counts, update=False) == said


@pytest.mark.parametrize(
    ("loading", "said"),
    [
        (None, ""),
        (Loading(60, 3, ()), "3 of 60 modules confirmed by loading"),
        (Loading(60, 0, ("a: x",)), "a kernel answered otherwise to 1 of 60 modules"),
        (Loading(60, 3, ("a: x", "b: y")), "a kernel answered otherwise to 2 of 60 modules; 3 confirmed by loading"),
    ],
)
def test_loading_confirms_single_modules(loading, said) -> None:
    assert words.loading_sentence(loading) == said


def test_an_answer_about_a_part_names_it() -> None:
    assert [words.about_sentence(about) for about in ((), ("a",), tuple("abcdefghij"))] == [
        "",
        "about a alone: its other modules did not come out",
        "about a, b, c, d, e, f, g, h and 2 more alone: its other modules did not come out",
    ]


def test_a_step_that_hits_nobody_known_claims_nothing() -> None:
    nobody = Hits("bookworm", (), 0, 0, 0, 0, 0, 0)
    assert words.hits_sentence(nobody) == "no package was built on these kernels"
    assert words.hits_sentence(dataclasses.replace(nobody, update=False, reason="amd64 and arm64")) == "amd64 and arm64"


def test_where_no_machine_goes_nothing_had_to_be_rebuilt() -> None:
    found = Hits("bookworm", (hit(REFUSED), hit(LOADS, computed=True)), 0, 0, 0, 0, 0, 0, update=False)
    assert words.hits_sentence(found) == "the modules of 1 of 2 packages (1 computed) would be refused"


def test_what_does_not_compile_was_not_rebuilt() -> None:
    gone = hit(REFUSED, compiles=NO_COMPILE)
    assert [
        words.forced_sentence(Hits("bookworm", found, 2, 0, 0, 0, 0, 0)) for found in ((gone,), (gone, hit(REFUSED)))
    ] == [
        "the modules of 1 of 1 package are refused",
        "the modules of 2 of 2 packages are refused: 1 had to be rebuilt, the source of 1 does not compile",
    ]


def hit(answer, **fields):
    given = {"reasons": (), "compiles": "not tried", "code": "", **fields}
    built_on = make_target()
    return PackageHit(source="foo", package="foo-dkms", version="1.0-1", answer=answer, built_on=built_on, **given)


@pytest.mark.parametrize(
    ("packages", "counts", "said"),
    [
        (
            (hit(UNSAID),),
            (0, 0, 0, 1, 0, 1),
            "no package was built whose modules could be loaded; the one package that was tried",
        ),
        ((hit(LOADS), hit(LOADS)), (0, 0, 0, 0, 2, 2), "the modules of none of 2 packages are refused; all 2 packages"),
        (
            (hit(REFUSED), hit(LOADS), hit(UNSAID, untold=("kfree",)), hit(UNSAID)),
            (1, 0, 0, 0, 0, 0),
            "the modules of 1 of 3 packages are refused and had to be rebuilt; of 1 it cannot be said",
        ),
        (
            (hit(REFUSED), hit(REFUSED)),
            (2, 1, 1, 0, 0, 0),
            "the modules of 2 of 2 packages are refused and had to be rebuilt; "
            "of 1 rebuild that this update forced, 1 gave the same code (1 more was not compared)",
        ),
        (
            (hit(REFUSED),) * 93,
            (93, 90, 78, 0, 0, 0),
            "the modules of 93 of 93 packages are refused and had to be rebuilt; "
            "of 90 rebuilds that this update forced, 78 gave the same code (3 more were not compared)",
        ),
    ],
)
def test_a_step_is_told_in_one_line(packages, counts, said) -> None:
    assert words.hits_sentence(Hits("bookworm", packages, *counts)).startswith(said)
