# SPDX-License-Identifier: GPL-2.0-or-later
"""Let all workers finish what they have begun and take no further job, until `manage.py resume`.

manage.py pause "the mirror is being moved"
"""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from abidb import store


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("reason", nargs="?", default="", help="shown on the status page")

    def handle(self, **options: Any) -> None:
        store.pause(options["reason"])
