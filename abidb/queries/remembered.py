# SPDX-License-Identifier: GPL-2.0-or-later
"""What one process keeps of answers until the record changes."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from django.db import connection

from abidb.queries.kept import Kept
from abidb.queries.wholerecord import generation

MOST = 200  #: answers of one process, of up to some 100 kB each
LARGE = 8  #: of up to some 5 MB each, which several answers are made of
Made = TypeVar("Made")

_kept, _large = Kept(MOST), Kept(LARGE)


def remembered(key: tuple[object, ...], make: Callable[[], Made], *, large: bool = False) -> Made:
    """The answer of that key as it was worked out since the record last changed, else what `make` works out now."""
    whole = (str(connection.settings_dict["NAME"]), generation().n, *key)
    kept = _large if large else _kept
    try:
        return kept[whole]  # type: ignore[no-any-return]
    except KeyError:
        made = kept[whole] = make()
        return made


def forget() -> None:
    """Drop all of it."""
    _kept.clear()
    _large.clear()
