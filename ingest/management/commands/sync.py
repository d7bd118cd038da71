# SPDX-License-Identifier: GPL-2.0-or-later
"""Bring kernels of the archive into the record.

    manage.py sync --suite bookworm-security --arch amd64 --flavour cloud-amd64 --newest 4

Without options: every suite, architecture and flavour that the archive has.
"""

from __future__ import annotations

from argparse import ArgumentTypeError
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandParser

from abidb import store
from abidb.errors import AbidbError, UnknownName
from ingest import configured
from ingest.archive.cache import prune
from ingest.display import display
from ingest.look import Sight, look
from ingest.offers import Wish, chosen, listings, refuse_unknown
from ingest.sync import Result, sync


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

    def handle(self, **options: Any) -> None:
        call_command("migrate", verbosity=0)
        wish = Wish(options["suite"], options["arch"], options["flavour"], options["newest"])
        result = bring(wish, supported=options["supported"], warn=self.stderr.write)
        self.stdout.write(sentence(result))
        if result.failed:
            raise SystemExit(1)


def sentence(result: Result) -> str:
    """What a sync did, in one line."""
    return f"{result.ingested} ingested, {result.known} known, {result.failed} failed"


def bring(wish: Wish, *, supported: bool, warn: Callable[[str], object]) -> Result:
    """Look at the configured archives and ingest what is wished for; raises AbidbError where they cannot be had.

    What of the archives was refused is noted and said to `warn`.
    """
    run = store.start_run()
    try:
        with display() as shown:
            store.step_run(run, total=0, done=0, failed=0, current="reading the archive's indexes")
            client = configured.cached_client()
            sight = look(configured.roots(), client, wish.arches or settings.ARCHITECTURES, wish.suites)
            _note(sight, run, warn)
            ended = [name for name, word in sight.words.items() if word == "ended"] if supported else []
            wish = Wish(_suites(wish, sight), wish.arches, wish.flavours, wish.newest, ended)
            refuse_unknown(wish, sight.catalogue.builds)
            result = sync(chosen(sight.catalogue.builds, wish), sight.roots, client, shown, run)
            store.collect()
            prune(client.cache, settings.ABIDB_CACHE_GB << 30)
            return result
    except AbidbError as error:
        store.add_problem(run, "sync", str(error))
        raise
    finally:
        store.finish_run(run)


def _suites(wish: Wish, sight: Sight) -> list[str]:
    """The wished-for suites by the names that listings go by: stable is trixie. Raises UnknownName."""
    names = {
        name: found.suite for found in sight.catalogue.releases for name in (found.folder, found.alias, found.suite)
    }
    for suite in wish.suites:
        if suite not in names:
            raise UnknownName(f"no suite {suite} in the archives", sorted(set(names.values())))
    return [names[suite] for suite in wish.suites]


def _note(sight: Sight, run: int, warn: Callable[[str], object]) -> None:
    store.put_releases(sight.releases, sight.aliases)
    store.put_listings(listings(sight.catalogue.builds))
    for problem in sight.catalogue.problems:
        subject = f"{problem.root} {problem.suite} {problem.index}".strip()
        store.add_problem(run, subject, problem.message)
        warn(f"abidb: {subject}: {problem.message}")
