# SPDX-License-Identifier: GPL-2.0-or-later
"""Records → plotly figures, as the plain dicts that plotly.js draws (https://plotly.com/javascript/reference/).

Colours are Okabe and Ito's, told apart by colour-blind readers and at 3:1 or better on the light and the dark page.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from abidb import words
from abidb.answers import Step
from abidb.compat import Counts

Figure = dict[str, Any]
#: What a churn chart stacks, bottom first: CSS class, name, colour, count.
SERIES: tuple[tuple[str, str, str, Callable[[Counts], int | None]], ...] = (
    ("removed", "removed", "#D55E00", lambda c: c.removed),
    ("crc", "CRC changed", "#0072B2", lambda c: c.crc_changed),
    ("tightened", "tightened (GPL or namespace)", "#CC79A7", lambda c: c.gpl_tightened + c.namespace_changed),
    ("added", "added", "#009E73", lambda c: c.added),
)
LABELS_UPRIGHT = 8  #: as many bars still have room for a level label on a phone
GREY = "#808080"
GRID = "rgba(128,128,128,0.25)"
CLEAR = "rgba(0,0,0,0)"


def stacked(counts: Counts) -> int:
    """The height of a step's bar: all that its series count; a symbol may count in several."""
    return sum(count(counts) or 0 for _, _, _, count in SERIES)


def churn(steps: Sequence[Step]) -> Figure:
    """What each upload of a lane changed, oldest first: stacked bars, and marks where nothing changed or where the
    CRC part is not measurable. The first build, with nothing before it, has no bar.
    """
    told = [(step.new.version, step.counts) for step in steps if step.counts is not None]
    return {
        "data": [*(_bars(told, *series) for series in SERIES), *_marks(told)],
        "layout": {**_layout(), "annotations": _labels(told)},
    }


def _bars(
    told: list[tuple[str, Counts]], _css: str, name: str, colour: str, count: Callable[[Counts], int | None]
) -> Figure:
    return {
        "type": "bar",
        "name": name,
        "x": [version for version, _ in told],
        "y": [count(counts) for _, counts in told],
        "marker": {"color": colour},
        "hovertemplate": "%{y:,}",
    }


def _marks(told: list[tuple[str, Counts]]) -> list[Figure]:
    unmeasured = [version for version, counts in told if counts.crc_changed is None]
    unchanged = [version for version, counts in told if counts.crc_changed is not None and not stacked(counts)]
    marks = (
        ("nothing changed", unchanged, "circle-open", "nothing added, removed, restricted or with a new CRC"),
        (f"types {words.NOT_MEASURABLE}", unmeasured, "x-thin-open", f"CRC part {words.NOT_MEASURABLE}"),
    )
    return [
        {
            "type": "scatter",
            "mode": "markers",
            "name": name,
            "x": versions,
            "y": [0] * len(versions),
            "marker": {"symbol": symbol, "size": 9, "color": GREY, "line": {"width": 2, "color": GREY}},
            "hovertemplate": said,
            "cliponaxis": False,
        }
        for name, versions, symbol, said in marks
        if versions
    ]


def _labels(told: list[tuple[str, Counts]]) -> list[Figure]:
    """The total over each bar, so that a handful beside thousands can be read; with "+ ?" where a part is unknown."""
    return [
        {
            "x": version,
            "y": stacked(counts),
            "text": label(counts),
            "textangle": 0 if len(told) <= LABELS_UPRIGHT else -90,
            "showarrow": False,
            "yanchor": "bottom",
            "yshift": 6 if counts.crc_changed is None else 0,  # over the mark, where the bar is short
            "font": {"size": 10},
        }
        for version, counts in told
        if label(counts)
    ]


def label(counts: Counts) -> str:
    """What stands over a bar."""
    known = words.number(stacked(counts)) if stacked(counts) else ""
    return known if counts.crc_changed is not None else f"{known} + ?" if known else "?"


def _layout() -> Figure:
    return {
        "barmode": "stack",
        "bargap": 0.25,
        "hovermode": "x unified",
        "dragmode": False,
        "paper_bgcolor": CLEAR,
        "plot_bgcolor": CLEAR,
        "margin": {"t": 10, "r": 10, "b": 20, "l": 20},
        "legend": {"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0, "traceorder": "normal"},
        "xaxis": {"type": "category", "categoryorder": "trace", "automargin": True, "fixedrange": True},
        "yaxis": {
            "title": {"text": "exports"},
            "rangemode": "tozero",
            "tickformat": ",",
            "gridcolor": GRID,
            "zerolinecolor": GREY,
            "automargin": True,
            "fixedrange": True,
        },
    }
