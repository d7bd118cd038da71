# SPDX-License-Identifier: GPL-2.0-or-later
"""What is measured, how, and its limits."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from abidb import queries


@require_safe
@cache_control(public=True, max_age=3600)
def method(request: HttpRequest) -> HttpResponse:
    """The words to quote, with what the record itself can answer."""
    context = {"record": queries.status(), "names": queries.new_names(limit=1)}
    return render(request, "method.html", context)
