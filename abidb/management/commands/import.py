# SPDX-License-Identifier: GPL-2.0-or-later
# ruff: noqa: N999  # the command's name
"""Take what another installation exported into the record. All of it is taken, or nothing and the reason is said.

Every digest is computed anew. Where the record has a build already, the better one stays; where none is the better
and they are not the same, the import is refused. Of attempts at packages of modules the record's own then stays.
Where debs were listed is taken on trust.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from abidb.errors import BadFormat
from abidb.store.load import merge
from abidb.store.load_outoftree import KEPT
from abidb.store.outoftree import BETTER, KNOWN, NEW
from abidb.transfer import envelope, reader


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE")

    def handle(self, *, file: Path, **_options: Any) -> None:
        try:
            loaded = merge(reader.rows(envelope.lines(file)))
        except BadFormat as error:
            raise error.within(str(file)) from None
        self.stdout.write(
            f"{loaded.new:,} new builds, {loaded.better:,} better than what the record had, {loaded.same:,} the same, "
            f"{loaded.lesser:,} of which the record has better ones"
        )
        if tried := loaded.attempts:
            counts = f"{tried[NEW]:,} new, {tried[BETTER]:,} better, {tried[KNOWN]:,} known"
            kept = f"; kept {tried[KEPT]:,} of your own that came out otherwise and are as good" if tried[KEPT] else ""
            self.stdout.write(f"attempts at packages of modules: {counts}{kept}")
