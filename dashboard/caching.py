# SPDX-License-Identifier: GPL-2.0-or-later
"""Answers that are good until the record changes: who has one is told so, without a look at the rest of the record."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from functools import cache, wraps
from pathlib import Path

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.cache import get_conditional_response
from django.utils.http import http_date

from abidb import queries
from abidb.answers import Generation

ROOMS = ("abidb", "dashboard", "templates")  #: whose files decide how the record is told
View = Callable[..., HttpResponse]


def conditional(view: View) -> View:
    """Give a view's 200 an ETag and Last-Modified from the record's generation, and answer 304 to who has it already.

    Both change with the record, with the day (releases grow old) and with abidb itself.
    """

    @wraps(view)
    def answer(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        now = queries.generation()
        tag, date = etag(now), last_modified(now)
        known: HttpResponse | None = get_conditional_response(request, tag, date)
        if known is not None:
            return known
        response = view(request, *args, **kwargs)
        if response.status_code == 200:
            response.headers.setdefault("ETag", tag)
            response.headers.setdefault("Last-Modified", http_date(date))
        return response

    return answer


def etag(now: Generation) -> str:
    """Weak: the same answer may come compressed."""
    return f'W/"{now.n}-{midnight() // 86_400}-{version()}"'


def last_modified(now: Generation) -> int:
    """Seconds of the epoch when an answer may last have changed."""
    return max(int(now.at.timestamp()) if now.at else 0, midnight(), version())


def midnight() -> int:
    """Seconds of the epoch when this day began, UTC."""
    today = dt.datetime.now(dt.UTC).date()
    return int(dt.datetime.combine(today, dt.time(), dt.UTC).timestamp())


@cache
def version() -> int:
    """When a file that makes answers was last changed, in seconds of the epoch: the same in all processes."""
    files = (path for room in ROOMS for path in (Path(settings.BASE_DIR) / room).rglob("*.*") if path.suffix != ".pyc")
    return max(int(path.stat().st_mtime) for path in files)
