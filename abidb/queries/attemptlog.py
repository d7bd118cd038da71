# SPDX-License-Identifier: GPL-2.0-or-later
"""The log of one attempt to build a package."""

from __future__ import annotations

import zlib

from abidb.errors import UnknownName
from abidb.outoftree import Target
from abidb.packageanswers import LogPage
from abidb.queries.stock import rows, stock

LOG_LIMIT = 4_000_000  #: characters of a log that are shown
_KEY = 5


def attempt_page(attempt_id: int) -> LogPage:
    """One attempt with its log, cut where it is longer than anybody reads; raises UnknownName."""
    for row_id, package_id, *row in rows("dkms_log", id=attempt_id):
        target, (headers, root, outcome, reason, missing, tools, seconds, at, log) = Target(*row[:_KEY]), row[_KEY:]
        seen = stock().versions[package_id]
        text = zlib.decompressobj().decompress(log, LOG_LIMIT).decode(errors="replace") if log else ""
        return LogPage(
            *(row_id, seen.key, seen.source, target, headers, root, outcome, reason, tools, seconds, at),
            missing=tuple(missing),
            text=text,
        )
    raise UnknownName(f"no attempt {attempt_id}")
