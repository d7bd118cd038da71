# SPDX-License-Identifier: GPL-2.0-or-later
"""The symbols of a lane that broke most often."""

from __future__ import annotations

import numpy as np

from abidb.answers import Volatile
from abidb.dictionary import declarations
from abidb.queries.lanebreaks import times_broken
from abidb.queries.remembered import remembered

MANY = 200  #: symbols that are too many to be kept


def volatile(line: str, arch: str, flavour: str, *, limit: int = 50) -> tuple[Volatile, ...]:
    """The symbols that modules could no longer use most often from one build of a lane to the next, most often first.

    Read from what is remembered of neighbours, so whole sets are not touched. No row where nothing broke.
    """
    if limit > MANY:
        return _volatile(line, arch, flavour, limit)
    return remembered(("volatile", line, arch, flavour, limit), lambda: _volatile(line, arch, flavour, limit))


def _volatile(line: str, arch: str, flavour: str, limit: int) -> tuple[Volatile, ...]:
    by_symbol = times_broken(line, arch, flavour)
    if not by_symbol.any():
        return ()
    least = np.sort(by_symbol[by_symbol > 0])[-limit:][0]
    symbols = np.flatnonzero(by_symbol >= least).astype(np.int32)
    names = declarations().names  # all of them were met
    found = [Volatile(names[i], int(by_symbol[i])) for i in symbols.tolist()]
    return tuple(sorted(found, key=lambda each: (-each.changes, each.symbol))[:limit])


def all_broken(line: str, arch: str, flavour: str) -> list[tuple[str, int]]:
    """Every symbol of a lane that broke and in how many steps, most often first, then by name."""
    times = times_broken(line, arch, flavour)
    broke = np.flatnonzero(times)
    names = declarations().names  # all of them were met
    return sorted(zip(map(names.__getitem__, broke.tolist()), times[broke].tolist(), strict=True), key=_order)


def _order(told: tuple[str, int]) -> tuple[int, str]:
    symbol, times = told
    return -times, symbol
