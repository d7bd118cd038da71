# SPDX-License-Identifier: GPL-2.0-or-later
"""The symbols of a lane that broke most often."""

from __future__ import annotations

import numpy as np

from abidb.answers import Volatile
from abidb.dictionary import declarations, rows
from abidb.exportset import unpack


def volatile(line: str, arch: str, flavour: str, *, limit: int = 50) -> tuple[Volatile, ...]:
    """The symbols that modules could no longer use most often from one build of a lane to the next, most often first.

    Read from what is remembered of neighbours, so whole sets are not touched. No row where nothing broke.
    """
    lane = {"line": line, "arch": arch, "flavour": flavour}
    broken = [unpack("all", packed, None).ids for (packed,) in rows("broken_in_lane", **lane)]
    if not broken:
        return ()
    times = np.zeros(max(int(ids[-1]) for ids in broken) + 1, dtype=np.int32)
    for ids in broken:
        times[ids] += 1  # a set has each id once
    broke = np.flatnonzero(times).astype(np.int32)
    met = declarations(broke)
    by_symbol = np.bincount(met.symbol[broke], weights=times[broke]).astype(np.int32)
    least = np.sort(by_symbol[by_symbol > 0])[-limit:][0]
    found = [Volatile(met.names[i], int(by_symbol[i])) for i in np.flatnonzero(by_symbol >= least).tolist()]
    return tuple(sorted(found, key=lambda each: (-each.changes, each.symbol))[:limit])
