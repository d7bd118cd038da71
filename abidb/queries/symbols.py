# SPDX-License-Identifier: GPL-2.0-or-later
"""One symbol's biography, and searching."""

from __future__ import annotations

from abidb.answers import SymbolLane, SymbolPoint
from abidb.comparison import exports_of_symbol
from abidb.compat import changes
from abidb.errors import UnknownName
from abidb.queries.finding import like_symbol
from abidb.queries.lanebuilds import LaneBuilds, are_many, lane_builds
from abidb.queries.lanes import Found, found_lanes, headlines, in_page_order
from abidb.queries.rows import rows
from abidb.records import VMLINUX, Export

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
    return len(lanes) > 1 and are_many([one.id for one in lanes], POINTS)


def _told(declared: dict[int, tuple[str, str, str, str]], lanes: list[Found], newest: int | None) -> SymbolLanes:
    """The lanes that have the symbol, as far as their newest builds tell."""
    builds = lane_builds([one.id for one in lanes], newest)
    of_set = exports_of_symbol({each.exports for lane in builds for each in lane.builds}, declared)
    told = {lane.lane: lane for lane in builds if any(of_set[each.exports] for each in lane.builds)}
    return tuple(_lane(told[each.name], of_set) for each in in_page_order(lanes) if each.name in told)


def _lane(lane: LaneBuilds, of_set: dict[int, tuple[Export, ...]]) -> SymbolLane:
    """Each build against the last one before it that can tell whether it exports the symbol."""
    points: list[SymbolPoint] = []
    before: tuple[Export, ...] | None = None
    for build, here in ((each.build, of_set[each.exports]) for each in lane.builds):
        tells = bool(here) or build.covers != VMLINUX  # a module that the archive has lost may have exported it
        known = tells and before is not None
        kinds = tuple(kind for change in changes(before or (), here) for kind in change.kinds) if known else ()
        measured = all(export.crc is not None for export in (*(before or ()), *here))
        points.append(SymbolPoint(build, here, kinds, measured))
        before = here if tells else before
    return SymbolLane(lane.lane, tuple(points), lane.older)
