# SPDX-License-Identifier: GPL-2.0-or-later
"""The API as a page and as a document for programs."""

from __future__ import annotations

import json

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from dashboard.api.openapi import document
from dashboard.api.page import groups
from dashboard.api.problems import SORTS, problem
from dashboard.unknown import LONGEST


@require_safe
@cache_control(public=True, max_age=3600)
def calls(request: HttpRequest) -> HttpResponse:
    """All calls with a line to try each, and what they say where something is wrong."""
    context = {"groups": groups(request.build_absolute_uri("/").rstrip("/")), "problems": SORTS}
    return render(request, "api.html", context)


@require_safe
@cache_control(public=True, max_age=3600)
def openapi(_request: HttpRequest) -> HttpResponse:
    """The description of all calls, for programs that write or test programs."""
    return HttpResponse(json.dumps(document(), indent=1), "application/json")


def nowhere(_request: HttpRequest, rest: str) -> HttpResponse:
    """404 in the API's own words."""
    return problem(404, f"there is no call {rest[:LONGEST]}; /api/v1/openapi.json describes all")
