# SPDX-License-Identifier: GPL-2.0-or-later
"""How much of the archive the record has, and what its workers do about the rest."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from abidb import jsonform, publication, queries
from abidb.answers import ReleaseAge
from abidb.errors import UnknownName
from abidb.publication import Publication
from dashboard.addresses import address
from dashboard.coverage import matrix
from dashboard.pages import page_of, whole
from dashboard.unknown import Offer
from dashboard.views.home import is_running, said_of

PAGE = 50  #: builds that could not be had, shown at a time
APART = 20  #: builds set apart that are shown with their symbols; a sound record has none
SYMBOLS = 20  #: differing symbols of each that are listed


@require_safe
@cache_control(no_cache=True)
def status(request: HttpRequest) -> HttpResponse:
    """Coverage, freshness, queue, what could not be had, what is set apart, what the last run met."""
    if request.GET.get("format") == "json":
        return JsonResponse(as_json())
    run, ages = queries.run_state(), queries.release_ages()
    found, apart = queries.coverage(), queries.apart()
    dates, now = newest(ages), timezone.now()
    waiting, pages = page_of(queries.attempts(), whole(request.GET.get("offset", "")), PAGE)
    suites = {each.suite for each in found}
    record = queries.status()
    context = {
        "now": now,
        "record": record,
        "queue": queries.queue_state(),
        "run": run,
        "running": is_running(run, now),
        "said_of_run": said_of(run, now, read=record.builds > 0),
        "matrix": matrix(found, dates),
        "others": [(suite, date) for suite, date in sorted(dates.items()) if suite not in suites],
        "apart": queries.apart_facts(APART),
        "apart_total": len(apart),
        "symbols": SYMBOLS,
        "waiting": waiting,
        **pages,
        "building": queries.building(),
        "published": last_published(),
    }
    return render(request, "status.html", context)


@require_safe
@cache_control(no_cache=True)
def suite(request: HttpRequest, name: str) -> HttpResponse:
    """One suite's builds by architecture, with their exports and distinct sets."""
    found = queries.coverage()
    shown = [each for each in found if each.suite == name]
    if not shown:
        suites = dict.fromkeys(each.suite for each in found)
        raise Offer(UnknownName(f"no suite {name} with kernels is known", list(suites)), suite_address)
    (row,) = matrix(shown, newest(queries.release_ages())).rows
    return render(request, "suite.html", {"row": row, "now": timezone.now()})


def suite_address(name: str) -> str:
    return address("suite", name)


def newest(ages: Sequence[ReleaseAge]) -> dict[str, dt.datetime]:
    """The date of each suite's newest Release file; several roots may have one of the same suite."""
    dates: dict[str, dt.datetime] = {}
    for age in ages:
        dates[age.suite] = max(age.date, dates.get(age.suite, age.date))
    return dates


def last_published() -> Publication | None:
    """The newest publication of the record's tables; None where there is none that can be read."""
    try:
        return publication.published(settings.ABIDB_PUBLISHED)
    except (OSError, ValueError):
        return None


def as_json() -> dict[str, Any]:
    """The same for programs, whole."""
    found, last = queries.building(), last_published()
    told = jsonform.status_json(
        record=queries.status(),
        queue=queries.queue_state(),
        coverage=queries.coverage(),
        releases=queries.release_ages(),
        waiting=queries.attempts(),
        apart=queries.apart(),
    )
    packages = {**asdict(found), "outcomes": dict(found.outcomes), "last": found.last and found.last.isoformat()}
    tables = {"generation": last.generation, "made": last.made.isoformat()} if last else None
    return {**told, "packages": packages, "published": tables}
