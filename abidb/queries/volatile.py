# SPDX-License-Identifier: GPL-2.0-or-later
"""The symbols of a lane that broke most often."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from abidb.answers import Volatile
from abidb.comparison import rows
from abidb.exportset import unpack

CANDIDATES = 10  #: declarations looked at for each symbol asked for: a symbol that moves has several


def volatile(line: str, arch: str, flavour: str, *, limit: int = 50) -> tuple[Volatile, ...]:
    """The symbols that modules could no longer use most often from one build of a lane to the next, most often first.

    Read from what is remembered of neighbours, so whole sets are not touched. No row where nothing broke.
    """
    broken = [unpack("all", packed, None).ids for (packed,) in rows("broken_in_lane", **_lane(line, arch, flavour))]
    if not broken:
        return ()
    times = np.zeros(max(int(ids[-1]) for ids in broken) + 1, dtype=np.int32)
    for ids in broken:
        times[ids] += 1  # a set has each id once
    named = rows("symbols_of_exports", ids=_most(times, limit * CANDIDATES).tolist())
    found = [Volatile(name, int(sum(times[i] for i in ids if i < times.size))) for name, ids in named]
    return tuple(sorted(found, key=lambda each: (-each.changes, each.symbol))[:limit])


def _lane(line: str, arch: str, flavour: str) -> dict[str, str]:
    return {"line": line, "arch": arch, "flavour": flavour}


def _most(times: npt.NDArray[np.int32], n: int) -> npt.NDArray[np.intp]:
    """The `n` ids that broke most often, of those that did."""
    broke = np.flatnonzero(times)
    return broke if broke.size <= n else broke[np.argpartition(-times[broke], n)[:n]]
