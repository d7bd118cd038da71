# SPDX-License-Identifier: GPL-2.0-or-later
"""Walk the record and check what must hold of it. One line for each finding; exit status 1: there is one.

Every set decodes, its ids ascend and are known, it has the digest of its content; version keys and ABI names are those
of versions and releases; a build is apart if and only if a check failed, and has packages; lanes hold what belongs
there and nothing else; neighbours are compared, and as a fresh comparison tells. What out-of-tree modules import has
the CRCs that the kernel exports with whose headers they were built.
"""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from abidb import queries
from abidb.queries.invariants import MEMOS

ALL = 2**31 - 1


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--all", action="store_true", help=f"make every remembered comparison anew, not only {MEMOS} of them"
        )

    def handle(self, **options: Any) -> None:
        found = queries.invariants(memos=ALL if options["all"] else MEMOS)
        for what in found:
            self.stderr.write(what)
        status = queries.status()
        self.stdout.write(f"{status.builds:,} builds, {status.export_sets:,} export sets, {len(found):,} findings")
        raise SystemExit(1 if found else 0)
