# SPDX-License-Identifier: GPL-2.0-or-later
"""What a process that serves reads before its first reader asks: all names alone take a second."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from threading import Thread

from django.conf import settings
from django.db import connection
from django.template.loader import get_template
from django.urls import reverse

from abidb import queries
from abidb.errors import UnknownName
from dashboard import caching
from dashboard.api.openapi import document
from dashboard.failures import LOST

SYMBOL, MODULE = "kfree", "vmlinux"  #: of nearly all kernels: who asks for them reads what the others need, too
#: What many pages hang on, in the order in which readers come to need it.
ASKED: tuple[Callable[[], object], ...] = (
    queries.overview,
    lambda: queries.suggestions(SYMBOL, 1),
    lambda: queries.symbol(SYMBOL),
    lambda: queries.module(MODULE),
    lambda: queries.users(SYMBOL),
    queries.packages,
    queries.breaks,
    queries.new_names,
    lambda: queries.line_news(limit=1),
    queries.in_use,
)


def start() -> Thread:
    """Warm this process while it serves already."""
    thread = Thread(target=_warm, name="warming", daemon=True)
    thread.start()
    return thread


def _warm() -> None:
    try:
        warm()
    finally:
        connection.close()


def warm() -> None:
    """Read pages, addresses, and of the record what many pages need; where that is not there, they will say so."""
    caching.version()
    document()
    reverse("home")
    pages = Path(settings.BASE_DIR) / "templates"
    for page in sorted(pages.rglob("*.html")):
        get_template(str(page.relative_to(pages)))
    for ask in ASKED:
        with suppress(UnknownName, *LOST):
            ask()
