# SPDX-License-Identifier: GPL-2.0-or-later
"""How a call is declared: it is read with GET or HEAD, takes no parameter that it does not name, and may be kept."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Router, Schema
from ninja.decorators import decorate_view

from dashboard.api.problems import out_of_bounds
from dashboard.caching import conditional

MAX_AGE = 60  #: seconds for which an answer need not be asked for again
Call = Callable[..., Any]


def read(router: Router, path: str, response: type[Schema]) -> Callable[[Call], Call]:
    """Declare a call that reads the record; its first line of documentation is its title."""

    def declare(call: Call) -> Call:
        title = (inspect.getdoc(call) or "").partition("\n")[0]
        known = frozenset(name for name in inspect.signature(call).parameters if f"{{{name}}}" not in path)
        return router.api_operation(
            ["GET", "HEAD"],
            path,
            response=response,
            operation_id=call.__name__,
            summary=title.rstrip("."),
        )(decorate_view(conditional, kept, knowing(known))(call))

    return declare


def kept(view: Call) -> Call:
    """Let anybody keep an answer for a while, 304 included."""

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response: HttpResponse = view(request, *args, **kwargs)
        if response.status_code < 400:
            response.headers.setdefault("Cache-Control", f"public, max-age={MAX_AGE}")
        return response

    return answer


def knowing(names: frozenset[str]) -> Callable[[Call], Call]:
    """Refuse parameters that a call does not name, or names once and is given twice: they would do nothing."""

    def decorate(view: Call) -> Call:
        @wraps(view)
        def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            said = f"no parameter of this call; it has {', '.join(sorted(names - {'request', 'response'})) or 'none'}"
            strange = [name for name in request.GET if name not in names]
            if strange:
                return out_of_bounds([{"where": "query", "name": name, "detail": said} for name in strange])
            response: HttpResponse = view(request, *args, **kwargs)
            return response

        return answer

    return decorate


def page(request: HttpRequest, response: HttpResponse, told: dict[str, Any]) -> dict[str, Any]:
    """An answer whose `after` has become the address of the next page, which the Link header has too (RFC 8288)."""
    after = told.pop("after", None)
    if after is None:
        return {**told, "next": None}
    query = request.GET.copy()
    query["after"] = str(after)
    there = f"{request.path}?{query.urlencode()}"
    response["Link"] = f'<{there}>; rel="next"'
    return {**told, "next": there}
