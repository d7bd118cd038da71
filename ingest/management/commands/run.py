# SPDX-License-Identifier: GPL-2.0-or-later
"""Serve the site and meanwhile fill the record with the newest kernels.

The site answers at once and shows how far the ingest is; it goes on serving until it is interrupted. What is known of
out-of-tree modules is imported from a file that comes with abidb, where the record has nothing of it. The process that
serves has the database role that may only read.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from threading import Event
from types import FrameType
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandParser

from abidb import queries
from abidb.errors import AbidbError, Unavailable
from ingest import workers
from ingest.management.commands.sync import bring, positive, sentence
from ingest.offers import Wish
from ingest.publish import publish

DATA = settings.BASE_DIR / "data" / "outoftree.abidb"

ENDED = Event()  #: somebody has asked for the end


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--flavour", action="append", help="flavours to ingest (cloud-amd64)")
        parser.add_argument("--newest", type=positive, default=4, help="uploads of each release line (4)")
        parser.add_argument("--no-sync", action="store_true", help="only serve what the record has")
        told = "an export to import where the record knows no builds of out-of-tree modules (data/outoftree.abidb)"
        parser.add_argument("--data", type=Path, default=DATA, metavar="FILE", help=told)

    def handle(self, **options: Any) -> None:
        refuse_taken_port()
        call_command("migrate", verbosity=0)
        signal.signal(signal.SIGTERM, _interrupt)
        site = serve()
        try:
            wait_until_open(site)
            self.load(options["data"])
            if not options["no_sync"]:
                self.fill(options["flavour"] or ["cloud-amd64"], options["newest"])
            self.publish()
            self.stdout.write(f"serving on {address()} until interrupted (Ctrl-C); `make stop` ends the database")
            self.stdout.flush()
            status = site.wait()
        except KeyboardInterrupt:
            status = 0
        except (Exception, SystemExit):
            if not ENDED.is_set():  # else a library told the interruption in words of its own
                raise
            status = 0
        finally:
            site.terminate()
            site.wait()
        raise SystemExit(status)

    def load(self, file: Path) -> None:
        """Import what comes with abidb; a file that cannot be taken does not end the site."""
        if not file.exists() or queries.dkms_attempts():
            return
        self.stdout.write(f"the site is at {address()}; importing what is known of out-of-tree modules: {file.name}")
        self.stdout.flush()
        try:
            call_command("import", file, stdout=self.stdout)
        except AbidbError as error:
            self.stderr.write(f"abidb: {error}")

    def fill(self, flavours: list[str], newest: int) -> None:
        """Ingest; an archive that cannot be had does not end the site."""
        self.stdout.write(f"the site is at {address()}; ingesting the newest {newest} of {', '.join(flavours)}")
        self.stdout.flush()
        arches = {flavour.rpartition("-")[2] for flavour in flavours}
        known = arches <= set(settings.ARCHITECTURES)  # else any may have such a flavour: armmp, 686-pae
        wish = Wish(arches=sorted(arches) if known else (), flavours=flavours, newest=newest)
        try:
            result = bring(wish, warn=self.stderr.write, size=workers.processors(), supported=True)
            self.stdout.write(sentence(result))
        except AbidbError as error:
            self.stderr.write(f"abidb: {error}")

    def publish(self) -> None:
        """Write the tables of a record that has changed; a full disk does not end the site."""
        try:
            if publish.is_due(settings.ABIDB_PUBLISHED, settings.ABIDB_PUBLISH_HOURS):
                found = publish.publish(settings.ABIDB_PUBLISHED)
                self.stdout.write(f"published {found.size / 1e6:,.1f} MB of tables: {address()}download/")
        except Unavailable as error:
            self.stderr.write(f"abidb: {error}")


def address() -> str:
    """Where the site is."""
    return f"http://{settings.ABIDB_BIND}:{settings.ABIDB_PORT}/"


def serve() -> subprocess.Popen[bytes]:
    """Start the site as a process of its own, with the reading role."""
    command = [sys.executable, "-m", "gunicorn", "abidb.wsgi", "--bind", f"{settings.ABIDB_BIND}:{settings.ABIDB_PORT}"]
    options = ["--workers", "2", "--threads", "4", "--worker-class", "gthread", "--timeout", "60"]
    quiet = ["--log-level", "warning", "--no-control-socket"]
    collect = [sys.executable, "manage.py", "collectstatic", "--no-input", "--verbosity", "0"]
    subprocess.run(collect, cwd=settings.BASE_DIR, check=True)  # compressed, and with names that may be kept for ever
    environment = {**os.environ, "ABIDB_ROLE": "web"}
    return subprocess.Popen([*command, *options, *quiet], env=environment, cwd=settings.BASE_DIR)


def refuse_taken_port() -> None:
    """Raises Unavailable where the site could not listen."""
    family = socket.AF_INET6 if ":" in settings.ABIDB_BIND else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.ABIDB_BIND, settings.ABIDB_PORT))
        except OSError as error:
            said = f"cannot listen on {settings.ABIDB_BIND}, port {settings.ABIDB_PORT}: {error.strerror}"
            raise Unavailable(f"{said}; ABIDB_BIND and ABIDB_PORT name others") from None


def wait_until_open(site: subprocess.Popen[bytes]) -> None:
    """Return when the site takes connections; raises Unavailable where it ended instead."""
    while site.poll() is None:
        with suppress(OSError), socket.create_connection((settings.ABIDB_BIND, settings.ABIDB_PORT), timeout=1):
            return
        time.sleep(0.1)
    raise Unavailable(f"the site did not start on {address()}")


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    ENDED.set()
    raise KeyboardInterrupt
