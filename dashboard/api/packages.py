# SPDX-License-Identifier: GPL-2.0-or-later
"""Calls about module packages."""

from __future__ import annotations

from typing import Annotated, Any

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router

from abidb import packagejson, queries
from abidb.answers import LaneName
from abidb.errors import UnknownName
from dashboard.api import bounds
from dashboard.api.calls import page, read
from dashboard.api.shapes import packages as shapes

router = Router(tags=["Packages"])
USES = 500  #: symbols of a package that are told with it
VersionWanted = Annotated[
    str,
    Query(
        pattern="^([A-Za-z0-9][A-Za-z0-9.+:~-]{0,99})?$",
        description="Its version; the newest where none is given",
        examples=["2.1.11-1+deb12u1"],
    ),
]
Binary = Annotated[
    str, Query(pattern="^[a-z0-9][a-z0-9+.-]{0,99}$", description="A binary package", examples=["zfs-dkms"])
]
Kernel = Annotated[
    int, Query(ge=0, le=100_000, description="Of the lane's kernels leave out so many of the newest", examples=[0])
]


def place(lane: str) -> LaneName | None:
    return LaneName(*lane.split("/")) if lane else None


@read(router, "/packages", shapes.Packages)
def packages(
    request: HttpRequest,
    *,
    response: HttpResponse,
    text: bounds.Text = "",
    after: bounds.AfterPackage = "",
    limit: bounds.Limit = 100,
) -> dict[str, Any]:
    """Source packages that bring modules, by name, with what became of building them."""
    fits = [row for row in queries.packages() if text.lower() in " ".join((row.source, *row.packages)).lower()]
    rest = [row for row in fits if row.source > after]
    more = rest[limit - 1].source if len(rest) > limit else None
    told = {**packagejson.packages_json(rest[:limit]), "total": len(fits), "after": more}
    return page(request, response, told)


@read(router, "/packages/{name}", shapes.Package)
def package(
    request: HttpRequest,
    *,
    response: HttpResponse,
    name: bounds.Package,
    lane: bounds.Lane = "",
    after: Kernel = 0,
    limit: bounds.Few = 10,
) -> dict[str, Any]:
    """One package in a lane: its versions on each kernel, newest first, and the symbols that it uses."""
    found = queries.package(queries.source_of(name), place(lane), offset=after, limit=limit)
    told = packagejson.package_json(found)
    for each in told["packages"]:
        each["uses_total"], each["uses"] = len(each["uses"]), each["uses"][:USES]
    return page(request, response, {**told, "after": after + limit if after + limit < found.kernels else None})


@read(router, "/verdicts", shapes.Verdicts)
def verdicts(
    request: HttpRequest,
    *,
    response: HttpResponse,
    package: Binary,
    version: VersionWanted = "",
    lane: bounds.Lane = "",
    after: bounds.AfterBuild = "",
    limit: bounds.Few = 10,
) -> dict[str, Any]:
    """One version of a package on the kernels of a lane, newest first: does it load, does it compile."""
    found = queries.verdicts(package, version, place(lane), after=after, limit=limit)
    return page(request, response, packagejson.verdicts_json(found))


@read(router, "/breaks", shapes.Breaks)
def breaks(
    request: HttpRequest,
    *,
    response: HttpResponse,
    line: bounds.Line = "",
    after: bounds.AfterLog = 0,
    limit: bounds.Limit = 100,
) -> dict[str, Any]:
    """Kernel updates that stopped packages from compiling, newest first, and those that packages survived."""
    if line and not (lines := queries.lane_names(line)):
        lines = queries.lane_names()
        raise UnknownName(f"there is no release line {line!r}", list(dict.fromkeys(each.line for each in lines)))
    told = packagejson.breaks_json(queries.breaks(line))
    every = told["breaks"]
    logs = [each["log"] for each in every]
    if after and after not in logs:
        raise UnknownName(f"no break here has the log {after}")
    rest = every[logs.index(after) + 1 :] if after else every
    more = rest[limit - 1]["log"] if len(rest) > limit else None
    shown = {"breaks": rest[:limit], "steps": told["steps"][:limit], "total": len(every), "after": more}
    return page(request, response, {**told, **shown})
