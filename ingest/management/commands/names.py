# SPDX-License-Identifier: GPL-2.0-or-later
"""New ABI names of the record, newest first: which came while no export changed, and what changed in which flavour.

    manage.py names
    manage.py names bookworm --unchanged
    manage.py names --before bookworm/linux/6.1.190-1 --json

Exit status 2: there is no such line, or no such key.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from abidb import namewords, queries
from abidb.nameanswers import CHANGED, NewName
from abidb.namejson import names_json
from abidb.words import CRC_OVERSTATES

SHOWN = 40  # unless another number is asked for


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("line", nargs="?", default="", help="a release line, such as bookworm, trixie-backports")
        parser.add_argument("--unchanged", action="store_true", help=f"only those that came {namewords.WITHOUT}")
        parser.add_argument("--before", default="", metavar="KEY", help="go on behind that one: LINE/SOURCE/VERSION")
        parser.add_argument("--limit", type=int, default=SHOWN, help=f"how many, {SHOWN} unless given, at most 200")
        parser.add_argument("--json", action="store_true")

    def handle(self, **options: Any) -> None:
        wanted = {field: options[field] for field in ("line", "unchanged", "before", "limit")}
        page = queries.new_names(**wanted)
        if options["json"]:
            self.stdout.write(json.dumps(names_json(page), indent=1))
            return
        self.stdout.write("\n".join((namewords.names_sentence(page.counts), namewords.MEANS, CRC_OVERSTATES)))
        for name in page.names:
            self.stdout.write("\n".join(text(name)))
        if page.before:
            self.stdout.write(f"older ones: --before {page.before}")


def text(name: NewName) -> Iterator[str]:
    """A new name in lines for a terminal: what is known of all flavours, then of those that changed, then of the rest
    that could not be measured.
    """
    date = f"{name.new.date:%Y-%m-%d}" if name.new.date else "date unknown"
    yield f"{date}  {name.new.source} {name.new.version}  {namewords.renamed_sentence(name)}  {', '.join(name.lines)}"
    told = "; ".join(filter(None, (namewords.measured_sentence(name), namewords.between_sentence(name))))
    yield f"    after {name.old.version}: {told}"
    for step in name.flavours:
        if step.state == CHANGED:
            yield f"        {namewords.flavour_title(step)}: {namewords.flavour_sentence(step)}"
    for reason, steps in namewords.reasons(name):
        yield f"        {', '.join(map(namewords.flavour_title, steps))}: {reason}"
