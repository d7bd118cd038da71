# SPDX-License-Identifier: GPL-2.0-or-later
"""The history of a lane as spans: a member of its builds' sets, and from which build to which it was there unchanged.

A row for each export of each build would be a thousand times as much. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from abidb.exportset import CrcArray, IdArray

BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Spans:
    """Columns of spans; places count a lane's builds from 0."""

    ids: IdArray
    crcs: CrcArray  #: 0 for none
    first: IdArray
    last: IdArray


@dataclass(frozen=True, slots=True, eq=False)
class Members:
    """What one build has. Where it is partial, those outside of `told` are not known of it."""

    ids: IdArray
    crcs: CrcArray | None
    told: BoolArray | None = None  #: by id; None: all


def spans(builds: Iterable[Members], size: int) -> Iterator[Spans]:
    """The spans of a lane as they end, in the order of its builds; `size` is greater than any id.

    A build of which a member is not known neither ends a span of it nor is its last.
    """
    since, last = np.full(size, -1, np.int32), np.full(size, -1, np.int32)
    crc, now, here = np.zeros(size, np.uint32), np.zeros(size, np.uint32), np.zeros(size, bool)
    for place, build in enumerate(builds):
        here[:] = False
        here[build.ids] = True
        now[build.ids] = 0 if build.crcs is None else build.crcs
        ends = (since >= 0) & ~(here & (now == crc))
        if build.told is not None:
            ends &= build.told | here
        yield _ended(np.flatnonzero(ends), since, last, crc)
        since[ends] = -1
        begins = here & (since < 0)
        since[begins], crc[begins] = place, now[begins]
        last[here] = place
    yield _ended(np.flatnonzero(since >= 0), since, last, crc)


def _ended(ids: npt.NDArray[np.intp], since: IdArray, last: IdArray, crc: CrcArray) -> Spans:
    return Spans(ids.astype(np.int32), crc[ids], since[ids], last[ids])
