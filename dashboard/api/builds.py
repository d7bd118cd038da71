# SPDX-License-Identifier: GPL-2.0-or-later
"""Calls about builds and uploads."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Router

from abidb import buildjson, queries
from abidb.answers import BuildRef
from dashboard.api import bounds
from dashboard.api.calls import page, read
from dashboard.api.shapes import builds as shapes
from dashboard.unknown import one_build

router = Router(tags=["Builds"])


def named(text: str) -> BuildRef:
    """The build of that name; raises UnknownName, an Offer where several fit."""
    return one_build(text, str)


@read(router, "/builds", shapes.Builds)
def builds(
    request: HttpRequest,
    *,
    response: HttpResponse,
    line: bounds.Line = "",
    arch: bounds.Arch = "",
    flavour: bounds.Flavour = "",
    source: bounds.OfSource = "",
    version: bounds.OfVersion = "",
    kernel_release: bounds.Release = "",
    after: bounds.AfterBuild = "",
    limit: bounds.Limit = 100,
) -> dict[str, Any]:
    """Builds that fit all that is given, newest version first."""
    found = queries.build_list(
        line=line,
        arch=arch,
        flavour=flavour,
        source=source,
        version=version,
        release=kernel_release,
        after=named(after) if after else None,
        limit=limit + 1,
    )
    more = found[limit - 1].name if len(found) > limit else None
    return page(request, response, buildjson.builds_json(found[:limit], more))


@read(router, "/builds/{name}", shapes.BuildFacts)
def build(request: HttpRequest, name: bounds.Name) -> dict[str, Any]:
    """One build: its facts, what vouches for it down to each package, what was checked, what is beside it."""
    ref = named(name)
    return buildjson.facts_json(queries.build(ref.id), queries.neighbours(ref.id))


@read(router, "/builds/{name}/exports", shapes.Exports)
def exports(
    request: HttpRequest,
    *,
    response: HttpResponse,
    name: bounds.Name,
    text: bounds.Text = "",
    module: bounds.Module = "",
    kind: bounds.ExportKind = "",
    namespace: bounds.Namespace = None,
    after: bounds.AfterSymbol = "",
    limit: bounds.Limit = 100,
) -> dict[str, Any]:
    """What a build exports, by symbol."""
    ref = named(name)
    found = queries.exports(ref.id, text=text, module=module, kind=kind, namespace=namespace, after=after, limit=limit)
    return page(request, response, buildjson.exports_json(ref, found))


@read(router, "/builds/{name}/modules", shapes.Modules)
def modules(
    request: HttpRequest,
    *,
    response: HttpResponse,
    name: bounds.Name,
    text: bounds.Text = "",
    after: bounds.AfterPath = "",
    limit: bounds.Limit = 100,
) -> dict[str, Any]:
    """The modules that a build ships, by path."""
    ref = named(name)
    fits = [each for each in queries.build_modules(ref.id) if text.lower() in each.path.lower()]
    rest = [each for each in fits if each.path > after]
    more = rest[limit - 1].path if len(rest) > limit else None
    return page(request, response, buildjson.modules_json(ref, rest[:limit], len(fits), more))


@read(router, "/uploads", shapes.Uploads)
def uploads(
    request: HttpRequest,
    *,
    response: HttpResponse,
    line: bounds.Line = "",
    source: bounds.OfSource = "",
    after: bounds.OfVersion = "",
    limit: bounds.Limit = 100,
) -> dict[str, Any]:
    """Uploads of the kernel's source packages, newest version first, also those that left no packages."""
    found = queries.uploads(line=line, source=source, before=after, limit=limit + 1)
    more = found[limit - 1].version if len(found) > limit else None
    return page(request, response, buildjson.uploads_json(found[:limit], more))


@read(router, "/uploads/{source}/{version}", shapes.WholeUpload)
def upload(request: HttpRequest, source: bounds.Source, version: bounds.Version) -> dict[str, Any]:
    """One upload with the CVEs and bugs that its changelog names, and its builds."""
    found = queries.upload(source, version)
    notes, builds = queries.upload_notes(source, version), queries.builds_of_upload(source, version)
    return buildjson.whole_upload_json(found, notes, builds)


@read(router, "/record", shapes.Record)
def record(request: HttpRequest) -> dict[str, Any]:
    """How much the record holds, and how old it is."""
    return buildjson.record_json(queries.status())
