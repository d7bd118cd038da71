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
from dashboard.biography import Life, lives
from dashboard.unknown import Offer

LONGEST = 512  #: characters of a name, KSYM_NAME_LEN (include/linux/kallsyms.h)
OPEN_TABLES = 12  #: lanes whose tables are open when the page comes; of more only the strips are
LANE = ("line", "arch", "flavour")  #: fields of an address that name the lanes to look in


@require_safe
@cache_control(public=True, max_age=60)
def symbol(request: HttpRequest, name: str) -> HttpResponse:
    """The symbol in every upload of the lanes that have it: of those asked for, else of those asked for most."""
    if len(name) > LONGEST:
        raise UnknownName(f"no symbol has a name of more than {LONGEST} characters")
    wanted = lane_fields(request)
    told: tuple[Life, ...] = ()
    message = ""
    try:
        told = lives(queries.symbol(name, **wanted))
    except UnknownName as error:
        if error.candidates:
            raise Offer(error, lambda other: address("symbol", other)) from error
        message = str(error)
    context = {
        "name": name,
        "lives": told,
        "users": queries.users(name),
        "message": message,
        "bounded": not queries.looks_at_all(**wanted),
        "wanted": wanted,
        "open": len(told) <= OPEN_TABLES,
    }
    return render(request, "symbol.html", context, status=200 if told else 404)


def lane_fields(request: HttpRequest) -> dict[str, str]:
    """The lanes that an address names, by line, architecture, flavour: what is given of these."""
    return {field: text for field in LANE if (text := request.GET.get(field, "").strip())}
