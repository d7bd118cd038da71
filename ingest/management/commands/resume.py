# SPDX-License-Identifier: GPL-2.0-or-later
"""Let workers take jobs again."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from abidb import store


class Command(BaseCommand):
    help = __doc__

    def handle(self, **_options: Any) -> None:
        store.resume()
