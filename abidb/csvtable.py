# SPDX-License-Identifier: GPL-2.0-or-later
"""Tables as comma-separated values (RFC 4180), which spreadsheets take for nothing else. Pure."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from io import StringIO

FORMULAS = ("=", "+", "-", "@", "\t", "\r")  #: how a spreadsheet's formula may begin
_FIRST = frozenset(FORMULAS)


def lines(rows: Iterable[Iterable[object]]) -> str:
    """Rows as lines; None is an empty cell."""
    text = StringIO()
    # A quote before a text lets no spreadsheet take it for a formula. A symbol never looks like one (abidb.naming).
    csv.writer(text).writerows(
        [f"'{value}" if isinstance(value, str) and value[:1] in _FIRST else value for value in row] for row in rows
    )
    return text.getvalue()
