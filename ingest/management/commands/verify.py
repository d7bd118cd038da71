# SPDX-License-Identifier: GPL-2.0-or-later
"""Decode every export set of the record and compare it with its digest. Exit status 1: something is damaged."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from abidb import queries


class Command(BaseCommand):
    help = __doc__

    def handle(self, **_options: Any) -> None:
        damaged = queries.damaged_sets()
        for what in damaged:
            self.stderr.write(what)
        status = queries.status()
        self.stdout.write(f"{status.builds:,} builds, {status.export_sets:,} export sets, {len(damaged):,} damaged")
        raise SystemExit(1 if damaged else 0)
