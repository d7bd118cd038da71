# SPDX-License-Identifier: GPL-2.0-or-later
"""A symbol's biography."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from abidb import queries
from dashboard.addresses import address
from dashboard.biography import lives
from dashboard.unknown import offering

OPEN_TABLES = 12  #: lanes whose tables are open when the page comes; of more only the strips are


@require_safe
@cache_control(public=True, max_age=60)
def symbol(request: HttpRequest, name: str) -> HttpResponse:
    """The symbol in every upload of every lane that ever had it."""
    with offering(lambda other: address("symbol", other)):
        found = lives(queries.symbol(name))
    return render(request, "symbol.html", {"name": name, "lives": found, "open": len(found) <= OPEN_TABLES})
