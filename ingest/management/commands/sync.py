# SPDX-License-Identifier: GPL-2.0-or-later
"""Bring kernels of the archives into the record.

    manage.py sync --suite bookworm-security --arch amd64 --flavour cloud-amd64 --newest 4

Without options: every suite, architecture and flavour that the archives have. What is needed is queued, then worked
off by the workers that run, else by one for each core. Exit status 1: some of it failed.
"""

from __future__ import annotations

from argparse import ArgumentTypeError
from collections.abc import Callable
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandParser

from abidb import store
from ingest import workers
from ingest.display import display
from ingest.offers import Wish
from ingest.plan import Planned, account, plan
from ingest.sync import Result, work_off


def positive(text: str) -> int:
    """A whole number from 1 on."""
    if not (text.isascii() and text.isdigit() and int(text)):
        raise ArgumentTypeError(f"{text!r} is not a whole number from 1 on")
    return int(text)


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--suite", action="append", default=[], help="a suite, such as trixie-security; repeatable")
        parser.add_argument("--arch", action="append", default=[], help="a Debian architecture; repeatable")
        parser.add_argument("--flavour", action="append", default=[], help="a flavour, such as rt-amd64; repeatable")
        parser.add_argument("--newest", type=positive, help="so many uploads of each release line and flavour")
        parser.add_argument("--supported", action="store_true", help="leave out releases that have ended")
        parser.add_argument("--retry", action="store_true", help="do not wait with what could not be had")
        parser.add_argument("--reextract", action="store_true", help="only what an older extractor has read")
        parser.add_argument("--queue", action="store_true", help="only queue what is needed, for workers that run")
        parser.add_argument("--processes", type=positive, help="so many workers (one for each core)")

    def handle(self, **options: Any) -> None:
        call_command("migrate", verbosity=0)
        wish = Wish(options["suite"], options["arch"], options["flavour"], options["newest"])
        how = {name: options[name] for name in ("supported", "retry", "reextract")}
        if options["queue"]:
            with account() as run:
                planned = plan(wish, run=run, warn=self.stderr.write, **how)
            self.stdout.write(f"{len(planned.builds)} queued, {planned.known} known{_waiting(planned.waiting)}")
            return
        result = bring(wish, warn=self.stderr.write, size=options["processes"] or workers.processors(), **how)
        self.stdout.write(sentence(result))
        if result.failed:
            raise SystemExit(1)


def sentence(result: Result) -> str:
    """What a sync did, in one line."""
    return f"{result.ingested} ingested, {result.known} known, {result.failed} failed{_waiting(result.waiting)}"


def _waiting(number: int) -> str:
    return f", {number} not to be had, waiting for another try (--retry: now)" if number else ""


def bring(wish: Wish, *, warn: Callable[[str], object], size: int, **how: bool) -> Result:
    """Look at the configured archives and ingest what is wished for; raises AbidbError where they cannot be had.

    `how` is passed on to plan(). What of the archives was refused is noted and said to `warn`.
    """
    with account() as run, display() as shown:
        planned: Planned = plan(wish, run=run, warn=warn, **how)
        result = work_off(planned, run, shown, size)
        store.collect()
        workers.make_room()
        return result
