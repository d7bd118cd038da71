# SPDX-License-Identifier: GPL-2.0-or-later
"""The churn chart as the server draws it: the same rows, scales and marks as the figure of dashboard.charts, as SVG.

It stands in the page until, or without that, a script draws the figure, and is what one downloads without a script.
Templates only print the shapes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import log10

from abidb import words
from abidb.answers import LaneName, Step
from abidb.channels import Channel
from abidb.churnanswers import Arrival
from abidb.churnwords import CHANNEL_WORDS, arrival_sentence, churn_sentence, unchanged
from dashboard.addresses import address
from dashboard.charts import (
    FLOOR,
    SERIES,
    SYMBOLS,
    Arrivals,
    Series,
    compared,
    largest,
    open_part,
    present,
    stacked,
)

LEFT, WIDE = 58, 1000  #: in SVG units: where columns begin, how wide they are together where few
NARROWEST, WIDEST = 13, 40  #: of columns
NAME, ROW, LINEAR = 17, 44, 250  #: heights: of a row's name, of its bars, of the bars of the linear drawing
MARKS = 34  #: for the marks under the bars
LETTER = 6.2  #: width of one of a version or of a key
SQUARE = "M0 1H9V10H0Z"
INK = "#57606a"
RING = "M5 1A4 4 0 1 1 4.99 1Z"
CROSS = "M1 1L9 9M9 1L1 9"


@dataclass(frozen=True, slots=True)
class Part:
    """One bar, or a part of one."""

    path: str
    css: str
    fill: str


@dataclass(frozen=True, slots=True)
class Mark:
    """A shape in a square of 10 units."""

    x: int
    y: int
    path: str
    hollow: bool


@dataclass(frozen=True, slots=True)
class Column:
    """One upload."""

    x: int
    middle: int
    version: str
    href: str  #: of its difference; "" where there is none
    said: str
    parts: tuple[Part, ...]
    marks: tuple[Mark, ...]


@dataclass(frozen=True, slots=True)
class Drawing:
    """All of it. Lines and names are of axes: where they stand and what is written there."""

    width: int
    height: int
    pitch: int  #: of columns
    bar: int  #: width of bars
    foot: int  #: where the versions begin
    names: tuple[tuple[int, str], ...]
    lines: tuple[tuple[float, str], ...]
    columns: tuple[Column, ...]
    said: str


def draw(steps: Sequence[Step], arrivals: Arrivals, *, linear: bool = False, last: int | None = None) -> Drawing:
    """The last steps that have one before them, or all, oldest first."""
    told = compared(steps)[-last if last else None :]
    top = max((stacked(s.counts) for s in told if s.counts), default=0) if linear else largest(told)
    series = SERIES if linear else present(told)
    floor = NAME + LINEAR if linear else (NAME + ROW) * len(series)
    parts = _stack if linear else _rows
    pitch = min(max(WIDE // max(len(told), 1), NARROWEST), WIDEST)
    columns = [
        Column(
            x=LEFT + place * pitch,
            middle=LEFT + place * pitch + pitch * 7 // 20,
            version=step.new.version,
            href=address("diff", step.old.name, step.new.name) if step.old else "",
            said=said_of(step, arrivals.get(step.new.id)),
            parts=parts(step, series, top, f"M{LEFT + place * pitch} {{}}h{pitch * 7 // 10}V{{}}h-{pitch * 7 // 10}z"),
            marks=_marks(step, arrivals.get(step.new.id), LEFT + place * pitch + pitch * 7 // 20 - 5, floor + 6),
        )
        for place, step in enumerate(told)
    ]
    return Drawing(
        width=LEFT + max(len(told), 8) * pitch + 8,
        pitch=pitch,
        bar=pitch * 7 // 10,
        height=floor + MARKS + 12 + round(LETTER * max((len(step.new.version) for step in told), default=0)),
        foot=floor + MARKS + 4,
        names=((12, "exports"),) if linear else _names(series),
        lines=_linear_lines(top) if linear else _log_lines(series, top),
        columns=tuple(columns),
        said=f"What {words.plural(len(told), 'upload')} changed, oldest first; a table holds the same",
    )


def said_of(step: Step, arrival: Arrival | None) -> str:
    """An upload of the chart in words: `6.1.176-1 (2026-07-02, security update): 2 exports added`."""
    about = [step.new.date.date().isoformat()] if step.new.date else []
    about += [came] if (came := arrival_sentence(arrival)) else []
    return f"{step.new.version}{' (' + ', '.join(about) + ')' if about else ''}: {churn_sentence(step)}"


def title(name: LaneName) -> str:
    """What stands over a picture of the chart."""
    return f"What each upload of {name.line} changed for modules ({name.arch}, {name.flavour})"


def placed(found: Iterable[tuple[str, str, str]]) -> list[tuple[int, str, str, str]]:
    """Keys of a picture beside each other: where each begins, path, colour ("" for hollow), words."""
    x, rows = LEFT, []
    for path, fill, said in found:
        rows.append((x, path, fill, said))
        x += 36 + round(LETTER * len(said))
    return rows


def picture_keys(steps: Sequence[Step], arrivals: Arrivals, *, linear: bool) -> list[tuple[int, str, str, str]]:
    """What stands over a picture that is alone: the colours of stacked bars, and the marks."""
    marks = [(path, "" if hollow else INK, said) for path, said, hollow in keys(steps, arrivals)]
    return placed([(SQUARE, colour, name) for _, name, colour, _ in SERIES if linear] + marks)


def keys(steps: Sequence[Step], arrivals: Arrivals) -> list[tuple[str, str, bool]]:
    """The marks that a chart has: their shapes, what they stand for, whether they are hollow."""
    there = {a.channels[0] for step in steps if (a := arrivals.get(step.new.id)) and a.channels}
    found = [(path, CHANNEL_WORDS[channel], False) for channel, (_, path) in SYMBOLS.items() if channel in there]
    return [*found, (RING, "nothing changed", True), (CROSS, "not all measurable", True)]


def _top(top: int) -> float:
    return log10(max(top, 100) * 2)


def _log_height(n: int, top: int) -> float:
    return round(ROW * (log10(n) - log10(FLOOR)) / (_top(top) - log10(FLOOR)), 1)


def _rows(step: Step, series: Sequence[Series], top: int, bar: str) -> tuple[Part, ...]:
    assert step.counts is not None
    found = []
    for place, (css, _, colour, count) in enumerate(series):
        if n := count(step.counts):
            ground = (place + 1) * (NAME + ROW)
            found.append(Part(bar.format(round(ground - _log_height(n, top), 1), ground), css, colour))
    return tuple(found)


def _stack(step: Step, series: Sequence[Series], top: int, bar: str) -> tuple[Part, ...]:
    assert step.counts is not None
    found, floor = [], float(NAME + LINEAR)
    for css, _, colour, count in series:
        if n := count(step.counts):
            ground, floor = floor, round(floor - LINEAR * n / top, 1)
            found.append(Part(bar.format(floor, ground), css, colour))
    return tuple(found)


def _names(series: Sequence[Series]) -> tuple[tuple[int, str], ...]:
    return tuple((place * (NAME + ROW) + 12, name) for place, (_, name, _, _) in enumerate(series))


def _log_lines(series: Sequence[Series], top: int) -> tuple[tuple[float, str], ...]:
    ticks = [10**n for n in range(0, 7, 2) if 10**n <= max(top, 100)]
    floors = [(place + 1) * (NAME + ROW) for place in range(len(series))]
    return tuple((round(y - _log_height(tick, top), 1), words.number(tick)) for y in floors for tick in ticks)


def _linear_lines(top: int) -> tuple[tuple[float, str], ...]:
    step = 10 ** int(log10(max(top, 1)))
    step = step if top // step > 3 else max(step // 2, 1)
    return tuple(
        (round(NAME + LINEAR - LINEAR * n / top, 1), words.number(n)) for n in (range(0, top + 1, step) if top else ())
    )


def _marks(step: Step, arrival: Arrival | None, x: int, y: int) -> tuple[Mark, ...]:
    found = []
    if arrival and arrival.channels:
        channel: Channel = arrival.channels[0]
        found.append(Mark(x, y, SYMBOLS[channel][1], False))
    if unchanged(step):
        found.append(Mark(x, y + 14, RING, True))
    elif open_part(step):
        found.append(Mark(x, y + 14, CROSS, True))
    return tuple(found)
