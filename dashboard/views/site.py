# SPDX-License-Identifier: GPL-2.0-or-later
"""The home page and what machines ask of a site."""

from __future__ import annotations

import datetime as dt

from django.db import connection
from django.http import HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.shortcuts import render
from django.templatetags.static import static
from django.utils import timezone
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from abidb import queries
from abidb.answers import RunState

UNCRAWLED = ("/diff/", "/search/", "/package/*/log/", "/package/*?", "/in-use/*?")
SILENT = dt.timedelta(minutes=10)  #: after which an unfinished run is taken for dead


@require_safe
@cache_control(no_cache=True)
def home(request: HttpRequest) -> HttpResponse:
    """One card per release line that is supported, or that has ended; a running sync on top."""
    ended, now = request.GET.get("ended") == "1", timezone.now()
    run, record = queries.run_state(), queries.status()
    context = {
        "ended": ended,
        "now": now,
        "run": run,
        "running": is_running(run, now),
        "said_of_run": said_of(run, now, read=record.builds > 0),
        "lanes": [lane for lane in queries.lanes(ended=ended) if lane.ended == ended],
        "record": record,
    }
    return render(request, "home.html", context)


def is_running(run: RunState | None, now: dt.datetime) -> bool:
    """Whether a sync is at work; one that has been silent for long was killed."""
    return run is not None and run.finished is None and now - run.updated < SILENT


def said_of(run: RunState | None, now: dt.datetime, *, read: bool) -> str:
    """What the newest sync came to, for a heading; "" where that needs no word. `read`: the record holds a build.

    An archive that cannot be had at all is a problem of a run in which no build failed.
    """
    if run is None or is_running(run, now):
        return "Reading kernels" if run else ""
    if run.finished is None or run.done + run.failed < run.total:
        return "The last run was interrupted"
    if run.failed or run.problems:
        if not read:
            return "The last run read no kernel"
        return "The last run could not read everything" if run.failed else "What the last run met"
    return ""


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
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in UNCRAWLED)]
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
