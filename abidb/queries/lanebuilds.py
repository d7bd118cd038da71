# SPDX-License-Identifier: GPL-2.0-or-later
"""The builds of lanes with what they export and which modules they have: of the headline lanes many pages ask."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from abidb.answers import BuildRef, LaneName
from abidb.queries.remembered import remembered
from abidb.queries.rows import REF, rows

_LANE = 3


@dataclass(frozen=True, slots=True)
class SetsOfBuild:
    """A good build and what it is made of, by id."""

    build: BuildRef
    exports: int
    modules: int | None


@dataclass(frozen=True, slots=True)
class LaneBuilds:
    """The builds of a lane that were asked for, oldest first."""

    lane: LaneName
    builds: tuple[SetsOfBuild, ...]
    older: int  #: builds that the lane had before


def lane_builds(lanes: Sequence[int], newest: int | None) -> tuple[LaneBuilds, ...]:
    """All good builds of lanes, or of each the newest, in the order of line, architecture, flavour."""
    return remembered(("lane builds", *lanes, newest), lambda: _lane_builds(lanes, newest))


def _lane_builds(lanes: Sequence[int], newest: int | None) -> tuple[LaneBuilds, ...]:
    found = rows("lane_builds", lanes=list(lanes), newest=newest)
    return tuple(_lane(LaneName(*name), list(group)) for name, group in groupby(found, key=lambda row: row[:_LANE]))


def _lane(name: LaneName, group: Sequence[tuple[Any, ...]]) -> LaneBuilds:
    builds = tuple(SetsOfBuild(BuildRef(*row[_LANE : _LANE + REF]), *row[-3:-1]) for row in group)
    return LaneBuilds(name, builds, group[0][-1] - len(builds))


def are_many(lanes: Sequence[int], bound: int) -> bool:
    """Whether lanes have more builds, good or not, than `bound`."""
    return remembered(("many", *lanes, bound), lambda: bool(rows("many_points", lanes=list(lanes), bound=bound)[0][0]))
