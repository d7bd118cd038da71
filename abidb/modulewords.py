# SPDX-License-Identifier: GPL-2.0-or-later
"""The sentences about modules of the kernel, written once for page, API and terminal."""

from __future__ import annotations

from collections.abc import Sequence

from abidb.moduleanswers import ModuleLife, ModuleStep
from abidb.words import number, plural

NAMED = 6  #: symbols of one kind of change that are named


def module_sentence(life: ModuleLife) -> str:
    """What the module exports in the lane that is told."""
    last = life.lane.last
    assert last is not None  # no life is told without a build that has the module
    said = plural(life.here, "symbol") if life.here else "nothing"
    where = f"{last.kernel_release} ({last.version})"
    if life.lane.gone:
        return f"it exported {said} in {where}, the last build of its lane that has it"
    return f"it exports {said} in {where}" + (f"; it exported {number(life.gone)} more before" if life.gone else "")


def users_sentence(life: ModuleLife) -> str:
    """How many packages use what it exports, of how many."""
    if not life.packages:
        return "of no package outside of the kernel is it known what it uses"
    if not life.here:
        return "what exports nothing is used by no package"
    of = f"of {plural(life.packages, 'package')} outside of the kernel that were built"
    if not life.users:
        return f"none {of} uses a symbol that it exports"
    return f"{len(life.users):,} {of} use{'s' if len(life.users) == 1 else ''} a symbol that it exports"


def step_counts(step: ModuleStep) -> str:
    """`2 added, 1 removed, 3 came, 1 left`."""
    numbers = ((step.added, "added"), (step.removed, "removed"), (step.came, "came"), (step.left, "left"))
    return ", ".join(f"{len(names):,} {what}" for names, what in numbers if names)


def step_names(step: ModuleStep) -> str:
    """Which, as far as they are few."""
    signs = ((step.added, "+"), (step.came, "+"), (step.removed, "−"), (step.left, "−"))
    return "; ".join(_named(names, sign) for names, sign in signs if names)


def _named(names: Sequence[str], sign: str) -> str:
    more = len(names) - NAMED
    return ", ".join(f"{sign}{name}" for name in names[:NAMED]) + (f" and {more:,} more" if more > 0 else "")
