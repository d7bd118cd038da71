# SPDX-License-Identifier: GPL-2.0-or-later
"""A module of the kernel: what it exports, what it exported, where it was, and which packages use it.

    manage.py module nf-conntrack
    manage.py module net/netfilter/nf_conntrack --line bookworm --gone
    manage.py module vmlinux --after zlib --json

Told is the line that people look for first, unless one is given. Exit status 2: there is no such module, or no lane.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from abidb import modulewords, queries
from abidb.moduleanswers import ModuleLife, ModuleStep
from abidb.modulejson import module_json

LANE = ("line", "arch", "flavour")
SHOWN = 200  # exports, unless another number is asked for


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="its name, in which - and _ are the same, or its path")
        for part in LANE:
            parser.add_argument(f"--{part}", default="", help=f"only lanes of this {part}")
        parser.add_argument("--gone", action="store_true", help="what it exported before and exports no more")
        parser.add_argument("--after", default="", metavar="SYMBOL", help="exports behind that one")
        parser.add_argument("--limit", type=int, default=SHOWN, help=f"how many exports, {SHOWN} unless given")
        parser.add_argument("--json", action="store_true")

    def handle(self, **options: Any) -> None:
        wanted = {part: options[part] for part in (*LANE, "gone", "after", "limit")}
        life = queries.module(options["name"], **wanted)
        told = json.dumps(module_json(life), indent=1) if options["json"] else "\n".join(text(life))
        self.stdout.write(told)


def text(life: ModuleLife) -> Iterator[str]:
    """A module in lines for a terminal: in short, its packages, the uploads that changed it, its exports."""
    lane = life.lane.lane
    yield f"{life.name} ({', '.join(life.paths)}) in {lane.line} {lane.arch} {lane.flavour}"
    yield modulewords.module_sentence(life)
    yield modulewords.users_sentence(life)
    for user in life.users:
        yield f"  {user.package}: {user.symbols:,}"
    for step in life.steps:
        if step.changed:
            yield _changed(step)
    for export in life.exports:
        yield f"  {export.symbol} {export.kind} {export.namespace}".rstrip() + f"  since {export.first.version}"
    if life.after:
        yield f"further exports: --after {life.after}"


def _changed(step: ModuleStep) -> str:
    return f"{step.build.version}: {modulewords.step_counts(step)}: {modulewords.step_names(step)}"
