# SPDX-License-Identifier: GPL-2.0-or-later
"""What the search box offers while one writes."""

from __future__ import annotations

from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from abidb import queries
from dashboard.addresses import address
from dashboard.unknown import LONGEST

SHOWN = 10


@require_safe
@cache_control(public=True, max_age=60)
def suggest(request: HttpRequest) -> JsonResponse:
    """Names that hold a text, each with its address: `{"suggestions": [{"name", "kind", "address"}]}`."""
    found = queries.search(request.GET.get("q", "")[:LONGEST])
    offers = [{"name": name, "kind": "symbol", "address": address("symbol", name)} for name in found.symbols[:SHOWN]]
    return JsonResponse({"suggestions": [offer for offer in offers if offer["address"]]})
