# SPDX-License-Identifier: GPL-2.0-or-later
"""What a step from one kernel to another does to the module packages of a release."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from abidb.agreement import disagreement
from abidb.answers import LaneName
from abidb.errors import UnknownName
from abidb.lifecycle import ORDER
from abidb.outoftree import DIFFERENT, NO_COMPILE, PARTLY, SAME, Difference, Target
from abidb.packageanswers import COMPILES, NOT_TRIED, PARTIAL, Hits, Loading, PackageHit, VersionSeen
from abidb.queries.accepted import Memo, as_built_on, groups, groups_of, judge, resolved, worst
from abidb.queries.installed import built_for, modules_on, version_then
from abidb.queries.kernels import Side, kernels_of, sides
from abidb.queries.lanes import release_words
from abidb.queries.presence import Present, in_release, suites_of
from abidb.queries.stock import Module, Stock, Try, kept, rows, stock
from abidb.verdict import LOADS, REFUSED, UNCHECKED, UNSAID, Verdict
from abidb.versions import version_key

_LANE = 3


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
    near: Mapping[Target, int]  #: place of each kernel of the lane
    memo: Memo = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class Loaded:
    """A module built on one kernel, loaded into another."""

    verdict: Verdict
    on: Try
    built_for: Target
    computed: bool
    loading: Loading | None

    @property
    def about(self) -> tuple[str, ...]:
        """The modules that it is about, where the build did not bring all."""
        return tuple(each.name for each in self.on.modules) if self.on.outcome == PARTLY else ()


def hits(old_id: int, new_id: int) -> Hits:
    """The step's effect on every package of the release that both builds are of; raises UnknownName.

    Source scans are left out: every figure is about packages that were built.
    """
    found = sides([old_id, new_id])
    for build_id in (old_id, new_id):
        if build_id not in found:
            raise UnknownName(f"no build {build_id}")
    known, old, new = stock(), found[old_id], found[new_id]
    return kept(known, ("hits", old_id, new_id), lambda: _hits(known, old, new, place_of([old_id, new_id])))


def place_of(ids: Sequence[int]) -> Place | None:
    """The lane that holds all these builds, of several that of the release people look for first; else the last's."""
    found = rows("lanes_of_builds", ids=list(ids)) or rows("lanes_of_builds", ids=list(ids[-1:]))
    words = release_words()
    places = [Place(LaneName(*row[:_LANE]), row[_LANE]) for row in found]
    return min(places, key=lambda one: (ORDER.index(words.get(one.release, "unknown")), one.lane.line), default=None)


def _hits(known: Stock, old: Side, new: Side, place: Place | None) -> Hits:
    if place is None:
        return Hits("", (), 0, 0, 0, 0, 0, 0)
    if old.ref.arch != new.ref.arch:
        reason = f"{old.ref.arch} and {new.ref.arch}: no module of one architecture is for the other"
        return Hits(place.release, (), 0, 0, 0, 0, 0, 0, update=False, reason=reason)
    versions = (in_release(known, package, place.suites) for package in sorted(known.by_package))
    present = [one for all_of in versions if (one := version_then(known, all_of, place.suites, new.ref.date))]
    found = []
    if present:
        lane = kernels_of(known, place.lane)
        pair = Pair(old, new, lane.by_target, lane.places)
        found = [hit for one in present if (hit := _hit(known, one, pair))]
    return _counted(place.release, found, update=is_update(old, new))


def is_update(old: Side, new: Side) -> bool:
    """Whether a machine may go from one kernel to the other: of one flavour, and not back."""
    same = (old.ref.arch, old.ref.flavour) == (new.ref.arch, new.ref.flavour)
    return same and version_key(old.ref.version) <= version_key(new.ref.version)


def _counted(release: str, found: Sequence[PackageHit], *, update: bool) -> Hits:
    forced = [hit for hit in found if hit.answer == REFUSED] if update else []
    compared = [hit for hit in forced if hit.code in (SAME, DIFFERENT)]
    tried = [hit for hit in found if hit.compiled == COMPILES and hit.compiles in (COMPILES, PARTIAL, NO_COMPILE)]
    return Hits(
        release=release,
        packages=tuple(found),
        forced=len(forced),
        compared=len(compared),
        same_code=sum(hit.code == SAME for hit in compared),
        stopped=sum(hit.stopped for hit in tried),
        survived=sum(hit.compiles == COMPILES for hit in tried),
        tried=len(tried),
        partly=sum(hit.partly for hit in tried),
        update=update,
    )


def _hit(known: Stock, present: Present, pair: Pair) -> PackageHit | None:
    """None where the version was never tried in the lane, so that nothing is known of it."""
    seen, old, new = present.seen, pair.old, pair.new
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
        compiles=on_new.says if on_new else NOT_TRIED,
        code=code,
        built_on=loaded.built_for if loaded else old.target,
        loading=loaded.loading if loaded else None,
        computed=loaded.computed if loaded else False,
        assumed=present.assumed,
        compiled=on_old.says if on_old else NOT_TRIED,
        why=on_new.reason if on_new else "",
        log=on_new.id if on_new else None,
        untold=verdict.untold,
        differing=differing,
        about=loaded.about if loaded else (),
        headers=on_new.headers if on_new and not on_new.exact else "",
    )


def load(known: Stock, seen: VersionSeen, pair: Pair) -> Loaded | None:
    """What the new kernel answers to the version's modules as built on the old one.

    Where they were never built there, or with the headers of another kernel, their symbols are those of the nearest
    build of the lane and their CRCs the old kernel's. None where nothing was built, or the source is known not to build
    on the old kernel.
    """
    old, new = pair.old, pair.new
    found = modules_on(known, seen, old.target, pair.near)
    if found is None:
        return None
    built = found.on
    if not found.computed:
        verdict = worst([judge(group, new, pair.memo) for group in resolved(built, old, known)])
        return Loaded(verdict, built, built.target, False, _loading(known, built, pair))
    made_for = built_for(built, pair.near)
    told = resolved(built, pair.lane[made_for], known) if made_for else groups_of(built, known)
    made = [as_built_on(group, old) for group in told]
    verdict = worst([judge(group, new, pair.memo) for group, _ in made])
    gone = tuple(sorted({name for _, names in made for name in names}))
    if gone and verdict.answer in (LOADS, UNCHECKED):
        verdict = Verdict(UNSAID, (), gone)
    return Loaded(verdict, built, made_for or built.target, True, None)


def rebuilt(known: Stock, seen: VersionSeen, old: Target, new: Target) -> tuple[str, tuple[Difference, ...]]:
    """Whether the rebuild gave the same code, "" where nobody looked, and what differed."""
    outcome, differing = known.rebuilds.get((seen.id, old, new), ("", ()))
    return outcome, tuple(Difference(module, name, what, tuple(members)) for module, name, what, members in differing)


def _loading(known: Stock, built: Try, pair: Pair) -> Loading | None:
    """What the kernel answered to modules of a build, each by itself; None where there is nothing to compare."""
    asked = ((each, known.loads.get((each.sha256, pair.new.target))) for each in built.modules)
    compared = [(each.name, disagreement(said, _alone(known, each, pair))) for each, said in asked if said]
    told = [(name, words) for name, words in compared if words is not None]
    if not told:
        return None
    otherwise = tuple(f"{name}: {words}" for name, words in told if words)
    return Loading(len(built.modules), len(told) - len(otherwise), otherwise)


def _alone(known: Stock, module: Module, pair: Pair) -> Verdict:
    """The verdict on a whole module, with symbols that no kernel exports."""
    return worst([judge(group, pair.new, pair.memo) for group in groups([module], known.names)])
