# SPDX-License-Identifier: GPL-2.0-or-later
"""What changed between any two builds."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from abidb import jsonform, queries, usejson
from abidb.compat import KINDS, Change
from abidb.errors import UnknownName
from dashboard.addresses import address
from dashboard.pages import places, whole
from dashboard.unknown import one_build
from dashboard.views.builds import permanent

PAGE = 200  #: changes shown at a time


@require_safe
@cache_control(public=True, max_age=60)
def compare(request: HttpRequest) -> HttpResponse:
    """The form that asks for two builds, and the way to their diff."""
    old, new = (request.GET.get(side, "").strip() for side in ("old", "new"))
    if old and new:
        first = one_build(old, lambda name: address("compare", query={"old": name, "new": new}))
        second = one_build(new, lambda name: address("compare", query={"old": old, "new": name}))
        there = address("diff", first.name, second.name) or address("diff", old, new)
        if not there:
            raise UnknownName(f"the names of {old} and {new} make no address")
        return redirect(there)
    return render(request, "compare.html", {"old": old, "new": new})


@require_safe
@cache_control(public=True, max_age=300)
def diff(request: HttpRequest, old: str, new: str) -> HttpResponse:
    """Counts, what they mean, and the changes; short names redirect to the permanent ones."""
    first = one_build(old, lambda name: address("diff", name, new))
    second = one_build(new, lambda name: address("diff", old, name))
    if (first.name, second.name) != (old, new) and (there := address("diff", first.name, second.name)):
        return permanent(request, there)
    config, everything = queries.config_diff(first.id, second.id), request.GET.get("config") == "all"
    if request.GET.get("format") == "json":
        found = queries.diff(first.id, second.id, limit=None)
        told = jsonform.diff_json(found, config if everything else None)
        return JsonResponse({**told, "packages": usejson.hits_json(queries.hits(first.id, second.id))})
    kind, text, offset = (request.GET.get(name, "").strip() for name in ("kind", "text", "offset"))
    kinds, start = [kind] if kind in KINDS else [], whole(offset)
    found = queries.diff(first.id, second.id, kinds=kinds, text=text, limit=PAGE, offset=start)
    context = {
        "diff": found,
        "kinds": KINDS,
        "kind": kind,
        "text": text,
        "hits": queries.hits(first.id, second.id),
        "config": config,
        "everything": everything,
        "groups": groups(found.changes),
        **places(start, len(found.changes), found.total, PAGE),
    }
    return render(request, "diff.html", context)


def groups(changes: Sequence[Change]) -> list[tuple[str, list[Change]]]:
    """Changes in the order given, in groups of the same leading kind."""
    return [(kind, list(group)) for kind, group in groupby(changes, key=leading)]


def leading(change: Change) -> str:
    """The gravest kind of a change: its place in the list."""
    return change.kinds[0]
