# SPDX-License-Identifier: GPL-2.0-or-later
"""A symbol's biography: in which builds of each lane it was exported, and what changed.

manage.py symbol register_netdev
"""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from abidb import queries, words
from abidb.answers import SymbolLane, SymbolPoint
from abidb.jsonform import symbol_json
from abidb.records import Export


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name")
        parser.add_argument("--json", action="store_true")

    def handle(self, **options: Any) -> None:
        lanes = queries.symbol(options["name"])
        if options["json"]:
            self.stdout.write(json.dumps(symbol_json(options["name"], lanes), indent=1))
            return
        for lane in lanes:
            self.write_lane(lane)

    def write_lane(self, lane: SymbolLane) -> None:
        self.stdout.write(f"{lane.lane.line} {lane.lane.arch} {lane.lane.flavour}")
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
