# SPDX-License-Identifier: GPL-2.0-or-later
"""Answers that are good until the record changes: who has one is told so, without a look at the rest of the record."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import cache, wraps
from pathlib import Path

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.cache import get_conditional_response
from django.utils.http import http_date

from abidb import queries
from abidb.answers import Generation
from dashboard.failures import LOST

#: Pages that tell what happens at this moment, or hang on nothing that the record has.
LIVE = {"home", "download", "download_file", "status", "suite", "check", "healthz", "robots", "favicon"}
SECONDS = 60  #: for which a page is good without asking
ROOMS = ("abidb", "dashboard", "templates")  #: whose files decide how the record is told
View = Callable[..., HttpResponse]


def conditional(view: View) -> View:
    """Give a view's 200 an ETag and Last-Modified from the record's generation, and answer 304 to who has it already.

    Both change with the record, with the hour (answers tell how long ago something was) and with abidb itself.
    """

    @wraps(view)
    def answer(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        now = queries.generation()
        tag, date = etag(now), last_modified(now)
        known: HttpResponse | None = get_conditional_response(request, tag, date)
        response = view(request, *args, **kwargs) if known is None else known
        if response.status_code in (200, 304):
            response.headers.setdefault("ETag", tag)
            response.headers.setdefault("Last-Modified", http_date(date))
        return response

    return answer


def etag(now: Generation) -> str:
    """Weak: the same answer may come compressed."""
    return f'W/"{now.n}-{hour() // 3600}-{version()}"'


def last_modified(now: Generation) -> int:
    """Seconds of the epoch when an answer may last have changed."""
    return max(int(now.at.timestamp()) if now.at else 0, hour(), version())


def hour() -> int:
    """Seconds of the epoch when this hour began."""
    return int(time.time()) // 3600 * 3600


class Kept:
    """Middleware: the same for all pages that hang on the record alone. The API has a decorator of its own.

    Nothing is said of an answer for which another thread was still reading what is new.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with queries.one_answer():
            response = self.get_response(request)
        now: Generation | None = getattr(request, "generation", None)
        if queries.behind():
            unmarked(response)
        elif now is not None and response.status_code in (200, 304):
            response.headers.setdefault("ETag", etag(now))
            response.headers.setdefault("Last-Modified", http_date(last_modified(now)))
            response.headers.setdefault("Cache-Control", f"public, max-age={SECONDS}")
        return response

    def process_view(self, request: HttpRequest, *_: object) -> HttpResponse | None:
        """304 to who has the page. Where the database does not answer, that is for the view to tell."""
        match = request.resolver_match
        if request.method not in ("GET", "HEAD") or match is None or match.url_name in LIVE or match.namespaces:
            return None
        try:
            now = queries.generation()
        except LOST:
            return None
        request.generation = now  # type: ignore[attr-defined]
        found: HttpResponse | None = get_conditional_response(request, etag(now), last_modified(now))
        return found


def unmarked(response: HttpResponse) -> None:
    """What was told of the record as it was before is not what the mark of the record as it is now stands for."""
    for name in ("ETag", "Last-Modified"):
        del response[name]
    response["Cache-Control"] = "no-cache"


@cache
def version() -> int:
    """When a file that makes answers was last changed, in seconds of the epoch: the same in all processes."""
    files = (path for room in ROOMS for path in (Path(settings.BASE_DIR) / room).rglob("*.*") if path.suffix != ".pyc")
    return max(int(path.stat().st_mtime) for path in files)
