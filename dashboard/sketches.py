# SPDX-License-Identifier: GPL-2.0-or-later
"""Small drawings that the server makes as SVG: records → shapes with whole coordinates; templates only print them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import log1p

from abidb import words
from abidb.answers import Step, SymbolPoint
from abidb.churnwords import unchanged
from abidb.records import VMLINUX
from dashboard.charts import GREY, open_part, stacked

SPARK_PITCH, SPARK_HEIGHT = 4, 20  #: of a sparkline's columns
SPARK_TOP = 30_000  #: changes of a column of full height, on all pages, so that lanes can be compared by eye
LAST = 30  #: steps that small drawings show
CELL = 26  #: side of a strip's cell
#: Paul Tol's "muted" and "bright" schemes, with the colour of letters that can be read on each.
PALETTE = (
    ("#332288", "#fff"),
    ("#88CCEE", "#000"),
    ("#117733", "#fff"),
    ("#DDCC77", "#000"),
    ("#882255", "#fff"),
    ("#44AA99", "#000"),
    ("#CC6677", "#000"),
    ("#4477AA", "#fff"),
    ("#EE7733", "#000"),
    ("#AA4499", "#fff"),
    ("#999933", "#000"),
    ("#BBBBBB", "#000"),
)


@dataclass(frozen=True, slots=True)
class Block:
    """A part of one step's bar."""

    x: int
    y: int
    height: int
    css: str


@dataclass(frozen=True, slots=True)
class Bars:
    """The churn of a lane's last steps at a glance."""

    width: int
    height: int
    blocks: tuple[Block, ...]
    said: str  #: the same in words


@dataclass(frozen=True, slots=True)
class Cell:
    """One upload in a symbol's strip."""

    x: int
    label: str  #: of the CRC; "?" where that is unknown, "" where the symbol is not exported, "…" where none can tell
    fill: str
    ink: str
    point: SymbolPoint
    turn: int = 0  #: how often all colours were given out before

    @property
    def band(self) -> int:
        """Height of the line under its label, which tells CRCs of one colour apart."""
        return min(self.turn, 3) + 1


def sparkline(steps: Sequence[Step], *, last: int = LAST) -> Bars:
    """The last steps as columns of one colour each, by what the gravest change does to modules.

    Heights are logarithmic and of one scale everywhere: 10 changes are a quarter of the height, 30,000 the whole.
    """
    told = [step for step in steps if step.counts is not None][-last:]
    blocks = [block for place, step in enumerate(told) for block in _column(place * SPARK_PITCH, step)]
    return Bars(max(len(told), 1) * SPARK_PITCH, SPARK_HEIGHT, tuple(blocks), churn_words(told))


def _column(x: int, step: Step) -> list[Block]:
    """One step of a sparkline, with a hollow foot where a part could not be compared."""
    assert step.counts is not None
    if unchanged(step):
        return [Block(x, SPARK_HEIGHT - 1, 1, "unchanged")]
    foot = 3 if open_part(step) else 0
    room = SPARK_HEIGHT - foot
    total = stacked(step.counts)
    height = min(max(round(room * log1p(total) / log1p(SPARK_TOP)), 2), room) if total else 0
    css = "breaking" if step.counts.breaking else "harmless"
    found = [Block(x, room - height, height, css)] if height else []
    return [*found, Block(x, SPARK_HEIGHT - 2, 2, "unmeasured")] if foot else found


def churn_words(told: Sequence[Step]) -> str:
    """What the bars show, for those who do not see them."""
    if not told:
        return "No upload to compare with yet."
    same, unclear = sum(map(unchanged, told)), sum(map(open_part, told))
    most = max(told, key=lambda step: stacked(step.counts) if step.counts else 0)
    said = f"The last {words.plural(len(told), 'step') if len(told) > 1 else 'step'}: {same} without change"
    said += f", {unclear} of which a part could not be compared" if unclear else ""
    if most.counts and stacked(most.counts):
        said += f", the largest {words.plural(stacked(most.counts), 'change')} in {most.new.version}"
    return said + "."


def letters(crcs: Sequence[int]) -> dict[int, str]:
    """A name for each CRC in order of appearance: A to Z, then A1 to Z1, and so on."""
    seen = dict.fromkeys(crcs)
    return {crc: chr(ord("A") + n % 26) + (str(n // 26) if n >= 26 else "") for n, crc in enumerate(seen)}


def strip(points: Sequence[SymbolPoint], names: dict[int, str]) -> tuple[Cell, ...]:
    """The uploads of a lane, oldest first, coloured by the symbol's CRC: same colour and letter, same CRC.

    `names` are the letters of all CRCs of the page (see letters), so that lanes can be compared.
    """
    order = {crc: place for place, crc in enumerate(names)}
    return tuple(_cell(place * CELL, point, names, order) for place, point in enumerate(points))


def _cell(x: int, point: SymbolPoint, names: dict[int, str], order: dict[int, int]) -> Cell:
    if not point.exports:
        return Cell(x, "…" if point.build.covers == VMLINUX else "", "none", GREY, point)
    crc = point.exports[0].crc
    if crc is None:
        return Cell(x, "?", "none", GREY, point)
    turn, place = divmod(order[crc], len(PALETTE))
    return Cell(x, names[crc], *PALETTE[place], point, turn)
