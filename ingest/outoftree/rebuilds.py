# SPDX-License-Identifier: GPL-2.0-or-later
"""Comparing rebuilds: of every package that builds on two kernels, whether the code that comes out is the same."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from abidb import queries
from abidb.errors import UnknownName
from abidb.outoftree import BUILT, HARNESS, PARTLY, PackageKey, Target
from ingest import queue
from ingest.outoftree import jobs
from ingest.outoftree.run import Say, work_off
from ingest.sync import BROKE


@dataclass(frozen=True, slots=True)
class Step:
    """A package and two kernels that it builds on."""

    package: PackageKey
    old: Target
    new: Target
    root: str  #: the release whose compiler and tools are used for both

    @property
    def name(self) -> str:
        kernels = f"{self.old.kernel_release} -> {self.new.kernel_release}"
        return f"{self.package.package} {self.package.version}, {kernels}"


def compare_all(old: str, new: str, packages: Collection[str], size: int, say: Say) -> list[tuple[str, str, str]]:
    """Compare all packages, or these, that were built on both kernel releases; name, outcome and reason of each.

    Raises UnknownName where nothing was built on both.
    """
    found = [step for step in steps(old, new) if not packages or step.package.package in packages]
    if not found:
        raise UnknownName(f"nothing was built on both {old} and {new}; `manage.py outoftree --kernel RELEASE` builds")
    made = [jobs.rebuild_of(s.package, s.old, s.new, s.root, place) for place, s in enumerate(found)]
    ids = queue.defer(made)
    waiting = {ids[job.lock]: step for job, step in zip(made, found, strict=True) if job.lock in ids}
    ended = work_off(waiting, outcomes, lambda step: step.name, size, say)
    return [(step.name, *outcome) for step, outcome in ended.items()]


def steps(old: str, new: str) -> Iterator[Step]:
    """Every version that came out, at least in part, on both kernel releases."""
    built = [row for row in queries.dkms_attempts() if row.outcome in (BUILT, PARTLY)]
    first = {row.key: row for row in built if row.target.kernel_release == old}
    for row in built:
        if row.target.kernel_release == new and (before := first.get(row.key)):
            yield Step(row.key, before.target, row.target, row.root)


def outcomes(done: Collection[Step]) -> dict[Step, tuple[str, str]]:
    """What became of comparisons; what left no trace broke off."""
    told = {(one.package, one.old, one.new): (one.outcome, one.reason) for one in queries.rebuilds()}
    return {step: told.get((step.package, step.old, step.new), (HARNESS, BROKE)) for step in done}


def table(ended: Collection[tuple[str, str, str]]) -> list[tuple[str, ...]]:
    """How many came to which outcome."""
    return [("rebuilds", "outcome"), *((str(n), outcome) for outcome, n in Counter(one[1] for one in ended).items())]
