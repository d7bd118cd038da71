# SPDX-License-Identifier: GPL-2.0-or-later
"""What one process works out of the whole record, and keeps until the record changes."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock
from typing import Any, TypeVar

from django.db import connection

from abidb.queries.rows import rows

Made = TypeVar("Made")
_making = Lock()
_made: dict[tuple[str, str], tuple[int, Any]] = {}


def of_whole_record(key: str, make: Callable[[], Made]) -> Made:
    """What `make` makes of the record as it is now; while another thread makes it anew, what it was before."""
    place = str(connection.settings_dict["NAME"]), key
    ((generation,),) = rows("record_generation")
    known = _made.get(place)
    if known is not None and known[0] == generation:
        return known[1]  # type: ignore[no-any-return]
    if not _making.acquire(blocking=known is None):
        assert known is not None
        return known[1]  # type: ignore[no-any-return]
    try:
        known = _made.get(place)
        if known is None or known[0] != generation:
            known = _made[place] = generation, make()
        return known[1]
    finally:
        _making.release()


def forget() -> None:
    """Drop all that was made."""
    with _making:
        _made.clear()
