# SPDX-License-Identifier: GPL-2.0-or-later
"""A symbol's biography."""

from __future__ import annotations

from collections.abc import Sequence

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
MANGLED = "_R"  #: how names begin that no source has: Rust's (RFC 2603)
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
    bounded = not queries.looks_at_all(**wanted)
    main, others = parted(told, together=bool(wanted))
    context = {
        "name": name,
        "told": len(told),
        "main": list(enumerate(main, 1)),
        "others": list(enumerate(others, len(main) + 1)),
        "users": queries.users(name),
        "message": message,
        "bounded": bounded,
        "wanted": wanted,
        "lanes": queries.lane_names() if bounded and not wanted else (),
        "open": len(told) == 1,
        "mangled": name.startswith(MANGLED),
    }
    return render(request, "symbol.html", context, status=200 if told else 404)


def parted(told: Sequence[Life], *, together: bool) -> tuple[list[Life], list[Life]]:
    """The lanes that are shown at once, of each line the first, and those that are folded away; or all at once."""
    first = {life.lane.line: life for life in reversed(told)}
    main = [life for life in told if together or first[life.lane.line] is life]
    return main, [life for life in told if life not in main]


def lane_fields(request: HttpRequest) -> dict[str, str]:
    """The lanes that an address names, by line, architecture, flavour: what is given of these."""
    return {field: text for field in LANE if (text := request.GET.get(field, "").strip())}
