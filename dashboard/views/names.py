# SPDX-License-Identifier: GPL-2.0-or-later
"""New ABI names: with or without a change of the exports."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from abidb import queries
from abidb.errors import UnknownName
from abidb.nameanswers import NamesPage
from dashboard.addresses import address
from dashboard.unknown import LONGEST, Offer

PAGE = 25  #: names shown at a time, each with all its flavours


@require_safe
@cache_control(public=True, max_age=60)
def names(request: HttpRequest, line: str = "") -> HttpResponse:
    """Every new name of the record or of a line, or only those without an export change; newest first."""
    before = request.GET.get("before", "")[:LONGEST]
    unchanged = request.GET.get("unchanged") == "1"
    context = {
        "line": line,
        "page": found(line, unchanged, before),
        "unchanged": unchanged,
        "before": before,
    }
    return render(request, "names.html", context)


def found(line: str, unchanged: bool, before: str) -> NamesPage:
    """The page of names; raises Offer with the lines that there are, or with the list's beginning."""
    try:
        return queries.new_names(line=line, unchanged=unchanged, before=before, limit=PAGE)
    except UnknownName as error:
        raise Offer(error, lambda other: address("line_names", other)) from error
