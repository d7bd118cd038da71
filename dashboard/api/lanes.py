# SPDX-License-Identifier: GPL-2.0-or-later
"""Calls about lanes."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Router

from abidb import lanejson, queries
from abidb.answers import LaneName, Step
from abidb.errors import UnknownName
from dashboard.api import bounds
from dashboard.api.calls import page, read
from dashboard.api.shapes import lanes as shapes

router = Router(tags=["Lanes"])
MOST = 100  #: volatile symbols that one answer has


@read(router, "/lanes", shapes.Lanes)
def lanes(
    request: HttpRequest,
    *,
    response: HttpResponse,
    line: bounds.Line = "",
    arch: bounds.Arch = "",
    flavour: bounds.Flavour = "",
    after: bounds.AfterLane = "",
    limit: bounds.Limit = 100,
) -> dict[str, Any]:
    """Release lines on an architecture and flavour, by name."""
    behind = LaneName(*after.split("/")) if after else None
    found = queries.lane_list(line=line, arch=arch, flavour=flavour, after=behind, limit=limit)
    return page(request, response, lanejson.lanes_json(found))


@read(router, "/lanes/{line}/{arch}/{flavour}", shapes.WholeLane)
def lane(request: HttpRequest, line: bounds.LineOf, arch: bounds.ArchOf, flavour: bounds.FlavourOf) -> dict[str, Any]:
    """One lane, with its newest build and what that changed."""
    return lanejson.lane_json(queries.lane(line, arch, flavour, newest=1))


@read(router, "/lanes/{line}/{arch}/{flavour}/churn", shapes.Churn)
def churn(
    request: HttpRequest,
    *,
    response: HttpResponse,
    line: bounds.LineOf,
    arch: bounds.ArchOf,
    flavour: bounds.FlavourOf,
    after: bounds.AfterBuild = "",
    limit: bounds.Limit = 100,
) -> dict[str, Any]:
    """All builds of a lane and what each changed, newest first; with the packages that each hit."""
    found = queries.lane(line, arch, flavour, newest=None if after else limit)
    steps, total = found.steps[::-1], found.older + len(found.steps)
    start = place(steps, after)
    shown = steps[start : start + limit]
    more = shown[-1].new.name if start + limit < total else None
    hits = queries.lane_hits(line, arch, flavour)
    return page(request, response, lanejson.churn_json(shown, hits, total, more))


def place(steps: tuple[Step, ...], after: str) -> int:
    """Where the steps behind a build begin; raises UnknownName where it is not in the lane."""
    names = [step.new.name for step in steps]
    if after and after not in names:
        raise UnknownName(f"no build {after} in this lane", names[:20])
    return names.index(after) + 1 if after else 0


@read(router, "/lanes/{line}/{arch}/{flavour}/volatile", shapes.Volatile)
def volatile(
    request: HttpRequest,
    line: bounds.LineOf,
    arch: bounds.ArchOf,
    flavour: bounds.FlavourOf,
    limit: bounds.Few = 20,
) -> dict[str, Any]:
    """The symbols of a lane that broke most often from one build to the next."""
    if not queries.lane_list(line=line, arch=arch, flavour=flavour, limit=1).total:
        queries.lane(line, arch, flavour)  # which says what there is instead
    return lanejson.volatile_json(queries.volatile(line, arch, flavour, limit=limit))
