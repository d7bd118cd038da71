# SPDX-License-Identifier: GPL-2.0-or-later
"""Release lines on their architectures and flavours; of one of them the builds, newest first, and what each changed.

    manage.py lanes
    manage.py lanes bookworm
    manage.py lanes bookworm/amd64/cloud-amd64 --limit 5
    manage.py lanes bookworm/amd64/cloud-amd64 --json

Exit status 2: there is no such lane.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from abidb import queries
from abidb.answers import Lane, Step
from abidb.errors import UnknownName
from abidb.lanejson import churn_json, lanes_json
from abidb.useanswers import StepHits
from abidb.words import CRC_OVERSTATES, plural, step_sentence

MOST = 10_000  #: lanes that are listed; the record has some hundreds
SHOWN = 40  # builds, unless another number is asked for


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("lane", nargs="?", default="", metavar="LINE[/ARCH[/FLAVOUR]]")
        parser.add_argument("--limit", type=int, default=SHOWN, help=f"builds of one lane, {SHOWN} unless given")
        parser.add_argument("--json", action="store_true")

    def handle(self, **options: Any) -> None:
        parts = [*options["lane"].split("/"), "", ""][:3]
        if all(parts):
            self.one(*parts, limit=max(options["limit"], 1), as_json=options["json"])
            return
        found = queries.lane_list(line=parts[0], arch=parts[1], limit=MOST)
        if not found.total and parts[0]:
            raise UnknownName(f"no lane {options['lane']}", list(dict.fromkeys(n.line for n in queries.lane_names())))
        told = [f"{one.name.line}/{one.name.arch}/{one.name.flavour}  {one.status}" for one in found.lanes]
        self.stdout.write(json.dumps(lanes_json(found), indent=1) if options["json"] else "\n".join(told))

    def one(self, line: str, arch: str, flavour: str, *, limit: int, as_json: bool) -> None:
        lane = queries.lane(line, arch, flavour, newest=limit)
        hits = queries.lane_hits(line, arch, flavour)
        if as_json:
            told = churn_json(lane.steps[::-1], hits, lane.older + len(lane.steps), None)
            self.stdout.write(json.dumps(told, indent=1))
        else:
            self.stdout.write("\n".join(text(lane, hits)))


def text(lane: Lane, hits: Mapping[int, StepHits]) -> Iterator[str]:
    """A lane in lines for a terminal."""
    yield CRC_OVERSTATES
    for step in reversed(lane.steps):
        date = f"{step.new.date:%Y-%m-%d}" if step.new.date else "date unknown"
        yield f"{date}  {step.new.kernel_release} {step.new.version}  {_said(step)}"
        if named := hits[step.new.id].names if step.new.id in hits else None:
            yield f"    refuses the modules of {plural(len(named), 'package')}: {', '.join(named)}"
    if lane.older:
        yield f"and {plural(lane.older, 'older build')}"


def _said(step: Step) -> str:
    if step.old is None:
        return "the first"
    if step.counts is None or step.scope is None:
        return "not compared"
    return step_sentence(step.old.abi_name, step.new.abi_name, step.counts, scope=step.scope)
