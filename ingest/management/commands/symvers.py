# SPDX-License-Identifier: GPL-2.0-or-later
"""Print a build's exports as Module.symvers.

manage.py symvers 6.1.0-56-cloud-amd64 > Module.symvers
"""

from __future__ import annotations

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from abidb import queries, symvers


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("build", help="RELEASE[=VERSION][:ARCH]")

    def handle(self, **options: Any) -> None:
        build = queries.one_build(options["build"])
        text = symvers.lines(queries.all_exports(build.id)).decode()
        self.stdout.write(text, ending="") if text else sys.stdout.flush()
