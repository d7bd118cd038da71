# SPDX-License-Identifier: GPL-2.0-or-later
"""What one process works out of the whole record, and keeps until the record changes."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from threading import Lock
from typing import Any, TypeVar

from django.db import connection

from abidb.queries.rows import rows

Made = TypeVar("Made")
_making: dict[tuple[str, str], Lock] = {}
_made: dict[tuple[str, str], tuple[int, Any]] = {}
_behind: ContextVar[bool] = ContextVar("behind", default=False)


def of_whole_record(key: str, make: Callable[[], Made]) -> Made:
    """What `make` makes of the record as it is now; while another thread makes it anew, what it was before."""
    return renewed(key, lambda _: make())


def renewed(key: str, make: Callable[[Made | None], Made]) -> Made:
    """The same of what `make` makes of the record and of what it made last, None at first."""
    place = str(connection.settings_dict["NAME"]), key
    making = _making.setdefault(place, Lock())
    ((generation,),) = rows("record_generation")
    known = _made.get(place)
    if known is not None and known[0] == generation:
        return known[1]  # type: ignore[no-any-return]
    if not making.acquire(blocking=known is None):
        assert known is not None
        _behind.set(True)
        return known[1]  # type: ignore[no-any-return]
    try:
        known = _made.get(place)
        if known is None or known[0] != generation:
            known = _made[place] = generation, make(known[1] if known else None)
        return known[1]
    finally:
        making.release()


def expect_newest() -> None:
    """From here on behind() is about what is asked from here on."""
    _behind.set(False)


def behind() -> bool:
    """Whether this thread was given something of the record as it was before, since expect_newest()."""
    return _behind.get()


def forget() -> None:
    """Drop all that was made."""
    _made.clear()
