# SPDX-License-Identifier: GPL-2.0-or-later
"""What a lane's page shows, as files: its churn as a table and as a picture, its symbols as a table."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from abidb import compat, queries, words
from abidb.answers import Lane, Step
from abidb.churnanswers import Arrival
from dashboard import charts, churnsketch
from dashboard.addresses import address
from dashboard.csvfile import csv_file
from dashboard.unknown import offering
from dashboard.views.lanes import PICTURED, listed_address

LEAST_WIDE = 1120  #: of a picture, for its title and keys
KINDS = ("common", *compat.KINDS, "crc_unknown", "untold")
COLUMNS = (
    *("version", "source", "date", "distribution", "urgency", "suites", "came_as", "build", "abi_name"),
    *("compared_with", "new_abi_name", "scope", "outcome", *KINDS, "diff"),
)


@require_safe
def churn_csv(request: HttpRequest, line: str, arch: str, flavour: str) -> HttpResponse:
    """Each upload of a lane with what it changed, oldest first; what could not be measured is empty."""
    found = known(line, arch, flavour)
    arrivals = queries.arrivals(found.name)
    rows = (_row(request, step, arrivals.get(step.new.id)) for step in found.steps)
    return csv_file(f"churn-{line}-{arch}-{flavour}.csv", COLUMNS, rows)


@require_safe
def churn_svg(request: HttpRequest, line: str, arch: str, flavour: str) -> HttpResponse:
    """The churn chart of the newest uploads as a picture that stands alone; `?scale=linear` for stacked bars."""
    found = known(line, arch, flavour)
    linear, arrivals = request.GET.get("scale") == "linear", queries.arrivals(found.name)
    drawing = churnsketch.draw(found.steps, arrivals, linear=linear, last=PICTURED)
    context = {
        "drawing": drawing,
        "wide": max(drawing.width, LEAST_WIDE),
        "keys": churnsketch.picture_keys(found.steps, arrivals, linear=linear),
        "title": churnsketch.title(found.name),
        "note": words.CRC_OVERSTATES,
        "base": request.build_absolute_uri("/").rstrip("/"),
        "standalone": True,
    }
    return render(request, "components/churn_drawing.html", context, content_type="image/svg+xml")


@require_safe
def churn_figure(request: HttpRequest, line: str, arch: str, flavour: str) -> HttpResponse:
    """The churn chart of all uploads for the script that draws it: a figure of plotly, and of each upload its address
    and what is said of it. `?scale=linear` for stacked bars.
    """
    found = known(line, arch, flavour)
    arrivals = queries.arrivals(found.name)
    told = charts.compared(found.steps)
    chart = {
        "figure": charts.churn(told, arrivals, linear=request.GET.get("scale") == "linear"),
        "links": {step.new.version: address("diff", step.old.name, step.new.name) for step in told if step.old},
        "said": {step.new.version: churnsketch.said_of(step, arrivals.get(step.new.id)) for step in told},
        "title": churnsketch.title(found.name),
        "note": words.CRC_OVERSTATES,
        "name": f"churn-{line}-{arch}-{flavour}",
    }
    return JsonResponse(chart, json_dumps_params={"separators": (",", ":")})


@require_safe
def symbols_csv(request: HttpRequest, line: str, arch: str, flavour: str) -> HttpResponse:
    """The symbols of a lane that broke, with the number of steps, and those that all uploads have unchanged (0)."""
    found = known(line, arch, flavour)
    lasting = queries.lasting(found.name)
    times = queries.all_broken(line, arch, flavour) + [(symbol, 0) for symbol in lasting.symbols]
    rows = ((symbol, n, lasting.users.get(symbol, 0)) for symbol, n in times)
    return csv_file(f"symbols-{line}-{arch}-{flavour}.csv", ("symbol", "steps_broken", "packages"), rows)


def known(line: str, arch: str, flavour: str) -> Lane:
    """The lane; raises an offer of others."""
    with offering(listed_address):
        return queries.lane(line, arch, flavour)


def _row(request: HttpRequest, step: Step, arrival: Arrival | None) -> list[object]:
    new, old, counts = step.new, step.old, step.counts
    said = compat.outcome(counts, scope=step.scope or "all").name.lower() if counts else ""
    return [
        *(new.version, new.source, new.date.date().isoformat() if new.date else ""),
        *((arrival.distribution, arrival.urgency) if arrival else ("", "")),
        *((" ".join(arrival.suites), " ".join(arrival.channels)) if arrival else ("", "")),
        *(new.name, new.abi_name, old.name if old else ""),
        *("yes" if step.renamed else "no" if old else "", step.scope or "", said),
        *(getattr(counts, kind) if counts else None for kind in KINDS),
        request.build_absolute_uri(address("diff", old.name, new.name)) if old else "",
    ]
