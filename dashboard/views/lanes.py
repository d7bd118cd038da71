# SPDX-License-Identifier: GPL-2.0-or-later
"""The uploads of one lane, and overviews of the lanes of a line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from abidb import churnwords, compat, queries, usewords
from abidb.answers import Lane, LaneName, Step, Volatile
from abidb.churnanswers import Arrival
from abidb.compat import Outcome
from abidb.errors import UnknownName
from abidb.useanswers import StepHits
from dashboard import charts, churnsketch
from dashboard.addresses import address
from dashboard.unknown import LONGEST, Offer, offering

VOLATILE = 20  #: symbols of a lane that are listed as broken most often, and as many that never changed
PAGE = 30  #: uploads of a lane in its table at a time
CHOICES = 200  #: newest uploads that can be chosen for a comparison
PICTURED = 400  #: newest uploads in the picture of a lane, which is then 5,000 pixels wide
RENAMES = 20  #: new names without a change that are listed


@require_safe
def lanes(request: HttpRequest, line: str, arch: str = "") -> HttpResponse:
    """The lanes of a release line, or of one architecture of it; the only one is gone to at once."""
    found = queries.line_lanes(line, arch)
    if len(found) == 1 and (there := lane_address(found[0].name)):
        return redirect(there)
    if not found:
        raise unknown_line(line, arch)
    context = {"line": line, "arch": arch, "lanes": found, "overstates": any(each.steps[-1].counts for each in found)}
    return render(request, "lanes.html", context)


@require_safe
def lane(request: HttpRequest, line: str, arch: str, flavour: str) -> HttpResponse:
    """A lane: its churn as a chart and, a page at a time, as a table; names, symbols and flavours to go on to."""
    with offering(listed_address):
        found = queries.lane(line, arch, flavour)
    arrivals = queries.arrivals(found.name)
    context = {
        "lane": found,
        "newest": found.steps[-1],
        "newest_arrival": churnwords.arrival_sentence(arrivals.get(found.steps[-1].new.id)),
        "choices": found.steps[: -CHOICES - 1 : -1],
        "siblings": [name for name in queries.lane_names(line) if name != found.name],
        "now": timezone.now(),
        **churn(found, arrivals, linear=request.GET.get("scale") == "linear"),
        **table(found, arrivals, before=request.GET.get("before", "")[:LONGEST]),
        **renames(found.steps),
        **symbols(found),
    }
    return render(request, "lane.html", context)


def churn(found: Lane, arrivals: Mapping[int, Arrival], *, linear: bool) -> dict[str, Any]:
    """The chart of a lane: the figure that a script draws, and the drawing that stands there without one."""
    told = charts.compared(found.steps)
    return {
        "linear": linear,
        "compared": len(told),
        "still": churnwords.still_sentence(found.steps),
        "scale_means": churnwords.LINEAR if linear else churnwords.LOGARITHMIC,
        "totals": churnwords.TOTALS,
        "channel_means": churnwords.CHANNEL_MEANS,
        "absent": () if linear else charts.absent(told),
        "rows": 5 if linear else len(charts.present(told)),
        "keys": churnsketch.keys(told, arrivals),
        "drawing": churnsketch.draw(told, arrivals, linear=linear, last=charts.SHOWN),
        "hidden": max(len(told) - charts.SHOWN, 0),
        "pictured": PICTURED if len(told) > PICTURED else 0,
        "figure": address("churn_figure", *lane_parts(found.name), query={"scale": "linear"} if linear else None),
    }


def table(found: Lane, arrivals: Mapping[int, Arrival], *, before: str) -> dict[str, Any]:
    """A page of a lane's uploads, those before a version or the newest."""
    steps = found.steps[::-1]
    start = next((n + 1 for n, step in enumerate(steps) if step.new.version == before), 0)
    shown = steps[start : start + PAGE]
    hits = queries.lane_hits(found.name.line, found.name.arch, found.name.flavour)
    tried = {each.kernel.id: each for each in queries.lane_steps(found.name)}
    return {
        "shown": [(step, churnwords.arrival_sentence(arrivals.get(step.new.id))) for step in shown],
        "first": start + 1,
        "last": start + len(shown),
        "older": shown[-1].new.version if start + PAGE < len(steps) else "",
        "begun": bool(start),
        "partial": any(step.scope == "vmlinux" for step in shown),
        "hits": hits,
        "tried": tried,
        "named": [(step, hits[step.new.id].names) for step in shown if named(hits.get(step.new.id))],
        "survived": usewords.survived_steps(hits, {at: each.worse for at, each in tried.items()}),
    }


def renames(steps: Sequence[Step]) -> dict[str, Any]:
    """The new ABI names of a lane, newest first: all, those without a change, those of which that is not known."""
    unchanged = [step for step in reversed(steps) if is_rename_with(Outcome.SAME, step)]
    return {
        "renames": [step for step in steps if step.renamed],
        "unchanged_renames": unchanged,
        "listed_renames": unchanged[:RENAMES],
        "unknown_renames": [step for step in steps if is_rename_with(Outcome.UNKNOWN, step)],
    }


def symbols(found: Lane) -> dict[str, Any]:
    """The symbols that broke most often, and those that never did."""
    if len(found.steps) < 2:
        return {}
    name = found.name
    compared = len(charts.compared(found.steps))
    volatile = queries.volatile(name.line, name.arch, name.flavour, limit=VOLATILE) if compared > 1 else ()
    lasting = queries.lasting(name)
    return {
        "volatile": repeated(volatile),
        "lasting": lasting,
        "lasting_said": churnwords.lasting_sentence(lasting),
        "lasting_first": [(symbol, lasting.users.get(symbol, 0)) for symbol in lasting.symbols[:VOLATILE]],
    }


def named(hits: StepHits | None) -> bool:
    """Whether a step hits packages that are known."""
    return hits is not None and bool(hits.names)


def repeated(found: Sequence[Volatile]) -> list[Volatile]:
    """Those that broke more than once: once is no habit."""
    return [each for each in found if each.changes > 1]


def is_rename_with(outcome: Outcome, step: Step) -> bool:
    """Whether the step brought a new ABI name and its exports compare so."""
    if not step.renamed:
        return False
    if step.counts is None or step.scope is None:
        return outcome is Outcome.UNKNOWN
    return compat.outcome(step.counts, scope=step.scope) is outcome


def lane_address(name: LaneName) -> str:
    return address("lane", *lane_parts(name))


def lane_parts(name: LaneName) -> tuple[str, str, str]:
    return name.line, name.arch, name.flavour


def listed_address(name: str) -> str:
    """The address of LINE, LINE/ARCH or LINE/ARCH/FLAVOUR."""
    parts = name.split("/")
    return address(("line", "line_arch", "lane")[min(len(parts), 3) - 1], *parts)


def unknown_line(line: str, arch: str) -> Offer:
    """What there is instead: the line's architectures, else all lines."""
    names = queries.lane_names(line) or queries.lane_names()
    there = dict.fromkeys((name.line, name.arch) if name.line == line else (name.line,) for name in names)
    message = f"there is no {arch} lane of {line}" if arch else f"there is no release line {line!r}"
    return Offer(UnknownName(message, ["/".join(parts) for parts in there]), listed_address)
