# SPDX-License-Identifier: GPL-2.0-or-later
"""The search box: symbols, modules and builds."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from abidb import queries
from abidb.answers import BuildRef
from abidb.errors import UnknownName
from dashboard.addresses import address
from dashboard.unknown import LONGEST


@require_safe
@cache_control(public=True, max_age=60)
def search(request: HttpRequest) -> HttpResponse:
    """What a text may mean. A symbol or build of that very name is gone to at once."""
    whole = request.GET.get("q", "").strip().removesuffix("()")
    if not whole:
        return render(request, "search.html", {"q": ""})
    text = whole[:LONGEST]
    found = queries.search(text)
    if whole in found.symbols and (there := address("symbol", whole)):
        return redirect(there)
    if (ref := build_of_that_name(text)) and (there := address("build", ref.name) or address("build", text)):
        return redirect(there)
    newest = newest_build() if found.modules else None
    return render(request, "search.html", {"q": text, "found": found, "newest": newest})


def newest_build() -> BuildRef | None:
    """The build in which modules are shown: the newest of the first lane."""
    return next((lane.steps[-1].new for lane in queries.lanes()), None)


def build_of_that_name(text: str) -> BuildRef | None:
    """The one build that `text` names, if it names one."""
    try:
        return queries.one_build(text)
    except UnknownName:
        return None
