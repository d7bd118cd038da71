# SPDX-License-Identifier: GPL-2.0-or-later
"""What machines ask of a site, and pages that need no record."""

from __future__ import annotations

from django.db import connection
from django.http import HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import reverse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

UNCRAWLED = ("/diff/", "/search/", "/api/v1/", "/package/*/log/", "/download/*.", "/*?")


@require_safe
def healthz(_request: HttpRequest) -> HttpResponse:
    """`ok` while the database answers."""
    connection.ensure_connection()
    answers = connection.is_usable()
    return HttpResponse("ok\n" if answers else "no database\n", "text/plain", 200 if answers else 503)


@require_safe
@cache_control(public=True, max_age=86_400)
def robots(request: HttpRequest) -> HttpResponse:
    """Crawlers have no use for every pair of builds, every search, every log and every way to sort (RFC 9309)."""
    sitemap = f"Sitemap: {request.build_absolute_uri(reverse('sitemap'))}"
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in UNCRAWLED), sitemap]
    return HttpResponse("\n".join(lines) + "\n", "text/plain")


@require_safe
@cache_control(public=True, max_age=3600)
def method_out_of_tree(request: HttpRequest) -> HttpResponse:
    """How module packages are built and judged, and what that cannot see."""
    return render(request, "method_out_of_tree.html")


@require_safe
@cache_control(public=True, max_age=86_400)
def favicon(_request: HttpRequest) -> HttpResponse:
    """For browsers that ask for it without having read the page."""
    return HttpResponsePermanentRedirect(static("abidb/favicon.svg"))
