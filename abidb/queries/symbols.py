# SPDX-License-Identifier: GPL-2.0-or-later
"""One symbol's biography, and searching."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from abidb.answers import BuildRef, Found, LaneName, SymbolLane, SymbolPoint
from abidb.comparison import exports_of_symbol
from abidb.compat import changes
from abidb.errors import UnknownName
from abidb.queries.builds import find_builds
from abidb.queries.rows import REF, rows
from abidb.records import VMLINUX, Export

_LANE = 3
FOUND = 40


def symbol(name: str, *, line: str = "", arch: str = "", flavour: str = "") -> tuple[SymbolLane, ...]:
    """What each build of each lane exported under this name; lanes that never did are left out.

    Raises UnknownName with similar names where no build of a lane ever exported it.
    """
    declared = rows("symbol_exports", name=name)
    if not declared:
        raise UnknownName(f"no build of the record exports {name!r}", search(name).symbols)
    lane_rows = rows("lane_sets", line=line or None, arch=arch or None, flavour=flavour or None)
    of_set = exports_of_symbol({row[-1] for row in lane_rows}, {row[0]: row[1:] for row in declared})
    found = (_lane(list(group), of_set) for _, group in groupby(lane_rows, key=lambda row: row[:_LANE]))
    lanes = tuple(lane for lane in found if any(point.exports for point in lane.points))
    if not lanes:
        raise UnknownName(f"no build of a lane exports {name!r}: only local ones, or such as were set apart")
    return lanes


def _lane(group: list[tuple[Any, ...]], of_set: dict[int, tuple[Export, ...]]) -> SymbolLane:
    """Each build against the last one before it that can tell whether it exports the symbol."""
    points: list[SymbolPoint] = []
    before: tuple[Export, ...] | None = None
    for row in group:
        build, here = BuildRef(*row[_LANE : _LANE + REF]), of_set[row[-1]]
        tells = bool(here) or build.covers != VMLINUX  # a module that the archive has lost may have exported it
        known = tells and before is not None
        kinds = tuple(kind for change in changes(before or (), here) for kind in change.kinds) if known else ()
        measured = all(export.crc is not None for export in (*(before or ()), *here))
        points.append(SymbolPoint(build, here, kinds, measured))
        before = here if tells else before
    return SymbolLane(LaneName(*group[0][:_LANE]), tuple(points))


def search(text: str) -> Found:
    """Symbols, modules and builds whose names hold the text, the likeliest first."""
    wanted = text.strip().replace("\0", "")
    if not wanted:
        return Found((), (), ())
    return Found(
        symbols=tuple(row[0] for row in rows("symbols_like", text=wanted, limit=FOUND)),
        modules=tuple(row[0] for row in rows("modules_like", text=wanted, limit=FOUND)),
        builds=find_builds(text=wanted, limit=FOUND),
    )
