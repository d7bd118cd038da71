# SPDX-License-Identifier: GPL-2.0-or-later
"""A symbol's biography."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from abidb import queries
from abidb.errors import UnknownName
from dashboard.addresses import address
from dashboard.biography import lives
from dashboard.unknown import offering

LONGEST = 512  #: characters of a name, KSYM_NAME_LEN (include/linux/kallsyms.h)
OPEN_TABLES = 12  #: lanes whose tables are open when the page comes; of more only the strips are


@require_safe
@cache_control(public=True, max_age=60)
def symbol(request: HttpRequest, name: str) -> HttpResponse:
    """The symbol in every upload of every lane that ever had it."""
    if len(name) > LONGEST:
        raise UnknownName(f"no symbol has a name of more than {LONGEST} characters")
    with offering(lambda other: address("symbol", other)):
        found = lives(queries.symbol(name))
    return render(request, "symbol.html", {"name": name, "lives": found, "open": len(found) <= OPEN_TABLES})
