# SPDX-License-Identifier: GPL-2.0-or-later
"""Records → plotly figures, as the plain dicts that plotly.js draws (https://plotly.com/javascript/reference/).

Colours are Okabe and Ito's, told apart by colour-blind readers and at 3:1 or better on the light and the dark page.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from abidb import words
from abidb.answers import Step
from abidb.compat import Counts, Outcome, outcome
from abidb.records import VMLINUX

Figure = dict[str, Any]


def removed(counts: Counts) -> int:
    """Exports that are gone for certain: not those that may only have moved into a module that the archive has lost."""
    return counts.removed - counts.untold


#: What a churn chart stacks, bottom first: CSS class, name, colour, count.
SERIES: tuple[tuple[str, str, str, Callable[[Counts], int | None]], ...] = (
    ("removed", "removed", "#D55E00", removed),
    ("crc", "CRC changed", "#0072B2", lambda c: c.crc_changed),
    ("tightened", "tightened (GPL or namespace)", "#CC79A7", lambda c: c.gpl_tightened + c.namespace_changed),
    ("relaxed", "moved or relaxed", "#8A7A00", lambda c: c.compatible - c.added),
    ("added", "added", "#009E73", lambda c: c.added),
)
LABELS_UPRIGHT = 8  #: as many bars still have room for a level label on a phone
GREY = "#808080"
GRID = "rgba(128,128,128,0.25)"
CLEAR = "rgba(0,0,0,0)"


def stacked(counts: Counts) -> int:
    """The height of a step's bar: all that its series count; an export may count in several."""
    return sum(count(counts) or 0 for _, _, _, count in SERIES)


def unchanged(step: Step) -> bool:
    """Whether all was compared and all is the same."""
    return step.counts is not None and outcome(step.counts, scope=step.scope or VMLINUX) is Outcome.SAME


def open_part(step: Step) -> bool:
    """Whether a part of the step could not be compared: no CRCs, or no modules."""
    counts = step.counts
    return counts is None or counts.crc_changed is None or bool(counts.crc_unknown) or step.scope == VMLINUX


def churn(steps: Sequence[Step]) -> Figure:
    """What each upload of a lane changed, oldest first: stacked bars, and marks where nothing changed or where the
    CRC part is not measurable. The first build, with nothing before it, has no bar.
    """
    told = [step for step in steps if step.counts is not None]
    return {
        "data": [*(_bars(told, *series) for series in SERIES), *_marks(told)],
        "layout": {**_layout(), "annotations": [_label(step, len(told)) for step in told if label(step)]},
    }


def _bars(told: list[Step], _css: str, name: str, colour: str, count: Callable[[Counts], int | None]) -> Figure:
    return {
        "type": "bar",
        "name": name,
        "x": [step.new.version for step in told],
        "y": [count(step.counts) for step in told if step.counts],
        "marker": {"color": colour},
        "hovertemplate": "%{y:,}",
    }


def _marks(told: list[Step]) -> list[Figure]:
    same = [step.new.version for step in told if unchanged(step)]
    unmeasured = [step.new.version for step in told if step.counts and step.counts.crc_changed is None]
    marks = (
        ("nothing changed", same, "circle-open", "all exports are the same"),
        (f"types {words.NOT_MEASURABLE}", unmeasured, "x-thin-open", words.NOT_MEASURABLE),
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


def _label(step: Step, of: int) -> Figure:
    """What stands over a bar, so that a handful beside thousands can be read; upright where there are many."""
    return {
        "x": step.new.version,
        "y": stacked(step.counts) if step.counts else 0,
        "text": label(step),
        "textangle": 0 if of <= LABELS_UPRIGHT else -90,
        "showarrow": False,
        "yanchor": "bottom",
        "yshift": 6 if open_part(step) else 0,  # over the mark, where the bar is short
        "font": {"size": 10},
    }


def label(step: Step) -> str:
    """The total of a bar; with "+ ?" where a part could not be compared."""
    total = stacked(step.counts) if step.counts else 0
    known = words.number(total) if total else ""
    return " + ".join(part for part in (known, "?" if open_part(step) else "") if part)


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
