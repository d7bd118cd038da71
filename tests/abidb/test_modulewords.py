# SPDX-License-Identifier: GPL-2.0-or-later
"""The sentences about modules of the kernel."""

from dataclasses import replace

from abidb import modulewords
from abidb.moduleanswers import ModuleLane, ModuleLife, ModuleStep, ModuleUser
from tests.dashboard.answers import NAME, make_ref

LANE = ModuleLane(NAME, make_ref(1), make_ref(2), ("net/x",), 3, False, 2, 0)
LIFE = ModuleLife("x", ("net/x",), (LANE,), LANE, (), (), 3, 0, None, (), 53)
STEP = ModuleStep(make_ref(2), make_ref(1), True, ("net/x",), 3, (), (), (), ())


def test_what_a_module_exports_is_told_with_where_that_was_seen() -> None:
    gone = replace(LIFE, lane=replace(LANE, gone=True))
    assert [modulewords.module_sentence(each) for each in (LIFE, replace(LIFE, here=1, gone=1_000), gone)] == [
        "it exports 3 symbols in 6.1.0-2-amd64 (6.1.2-1)",
        "it exports 1 symbol in 6.1.0-2-amd64 (6.1.2-1); it exported 1,000 more before",
        "it exported 3 symbols in 6.1.0-2-amd64 (6.1.2-1), the last build of its lane that has it",
    ]


def test_that_nobody_uses_it_is_told_apart_from_that_nothing_is_known() -> None:
    users = tuple(ModuleUser("x", f"x{n}-dkms", 1) for n in range(2))
    lives = (
        replace(LIFE, packages=0),
        replace(LIFE, here=0),
        LIFE,
        replace(LIFE, users=users[:1]),
        replace(LIFE, users=users),
    )
    of = "of 53 packages outside of the kernel that were built"
    assert [modulewords.users_sentence(life) for life in lives] == [
        "of no package outside of the kernel is it known what it uses",
        "what exports nothing is used by no package",
        f"none {of} uses a symbol that it exports",
        f"1 {of} uses a symbol that it exports",
        f"2 {of} use a symbol that it exports",
    ]


def test_a_step_names_what_changed_as_far_as_it_is_little() -> None:
    step = replace(STEP, added=tuple("abcdefgh"), removed=("r",), came=("c",), left=("l",))
    assert (modulewords.step_counts(step), modulewords.step_names(step)) == (
        "8 added, 1 removed, 1 came, 1 left",
        "+a, +b, +c, +d, +e, +f and 2 more; +c; −r; −l",
    )
    assert (modulewords.step_counts(STEP), STEP.changed, step.changed) == ("", False, True)
