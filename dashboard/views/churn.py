# SPDX-License-Identifier: GPL-2.0-or-later
"""What a lane's page shows, as files: its churn as a table and as a picture, its symbols as a table."""

from __future__ import annotations

import csv
from collections.abc import Iterable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from abidb import compat, queries
from abidb.answers import Lane, Step
from abidb.churnanswers import Arrival
from dashboard import churnsketch
from dashboard.addresses import address
from dashboard.unknown import offering
from dashboard.views.lanes import listed_address

MOST = 1_000_000  #: symbols of a table; no lane has as many
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
    return as_csv(f"churn-{line}-{arch}-{flavour}.csv", COLUMNS, rows)


@require_safe
def churn_svg(request: HttpRequest, line: str, arch: str, flavour: str) -> HttpResponse:
    """The churn chart of all uploads as a picture that stands alone; `?scale=linear` for stacked bars."""
    found = known(line, arch, flavour)
    linear = request.GET.get("scale") == "linear"
    context = {
        "drawing": churnsketch.draw(found.steps, queries.arrivals(found.name), linear=linear),
        "title": churnsketch.title(found.name),
        "base": request.build_absolute_uri("/").rstrip("/"),
        "standalone": True,
    }
    return render(request, "components/churn_drawing.html", context, content_type="image/svg+xml")


@require_safe
def symbols_csv(request: HttpRequest, line: str, arch: str, flavour: str) -> HttpResponse:
    """The symbols of a lane that broke, with the number of steps, and those that all uploads have unchanged (0)."""
    found = known(line, arch, flavour)
    lasting = queries.lasting(found.name)
    broke = queries.volatile(line, arch, flavour, limit=MOST)
    rows: list[tuple[object, ...]] = [(each.symbol, each.changes, "") for each in broke]
    rows += [(each.symbol, 0, each.packages) for each in lasting.symbols]
    return as_csv(f"symbols-{line}-{arch}-{flavour}.csv", ("symbol", "steps_broken", "packages"), rows)


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


def as_csv(name: str, columns: Iterable[str], rows: Iterable[Iterable[object]]) -> HttpResponse:
    """Rows as a file of comma-separated values (RFC 4180)."""
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    writer = csv.writer(response)
    writer.writerow(columns)
    writer.writerows(["" if cell is None else cell for cell in row] for row in rows)
    return response
