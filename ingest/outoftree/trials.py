# SPDX-License-Identifier: GPL-2.0-or-later
"""What is tried in one boot, as a root file system for the kernel, and what its log says of it. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter

from abidb.outoftree import ACCEPTED, UNTRIED
from abidb.records import ModuleFile
from ingest.formats import compress, kmod
from ingest.outoftree import kernellog
from ingest.outoftree.initramfs import File
from ingest.outoftree.intree import OwnModules, kernel_name
from ingest.outoftree.kernellog import Report, Trial

#: Each module goes by its number: no name of a stranger stands in a program. All is written through the kernel's log,
#: where it stands in order with what the kernel says.
INIT = """#!/bin/busybox sh
B=/bin/busybox
$B mount -t proc proc /proc
$B mount -t sysfs sysfs /sys
$B mount -t devtmpfs dev /dev
say() { echo "abidb TOKEN $*" > /dev/kmsg; }
try() { say begin $1; $B insmod /m/$1.ko > /dev/null 2>&1; say end $1 $?; }
clean() {
  last=
  while left=$($B cut -d ' ' -f 1 /proc/modules) && [ "$left" ] && [ "$left" != "$last" ]; do
    last=$left
    for name in $left; do $B rmmod $name > /dev/null 2>&1; done
  done
  [ -z "$left" ] || { say stuck $left; $B poweroff -f; }
}
echo 8 > /proc/sys/kernel/printk
say ready
PLAN
say done
$B poweroff -f
"""


KEPT = 64  # of what the kernel said to a module; two lines for each symbol that it refuses


@dataclass(frozen=True, slots=True)
class Tried:
    """A module to try: the file, and what it says of itself."""

    sha256: str
    data: bytes = field(repr=False)
    file: ModuleFile = field(repr=False)

    @property
    def exports(self) -> frozenset[str]:
        return frozenset(export.symbol for export in self.file.exports)


Set = tuple[Tried, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """As LoadResult has it."""

    answer: str
    reasons: tuple[tuple[str, str], ...]
    messages: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """Sets of modules, each with the kernel's own modules that it needs in front."""

    sets: Sequence[tuple[tuple[str, ...], Set]]

    @property
    def steps(self) -> list[str]:
        """The path or SHA-256 of each file that is tried, in order, as often as it is."""
        return [name for needed, one in self.sets for name in (*needed, *(module.sha256 for module in one))]


def read(sha256: str, data: bytes) -> Tried:
    """A module to try, out of its file, which may be compressed; raises BadFormat."""
    plain = compress.decompress_if_compressed(data, limit=kmod.LIMIT, what="module")
    return Tried(sha256, plain, kmod.read_built(plain))


def together(modules: Sequence[Tried]) -> list[Set]:
    """The modules in sets of those that need one another, in each set every module behind what it needs."""
    home = {symbol: number for number, module in enumerate(modules) for symbol in module.exports}
    needs = [
        {home[symbol] for symbol in (*m.file.undefined, *m.file.weak) if symbol in home} - {n}
        for n, m in enumerate(modules)
    ]
    group = list(range(len(modules)))
    for number, needed in enumerate(needs):
        old = {group[other] for other in needed} | {group[number]}
        group = [min(old) if one in old else one for one in group]
    order = _order(needs)
    return [tuple(modules[n] for n in order if group[n] == one) for one in sorted(set(group))]


def _order(needs: Sequence[set[int]]) -> list[int]:
    try:
        return list(TopologicalSorter(dict(enumerate(needs))).static_order())
    except CycleError:  # no kernel loads such modules, in whatever order
        return list(range(len(needs)))


def plan(sets: Sequence[Set], own: OwnModules) -> Plan:
    """What these sets need; what a set exports itself is not taken from the kernel's modules."""
    return Plan([(own_needs(one, own), one) for one in sets])


def own_needs(one: Set, own: OwnModules) -> tuple[str, ...]:
    """The kernel's own modules that a set needs, but for those that a module of the set takes the place of."""
    exported = frozenset[str]().union(*(module.exports for module in one))
    needed = own.needed(symbol for module in one for symbol in module.file.undefined if symbol not in exported)
    names = {module.file.name for module in one}
    return tuple(path for path in needed if kernel_name(path) not in names)


def files(planned: Plan, own: Mapping[str, bytes], busybox: bytes, token: str) -> dict[str, File]:
    """The root file system: init, busybox, and the modules by number; `own` are the kernel's by path."""
    data = {**own, **{module.sha256: module.data for _, one in planned.sets for module in one}}
    number = {name: n for n, name in enumerate(dict.fromkeys(planned.steps))}
    lines: list[str] = []
    for needed, one in planned.sets:
        lines += [f"try {number[name]}" for name in (*needed, *(module.sha256 for module in one))]
        lines.append("clean")
    init = INIT.replace("TOKEN", token).replace("PLAN", "\n".join(lines))
    return {
        "init": File(init.encode(), program=True),
        "bin/busybox": File(busybox, program=True),
        **{f"m/{n}.ko": File(data[name]) for name, n in number.items()},
    }


@dataclass(slots=True)
class Findings:
    """What all boots brought so far."""

    answers: dict[str, Answer] = field(default_factory=dict)  #: by SHA-256
    broken: set[str] = field(default_factory=set)  #: SHA-256 of those under which a boot ended
    lost: set[str] = field(default_factory=set)  #: what they export, and modules that are not here

    def note(self, planned: Plan, report: Report, own: OwnModules, end: str) -> None:
        """Add what one boot brought; `end` says how it ended, for those it ended under."""
        trials = iter(report.trials)
        for needed, one in planned.sets:
            lost = self._needed(zip(needed, trials, strict=False), one, own, end) | self.lost
            if not any(module.sha256 in self.broken for module in one):
                self._tried(zip(one, trials, strict=False), lost, end)

    def _needed(self, pairs: Iterator[tuple[str, Trial]], one: Set, own: OwnModules, end: str) -> set[str]:
        """What the kernel's own modules export that could not be loaded."""
        lost = set[str]()
        for path, trial in pairs:
            if trial.status is None:
                self.give_up(one, f"{path}, which it needs: {end}")
            elif trial.status not in (0, kernellog.EEXIST):
                lost |= set(own.exports[path])
        return lost

    def give_up(self, one: Set, why: str) -> None:
        """A set of which nothing more can be found out."""
        for module in one:
            self.answers.setdefault(module.sha256, Answer(UNTRIED, (), (why,)))
            self.broken.add(module.sha256)

    def _tried(self, pairs: Iterator[tuple[Tried, Trial]], lost: set[str], end: str) -> None:
        for module, trial in pairs:
            answer, reasons = kernellog.answer(trial, frozenset(lost))
            messages = trial.messages[:KEPT]
            if trial.status is None:
                messages = (*messages, end)
                self.broken.add(module.sha256)
                self.lost |= module.exports
            if answer != ACCEPTED or trial.status != 0:
                lost |= module.exports
            self.answers.setdefault(module.sha256, Answer(answer, reasons, messages))
