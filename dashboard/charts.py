# SPDX-License-Identifier: GPL-2.0-or-later
"""Records → plotly figures, as the plain dicts that plotly.js draws (https://plotly.com/javascript/reference/).

Colours are Okabe and Ito's, told apart by colour-blind readers and at 3:1 or better on the light and the dark page.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import log10
from typing import Any

from abidb import words
from abidb.answers import Step
from abidb.channels import Channel
from abidb.churnanswers import Arrival
from abidb.churnwords import CHANNEL_WORDS, unchanged
from abidb.compat import Counts
from abidb.records import VMLINUX

Figure = dict[str, Any]
Arrivals = Mapping[int, Arrival]


def removed(counts: Counts) -> int:
    """Exports that are gone for certain: not those that may only have moved into a module that the archive has lost."""
    return counts.removed - counts.untold


Series = tuple[str, str, str, Callable[[Counts], int | None]]
#: What a churn chart stacks, bottom first: CSS class, name, colour, count.
SERIES: tuple[Series, ...] = (
    ("removed", "removed", "#D55E00", removed),
    ("crc", "CRC changed", "#0072B2", lambda c: c.crc_changed),
    ("tightened", "tightened (GPL or namespace)", "#CC79A7", lambda c: c.gpl_tightened + c.namespace_changed),
    ("relaxed", "moved or relaxed", "#8A7A00", lambda c: c.compatible - c.added),
    ("added", "added", "#009E73", lambda c: c.added),
)
#: How uploads came, told apart by shape: the mark of plotly, and the same as a path in a square of 10 units.
SYMBOLS: dict[Channel, tuple[str, str]] = {
    Channel.SECURITY: ("triangle-up", "M5 0L10 9H0Z"),
    Channel.BACKPORTS: ("square", "M1 1H9V9H1Z"),
    Channel.POINT: ("diamond", "M5 0L10 5L5 10L0 5Z"),
    Channel.RELEASE: ("star", "M5 0L6.5 3.5L10 4L7.5 6.5L8 10L5 8L2 10L2.5 6.5L0 4L3.5 3.5Z"),
    Channel.IN_RELEASE: ("diamond-open", "M5 1L9 5L5 9L1 5Z"),
    Channel.UPDATES: ("triangle-down", "M0 1H10L5 10Z"),
    Channel.PROPOSED: ("diamond-tall", "M5 0L8 5L5 10L2 5Z"),
    Channel.ROLLING: ("circle", "M5 1A4 4 0 1 1 4.99 1Z"),
}
SHOWN = 60  #: bars that are in view at first; the rest is scrolled to
LEAST = 12  #: as many bars have room at least: a few are not blown up
LABELLED = 24  #: as many bars still have room for a number over each
LABELS_UPRIGHT = 8  #: as many bars still have room for a level label on a phone
FLOOR = 0.5  #: where logarithmic axes begin, so that a bar of one has a height
HEADROOM = 30  #: times the longest bar that a logarithmic axis reaches, for the number over it
STRIP = 0.13  #: share of the height for the marks under the bars
GAP = 0.055  #: between rows, where a row's name stands
GREY = "#808080"
GRID = "rgba(128,128,128,0.25)"
CLEAR = "rgba(0,0,0,0)"


def stacked(counts: Counts) -> int:
    """The height of a step's bar: all that its series count; an export may count in several."""
    return sum(count(counts) or 0 for _, _, _, count in SERIES)


def open_part(step: Step) -> bool:
    """Whether a part of the step could not be compared: no CRCs, or no modules."""
    counts = step.counts
    return counts is None or counts.crc_changed is None or bool(counts.crc_unknown) or step.scope == VMLINUX


def compared(steps: Sequence[Step]) -> list[Step]:
    """The steps that a chart shows: the first build has none before it."""
    return [step for step in steps if step.counts is not None]


def largest(told: Sequence[Step]) -> int:
    """The most changes of one kind in a step."""
    return max((count(step.counts) or 0 for step in told if step.counts for *_, count in SERIES), default=0)


def churn(steps: Sequence[Step], arrivals: Arrivals | None = None, *, linear: bool = False) -> Figure:
    """What each upload of a lane changed, oldest first, with marks for how it came, for no change, and for what could
    not be measured: rows with logarithmic axes, a row for each kind, or stacked bars with a linear axis.
    """
    told = compared(steps)
    series = SERIES if linear else present(told)
    axes = ["y"] * len(series) if linear else ["y", *(f"y{n}" for n in range(2, len(series) + 1))]
    strip = "y2" if linear else f"y{len(series) + 1}"
    bars = [_bars(told, each, axis) for each, axis in zip(series, axes, strict=True)]
    if not linear and len(told) <= LABELLED:
        bars = [{**bar, "texttemplate": "%{y:,}", "textposition": "outside", "cliponaxis": False} for bar in bars]
    layout = _layout(told, strip) | (_linear(told) if linear else _rows(told, series))
    return {"data": [*bars, *_marks(told, arrivals or {}, strip)], "layout": layout}


def present(told: Sequence[Step]) -> tuple[Series, ...]:
    """The kinds of change that any of the steps has; the first where there is none."""
    found = tuple(each for each in SERIES if any(each[3](step.counts) for step in told if step.counts))
    return found or SERIES[:1]


def absent(told: Sequence[Step]) -> tuple[str, ...]:
    """The names of those that none has."""
    there = present(told)
    return tuple(each[1] for each in SERIES if each not in there)


def _bars(told: list[Step], series: Series, axis: str) -> Figure:
    _, name, colour, count = series
    return {
        "type": "bar",
        "name": name,
        "x": [step.new.version for step in told],
        "y": [count(step.counts) for step in told if step.counts],
        "yaxis": axis,
        "marker": {"color": colour},
        "hovertemplate": "%{y:,}",
    }


def _marks(told: list[Step], arrivals: Arrivals, axis: str) -> list[Figure]:
    """How each upload came, over whether it changed nothing or could not be measured."""
    by_channel: dict[Channel, list[str]] = {}
    for step in told:
        if (arrival := arrivals.get(step.new.id)) and arrival.channels:
            by_channel.setdefault(arrival.channels[0], []).append(step.new.version)
    found = [
        _mark(CHANNEL_WORDS[channel], by_channel[channel], SYMBOLS[channel][0], 1, axis)
        for channel in SYMBOLS
        if channel in by_channel
    ]
    same = [step.new.version for step in told if unchanged(step)]
    unmeasured = [step.new.version for step in told if open_part(step)]
    states = (("nothing changed", same, "circle-open"), ("not all measurable", unmeasured, "x-thin-open"))
    return found + [_mark(name, versions, symbol, 0, axis) for name, versions, symbol in states if versions]


def _mark(name: str, versions: list[str], symbol: str, row: int, axis: str) -> Figure:
    return {
        "type": "scatter",
        "mode": "markers",
        "name": name,
        "x": versions,
        "y": [row] * len(versions),
        "yaxis": axis,
        "marker": {"symbol": symbol, "size": 8, "color": GREY, "line": {"width": 1.5, "color": GREY}},
        "hoverinfo": "skip",  # plotly finds the neighbour's where bars are narrow; a sentence tells it instead
        "cliponaxis": False,
    }


def _layout(told: list[Step], strip: str) -> Figure:
    versions = [step.new.version for step in told]
    return {
        "barmode": "stack",
        "bargap": 0.25,
        "hovermode": "x unified",
        "hoversubplots": "axis",
        "dragmode": "zoom",
        "showlegend": False,
        "paper_bgcolor": CLEAR,
        "plot_bgcolor": CLEAR,
        "margin": {"t": 24, "r": 10, "b": 20, "l": 20},
        "legend": {"orientation": "h", "y": 1.05, "yanchor": "bottom", "x": 0, "traceorder": "normal"},
        "xaxis": {
            "type": "category",
            "categoryorder": "array",
            "categoryarray": versions,
            "range": [max(len(told) - SHOWN, 0) - 0.5, max(len(told), LEAST) - 0.5],
            "anchor": strip,
            **({"tickangle": -90} if len(told) > LABELS_UPRIGHT else {}),
            "automargin": True,
            "showgrid": False,
        },
    }


def _linear(told: list[Step]) -> Figure:
    labels = [_label(step, len(told)) for step in told if label(step)] if len(told) <= LABELLED else []
    return {
        "annotations": labels,
        "yaxis": {
            "title": {"text": "exports"},
            "domain": [STRIP + GAP, 1],
            "rangemode": "tozero",
            "tickformat": ",",
            **_quiet(),
        },
        "yaxis2": _strip(),
    }


def _rows(told: list[Step], series: Sequence[Series]) -> Figure:
    """A logarithmic axis for each kind, of one range, so that rows compare; the gravest on top."""
    height = (1 - STRIP - GAP * len(series)) / len(series)
    most = max(largest(told), 100)
    top = log10(most * (HEADROOM if len(told) <= LABELLED else 2))
    ticks = [10**n for n in range(0, 7, 2) if 10**n <= most]
    found: Figure = {"annotations": []}
    for place, (_, name, _, _) in enumerate(series):
        floor = 1 - (place + 1) * height - place * GAP
        found[f"yaxis{place + 1 if place else ''}"] = {
            "type": "log",
            "domain": [round(floor, 4), round(floor + height, 4)],
            "range": [log10(FLOOR), round(top, 3)],
            "tickvals": ticks,
            "ticktext": [words.number(tick) for tick in ticks],
            "zeroline": False,
            **_quiet(),
        }
        found["annotations"].append(_row_name(name, round(floor + height, 4)))
    found[f"yaxis{len(series) + 1}"] = _strip()
    return found


def _quiet() -> Figure:
    return {"gridcolor": GRID, "zerolinecolor": GREY, "automargin": True, "fixedrange": True}


def _strip() -> Figure:
    """The axis of the marks: how an upload came, over what became of it."""
    return {"domain": [0, STRIP], "range": [-0.7, 1.7], "visible": False, "fixedrange": True}


def _row_name(name: str, y: float) -> Figure:
    return {
        "text": name,
        "xref": "paper",
        "yref": "paper",
        "x": 0,
        "y": y,
        "xanchor": "left",
        "yanchor": "bottom",
        "showarrow": False,
    }


def _label(step: Step, of: int) -> Figure:
    """What stands over a bar, so that a handful beside thousands can be read; upright where there are many."""
    return {
        "x": step.new.version,
        "y": stacked(step.counts) if step.counts else 0,
        "text": label(step),
        "textangle": 0 if of <= LABELS_UPRIGHT else -90,
        "showarrow": False,
        "yanchor": "bottom",
        "font": {"size": 10},
    }


def label(step: Step) -> str:
    """The total of a bar; with "+ ?" where a part could not be compared."""
    total = stacked(step.counts) if step.counts else 0
    known = words.number(total) if total else ""
    return " + ".join(part for part in (known, "?" if open_part(step) else "") if part)
