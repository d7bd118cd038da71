# SPDX-License-Identifier: GPL-2.0-or-later
"""What a step from one kernel to another does to the module packages of a release."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from abidb import verdict as verdicts
from abidb.answers import LaneName
from abidb.errors import UnknownName
from abidb.lifecycle import ORDER
from abidb.outoftree import (
    ACCEPTED,
    BUILT,
    DIFFERENT,
    NO_COMPILE,
    NOT_APPLICABLE,
    PARTLY,
    REFUSED,
    SAME,
    Difference,
    Target,
)
from abidb.packageanswers import COMPILES, PARTIAL, Hits, PackageHit, VersionSeen, compiles
from abidb.queries.accepted import Memo, as_built_on, groups, judge, resolved, worst
from abidb.queries.kernels import Side, lane_sides, sides
from abidb.queries.lanes import release_words
from abidb.queries.presence import Present, at_time, in_release, suites_of
from abidb.queries.stock import Module, Stock, Try, rows, stock
from abidb.verdict import LOADS, UNCHECKED, UNSAID, Verdict

_LANE = 3
_SAYS_ALL = (BUILT, PARTLY, NO_COMPILE, NOT_APPLICABLE)


@dataclass(frozen=True, slots=True)
class Place:
    """A lane with the release whose packages its users have."""

    lane: LaneName
    release: str

    @property
    def suites(self) -> tuple[str, ...]:
        return suites_of(self.release, self.lane.line)


@dataclass(frozen=True, slots=True, eq=False)
class Pair:
    """Two kernels and, oldest first, those of the lane that they are in; what is known of the new one's answers."""

    old: Side
    new: Side
    lane: Mapping[Target, Side]
    memo: Memo = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class Loaded:
    """A module built on one kernel, loaded into another."""

    verdict: Verdict
    on: Try
    computed: bool
    confirmed: bool | None


def hits(old_id: int, new_id: int) -> Hits:
    """The step's effect on every package of the release that both builds are of; raises UnknownName.

    Source scans are left out: every figure is about packages that were built.
    """
    found = sides([old_id, new_id])
    for build_id in (old_id, new_id):
        if build_id not in found:
            raise UnknownName(f"no build {build_id}")
    known = stock()
    key = ("hits", old_id, new_id)
    if key not in known.kept:
        known.kept[key] = _hits(known, found[old_id], found[new_id], place_of([old_id, new_id]))
    answer: Hits = known.kept[key]
    return answer


def place_of(ids: Sequence[int]) -> Place | None:
    """The lane that holds all these builds, of several that of the release people look for first; else the last's."""
    found = rows("lanes_of_builds", ids=list(ids)) or rows("lanes_of_builds", ids=list(ids[-1:]))
    words = release_words()
    places = [Place(LaneName(*row[:_LANE]), row[_LANE]) for row in found]
    return min(places, key=lambda one: (ORDER.index(words.get(one.release, "unknown")), one.lane.line), default=None)


def _hits(known: Stock, old: Side, new: Side, place: Place | None) -> Hits:
    if place is None:
        return Hits("", (), 0, 0, 0, 0, 0, 0)
    lane = lane_sides(place.lane.line, place.lane.arch, place.lane.flavour)
    pair = Pair(old, new, {side.target: side for side in lane})
    found = []
    for package in sorted(known.by_package):
        versions = in_release(known, package, place.suites)
        if present := at_time(known, versions, place.suites, new.ref.date):
            hit = _hit(known, present, versions, pair)
            found += [hit] if hit else []
    forced = [hit for hit in found if hit.answer == verdicts.REFUSED]
    compared = [hit for hit in forced if hit.code in (SAME, DIFFERENT)]
    tried = [hit for hit in found if hit.compiled == COMPILES and hit.compiles in (COMPILES, PARTIAL, NO_COMPILE)]
    return Hits(
        release=place.release,
        packages=tuple(found),
        forced=len(forced),
        compared=len(compared),
        same_code=sum(hit.code == SAME for hit in compared),
        stopped=sum(hit.stopped for hit in tried),
        survived=sum(hit.compiles == COMPILES for hit in tried),
        tried=len(tried),
    )


def _hit(known: Stock, present: Present, versions: Sequence[VersionSeen], pair: Pair) -> PackageHit | None:
    """None where the version was never tried in the lane, so that nothing is known of it."""
    seen, assumed = present.seen, present.assumed
    old, new = pair.old, pair.new
    if not known.tries_of.get(seen.id):
        tried = [each for each in reversed(versions) if known.tries_of.get(each.id)]
        if not tried:
            return None
        seen, assumed = tried[0], True
    on_old, on_new = known.tries.get((seen.id, old.target)), known.tries.get((seen.id, new.target))
    loaded = load(known, seen, pair)
    if loaded is None and on_new is None:
        return None
    code, differing = rebuilt(known, seen, old.target, new.target)
    verdict = loaded.verdict if loaded else Verdict(UNSAID)
    return PackageHit(
        source=seen.source,
        package=seen.key.package,
        version=seen.key.version,
        answer=verdict.answer,
        reasons=verdict.reasons,
        compiles=compiles(on_new.outcome if on_new else None),
        code=code,
        built_on=loaded.on.target if loaded else old.target,
        confirmed=loaded.confirmed if loaded else None,
        computed=loaded.computed if loaded else False,
        assumed=assumed,
        compiled=compiles(on_old.outcome if on_old else None),
        why=on_new.reason if on_new else "",
        log=on_new.id if on_new else None,
        untold=verdict.untold,
        differing=differing,
    )


def load(known: Stock, seen: VersionSeen, pair: Pair) -> Loaded | None:
    """What the new kernel answers to the version's modules as built on the old one.

    Where they were never built there, their symbols are those of the nearest build of the lane and their CRCs the old
    kernel's. None where nothing was built, or the source is known not to build on the old kernel.
    """
    old, new = pair.old, pair.new
    built = known.tries.get((seen.id, old.target))
    if built and built.modules:
        verdict = worst([judge(group, new, pair.memo) for group in resolved(built, old, known)])
        return Loaded(verdict, built, False, _confirmed(known, built, pair))
    if built and built.outcome in _SAYS_ALL:
        return None
    nearest = nearest_build(known, seen, old.target, tuple(pair.lane))
    if nearest is None:
        return None
    made = [as_built_on(group, old) for group in resolved(nearest, pair.lane[nearest.target], known)]
    verdict = worst([judge(group, new, pair.memo) for group, _ in made])
    gone = tuple(sorted({name for _, names in made for name in names}))
    if gone and verdict.answer in (LOADS, UNCHECKED):
        verdict = Verdict(UNSAID, (), gone)
    return Loaded(verdict, nearest, True, None)


def nearest_build(known: Stock, seen: VersionSeen, target: Target, near: Sequence[Target]) -> Try | None:
    """The build of a version that is fewest kernels of the lane away; of two the newer."""
    place = {each: n for n, each in enumerate(near)}
    built = [each for each in known.tries_of.get(seen.id, ()) if each.modules and each.target in place]
    if not built:
        return None
    here = place.get(target, len(near))
    return min(built, key=lambda each: (abs(place[each.target] - here), -place[each.target]))


def rebuilt(known: Stock, seen: VersionSeen, old: Target, new: Target) -> tuple[str, tuple[Difference, ...]]:
    """Whether the rebuild gave the same code, "" where nobody looked, and what differed."""
    outcome, differing = known.rebuilds.get((seen.id, old, new), ("", ()))
    return outcome, tuple(Difference(module, name, what, tuple(members)) for module, name, what, members in differing)


def _confirmed(known: Stock, built: Try, pair: Pair) -> bool | None:
    """Whether the kernel's answer to each module that was loaded was ours; None where none was loaded."""
    said = [(each, known.loads.get((each.sha256, pair.new.target))) for each in built.modules]
    tried = [(each, answer) for each, answer in said if answer in (ACCEPTED, REFUSED)]
    if not tried:
        return None
    return all(
        (_alone(known, each, pair).answer in (LOADS, UNCHECKED)) == (answer == ACCEPTED) for each, answer in tried
    )


def _alone(known: Stock, module: Module, pair: Pair) -> Verdict:
    return worst([judge(group, pair.new, pair.memo) for group in groups([module], known.names)])
