# SPDX-License-Identifier: GPL-2.0-or-later
"""Comparing rebuilds: of every package that builds on two kernels, whether the code that comes out is the same."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from abidb import queries
from abidb.errors import UnknownName
from abidb.outoftree import BUILT, HARNESS, NOT_COMPARED, PARTLY, PackageKey, Rebuild, Target
from abidb.packagerows import AttemptRow
from ingest import queue
from ingest.outoftree import jobs, run
from ingest.outoftree.run import Say
from ingest.sync import BROKE

Key = tuple[PackageKey, Target, Target]
Told = tuple[str, str, str]  # name, outcome and reason


@dataclass(frozen=True, slots=True)
class Step:
    """A package and two kernels that it builds on."""

    package: PackageKey
    old: Target
    new: Target
    root: str  #: the release whose compiler and tools are used for both

    @property
    def key(self) -> Key:
        return self.package, self.old, self.new

    @property
    def name(self) -> str:
        kernels = f"{self.old.kernel_release} -> {self.new.kernel_release}"
        return f"{self.package.package} {self.package.version}, {kernels}"


def compare_all(
    old: str, new: str, packages: Collection[str], size: int, say: Say, *, again: bool = False
) -> list[Told]:
    """Compare all packages, or these, that were built on both kernels; name, outcome and reason of each.

    Kernels are RELEASE, or RELEASE=VERSION where several have it. What was compared before is told as it was, unless
    `again`. Raises UnknownName where nothing was built on both, or a name fits several kernels.
    """
    before = stored()
    known, left = _apart(_wanted(old, new, packages), before, again=again)
    if known:
        say(f"{len(known)} compared before")
    waiting, ended = _defer(left), dict[Step, tuple[str, str]]()
    if waiting:
        by = run.hands(size, left[0].new.arch)
        ended = run.work_off(waiting, lambda done: outcomes(done, before), lambda step: step.name, by, say)
    return [(step.name, *outcome) for step, outcome in [*((s, told(before[s.key])) for s in known), *ended.items()]]


def queue_all(old: str, new: str, packages: Collection[str], *, again: bool = False) -> int:
    """Only queue what compare_all() would have compared; how many. Raises as it does."""
    _, left = _apart(_wanted(old, new, packages), stored(), again=again)
    return len(_defer(left))


def _wanted(old: str, new: str, packages: Collection[str]) -> list[Step]:
    found = [step for step in steps(old, new) if not packages or step.package.package in packages]
    if not found:
        raise UnknownName(f"nothing was built on both {old} and {new}; `manage.py outoftree --kernel RELEASE` builds")
    return found


def _apart(found: list[Step], before: Mapping[Key, Rebuild], *, again: bool) -> tuple[list[Step], list[Step]]:
    """What was compared before and need not be again, and the others."""
    known = [step for step in found if not again and (one := before.get(step.key)) and one.outcome != NOT_COMPARED]
    return known, [step for step in found if step not in known]


def _defer(left: list[Step]) -> dict[int, Step]:
    """The jobs by their ids."""
    made = [jobs.rebuild_of(s.package, s.old, s.new, s.root, place) for place, s in enumerate(left)]
    ids = queue.defer(made)
    return {ids[job.lock]: step for job, step in zip(made, left, strict=True) if job.lock in ids}


def steps(old: str, new: str) -> list[Step]:
    """Every version that came out, at least in part, on both kernels. Raises UnknownName where a name fits several."""
    built = [row for row in queries.dkms_attempts() if row.outcome in (BUILT, PARTLY)]
    before, after = ({row.key: row for row in _on(name, built)} for name in (old, new))
    return [Step(key, before[key].target, row.target, row.root) for key, row in after.items() if key in before]


def _on(name: str, built: Collection[AttemptRow]) -> list[AttemptRow]:
    """What was built on the one kernel of that name."""
    found = [row for row in built if name in _names(row.target)]
    candidates = sorted({_names(row.target)[-1] for row in found})
    if len(candidates) > 1:
        raise UnknownName(f"several kernels that packages were built on are {name}", candidates)
    return found


def _names(kernel: Target) -> tuple[str, ...]:
    exact = f"{kernel.kernel_release}={kernel.version}"
    return kernel.kernel_release, exact, f"{exact}:{kernel.arch}"


def stored() -> dict[Key, Rebuild]:
    """The comparisons of the record."""
    return {(one.package, one.old, one.new): one for one in queries.rebuilds()}


def outcomes(done: Collection[Step], before: Mapping[Key, Rebuild]) -> dict[Step, tuple[str, str]]:
    """What became of comparisons; what left no trace, or that of before, broke off, unless the package is gone."""
    now, there = stored(), {package.key for package in jobs.packages()}
    untold = {True: (HARNESS, BROKE), False: (NOT_COMPARED, jobs.GONE)}
    return {
        step: told(one) if (one := now.get(step.key)) and one != before.get(step.key) else untold[step.package in there]
        for step in done
    }


def told(rebuild: Rebuild) -> tuple[str, str]:
    """Outcome and reason; where it is we who failed, that: as jobs notes it, or as a build of evidence ended."""
    failed = rebuild.outcome == NOT_COMPARED and rebuild.reason.startswith(HARNESS)
    return (HARNESS, rebuild.reason.removeprefix(HARNESS).lstrip(": ")) if failed else (rebuild.outcome, rebuild.reason)


def table(ended: Collection[tuple[str, str, str]]) -> list[tuple[str, ...]]:
    """How many came to which outcome."""
    return [("rebuilds", "outcome"), *((str(n), outcome) for outcome, n in Counter(one[1] for one in ended).items())]
