# SPDX-License-Identifier: GPL-2.0-or-later
"""The home page: the newest upload of each release line."""

from __future__ import annotations

import datetime as dt

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from abidb import queries
from abidb.answers import RunState
from dashboard.unknown import LONGEST, offering

SILENT = dt.timedelta(minutes=10)  #: after which an unfinished run is taken for dead


@require_safe
@cache_control(no_cache=True)
def home(request: HttpRequest) -> HttpResponse:
    """One card per release line that is supported, or that has ended; a running sync on top."""
    ended, now = request.GET.get("ended") == "1", timezone.now()
    arch, flavour = (request.GET.get(name, "")[:LONGEST] for name in ("arch", "flavour"))
    run, record = queries.run_state(), queries.status()
    with offering(lambda name: home_address(*name.split("/"), ended=ended)):
        overview = queries.overview(ended=ended, arch=arch, flavour=flavour)
    context = {
        "ended": ended,
        "now": now,
        "run": run,
        "running": is_running(run, now),
        "said_of_run": said_of(run, now, read=record.builds > 0),
        "overview": overview,
        "arch": arch,
        "flavour": flavour,
        "record": record,
    }
    return render(request, "home.html", context)


def home_address(arch: str = "", flavour: str = "", *, ended: bool = False) -> str:
    """The address of home for an architecture and flavour, "" for what people look for first."""
    given = {"ended": "1" if ended else "", "arch": arch, "flavour": flavour}
    return reverse("home", query={name: value for name, value in given.items() if value})


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
