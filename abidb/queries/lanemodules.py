# SPDX-License-Identifier: GPL-2.0-or-later
"""The modules of a package that users of each kernel of a lane had: what abidb.queries.installed says of one kernel,
of all of them at once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from abidb.outoftree import Target
from abidb.packageanswers import NOT_TRIED, VersionSeen
from abidb.queries.installed import built_for
from abidb.queries.lanebreaks import LaneBuild
from abidb.queries.stock import Stock, Try

Placed = list[tuple[Try, int]]


def modules_along(
    known: Stock,
    versions: Sequence[VersionSeen],
    suites: Sequence[str],
    builds: Sequence[LaneBuild],
    near: Mapping[Target, int],
) -> list[Try | None]:
    """By step of a lane, the build whose modules users of a package had on the old kernel; None: none is known.

    Versions are given oldest first, as the lane's builds are; `near` has the place of each. Empty where none ever is.
    """
    placed = {seen.id: _placed(known, seen, near) for seen in versions}
    if not any(placed.values()):
        return []
    then = _versions_then(known, versions, suites, builds[1:])
    found: list[Try | None] = [None] * (len(builds) - 1)
    for version in np.unique(then[then >= 0]).tolist():
        seen = versions[version]
        along = _along(known, seen, placed[seen.id], near, [build.target for build in builds])
        for step in np.flatnonzero(then == version).tolist():
            found[step] = along[step]
    return found


def _placed(known: Stock, seen: VersionSeen, near: Mapping[Target, int]) -> Placed:
    """The builds of a version that brought modules, with the places of their kernels in the lane."""
    tried = [each for each in known.tries_of.get(seen.id, ()) if each.modules]
    return [(each, near[place]) for each in tried if (place := built_for(each, near) or each.target) in near]


def _versions_then(
    known: Stock, versions: Sequence[VersionSeen], suites: Sequence[str], builds: Sequence[LaneBuild]
) -> npt.NDArray[np.int64]:
    """The place of the version that was there with each kernel (installed.version_then); -1: none was ever tried."""
    dates = np.array([build.date.timestamp() if build.date else np.nan for build in builds])
    then = np.full(len(builds), len(versions) - 1)
    for place, seen in enumerate(versions):
        for suite, first, last in seen.suites:
            if suite in suites:
                end = np.inf if last >= known.newest[suite] else last.timestamp()
                then[(first.timestamp() <= dates) & (dates <= end)] = place
    tried = np.array([bool(known.tries_of.get(seen.id)) for seen in versions])
    newest = np.flatnonzero(tried)[-1] if tried.any() else -1
    return np.where(tried[then], then, newest)


def _along(
    known: Stock, seen: VersionSeen, placed: Placed, near: Mapping[Target, int], targets: Sequence[Target]
) -> list[Try | None]:
    """The modules of a version on each of these kernels (installed.modules_on)."""
    found: list[Try | None] = [None] * len(targets)
    if placed:
        ordered = sorted(placed, key=lambda one: (-one[1], not one[0].exact))
        places = np.array([place for _, place in ordered])
        here = np.array([near[target] for target in targets])
        found = [ordered[n][0] for n in np.abs(places[:, None] - here).argmin(axis=0).tolist()]
    for each in known.tries_of.get(seen.id, ()):
        if each.exact and each.target in near and (each.modules or each.says != NOT_TRIED):
            found[near[each.target]] = each if each.modules else None
    return found
