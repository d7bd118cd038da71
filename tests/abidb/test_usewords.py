# SPDX-License-Identifier: GPL-2.0-or-later
import dataclasses

import pytest

from abidb import usejson, usewords
from abidb.outoftree import SAME
from abidb.packageanswers import COMPILES, Hits, Loading, PackageHit
from abidb.stablelist import Gap, ListCoverage
from abidb.useanswers import ReleaseUses, StepHits, User, Users
from abidb.verdict import CRC, LOADS, REFUSED, UNCHECKED, UNSAID, Reason
from tests.builders.outoftree import make_target

USER = User("foo", "foo-dkms", ("1.0-1",), ("foo", "bar"), False, ("GPL",), True, None)


def hit(package: str = "foo-dkms", answer: str = LOADS, **fields) -> PackageHit:
    given = {
        "source": "foo",
        "version": "1.0-1",
        "reasons": (),
        "compiles": COMPILES,
        "code": "",
        "built_on": make_target(),
    }
    return PackageHit(**{**given, "package": package, "answer": answer, **fields})


def hits(*packages: PackageHit, stopped: int = 0) -> Hits:
    return Hits("bookworm", packages, 0, 0, 0, stopped, 0, 0)


def test_a_record_without_packages_is_said() -> None:
    assert usewords.release_sentence(ReleaseUses("", (), None, (), (), (), (), None)) == usewords.NOTHING


@pytest.mark.parametrize(
    ("users", "packages", "said"),
    [
        ((), 0, "no package that brings modules has been built"),
        ((), 1, "none of 1 package that was built uses it"),
        ((USER,), 3, "1 of 3 packages that were built uses it"),
        ((USER, USER), 3, "2 of 3 packages that were built use it"),
    ],
)
def test_users_are_counted_among_the_built(users, packages: int, said: str) -> None:
    assert usewords.users_sentence(Users(users, (), packages)) == said


def test_users_have_a_line_each_and_scans_say_what_they_are() -> None:
    scan = User("qux", "qux-dkms", ("1", "2", "3"), (), True, (), True, 7)
    assert usewords.users_lines(Users((USER,), (scan,), 2)) == [
        "1 of 2 packages that were built uses it",
        "  foo-dkms 1.0-1: foo, bar; through a header or the compiler; GPL",
        "  qux-dkms 1 … 3 (3 versions): known from a search of its source alone; at least 7 reporting systems: not counted",
    ]


def test_a_list_is_told_by_counts() -> None:
    found = ListCoverage(3, 1, ("x", "y"), ("a",), (Gap("b", 9, ("p", "q")),))
    assert [
        usewords.coverage_sentence(found),
        usewords.idle_sentence(found),
        usewords.gap_sentence(found.gaps[0], 1),
    ] == [
        "this list of 3 symbols keeps 1 of 2 packages whole",
        "2 symbols on it are used by none",
        "b lacks 2 of 9: p and 1 more",
    ]
    assert usewords.idle_sentence(dataclasses.replace(found, idle=())) == "every symbol on it is used by a package"


@pytest.mark.parametrize(
    ("hits", "said"),
    [(None, "–"), (StepHits(None, False), "–"), (StepHits(("a", "b"), True), "2"), (StepHits((), False), "0 + ?")],
)
def test_packages_hit_are_a_number_a_bound_or_not_known(hits: StepHits | None, said: str) -> None:
    assert usewords.step_hits(hits) == said


def test_only_compared_rebuilds_are_told_of() -> None:
    said = [usewords.same_code_of_step(StepHits(("a",), True, compared, 1)) for compared in (0, 1, 3)]
    assert said == ["", "1 of 1 rebuild gave the same code", "1 of 3 rebuilds gave the same code"]


def test_steps_that_every_package_survived_are_counted_apart_from_those_that_cannot_be_told() -> None:
    steps = [
        StepHits((), True),
        StepHits((), True),
        StepHits((), False),
        StepHits(None, False),
        StepHits(("a",), False),
    ]
    hits = dict(enumerate(steps))
    assert usewords.survived_steps(hits, {1: 2}) == "every package survives 1 of 5 steps; of 2 it cannot be told"
    assert usewords.survived_steps({0: StepHits((), True)}, {}) == "every package survives 1 of 1 step"


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (hits(), ""),
        (hits(hit(answer=UNSAID, untold=("x",))), ""),
        (hits(hit(answer=UNSAID)), ""),
        (dataclasses.replace(hits(hit()), update=False), ""),
        (dataclasses.replace(hits(hit()), partly=1), ""),
        (hits(hit(), hit(answer=REFUSED)), ""),
        (hits(hit(answer=UNCHECKED)), ""),
        (hits(hit(), stopped=1), ""),
        (
            hits(hit()),
            "every package survives this step: modules that were built on the old kernel load on the new one",
        ),
        (
            hits(hit(), hit(answer=UNSAID, untold=("x",)), hit(answer=UNSAID)),
            "every package survives this step: modules that were built on the old kernel load on the new one; "
            "of 1 package that cannot be said",
        ),
    ],
)
def test_only_what_loads_is_said_to_survive(found: Hits, said: str) -> None:
    assert usewords.survived_sentence(found) == said


def test_a_package_hit_has_a_line_with_both_answers_and_the_code() -> None:
    reasons = (Reason(CRC, "alpha", "0x1 -> 0x2"), Reason(CRC, "beta", "0x1 -> 0x2"))
    assert usewords.hit_line(hit(answer=REFUSED, reasons=reasons, loading=Loading(3, 1, ()), code=SAME)) == (
        "foo-dkms 1.0-1  refused: 2 symbols with another CRC (alpha and 1 more); 1 of 3 modules confirmed by loading; "
        "source compiles; the rebuild gives the same code"
    )
    stopped = hit(
        compiles="does not compile", compiled=COMPILES, why="foo.c:1: error: no", loading=Loading(1, 0, ("foo: x",))
    )
    assert usewords.hit_line(stopped) == (
        "foo-dkms 1.0-1  loads; a kernel answered otherwise to 1 of 1 module; source does not compile any more; foo.c:1: error: no"
    )


def test_without_a_module_nothing_is_said_of_loading() -> None:
    without = hit(answer=UNSAID, compiles="does not compile")
    assert usewords.hit_line(without) == "foo-dkms 1.0-1  source does not compile"
    told = usejson.hit_json(without)
    assert (told["answer"], told["summary"], told["confirmed"]) == (None, "", None)


def test_a_package_built_in_part_or_with_other_headers_says_so() -> None:
    found = hit(about=("foo",), compiles="not tried", headers="6.1.0-9-amd64")
    assert usewords.hit_line(found) == (
        "foo-dkms 1.0-1  loads (about foo alone: its other modules did not come out); source not tried: its own headers "
        "are not to be had, those of 6.1.0-9-amd64 were taken"
    )


def test_the_gravest_come_first() -> None:
    stopped = hit("z", compiles="does not compile", compiled=COMPILES)
    found = hits(hit("a"), hit("b", REFUSED), stopped)
    assert [each.package for each in usewords.by_gravity(found)] == ["z", "b", "a"]
