# SPDX-License-Identifier: GPL-2.0-or-later
"""A file's modules against the kernels of the record."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator

from abidb.changes import no_collection
from abidb.checkanswers import Checked, KernelAnswer, LaneAnswer
from abidb.checked import DUMP, CheckedFile
from abidb.errors import TooMuch, UnknownName
from abidb.machines import architectures as of_machine
from abidb.queries.hosts import Hosts, architectures, hosts
from abidb.verdict import Verdict
from abidb.verdicts import verdicts
from abidb.verdictwords import SHOWN

DEFAULT_ARCH = "amd64"  #: of a dump, which does not say


def check(
    file: CheckedFile,
    *,
    arch: str = "",
    line: str = "",
    flavour: str = "",
    release: str = "",
    skip: int = 0,
    most: int | None = None,
    seconds: float = math.inf,
) -> Checked:
    """What the kernels answer: all of the modules' architecture, or those that are asked for; of each lane the newest
    after `skip`. Of what a kernel answers `most` reasons of a kind are kept, of each of several modules an equal share,
    but as many as a sentence names.

    Raises UnknownName where the record has none, TooMuch where it takes longer than so many seconds.
    """
    end = time.monotonic() + seconds
    archs = _archs(file, arch)
    wanted = {symbol for module in file.modules for symbol, _ in module.candidate.imports}
    of_arch = {each: hosts(each, wanted, line=line, flavour=flavour, release=release, skip=skip) for each in archs}
    if (asked := " ".join(filter(None, (release, line, flavour)))) and not any(each.lanes for each in of_arch.values()):
        raise UnknownName(f"no {'older ' * bool(skip)}kernel {asked} of {' or '.join(archs)} in the record")
    of_each = None if most is None else max(most // len(file.modules), SHOWN)
    with no_collection():
        answers = {
            ref_id: answer for each in of_arch.values() for ref_id, answer in _answers(file, each, of_each, end).items()
        }
    lanes = tuple(
        LaneAnswer(lane.line, each, lane.flavour, tuple(answers[ref.id] for ref, _ in lane.hosts), lane.builds)
        for each, found in of_arch.items()
        for lane in found.lanes
    )
    return Checked(file, archs, lanes)


def _archs(file: CheckedFile, asked: str) -> tuple[str, ...]:
    known = architectures()
    fitting = (asked or DEFAULT_ARCH,) if file.kind == DUMP else _of_modules(file)
    if asked and asked not in fitting:
        raise UnknownName(f"the file is for {_either(fitting)}, not for {asked}", fitting)
    fitting = (asked,) if asked else fitting
    if not (found := tuple(one for one in fitting if one in known)):
        raise UnknownName(f"the record has no kernel of {_either(fitting)}", known)
    return found


def _of_modules(file: CheckedFile) -> tuple[str, ...]:
    """The architectures that all modules of a file are for."""
    of_each = [of_machine(module.machine, module.candidate.vermagic) for module in file.modules]
    return tuple(one for one in of_each[0] if all(one in others for others in of_each))


def _either(archs: tuple[str, ...]) -> str:
    return " or ".join(archs) or "the machine of this file"


def _answers(file: CheckedFile, found: Hosts, most: int | None, end: float) -> dict[int, KernelAnswer]:
    builds = {ref.id: (ref, host) for lane in found.lanes for ref, host in lane.hosts}
    kernels, rows = [host for _, host in builds.values()], [found.rows[build] for build in builds]
    of_modules = [
        _in_time(verdicts(module.candidate, kernels, rows, found.table, most), end) for module in file.modules
    ]
    return {
        ref.id: KernelAnswer(ref, of_kernel)
        for (ref, _), of_kernel in zip(builds.values(), zip(*of_modules, strict=True), strict=True)
    }


def _in_time(verdicts: Iterator[Verdict], end: float) -> Iterator[Verdict]:
    """They, as long as there is time."""
    for verdict in verdicts:
        if time.monotonic() > end:
            raise TooMuch("answering for all kernels takes too long: ask for one release line, flavour or kernel")
        yield verdict
