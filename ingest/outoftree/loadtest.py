# SPDX-License-Identifier: GPL-2.0-or-later
"""What a real kernel answers to modules: it is booted in an emulator, and each module is tried with insmod.

Modules that need one another make up a set; what they need of the kernel's own modules comes before. After each set
all is unloaded again, or, where that cannot be done, the next set has a boot of its own: what one module does is no
answer to another. What breaks the kernel ends the boot; those that have not been tried yet come into the next.
"""

from __future__ import annotations

import datetime as dt
import secrets
import shutil
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from abidb.errors import Unavailable, UnknownName
from abidb.outoftree import LoadResult, Target
from ingest.outoftree import intree, kernellog, trials, vm
from ingest.outoftree.initramfs import archive
from ingest.outoftree.trials import Answer, Findings, Set, Tried

ARCH = "amd64"
BUSYBOX = "busybox"
BATCH = 192 << 20  # bytes of modules in one boot, if they are not of one set
ENDED = {
    vm.OFF: "the kernel broke",
    vm.SILENT: "the kernel fell silent",
    vm.LATE: "time was over",
    vm.LOUD: "the kernel said too much",
}
Booter = Callable[[bytes, bytes, vm.Limits], vm.Boot]


@dataclass(frozen=True, slots=True)
class Machine:
    """A kernel with those of its own modules that are needed, and what boots it."""

    vmlinuz: bytes = field(repr=False)
    own: intree.OwnModules = field(repr=False)
    modules: Mapping[str, bytes] = field(repr=False)  #: by path
    busybox: bytes = field(repr=False)
    limits: vm.Limits = field(default_factory=vm.Limits)
    boot: Booter = field(default_factory=lambda: vm.boot)


def run(
    kernel: Target, packages: Sequence[Sequence[tuple[str, Path]]], debs: Sequence[Path], beside: Collection[str] = ()
) -> list[LoadResult]:
    """What the kernel whose debs these are answers to the modules of packages, each (SHA-256, file), in that order.

    Modules of one package may need one another. A file may be compressed; its SHA-256 is the caller's. Symbols `beside`
    come from modules of other packages: without those it cannot be tried what needs them. Raises Unavailable where
    a tool is missing or the kernel does not start, UnknownName for another architecture, BadFormat, BuildFailed.
    """
    busybox = require(kernel)
    tried = [[trials.read(sha256, path.read_bytes()) for sha256, path in package] for package in packages]
    own, sets = intree.read(debs), [one for package in tried for one in trials.together(package)]
    vmlinuz, taken = intree.take(debs, [path for one in sets for path in trials.own_needs(one, own)])
    given = frozenset[str]().union(*(module.exports for one in sets for module in one))
    answers = answers_of(Machine(vmlinuz, own, taken, busybox), sets, set(beside) - given).answers
    now = dt.datetime.now(dt.UTC)
    modules = {one.sha256: one for package in tried for one in package}
    return [_result(one, kernel, answers[one.sha256], now) for one in modules.values()]


def _result(module: Tried, kernel: Target, found: Answer, now: dt.datetime) -> LoadResult:
    name = module.file.name
    return LoadResult(module.sha256, name, kernel, found.answer, found.reasons, found.messages, now)


def require(kernel: Target) -> bytes:
    """The program busybox. Raises UnknownName for a kernel that cannot be booted here, Unavailable where tools lack."""
    if kernel.arch != ARCH:
        raise UnknownName(f"{kernel.kernel_release} is for {kernel.arch}: load tests are for {ARCH} only")
    found = {tool: shutil.which(tool) for tool in (vm.QEMU, BUSYBOX)}
    missing = [tool for tool, path in found.items() if not path]
    if missing:
        raise Unavailable(f"{' and '.join(missing)} missing: `make system-tools` installs what load tests need")
    return Path(found[BUSYBOX] or "").read_bytes()


def answers_of(machine: Machine, sets: Sequence[Set], lost: Collection[str] = ()) -> Findings:
    """The kernel's answer to each module of each set, in as many boots as it takes; symbols that are `lost` are of
    modules that are not here.
    """
    found, pending = Findings(lost=set(lost)), [one for one in sets if one]
    while pending:
        batch, before = _batch(pending), len(found.answers)
        _one_boot(machine, batch, found)
        if len(found.answers) == before:  # the first set is what stands in the way
            found.give_up(batch[0], "the kernel ended before it was tried")
        left = (tuple(module for module in one if module.sha256 not in found.broken) for one in pending)
        pending = [one for one in left if any(module.sha256 not in found.answers for module in one)]
    return found


def _batch(pending: Sequence[Set]) -> list[Set]:
    """The sets that come into the next boot."""
    batch, size = list[Set](), 0
    for one in pending:
        size += sum(len(module.data) for module in one)
        if batch and size > BATCH:
            break
        batch.append(one)
    return batch


def _one_boot(machine: Machine, batch: Sequence[Set], found: Findings) -> None:
    token = secrets.token_hex(8)
    planned = trials.plan(batch, machine.own)
    files = trials.files(planned, machine.modules, machine.busybox, token)
    size = sum(len(file.data) for file in files.values()) >> 20
    limits = vm.Limits(machine.limits.seconds, machine.limits.silence, machine.limits.memory + 4 * size)
    boot = machine.boot(machine.vmlinuz, archive(files, ("proc", "sys", "dev")), limits)
    report = kernellog.report(boot.console, token)
    if not report.started:
        last = " / ".join(boot.console.strip().split("\n")[-3:])
        raise Unavailable(f"the kernel did not come as far as init: {ENDED[boot.end]}: {last[-400:]}")
    if boot.end == vm.LATE and len(report.trials) > 1:
        report = report.answered()  # time went to the others: another boot has enough of it
    found.note(planned, report, machine.own, ENDED[boot.end])
