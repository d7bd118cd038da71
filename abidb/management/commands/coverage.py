# SPDX-License-Identifier: GPL-2.0-or-later
"""Which packages that bring modules a list of symbols keeps whole, and what the others lack.

    manage.py coverage LIST
    manage.py coverage Module.symvers --release bookworm --lane bookworm/amd64/cloud-amd64
    manage.py coverage - --json < LIST

LIST is a text: symbols parted by blanks, commas or lines, `#` begins a comment. Counts are of packages that were built.
Without a file the cost of a stable list is told: how many symbols keep how many packages whole.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from typing import Any

from django.core.management.base import BaseCommand

from abidb import queries, usewords
from abidb.answers import LaneName
from abidb.errors import UnknownName
from abidb.stablelist import ListCoverage, Point, cost_curve, coverage, listed
from abidb.usejson import coverage_json


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("file", nargs="?", metavar="LIST", help="- for standard input")
        parser.add_argument("--release", default="", help="whose packages: bookworm, bookworm-backports")
        parser.add_argument("--lane", default="", help="LINE/ARCH/FLAVOUR, whose kernels they are built for")
        parser.add_argument("--json", action="store_true")

    def handle(self, **options: Any) -> None:
        uses = queries.release_uses(options["release"], lane_of(options["lane"]))
        found = coverage(listed(read(options["file"])), uses.by_package) if options["file"] else None
        curve = cost_curve(uses.by_package)
        if options["json"]:
            self.stdout.write(json.dumps(coverage_json(uses, found, curve), indent=1))
            return
        lines = covered(found) if found else cost(curve)
        self.stdout.write("\n".join([*lines, usewords.release_sentence(uses)]))


def lane_of(text: str) -> LaneName | None:
    """The lane that LINE/ARCH/FLAVOUR names, None for ""; raises UnknownName for another shape."""
    if not text:
        return None
    if text.count("/") != 2:
        raise UnknownName(f"{text!r} is not LINE/ARCH/FLAVOUR")
    return LaneName(*text.split("/"))


def read(name: str) -> str:
    """The text of a file, or of standard input; raises OSError."""
    with open(name, "rb") if name != "-" else sys.stdin.buffer as source:  # noqa: PTH123  # - is no path
        return source.read().decode(errors="replace")


def covered(found: ListCoverage) -> Iterator[str]:
    """What a list covers, in lines."""
    yield usewords.coverage_sentence(found)
    yield usewords.idle_sentence(found)
    yield from (f"  {package} is whole" for package in found.whole)
    yield from (f"  {usewords.gap_sentence(gap)}" for gap in found.gaps)


def cost(curve: Sequence[Point]) -> Iterator[str]:
    """The cost of a stable list, in lines."""
    yield usewords.CURVE_MEANS
    yield f"{'symbols':>8} {'more':>6} {'packages':>9}"
    yield from (f"{each.symbols:8,} {each.added:6,} {each.packages:9,}  {each.package}" for each in curve)
