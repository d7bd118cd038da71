# SPDX-License-Identifier: GPL-2.0-or-later
"""The exports of a lane that never broke a module."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from itertools import chain, pairwise

import numpy as np
import numpy.typing as npt

from abidb.answers import LaneName
from abidb.churnanswers import Lasting
from abidb.comparison import ids_of_sets
from abidb.dictionary import declarations
from abidb.errors import UnknownName
from abidb.exportset import IdArray
from abidb.queries.lanebreaks import LaneBuild, lane_breaks, times_broken
from abidb.queries.releaseuse import release_uses
from abidb.queries.remembered import remembered
from abidb.records import VMLINUX


def lasting(lane: LaneName) -> Lasting:
    """The exports that all good builds of a lane have and that no step broke. Empty where no step could be measured.

    Worked out of what is remembered of neighbours, so of whole sets only a few are read.
    """
    return remembered(("lasting", lane), lambda: _lasting(lane))


def _lasting(lane: LaneName) -> Lasting:
    builds = lane_breaks(lane)
    measured = sum(build.measured for build in builds)
    partial = any(build.covers == VMLINUX for build in builds)
    if not measured:
        return Lasting((), {}, len(builds), 0, partial)
    there = _in_all(builds)
    times = times_broken(lane.line, lane.arch, lane.flavour)
    there[: times.size] &= times[: there.size] == 0
    names = declarations().names  # all of them were met
    users = _users(lane)
    symbols = sorted((names[at] for at in np.flatnonzero(there).tolist()), key=lambda name: (-users.get(name, 0), name))
    return Lasting(tuple(symbols), users, len(builds), measured, partial)


def _in_all(builds: tuple[LaneBuild, ...]) -> npt.NDArray[np.bool_]:
    """Whether all builds have a symbol, by its id, as far as a step that was compared does not tell it by itself."""
    sets = {builds[0].export_set, builds[-1].export_set}
    sets |= {build.export_set for build in builds if build.covers == VMLINUX}
    for old, new in pairwise(builds):
        if new.broken is None:
            sets |= {old.export_set, new.export_set}
    columns = [_symbols(each) for each in sorted(sets)]
    there = np.ones(max(int(column.max(initial=0)) for column in columns) + 1, dtype=bool)
    for column in columns:
        here = np.zeros(there.size, dtype=bool)
        here[column] = True
        there &= here
    return there


def _symbols(set_id: int) -> IdArray:
    """The ids of a set's symbols."""
    ids = ids_of_sets([set_id])[set_id]
    return declarations(ids).symbol[ids]


def _users(lane: LaneName) -> Mapping[str, int]:
    """How many packages use a symbol."""
    try:
        return Counter(chain.from_iterable(release_uses("", lane).by_package.values()))
    except UnknownName:
        return {}
