# SPDX-License-Identifier: GPL-2.0-or-later
"""Work on what is queued until told to end; then what has been begun is finished.

    manage.py worker --processes 4

One process for each core. Any number of machines can run this against one database. Every few hours
(ABIDB_LOOK_HOURS) the archives are looked at again, and a record that has changed is published as tables
(ABIDB_PUBLISH_HOURS); `manage.py pause` and `resume` stop and go on, everywhere.
"""

from __future__ import annotations

import logging
import signal
import threading
import time
from types import FrameType
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandParser

from ingest import queue, workers
from ingest.management.commands.sync import positive
from ingest.plan import look_job
from ingest.publish import publish

A_MINUTE = 60.0


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--processes", type=positive, help="so many workers (one for each core)")
        parser.add_argument("--under", type=positive, metavar="PID", help="be one of them, looked after by its parent")
        parser.add_argument("--quiet", action="store_true", help="no line for each job, only what broke")

    def handle(self, **options: Any) -> None:
        logging.getLogger("ingest").setLevel(logging.ERROR if options["quiet"] else logging.INFO)
        size = options["processes"] or workers.processors()
        if options["under"]:
            workers.work(size, options["under"])
            return
        call_command("migrate", verbosity=0)
        tend(size, *(["--quiet"] if options["quiet"] else []))


def tend(size: int, *options: str) -> None:
    """Look after workers until SIGTERM or SIGINT."""
    ended = threading.Event()

    def end(_signal: int, _frame: FrameType | None) -> None:
        if ended.is_set():
            raise KeyboardInterrupt  # told twice: at once
        ended.set()

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    next_look = 0.0
    with workers.crew(size, *options) as crew:
        while not ended.wait(workers.WATCH):
            with workers.patience():
                if time.monotonic() >= next_look:
                    look_if_due()
                    publish_if_due()
                    next_look = time.monotonic() + A_MINUTE
                crew.tend()


def look_if_due() -> None:
    """Queue a look at the archives where the last one is ABIDB_LOOK_HOURS ago."""
    if settings.ABIDB_LOOK_HOURS:
        since = queue.seconds_since_look()
        if since is None or since > settings.ABIDB_LOOK_HOURS * 3600:
            queue.defer([look_job()])


def publish_if_due() -> None:
    """Queue a publication of the record's tables where it has changed, and the last one is ABIDB_PUBLISH_HOURS ago."""
    if publish.is_due(settings.ABIDB_PUBLISHED, settings.ABIDB_PUBLISH_HOURS):
        queue.defer([publish.job()])
