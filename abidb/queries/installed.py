# SPDX-License-Identifier: GPL-2.0-or-later
"""Which version and which modules of a package the users of a kernel had, chosen once for all answers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from abidb.outoftree import Target
from abidb.packageanswers import NOT_TRIED, VersionSeen
from abidb.queries.presence import Present, at_time
from abidb.queries.stock import Stock, Try


@dataclass(frozen=True, slots=True)
class Modules:
    """Modules of a version on a kernel."""

    on: Try
    computed: bool  #: built for another kernel: only their symbols are known


def version_then(
    known: Stock, versions: Sequence[VersionSeen], suites: Sequence[str], when: dt.datetime | None
) -> Present | None:
    """The version that the suites had at a time, of versions given oldest first; one that was never tried gives way to
    the newest that was. None where none was.
    """
    present = at_time(known, versions, suites, when)
    if present is None or known.tries_of.get(present.seen.id):
        return present
    tried = [each for each in reversed(versions) if known.tries_of.get(each.id)]
    return Present(tried[0], True) if tried else None


def modules_on(known: Stock, seen: VersionSeen, target: Target, near: Mapping[Target, int]) -> Modules | None:
    """The modules of a version on a kernel: those that were built for it, else of the nearest build of the lane.

    `near` has the place of each kernel of the lane. None where nothing was built, or the source is known not to build
    on that kernel.
    """
    built = known.tries.get((seen.id, target))
    if built and built.exact and (built.modules or built.says != NOT_TRIED):
        return Modules(built, False) if built.modules else None
    nearest = _nearest(known, seen, target, near)
    return Modules(nearest, True) if nearest else None


def _nearest(known: Stock, seen: VersionSeen, target: Target, near: Mapping[Target, int]) -> Try | None:
    """The build that is fewest kernels of the lane away; of two the newer. Builds with their kernel's own headers go
    before others at the same place.
    """
    tried = [each for each in known.tries_of.get(seen.id, ()) if each.modules]
    built = [(each, near[place]) for each in tried if (place := built_for(each, near) or each.target) in near]
    if not built:
        return None
    here = near.get(target, len(near))
    return min(built, key=lambda one: (abs(one[1] - here), -one[1], not one[0].exact))[0]


def built_for(one: Try, near: Mapping[Target, int]) -> Target | None:
    """The kernel of the lane whose headers a build had; of several of that name the newest. None: not in the lane."""
    if one.exact:
        return one.target if one.target in near else None
    release, _, version = one.headers.partition("=")  # so written where another version of that release had them
    named = [each for each in near if each.kernel_release == release and version in {"", each.version}]
    return max(named, key=lambda each: near[each], default=None)
