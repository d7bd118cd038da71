# SPDX-License-Identifier: GPL-2.0-or-later
"""Tables as comma-separated values (RFC 4180), which spreadsheets take for nothing else. Pure."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from io import StringIO

FORMULAS = ("=", "+", "-", "@", "\t", "\r")  #: how a spreadsheet's formula may begin


def lines(rows: Iterable[Iterable[object]]) -> str:
    """Rows as lines; None is an empty cell."""
    text = StringIO()
    csv.writer(text).writerows([_cell(value) for value in row] for row in rows)
    return text.getvalue()


def _cell(value: object) -> object:
    """A text that no spreadsheet takes for a formula. A symbol never looks like one (abidb.naming)."""
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULAS) else value
