# SPDX-License-Identifier: GPL-2.0-or-later
"""Write the record's tables as Parquet and CSV to where the site gives them out, at /download/ (docs/downloads.md).

Workers do so by themselves when the record has changed, not more often than ABIDB_PUBLISH_HOURS says. What was
published before stays until all is written, and where that fails.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from ingest.publish import publish


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        told = "a folder to write to instead of ABIDB_PUBLISHED"
        parser.add_argument("--to", type=Path, default=settings.ABIDB_PUBLISHED, metavar="DIR", help=told)

    def handle(self, *, to: Path, **_options: Any) -> None:
        found = publish.publish(to)
        for table in found.tables:
            self.stdout.write(f"{table.name}: {table.rows:,} rows")
        self.stdout.write(f"{found.folder}: {found.size / 1e6:,.1f} MB")
