# SPDX-License-Identifier: GPL-2.0-or-later
"""What one process works out of the whole record, and keeps until the record changes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from threading import Lock
from typing import Any, TypeVar

from django.db import connection

from abidb.answers import Generation
from abidb.queries.rows import rows

Made = TypeVar("Made")
_making: dict[tuple[str, str], Lock] = {}
_made: dict[tuple[str, str], tuple[int, Any]] = {}
_behind: ContextVar[bool] = ContextVar("behind", default=False)
_seen: ContextVar[dict[str, Generation] | None] = ContextVar("seen", default=None)  #: by database


def of_whole_record(key: str, make: Callable[[], Made]) -> Made:
    """What `make` makes of the record as it is now; while another thread makes it anew, what it was before."""
    return renewed(key, lambda _: make())


def renewed(key: str, make: Callable[[Made | None], Made]) -> Made:
    """The same of what `make` makes of the record and of what it made last, None at first."""
    place = str(connection.settings_dict["NAME"]), key
    making = _making.setdefault(place, Lock())
    now = generation().n
    known = _made.get(place)
    if known is not None and _is_newest(known[0], now):
        return known[1]  # type: ignore[no-any-return]
    if not making.acquire(blocking=known is None):
        assert known is not None
        _behind.set(True)
        return known[1]  # type: ignore[no-any-return]
    try:
        known = _made.get(place)
        if known is None or not _is_newest(known[0], now):
            known = _made[place] = now, make(known[1] if known else None)
        return known[1]
    finally:
        making.release()


def _is_newest(made: int, now: int) -> bool:
    """Whether what was made then is of the record as it is: an answer that began later may have made it already."""
    return made == now or made == _generation().n


def generation() -> Generation:
    """How often the record was written to. What is told of it stays the same until that changes."""
    seen = _seen.get()
    if seen is None:
        return _generation()
    database = str(connection.settings_dict["NAME"])
    if database not in seen:
        seen[database] = _generation()
    return seen[database]


def _generation() -> Generation:
    return next((Generation(*row) for row in rows("generation")), Generation(0, None))


@contextmanager
def one_answer() -> Iterator[None]:
    """Within it the generation is read once, before all else is, and behind() is about what was asked within it.

    What is read of a record that changes meanwhile counts as older than it is, so it is soon read again.
    """
    _behind.set(False)
    token = _seen.set({})
    try:
        yield
    finally:
        _seen.reset(token)


def behind() -> bool:
    """Whether this thread was given something of the record as it was before, since its last one_answer() began."""
    return _behind.get()


def forget() -> None:
    """Drop all that was made."""
    _made.clear()
