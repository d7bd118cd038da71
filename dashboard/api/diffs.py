# SPDX-License-Identifier: GPL-2.0-or-later
"""Calls about what changed between two builds."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Router

from abidb import jsonform, queries, usejson, words
from abidb.answers import BuildRef
from abidb.changes import Wanted
from dashboard.addresses import address
from dashboard.api import bounds
from dashboard.api.builds import named
from dashboard.api.calls import page, read
from dashboard.api.shapes import diffs as shapes
from dashboard.api.shapes.packages import Hits

router = Router(tags=["Diffs"])
FORMS = ("json", "csv", "txt")
LISTED = 20  #: reasons and the like of one package that are told; the others are counted


@read(router, "/diff/{old}/{new}", shapes.Diff)
def diff(
    request: HttpRequest,
    *,
    response: HttpResponse,
    old: bounds.Old,
    new: bounds.New,
    kind: bounds.Kinds = [],  # noqa: B006 (ninja takes the default as it is)
    module: bounds.Module = "",
    text: bounds.Text = "",
    after: bounds.AfterChange = "",
    limit: bounds.Limit = 100,
) -> dict[str, Any]:
    """What changed between any two builds, what breaks modules first.

    The counts and the outcome are of all changes, whatever the filter. A changed CRC overstates what changed.
    """
    before, now = named(old), named(new)
    wanted = Wanted(kinds=tuple(kind), text=text.lower(), module=module)
    found, more = queries.compared(before, now, wanted).page(after=after, limit=limit)
    told = {**jsonform.diff_json(found), "note": words.CRC_OVERSTATES, "total": found.total, "after": more}
    return {**page(request, response, told), "whole": whole(before, now)}


def whole(old: BuildRef, new: BuildRef) -> dict[str, str]:
    """The addresses of all changes at once, by form."""
    there = address("diff", old.name, new.name).rstrip("/")
    return {form: f"{there}.{form}" for form in FORMS} if there else {}


@read(router, "/diff/{old}/{new}/config", shapes.ConfigDiff)
def config_diff(
    request: HttpRequest,
    *,
    response: HttpResponse,
    old: bounds.Old,
    new: bounds.New,
    after: bounds.AfterOption = "",
    limit: bounds.Limit = 100,
) -> dict[str, Any]:
    """The options of the configuration that two builds set differently, by name."""
    before, now = named(old), named(new)
    found = queries.config_diff(before.id, now.id)
    rest = [each for each in jsonform.config_json(found)["changes"] if each["name"] > after]
    told = {
        "old": jsonform.build_json(before),
        "new": jsonform.build_json(now),
        "measured": found.measured,
        "summary": words.config_sentence(len(found.changes), measured=found.measured),
        "total": len(found.changes),
        "changes": rest[:limit],
        "after": rest[limit - 1]["name"] if len(rest) > limit else None,
    }
    return page(request, response, told)


@read(router, "/diff/{old}/{new}/packages", Hits)
def packages_hit(
    request: HttpRequest,
    *,
    response: HttpResponse,
    old: bounds.Old,
    new: bounds.New,
    after: bounds.AfterPackage = "",
    limit: bounds.Limit = 100,
) -> dict[str, Any]:
    """What the step from one kernel to another does to the module packages of the release, the gravest first."""
    told = usejson.hits_json(queries.hits(named(old).id, named(new).id))
    every = told["packages"]
    behind = [n for n, hit in enumerate(every, 1) if hit["package"] == after]
    rest = every[behind[0] :] if behind else every
    shown = [shortened(hit) for hit in rest[:limit]]
    more = shown[-1]["package"] if len(rest) > limit else None
    return page(request, response, {**told, "total": len(every), "packages": shown, "after": more})


def shortened(hit: dict[str, Any]) -> dict[str, Any]:
    """One package with the first of its reasons and the like, and how many there are."""
    short = {name: hit[name][:LISTED] for name in ("reasons", "untold", "differing")}
    return {**hit, **short, **{f"{name}_total": len(hit[name]) for name in short}}
