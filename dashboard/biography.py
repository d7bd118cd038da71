# SPDX-License-Identifier: GPL-2.0-or-later
"""A symbol's life in one lane, told from the answer's points. Pure.

A partial build without the symbol tells nothing of it: a module that the archive has lost may have exported it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from abidb.answers import BuildRef, LaneName, SymbolLane, SymbolPoint
from abidb.records import VMLINUX, Export
from dashboard.sketches import Cell, letters, strip


@dataclass(frozen=True, slots=True)
class Row:
    """The symbol in one upload."""

    point: SymbolPoint
    exports: tuple[tuple[Export, str], ...]  #: each with its CRC's letter, "" where that is unknown
    before: BuildRef | None  #: the last upload before it that can tell, to compare with
    known: bool  #: whether the build can tell that the symbol is not exported


@dataclass(frozen=True, slots=True)
class Life:
    """What is told of a symbol in one lane."""

    lane: LaneName
    rows: tuple[Row, ...]  #: newest first
    cells: tuple[Cell, ...]  #: oldest first
    first: BuildRef | None
    last: BuildRef | None
    gone: bool  #: the newest upload that can tell does not export it
    gaps: tuple[tuple[BuildRef, BuildRef], ...]  #: first and last upload of each stretch without it, in between
    crcs: int  #: different ones
    older: int  #: uploads of the lane before those, which were not looked at
    changed: Row | None  #: the last upload that is known to have changed it

    @property
    def oldest(self) -> BuildRef:
        """Of the uploads that were looked at."""
        return self.rows[-1].point.build

    @property
    def newest(self) -> BuildRef:
        return self.rows[0].point.build

    @property
    def unsure(self) -> bool:
        """Whether it may have been exported before `first`: the upload before cannot tell, or was not looked at."""
        held = [n for n, row in enumerate(self.rows) if row.exports]
        before = self.rows[held[-1] + 1 :] if held else ()
        return not before[0].known if before else bool(held and self.older)

    @property
    def measured(self) -> bool:
        """Whether a change of type would show in the newest upload that has the symbol."""
        return self.now is not None and all(export.crc is not None for export, _ in self.now.exports)

    @property
    def now(self) -> Row | None:
        """The newest upload that has the symbol."""
        return next((row for row in self.rows if row.exports), None)

    @property
    def total(self) -> int:
        """All uploads of the lane."""
        return len(self.rows) + self.older


def known(point: SymbolPoint) -> bool:
    """Whether the build can tell if it exports the symbol."""
    return bool(point.exports) or point.build.covers != VMLINUX


def lives(lanes: Sequence[SymbolLane]) -> tuple[Life, ...]:
    """Each lane's life; CRCs have the same letter in all of them."""
    names = letters([e.crc for lane in lanes for point in lane.points for e in point.exports if e.crc is not None])
    return tuple(life(lane, names) for lane in lanes)


def life(lane: SymbolLane, names: dict[int, str]) -> Life:
    """One lane's; `names` are the letters of CRCs (dashboard.sketches.letters)."""
    held = [point.build for point in lane.points if point.exports]
    telling = [point for point in lane.points if known(point)]
    told = rows(lane.points, names)
    return Life(
        lane=lane.lane,
        rows=told,
        cells=strip(lane.points, names),
        first=held[0] if held else None,
        last=held[-1] if held else None,
        gone=bool(telling) and not telling[-1].exports,
        gaps=gaps(telling),
        crcs=len({e.crc for point in lane.points for e in point.exports if e.crc is not None}),
        older=lane.older,
        changed=next((row for row in told if row.point.changed), None),
    )


def rows(points: Sequence[SymbolPoint], names: dict[int, str]) -> tuple[Row, ...]:
    """A row for each upload, newest first."""
    told: list[Row] = []
    before: SymbolPoint | None = None
    for point in points:
        lettered = tuple((e, "" if e.crc is None else names[e.crc]) for e in point.exports)
        old = before.build if before else None
        told.append(Row(point, lettered, old, known(point)))
        before = point if known(point) else before
    return tuple(reversed(told))


def gaps(points: Sequence[SymbolPoint]) -> tuple[tuple[BuildRef, BuildRef], ...]:
    """Stretches without the symbol between two uploads that have it."""
    runs = [(held, list(run)) for held, run in groupby(points, key=lambda point: bool(point.exports))]
    return tuple((run[0].build, run[-1].build) for held, run in runs[1:-1] if not held)
