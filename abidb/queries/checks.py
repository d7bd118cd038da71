# SPDX-License-Identifier: GPL-2.0-or-later
"""A file's modules against the kernels of the record."""

from __future__ import annotations

import math
import time
from collections.abc import Iterable, Iterator

from abidb.answers import BuildRef
from abidb.changes import no_collection
from abidb.checkanswers import Checked, KernelAnswer, LaneAnswer
from abidb.checked import DUMP, CheckedFile
from abidb.errors import TooMuch, UnknownName
from abidb.machines import architectures as of_machine
from abidb.queries.hosts import architectures, hosts
from abidb.verdict import Host, verdicts

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
    after `skip`. Of a verdict `most` reasons of a kind are kept.

    Raises UnknownName where the record has none, TooMuch where it takes longer than so many seconds.
    """
    end = time.monotonic() + seconds
    archs = _archs(file, arch)
    wanted = {symbol for module in file.modules for symbol, _ in module.candidate.imports}
    found = [
        (each, lane)
        for each in archs
        for lane in hosts(each, wanted, line=line, flavour=flavour, release=release, skip=skip)
    ]
    if (asked := " ".join(filter(None, (release, line, flavour)))) and not found:
        raise UnknownName(f"no {'older ' * bool(skip)}kernel {asked} of {' or '.join(archs)} in the record")
    answers = _answers(file, most, end, {ref.id: (ref, host) for _, lane in found for ref, host in lane.hosts}.values())
    lanes = tuple(
        LaneAnswer(lane.line, each, lane.flavour, tuple(answers[ref.id] for ref, _ in lane.hosts), lane.builds)
        for each, lane in found
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


def _answers(
    file: CheckedFile, most: int | None, end: float, builds: Iterable[tuple[BuildRef, Host]]
) -> dict[int, KernelAnswer]:
    asked = list(builds)
    hosts = [host for _, host in asked]
    with no_collection():
        of_modules = [verdicts(module.candidate, _until(end, hosts), most) for module in file.modules]
    return {
        ref.id: KernelAnswer(ref, tuple(of_module[n] for of_module in of_modules)) for n, (ref, _) in enumerate(asked)
    }


def _until(end: float, hosts: Iterable[Host]) -> Iterator[Host]:
    """The hosts, as long as there is time."""
    for host in hosts:
        if time.monotonic() > end:
            raise TooMuch("answering for all kernels takes too long: ask for one release line, flavour or kernel")
        yield host
