# SPDX-License-Identifier: GPL-2.0-or-later
"""Middleware of the API: whatever fails under it fails as a problem, and pages of other sites may read it."""

from __future__ import annotations

from collections.abc import Callable

from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, HttpResponse

from dashboard.api.problems import MEDIA_TYPE, instead_of, problem
from dashboard.failures import holds_nul

PAGE = "/api/"
#: Reading, and a check, which changes nothing and knows no cookies: anybody's page may ask (Fetch standard, CORS).
READING = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "ETag, Last-Modified, Link, Retry-After",
}
ASKING = {
    "Access-Control-Allow-Methods": "GET, HEAD, OPTIONS, POST",
    "Access-Control-Allow-Headers": "Content-Type, If-Modified-Since, If-None-Match",
    "Access-Control-Max-Age": "86400",
}


class Door:
    """Stands before all other middleware that can refuse a request."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path_info.startswith(PAGE) or request.path_info == PAGE:
            return self.get_response(request)
        if request.method == "OPTIONS":
            return HttpResponse(status=204, headers=READING | ASKING)
        response = problem(400, "the address cannot be one") if is_none(request) else self.get_response(request)
        if response.status_code >= 400 and response.headers.get("Content-Type") != MEDIA_TYPE:
            response = instead_of(response)
        for name, value in READING.items():
            response[name] = value
        return response


def is_none(request: HttpRequest) -> bool:
    """Whether an address holds a NUL, or more parameters than any call has."""
    try:
        return holds_nul(request)
    except SuspiciousOperation:
        return True
