# SPDX-License-Identifier: GPL-2.0-or-later
"""One symbol's biography, and searching."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import Any

from abidb.answers import BuildRef, LaneName, SymbolLane, SymbolPoint
from abidb.comparison import exports_of_symbol
from abidb.compat import changes
from abidb.errors import UnknownName
from abidb.queries.finding import like_symbol
from abidb.queries.lanes import Found, found_lanes, headlines, in_page_order
from abidb.queries.rows import REF, rows
from abidb.records import VMLINUX, Export

_LANE = 3
POINTS = 160  #: builds that one answer over several lanes looks at
LANES = 400  #: lanes of which it looks at the newest build
SymbolLanes = tuple[SymbolLane, ...]


def symbol(name: str, *, line: str = "", arch: str = "", flavour: str = "") -> tuple[SymbolLane, ...]:
    """What each build of each lane exported under this name, lanes in the order in which people look for them; such as
    never did are left out.

    One lane is always told whole. Of several that have more than POINTS builds, only the newest builds of the headline
    lane of every line are told (`SymbolLane.older` says how many are not), and where none of those exports it, the
    newest build of each other lane. Raises UnknownName with similar names where none of them exports it.
    """
    declared = {row[0]: row[1:] for row in rows("symbol_exports", name=name)}
    if not declared:
        raise UnknownName(f"no build of the record exports {name!r}", like_symbol(name))
    lanes = found_lanes(line=line, arch=arch, flavour=flavour)
    if not _are_many(lanes):
        if found := _told(declared, lanes, None):
            return found
        raise UnknownName(f"no build of a lane exports {name!r}: only local ones, or such as were set apart")
    heads = headlines(lanes)
    if found := _told(declared, heads, max(POINTS // len(heads), 1)) or _told(declared, lanes[:LANES], 1):
        return found
    raise UnknownName(f"none of the newest builds exports {name!r}; an older one may: ask for one lane")


def looks_at_all(*, line: str = "", arch: str = "", flavour: str = "") -> bool:
    """Whether `symbol` looks at every build of these lanes."""
    return not _are_many(found_lanes(line=line, arch=arch, flavour=flavour))


def _are_many(lanes: list[Found]) -> bool:
    return len(lanes) > 1 and bool(rows("many_points", lanes=[one.id for one in lanes], bound=POINTS)[0][0])


def _told(declared: dict[int, tuple[str, str, str, str]], lanes: list[Found], newest: int | None) -> SymbolLanes:
    """The lanes that have the symbol, as far as their newest builds tell."""
    lane_rows = rows("lane_sets", lanes=[one.id for one in lanes], newest=newest)
    of_set = exports_of_symbol({row[-2] for row in lane_rows}, declared)
    told = {lane.lane: lane for lane in _lanes(lane_rows, of_set)}
    found = (told[each.name] for each in in_page_order(lanes) if each.name in told)
    return tuple(lane for lane in found if any(point.exports for point in lane.points))


def _lanes(lane_rows: list[tuple[Any, ...]], of_set: dict[int, tuple[Export, ...]]) -> Iterator[SymbolLane]:
    for _, group in groupby(lane_rows, key=lambda row: row[:_LANE]):
        yield _lane(list(group), of_set)


def _lane(group: list[tuple[Any, ...]], of_set: dict[int, tuple[Export, ...]]) -> SymbolLane:
    """Each build against the last one before it that can tell whether it exports the symbol."""
    points: list[SymbolPoint] = []
    before: tuple[Export, ...] | None = None
    for row in group:
        build, here = BuildRef(*row[_LANE : _LANE + REF]), of_set[row[-2]]
        tells = bool(here) or build.covers != VMLINUX  # a module that the archive has lost may have exported it
        known = tells and before is not None
        kinds = tuple(kind for change in changes(before or (), here) for kind in change.kinds) if known else ()
        measured = all(export.crc is not None for export in (*(before or ()), *here))
        points.append(SymbolPoint(build, here, kinds, measured))
        before = here if tells else before
    return SymbolLane(LaneName(*group[0][:_LANE]), tuple(points), group[0][-1] - len(points))
