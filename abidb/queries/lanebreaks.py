# SPDX-License-Identifier: GPL-2.0-or-later
"""The builds of a lane and what broke from each to the next, from what is remembered of neighbours."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

import numpy as np

from abidb.answers import LaneName
from abidb.dictionary import declarations, rows
from abidb.exportset import IdArray, unpack
from abidb.outoftree import Target
from abidb.queries.remembered import remembered

_TARGET = 6  # columns up to the last of a target


@dataclass(frozen=True, slots=True, eq=False)
class LaneBuild:
    """A build of a lane and what broke since the one before it."""

    id: int
    target: Target
    date: dt.datetime | None
    export_set: int
    vermagic: str
    covers: str
    has_crcs: bool
    measured: bool  #: all CRCs were compared, and nothing may only have moved
    restricted: int  #: exports that became GPL-only or went into a namespace
    broken: IdArray | None  #: their symbols, twice where two modules export one; None: not compared


def lane_breaks(lane: LaneName) -> tuple[LaneBuild, ...]:
    """The good builds of a lane, oldest first."""
    return remembered(("lane breaks", lane), lambda: _lane_breaks(lane), large=True)


def _lane_breaks(lane: LaneName) -> tuple[LaneBuild, ...]:
    found = rows("lane_breaks", line=lane.line, arch=lane.arch, flavour=lane.flavour)
    return tuple(_build(row, None if row[-1] is None else _symbols(unpack("all", row[-1], None).ids)) for row in found)


def _symbols(ids: IdArray) -> IdArray:
    """The symbol of each of these exports, in ascending order of their ids."""
    known = declarations().symbol
    if ids.size and ids[-1] < known.size and (symbols := known[ids]).all():
        return symbols
    return declarations(ids).symbol[ids]


def _build(row: tuple[Any, ...], broken: IdArray | None) -> LaneBuild:
    return LaneBuild(row[0], Target(*row[1:_TARGET]), *(*row[_TARGET:-1], broken))


def times_broken(line: str, arch: str, flavour: str) -> IdArray:
    """In how many steps of a lane modules that use a symbol broke, by the symbol's id; ids behind the last: never."""
    return remembered(("times broken", line, arch, flavour), lambda: _times_broken(LaneName(line, arch, flavour)))


def _times_broken(lane: LaneName) -> IdArray:
    broken = [build.broken for build in lane_breaks(lane) if build.broken is not None and build.broken.size]
    if not broken:
        return np.zeros(0, dtype=np.int32)
    times = np.zeros(max(int(symbols.max()) for symbols in broken) + 1, dtype=np.int32)
    for symbols in broken:
        times[symbols] += 1  # numpy adds once where a symbol stands twice
    return times
