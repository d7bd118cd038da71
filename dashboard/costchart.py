# SPDX-License-Identifier: GPL-2.0-or-later
"""The cost of a stable list as a plotly figure: packages kept whole over symbols on the list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from abidb import words
from abidb.stablelist import ListCoverage, Point
from dashboard.charts import CLEAR, GREY, GRID, Figure

CURVE, GIVEN = "#0072B2", "#D55E00"
LEFT, TOP, WIDE, HIGH = 56, 12, 840, 260  #: of the drawing's field, in SVG units


@dataclass(frozen=True, slots=True)
class Sketch:
    """The same curve as the server draws it: shapes that a template only prints."""

    path: str
    mark: tuple[float, float] | None  #: where the list that was given stands
    across: tuple[tuple[float, str], ...]  #: lines of the axis of symbols: where, and what is written there
    up: tuple[tuple[float, str], ...]
    what: str  #: the other axis counts


def chart(curve: Sequence[Point], given: ListCoverage | None, *, weighed: bool) -> dict[str, object]:
    """What the script draws and how it names the files of it."""
    figure = cost(curve, given, weighed=weighed)
    title = f"{'Installations' if weighed else 'Packages'} kept whole as a list of symbols grows"
    return {"figure": figure, "title": title, "name": "cost-of-a-stable-list"}


def sketch(curve: Sequence[Point], given: ListCoverage | None = None, *, weighed: bool = False) -> Sketch:
    """Steps from nothing to all packages."""
    heights = [(point.systems or 0) if weighed else point.packages for point in curve]
    symbols = max([point.symbols for point in curve] + ([given.symbols] if given and not weighed else []), default=0)
    right, top = max(symbols, 1), max(heights, default=0) or 1

    def at(x: int, y: int) -> tuple[float, float]:
        return round(LEFT + WIDE * x / right, 1), round(TOP + HIGH * (1 - y / top), 1)

    corners = [at(point.symbols, height) for point, height in zip(curve, heights, strict=True)]
    path = "M{} {}".format(*at(0, 0)) + "".join(f"H{x}V{y}" for x, y in corners)
    mark = at(given.symbols, len(given.whole)) if given and not weighed else None
    across = tuple((at(n, 0)[0], words.number(n)) for n in _ticks(right))
    up = tuple((at(0, n)[1], words.number(n)) for n in _ticks(top))
    return Sketch(path, mark, across, up, "installations" if weighed else "packages")


def _ticks(most: int) -> range:
    """Round numbers from 0 on, at most ten of them."""
    step = 1
    while most // step > 9:
        step *= 5 if str(step)[0] == "1" else 2
    return range(0, most + 1, step)


def cost(curve: Sequence[Point], given: ListCoverage | None = None, *, weighed: bool = False) -> Figure:
    """Steps from nothing to all packages, oldest choice first, and a mark for the list that was given.

    `weighed`: the height is installations instead of packages; points without any are then of height 0.
    """
    marks = [] if given is None or weighed else [_mark(given)]
    return {"data": [_steps(curve, weighed), *marks], "layout": _layout("installations" if weighed else "packages")}


def _steps(curve: Sequence[Point], weighed: bool) -> Figure:
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "name": "growing list",
        "x": [0, *(point.symbols for point in curve)],
        "y": [0, *((point.systems or 0) if weighed else point.packages for point in curve)],
        "text": ["", *(f"{point.package}: {point.added:,} more" for point in curve)],
        "line": {"shape": "hv", "color": CURVE, "width": 2},
        "marker": {"color": CURVE, "size": 5},
        "hovertemplate": "%{text}<br>%{x:,} symbols: %{y:,}<extra></extra>",
    }


def _mark(given: ListCoverage) -> Figure:
    return {
        "type": "scatter",
        "mode": "markers",
        "name": "the list given",
        "x": [given.symbols],
        "y": [len(given.whole)],
        "marker": {"symbol": "diamond", "size": 12, "color": GIVEN},
        "hovertemplate": "the list given: %{x:,} symbols, %{y:,} whole<extra></extra>",
    }


def _layout(what: str) -> Figure:
    axis = {"rangemode": "tozero", "tickformat": ",", "gridcolor": GRID, "automargin": True, "fixedrange": True}
    return {
        "hovermode": "closest",
        "dragmode": False,
        "paper_bgcolor": CLEAR,
        "plot_bgcolor": CLEAR,
        "margin": {"t": 10, "r": 10, "b": 20, "l": 20},
        "legend": {"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
        "xaxis": {**axis, "title": {"text": "symbols on the list"}, "zerolinecolor": GREY},
        "yaxis": {**axis, "title": {"text": f"{what} kept whole"}, "zerolinecolor": GREY},
    }
