# SPDX-License-Identifier: GPL-2.0-or-later
"""The record in numbers, as the page about the method tells them."""

from __future__ import annotations

from abidb.methodanswers import NAME_EACH_UPLOAD, Figures
from abidb.queries.names import uploads_since
from abidb.queries.rows import rows
from abidb.queries.wholerecord import of_whole_record


def figures() -> Figures:
    """All of them, counted once for each state of the record."""
    builds = of_whole_record("figures", lambda: rows("method_figures")[0])
    since, renamed = uploads_since(NAME_EACH_UPLOAD)
    return Figures(**dict(zip(Figures.__slots__, (*builds, since, renamed), strict=True)))
