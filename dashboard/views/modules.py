# SPDX-License-Identifier: GPL-2.0-or-later
"""One module of the kernel."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from abidb import queries
from abidb.errors import UnknownName
from dashboard.addresses import address
from dashboard.unknown import LONGEST, offering
from dashboard.views.symbols import lane_fields

PAGE = 120  #: exports shown at a time
USERS = 12  #: packages that are shown unfolded
LONGEST_SYMBOL = 512


@require_safe
@cache_control(public=True, max_age=60)
def module(request: HttpRequest, name: str) -> HttpResponse:
    """What a module exports in a lane, and what it exported; where it was; which packages use it."""
    if len(name) > LONGEST:
        raise UnknownName(f"no module has a name of more than {LONGEST} characters")
    wanted = lane_fields(request)
    gone, after = request.GET.get("gone") == "1", request.GET.get("after", "")[:LONGEST_SYMBOL]
    with offering(lambda path: address("module", path)):
        life = queries.module(name, after=after, gone=gone, limit=PAGE, **wanted)
    context = {"life": life, "wanted": wanted, "gone": gone, "after": after, "shown": USERS, "rest": f"{USERS}:"}
    return render(request, "module.html", context)
