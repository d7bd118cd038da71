# SPDX-License-Identifier: GPL-2.0-or-later
"""A symbol's biography: in which builds of each lane it was exported, what changed, and which packages use it.

    manage.py symbol register_netdev
    manage.py symbol register_netdev --line bookworm --arch amd64 --flavour cloud-amd64

In a large record only the newest builds of each release line's most general lane are looked at, and it is said how
many are not; one lane is always told whole.
"""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from abidb import queries, usewords, words
from abidb.answers import SymbolLane, SymbolPoint
from abidb.jsonform import symbol_json
from abidb.records import Export
from abidb.usejson import users_json

LANE = ("line", "arch", "flavour")


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name")
        for part in LANE:
            parser.add_argument(f"--{part}", default="", help=f"only lanes of this {part}")
        parser.add_argument("--json", action="store_true")

    def handle(self, **options: Any) -> None:
        lanes = queries.symbol(options["name"], **{part: options[part] for part in LANE})
        users = queries.users(options["name"])
        if options["json"]:
            told = {**symbol_json(options["name"], lanes), "users": users_json(users)}
            self.stdout.write(json.dumps(told, indent=1))
            return
        for lane in lanes:
            self.write_lane(lane)
        if users.packages:
            self.stdout.write("\n".join(usewords.users_lines(users)))

    def write_lane(self, lane: SymbolLane) -> None:
        self.stdout.write(f"{lane.lane.line} {lane.lane.arch} {lane.lane.flavour}")
        if lane.older:
            self.stdout.write(f"  ({words.plural(lane.older, 'older build')} not looked at)")
        for point in lane.points:
            self.stdout.write(f"  {point.build.kernel_release:32} {point.build.version:24} {_said(point)}")


def _said(point: SymbolPoint) -> str:
    here = "; ".join(_export(export) for export in point.exports) or "not exported"
    changed = ", ".join(words.KIND_WORDS[kind] for kind in point.changed)
    if not point.measured and point.exports:
        changed = ", ".join(filter(None, (changed, words.NOT_MEASURABLE)))
    return f"{here}  [{changed}]" if changed else here


def _export(export: Export) -> str:
    crc = "no CRC    " if export.crc is None else f"0x{export.crc:08x}"
    return " ".join(filter(None, (crc, export.kind, export.module, export.namespace)))
