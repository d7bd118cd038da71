# SPDX-License-Identifier: GPL-2.0-or-later
"""How the changes of one upload spread over its flavours and architectures."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Any

import numpy as np

from abidb.answers import BuildRef, LaneName, Step
from abidb.churnanswers import ArchOnly, FlavourStep, Spread
from abidb.compat import Counts
from abidb.dictionary import declarations
from abidb.exportset import IdArray, unpack
from abidb.queries.lanes import COUNTS
from abidb.queries.remembered import remembered
from abidb.queries.rows import REF, rows
from abidb.records import VMLINUX

FIRST = 60  #: symbols that are named where there are many
_NAME = 3  # columns of a lane's name
_OLD = _NAME + REF
_COUNTS = _OLD + REF

Told = tuple[LaneName, Step, IdArray | None]  #: the last: symbols that broke, None where not all could be measured


def spread(source: str, version: str) -> tuple[Spread, ...]:
    """The flavours of an upload beside each other, by release line; none where no good build of it is in a lane."""
    return remembered(("spread", source, version), lambda: _spread(source, version))


def _spread(source: str, version: str) -> tuple[Spread, ...]:
    told = [_told(row) for row in rows("upload_steps", source=source, version=version)]
    return tuple(_line(line, list(group)) for line, group in groupby(told, key=lambda one: one[0].line))


def _told(row: tuple[Any, ...]) -> Told:
    new = BuildRef(*row[_NAME:_OLD])
    old = BuildRef(*row[_OLD:_COUNTS]) if row[_OLD] is not None else None
    *numbers, broken = row[_COUNTS:]
    if old is None or broken is None:
        return LaneName(*row[:_NAME]), Step(new, old, None, None), None
    counts = Counts(**dict(zip(COUNTS, numbers, strict=True)))
    scope = "all" if new.covers == old.covers == "all" else VMLINUX
    whole = counts.crc_changed is not None and not counts.crc_unknown and scope == "all"
    return LaneName(*row[:_NAME]), Step(new, old, counts, scope), _symbols(bytes(broken)) if whole else None


def _symbols(broken: bytes) -> IdArray:
    """Those of packed exports, each once, ascending. Nothing is sorted: many sets are large."""
    ids = unpack("all", broken, None).ids
    symbols = declarations(ids).symbol[ids]
    there = np.zeros(int(symbols.max(initial=0)) + 1, dtype=bool)
    there[symbols] = True
    return np.flatnonzero(there).astype(np.int32)


def _line(line: str, told: Sequence[Told]) -> Spread:
    sets = [broken for _, _, broken in told if broken is not None]
    size = max((int(broken[-1]) for broken in sets if broken.size), default=0) + 1
    times = _times(sets, size)
    everywhere = np.flatnonzero(times == len(sets) if sets else times < 0).astype(np.int32)
    return Spread(
        line=line,
        rows=tuple(_row(one, times) for one in told),
        measured=len(sets),
        broken=int(np.count_nonzero(times)),
        everywhere=int(everywhere.size),
        everywhere_first=_names(everywhere),
        single=int(np.count_nonzero(times == 1)),
        arches=_arches(told, times),
    )


def _times(sets: Sequence[IdArray], size: int) -> IdArray:
    """In how many sets a symbol is, by its id."""
    return np.bincount(np.concatenate([*sets, np.zeros(0, dtype=np.int32)]), minlength=size).astype(np.int32)


def _row(told: Told, times: IdArray) -> FlavourStep:
    lane, step, broken = told
    if broken is None:
        return FlavourStep(lane, step, None, 0, ())
    only = broken[times[broken] == 1]
    return FlavourStep(lane, step, int(broken.size), int(only.size), _names(only))


def _arches(told: Sequence[Told], times: IdArray) -> tuple[ArchOnly, ...]:
    """What one architecture has to itself, in all its flavours."""
    by_arch: dict[str, list[IdArray]] = {}
    for lane, _, broken in told:
        if broken is not None:
            by_arch.setdefault(lane.arch, []).append(broken)
    if len(by_arch) < 2:
        return ()
    found = []
    for arch, sets in by_arch.items():
        own = _times(sets, times.size)
        here = np.flatnonzero((own == len(sets)) & (times == own)).astype(np.int32)
        if here.size:
            found.append(ArchOnly(arch, int(here.size), _names(here)))
    return tuple(found)


def _names(symbols: IdArray) -> tuple[str, ...]:
    """The first of these symbols by name."""
    names = declarations().names  # all of them were met
    return tuple(sorted(names[symbol] for symbol in symbols.tolist())[:FIRST])
