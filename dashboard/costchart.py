# SPDX-License-Identifier: GPL-2.0-or-later
"""The cost of a stable list as a plotly figure: packages kept whole over symbols on the list."""

from __future__ import annotations

from collections.abc import Sequence

from abidb.stablelist import ListCoverage, Point
from dashboard.charts import CLEAR, GREY, GRID, Figure

CURVE, GIVEN = "#0072B2", "#D55E00"


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
