# SPDX-License-Identifier: GPL-2.0-or-later
"""manage.py postgres start|stop|status: the embedded database server by hand."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from abidb import postgres
from abidb.errors import Unavailable


class Command(BaseCommand):
    help = "Start or stop the embedded PostgreSQL server, or say whether it runs (exit status 3 if not)."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("action", choices=["start", "stop", "status"])

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.ABIDB_EMBEDDED is None:
            raise CommandError("DATABASE_URL is set: the embedded server is not in use")
        data = settings.ABIDB_DATA
        try:
            if options["action"] == "stop":
                self.stdout.write("stopped" if postgres.stop(data) else "was not running")
            elif options["action"] == "start":
                self.describe(postgres.ensure_running(**settings.ABIDB_EMBEDDED))
            elif server := postgres.status(data):
                self.describe(server)
            else:
                raise CommandError(f"not running; data directory {data}", returncode=3)
        except Unavailable as error:
            raise CommandError(str(error)) from None

    def describe(self, server: postgres.Server) -> None:
        self.stdout.write(f"PostgreSQL {server.major} runs; data directory {settings.ABIDB_DATA}")
        self.stdout.write(f"connect: psql -h {server.socket} -p {server.port} -U {postgres.OWNER} {postgres.DATABASE}")
