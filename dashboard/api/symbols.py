# SPDX-License-Identifier: GPL-2.0-or-later
"""Calls about symbols, new ABI names, and the search."""

from __future__ import annotations

from typing import Annotated, Any

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router

from abidb import buildjson, jsonform, namejson, queries, usejson
from abidb.answers import LaneName
from dashboard.api import bounds
from dashboard.api.calls import page, read
from dashboard.api.shapes.builds import Found
from dashboard.api.shapes.names import Names
from dashboard.api.shapes.symbols import Biography, InUse, Users

router = Router(tags=["Symbols"])
Wanted = Annotated[str, Query(pattern="^[ -~]{1,200}$", description="A part of a name", examples=["register_net"])]


@read(router, "/symbols/{name}", Biography)
def symbol(
    request: HttpRequest,
    name: bounds.Symbol,
    line: bounds.Line = "",
    arch: bounds.Arch = "",
    flavour: bounds.Flavour = "",
) -> dict[str, Any]:
    """The history of a symbol: what each build of each lane exported under its name.

    One lane is told whole. Of more lanes than can be told whole only the newest builds of the ones that people ask for
    first are told; `older` then says how many are not.
    """
    return jsonform.symbol_json(name, queries.symbol(name, line=line, arch=arch, flavour=flavour))


@read(router, "/symbols/{name}/users", Users)
def users(request: HttpRequest, name: bounds.Symbol) -> dict[str, Any]:
    """The module packages that use a symbol."""
    return usejson.users_json(queries.users(name))


@read(router, "/in-use", InUse)
def in_use(
    request: HttpRequest,
    *,
    response: HttpResponse,
    release: bounds.Codename = "",
    lane: bounds.Lane = "",
    text: bounds.Text = "",
    package: bounds.OfPackage = "",
    after: bounds.AfterSymbol = "",
    limit: bounds.Limit = 100,
) -> dict[str, Any]:
    """Symbols that the built packages of a release use, most used first, and how often each broke."""
    place = LaneName(*lane.split("/")) if lane else None
    found = queries.in_use(release, place, text=text, package=package, after=after, limit=limit)
    return page(request, response, usejson.in_use_json(found))


@read(router, "/names", Names)
def names(
    request: HttpRequest,
    *,
    response: HttpResponse,
    line: bounds.Line = "",
    unchanged: Annotated[bool, Query(description="Only those that came without a change of exports")] = False,
    after: bounds.AfterKey = "",
    limit: bounds.Few = 10,
) -> dict[str, Any]:
    """New ABI names, newest first, and in how many flavours the exports changed with them."""
    told = namejson.names_json(queries.new_names(line=line, unchanged=unchanged, before=after, limit=limit))
    return page(request, response, {**told, "after": told["before"]})


@read(router, "/search", Found)
def search(request: HttpRequest, q: Wanted) -> dict[str, Any]:
    """What a text may mean: symbols, modules, packages, lanes, builds and uploads whose names hold it."""
    return buildjson.found_json(q, queries.search(q))
