# SPDX-License-Identifier: GPL-2.0-or-later
"""Bring one build from local debs into the record, in any order of its debs.

    manage.py ingest linux-image-7.3.4*.deb linux-binary-7.3.4*.deb linux-modules-7.3.4*.deb linux-base-7.3.4*.deb

The build is marked local and enters no lane, unless a verified index that abidb has read lists the debs' checksums.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandParser

from abidb import queries, store, words
from ingest.kernel import read_kernel


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("debs", nargs="+", type=Path, metavar="FILE.deb")

    def handle(self, **options: Any) -> None:
        call_command("migrate", verbosity=0)
        kernel = read_kernel(options["debs"])
        saved = store.save(kernel)
        facts = queries.build(saved.build)
        place = "local" if facts.local else "listed"
        self.stdout.write(f"{facts.ref.name}: {saved.outcome}, {facts.exports:,} exports, {facts.ref.covers}, {place}")
        self.stdout.write(words.check_sentence(facts.imports_checked, len(facts.mismatches)))
        if facts.mismatches:
            self.stdout.write(f"set apart: {', '.join(facts.mismatches[:9])}")
