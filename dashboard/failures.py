# SPDX-License-Identifier: GPL-2.0-or-later
"""Middleware: pages for what goes wrong. An unknown name is 404, a lost database 503, never the other."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import psycopg
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

from abidb.errors import Unavailable, UnknownName
from dashboard.unknown import Offer, search_link

RETRY_SECONDS = 30
#: The database cannot be reached or did not answer in time: as Django says it, as psycopg does where Django does not
#: wrap its cursor (its pool's timeout and a cancelled statement are OperationalError too), and as abidb does.
LOST = (OperationalError, InterfaceError, psycopg.OperationalError, psycopg.InterfaceError, Unavailable)


class Failures:
    """Answers bad requests before, and failed ones after, the views."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if holds_nul(request):  # PostgreSQL has no text with one: it would be an error of the server's
            return render(request, "400.html", status=400)
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if isinstance(exception, UnknownName):
            return unknown(request, exception)
        if isinstance(exception, LOST):
            return unavailable(request)
        return None


def holds_nul(request: HttpRequest) -> bool:
    """Whether the address holds a NUL, encoded or not."""
    texts = [request.path_info, *request.GET.keys(), *(v for values in request.GET.lists() for v in values[1])]
    return any("\0" in text for text in texts)


def unknown(request: HttpRequest, error: UnknownName) -> HttpResponse:
    """300 with the choices where several things fit, else 404 with suggestions."""
    offer = error if isinstance(error, Offer) else Offer(error, search_link)
    status = 300 if offer.several else 404
    if request.GET.get("format") == "json":
        return JsonResponse({"error": str(offer), "candidates": list(offer.candidates)}, status=status)
    context: dict[str, Any] = {"message": str(offer), "links": offer.links, "several": offer.several}
    return render(request, "unknown.html", context, status=status)


def unavailable(request: HttpRequest) -> HttpResponse:
    """503: the database cannot be reached, or did not answer in time."""
    response = render(request, "503.html", status=503)
    response["Retry-After"] = str(RETRY_SECONDS)
    response["Cache-Control"] = "no-store"
    return response
