# SPDX-License-Identifier: GPL-2.0-or-later
"""Pages of long lists, found again by the offset in their address. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

FURTHEST = 10_000_000  #: no list is longer
Item = TypeVar("Item")


def whole(text: str) -> int:
    """A place in a list from an address; what is none is the beginning."""
    return min(int(text), FURTHEST) if text.isascii() and text.isdigit() and len(text) < 19 else 0


def page_of(found: Sequence[Item], start: int, size: int) -> tuple[Sequence[Item], dict[str, Any]]:
    """The page of a whole list that starts there, and its places."""
    return found[start : start + size], places(start, min(size, max(len(found) - start, 0)), len(found), size)


def places(start: int, shown: int, total: int, size: int) -> dict[str, Any]:
    """Which of `total` things a page shows, and where the pages beside it start; None where there is none."""
    end = start + shown
    return {
        "first": start + 1,
        "end": end,
        "total": total,
        "earlier": max(start - size, 0) if start else None,
        "later": end if end < total else None,
    }
