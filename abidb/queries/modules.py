# SPDX-License-Identifier: GPL-2.0-or-later
"""One module of the kernel: its paths, what it exports and exported, who uses that."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np

from abidb.answers import BuildRef
from abidb.dictionary import Declarations, declarations
from abidb.errors import UnknownName
from abidb.exportset import IdArray
from abidb.moduleanswers import ModuleExport, ModuleLane, ModuleLife, ModuleStep
from abidb.queries.lanes import Found, found_lanes, headlines, in_page_order
from abidb.queries.modulepoints import LanePoints, Point, Wanted, points, wanted
from abidb.queries.moduleusers import users_of

POINTS = 120  #: builds of all headline lanes that one answer looks at
STEPS = 40  #: builds of the one lane that it tells
LANES = 400  #: lanes of which it looks at the newest build where no headline lane has the module
LIMIT = 1_000  #: exports of one answer


@dataclass(frozen=True, slots=True, eq=False)
class Spans:
    """Symbols that a module exported in a lane, as columns: the first and the last point that has each."""

    symbols: IdArray
    first: IdArray
    last: IdArray
    export: IdArray  #: that it was last


@dataclass(frozen=True, slots=True, eq=False)
class Told:
    """What the builds of one lane tell."""

    shown: Sequence[Point]  #: those that can tell, oldest first
    met: Declarations
    spans: Spans
    users: dict[int, int]  #: packages by symbol


def module(
    name: str,
    *,
    line: str = "",
    arch: str = "",
    flavour: str = "",
    after: str = "",
    gone: bool = False,
    limit: int = 200,
) -> ModuleLife:
    """A module by its name or path (modulepoints.wanted), in the headline lane of every line, and in one of those what
    it exports, from behind the symbol `after` on: in the last build that has it, or only in builds before (`gone`).

    The lanes are all, or those of a line, architecture, flavour. Raises UnknownName, with similar paths.
    """
    sought = wanted(name)
    told = _told(sought, _lanes(line, arch, flavour))
    chosen = min(range(len(told)), key=lambda place: (not _has(told[place]), _lane(told[place]).gone, place))
    whole = told[chosen] = _whole(sought, told[chosen])
    shown = [point for point in whole.points if point.here is not None]
    met = declarations()  # all of theirs were met
    spans, last = _spans(shown, met), max(place for place, point in enumerate(shown) if point.here)
    here = spans.last == last
    users = users_of(spans.symbols[here])
    exports = Told(shown, met, spans, users.of)
    page, following = _page(exports, ~here if gone else here, after, min(max(limit, 1), LIMIT))
    lanes = tuple(map(_lane, told))
    return ModuleLife(
        name=sought.name,
        paths=tuple(sorted(sought.paths.values())),
        lanes=lanes,
        lane=lanes[chosen],
        steps=_steps(whole.points[-STEPS:], met),
        exports=page,
        here=int(here.sum()),
        gone=int((~here).sum()),
        after=following,
        users=users.packages,
        packages=users.known,
    )


def _lanes(line: str, arch: str, flavour: str) -> list[Found]:
    found = found_lanes(line=line, arch=arch, flavour=flavour)
    if not found:
        raise UnknownName(f"there is no lane {'/'.join(filter(None, (line, arch, flavour))) or 'yet'}")
    return found


def _told(sought: Wanted, found: list[Found]) -> list[LanePoints]:
    """The headline lanes, those of what people look for first in front; where none has it, those that have it now."""
    told = _points(sought, in_page_order(headlines(found)))
    if any(map(_has, told)):
        return told
    having = {each.lane for each in points(sought, [one.id for one in found[:LANES]], 1) if _has(each)}
    if not having:
        raise UnknownName(f"none of the newest builds has a module {sought.name!r}; an older one may: ask for one lane")
    return _points(sought, in_page_order(headlines(one for one in found if one.name in having)))


def _points(sought: Wanted, heads: Sequence[Found]) -> list[LanePoints]:
    told = {each.lane: each for each in points(sought, [head.id for head in heads], max(POINTS // len(heads), 1))}
    return [told[head.name] for head in heads]


def _whole(sought: Wanted, told: LanePoints) -> LanePoints:
    """The lane as far back as it is told."""
    if not told.older or len(told.points) >= STEPS:
        return told
    (lane,) = [one.id for one in found_lanes(**asdict(told.lane))]
    (whole,) = points(sought, [lane], STEPS)
    return whole


def _has(told: LanePoints) -> bool:
    return any(point.here for point in told.points)


def _lane(told: LanePoints) -> ModuleLane:
    having = [point for point in told.points if point.here]
    telling = [point for point in told.points if point.here is not None]
    return ModuleLane(
        lane=told.lane,
        first=having[0].build if having else None,
        last=having[-1].build if having else None,
        paths=tuple(dict.fromkeys(path for point in reversed(having) for path in point.paths)),
        exports=having[-1].own.size if having else 0,
        gone=bool(having) and not telling[-1].here,
        builds=len(told.points),
        older=told.older,
    )


def _spans(shown: Sequence[Point], met: Declarations) -> Spans:
    """What the builds have in all; columns by symbol, of which there are fewer than exports, become rows."""
    first, last, export = (np.full(int(met.symbol.max()) + 1, -1, dtype=np.int32) for _ in range(3))
    for place, point in enumerate(shown):
        symbols = met.symbol[point.own]
        first[symbols[first[symbols] < 0]] = place
        last[symbols], export[symbols] = place, point.own
    symbols = np.flatnonzero(last >= 0).astype(np.int32)
    return Spans(symbols, first[symbols], last[symbols], export[symbols])


def _page(told: Told, fitting: IdArray, after: str, limit: int) -> tuple[tuple[ModuleExport, ...], str | None]:
    """The exports whose rows fit, in order of names, from behind one, and the last of them where more follow."""
    places = np.flatnonzero(fitting).tolist()
    names = [told.met.names[symbol] for symbol in told.spans.symbols[fitting].tolist()]
    order = sorted(zip(names, places, strict=True))
    start = bisect_right(order, after, key=lambda each: each[0]) if after else 0
    found = tuple(_export(told, place) for _, place in order[start : start + limit])
    return found, found[-1].symbol if start + limit < len(order) else None


def _export(told: Told, place: int) -> ModuleExport:
    spans = told.spans
    ((symbol, path, kind, namespace),) = told.met.of([int(spans.export[place])])
    first, last = (told.shown[int(column[place])].build for column in (spans.first, spans.last))
    users = told.users.get(int(spans.symbols[place]), 0)
    return ModuleExport(symbol, path, kind, namespace, first, last, users)


def _steps(found: Sequence[Point], met: Declarations) -> tuple[ModuleStep, ...]:
    steps: list[ModuleStep] = []
    before: Point | None = None
    for point in found:
        steps.append(_step(before, point, met))
        before = before if point.here is None else point
    return tuple(reversed(steps))


def _step(before: Point | None, point: Point, met: Declarations) -> ModuleStep:
    added = removed = came = left = np.zeros(0, dtype=np.int32)
    old: BuildRef | None = None
    if before is not None and point.here is not None:
        old, were, are = before.build, met.symbol[before.own], met.symbol[point.own]
        (_, gained), (_, lost) = _parted(are, were), _parted(were, are)
        if gained.size:
            came, added = _parted(gained, met.symbol[before.all])
        if lost.size:
            left, removed = _parted(lost, met.symbol[point.all])
    names = [tuple(sorted(met.names[each] for each in ids.tolist())) for ids in (added, removed, came, left)]
    return ModuleStep(point.build, old, point.here, point.paths, int(point.own.size), *names)


def _parted(some: IdArray, others: IdArray) -> tuple[IdArray, IdArray]:
    """Those symbols that are among the others, and those that are not. Nothing is sorted: sets are large."""
    if not some.size:
        return some, some
    there = np.zeros(max(int(some.max()), int(others.max(initial=0))) + 1, dtype=bool)
    there[others] = True
    return some[there[some]], some[~there[some]]
