# SPDX-License-Identifier: GPL-2.0-or-later
"""The uploads of a release line: version, date, where aimed, ABI name, builds, CVEs, and what ABI changes they ignore.

    manage.py uploads bookworm
    manage.py uploads bookworm-6.12 --all --json

Uploads without builds are told by later changelogs alone. Exit status 2: there is no such line.
"""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from abidb import queries, words
from abidb.answers import Upload
from abidb.errors import UnknownName
from abidb.jsonform import upload_json

SHOWN = 40  # uploads, unless all are asked for
ALL = 1_000_000


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("line", help="a release line, such as bookworm, bookworm-6.12, trixie-backports, sid")
        parser.add_argument("--all", action="store_true", help=f"not only the newest {SHOWN}")
        parser.add_argument("--json", action="store_true")

    def handle(self, **options: Any) -> None:
        line = options["line"]
        found = queries.uploads(line=line, limit=ALL if options["all"] else SHOWN)
        if not found and not queries.lane_names(line):
            lines = dict.fromkeys(name.line for name in queries.lane_names())
            raise UnknownName(f"there is no release line {line!r}", list(lines))
        if options["json"]:
            self.stdout.write(json.dumps([upload_json(upload) for upload in found], indent=1))
            return
        for upload in found:
            self.stdout.write("\n".join(text(upload)))


def text(upload: Upload) -> list[str]:
    """An upload in lines for a terminal: what is known of it, then what it ignores."""
    date = f"{upload.date:%Y-%m-%d}" if upload.date else "date unknown"
    builds = words.plural(upload.builds, "build") if upload.builds else "no build in the record"
    abi = words.abi_sentence(upload.abi_names, from_changelog=upload.from_changelog)
    aim = upload.distribution or "aim unknown"
    fixes = f"{words.plural(upload.cves, 'CVE')}, {words.plural(upload.bugs, 'bug')}"
    head = f"{upload.source} {upload.version}  {date}  {aim}  ABI name {abi}  {builds}  {fixes}"
    told = [f"ignores {each}" for each in upload.ignored] + [f"remark: {each}" for each in upload.remarks]
    return [head, *(f"    {each}" for each in told)]
