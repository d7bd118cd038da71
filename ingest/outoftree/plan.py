# SPDX-License-Identifier: GPL-2.0-or-later
"""Which packages to build against which kernels, as users really run them: pure, ranked, with its cost.

The rest follows by computation: a module that was built loads wherever the symbols that it uses are the same.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from abidb.errors import UnknownName
from abidb.outoftree import BUILDER, BUILT, HARNESS, NO_COMPILE, NO_DEPENDENCY, PARTLY, DkmsPackage, PackageKey, Target
from abidb.versions import codename, version_key
from ingest.outoftree.lanes import Kernel, Lane, Lanes, lanes_of, newest_of

ASKED = "asked for"
NEWEST = "the newest kernel of its release"
BISECT = "between a kernel that it compiles on and a newer one that it does not"
OLDEST = "the oldest kernel of its release"
CHANGED = "symbols that it uses changed there"
SECOND = "a backported or second kernel of its release"
BACKPORT = "a backported package on the release's own kernel"
NEXT = "the next release's kernel, as in an upgrade"
PROPOSED = "proposed-updates, before the point release"
REASONS = (ASKED, NEWEST, BISECT, OLDEST, CHANGED, SECOND, BACKPORT, NEXT, PROPOSED)  #: first things first
AGAIN = (HARNESS, NO_DEPENDENCY)  #: outcomes that --retry tries again: another time they may be others
FLAVOURS = ("amd64", "cloud-amd64")
UNKNOWN_COST = 30.0  #: seconds; most packages take 2 to 30
COST_OF_SIZE = 30e-6  #: seconds for a byte of a deb that was never built: a guess
HEAVY = 240.0  #: seconds; what takes longer goes last within its reason, so that a run has something to show early
ROOTS = {"experimental": "sid"}  #: whose userland runs a release that is none of its own


@dataclass(frozen=True, slots=True)
class Tried:
    """What became of a package on a kernel before."""

    package: PackageKey
    target: Target
    outcome: str
    seconds: float
    builder: int = BUILDER
    exact: bool = True  #: with the kernel's own headers, or without having come so far


@dataclass(frozen=True, slots=True)
class Change:
    """A step of a lane, from one kernel with headers to the next: the ids of symbols that changed in between."""

    new: Target
    symbols: frozenset[int] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Record:
    """What is known beforehand."""

    kernels: Sequence[Kernel]
    releases: Sequence[str]  #: codenames, oldest first; sid and experimental last
    tried: Sequence[Tried] = ()
    uses: Mapping[PackageKey, frozenset[int]] = field(default_factory=dict)  #: ids of symbols that builds of it import
    changes: Sequence[Change] = ()


@dataclass(frozen=True, slots=True)
class Wish:
    """What a plan is for; an empty field asks for all."""

    suites: Collection[str] = ()
    packages: Collection[str] = ()
    kernels: Collection[str] = ()  #: kernel releases: these and no others
    flavours: Sequence[str] = FLAVOURS
    newest: bool = False  #: only the newest kernel of the release, that of stable for what is backported
    retry: bool = False  #: what failed by us or for want of a dependency, too


@dataclass(frozen=True, slots=True)
class Pair:
    """A package to build against a kernel."""

    package: PackageKey
    target: Target
    root: str  #: the release whose compiler and tools are used: the kernel's
    why: str  #: one of REASONS
    seconds: float  #: what it will take, as far as one can tell


Choice = tuple[DkmsPackage, Kernel, str, str]  # package, kernel, codename of the kernel's release, reason


def pairs(packages: Iterable[DkmsPackage], record: Record, wish: Wish) -> list[Pair]:
    """What is to be built, the most telling first; what was built before by this builder is left out, unless with
    other headers than the kernel's own, which are there now.

    Raises UnknownName where the wish names a package, suite or kernel that there is none of.
    """
    packages = tuple(packages)
    refuse_unknown(packages, record, wish)
    chosen = [package for package in packages if _fits(package, wish)]
    settled, cost = _settled(record, wish), _costs(record.tried)
    best: dict[tuple[PackageKey, Target], Pair] = {}
    for package, kernel, release, why in _choices(chosen, record, wish):
        place = package.key, kernel.target
        if wish.newest and why not in (ASKED, NEWEST, BACKPORT):
            continue
        if place not in settled and (place not in best or _rank(why) < _rank(best[place].why)):
            root = ROOTS.get(release, release)
            best[place] = Pair(package.key, kernel.target, root, why, _cost(package, cost))
    flavours = {name: n for n, name in enumerate(wish.flavours)}
    return sorted(best.values(), key=lambda pair: _order(pair, flavours))


def _order(pair: Pair, flavours: Mapping[str, int]) -> tuple[object, ...]:
    """By kernels within a reason: the layer with a kernel's headers is made once, and kept for a while."""
    heavy, flavour = pair.seconds > HEAVY, flavours.get(pair.target.flavour, len(flavours))
    return _rank(pair.why), heavy, flavour, version_key(pair.target.version), pair.target, pair.seconds, pair.package


def minutes(found: Iterable[Pair], cores: int) -> float:
    """What pairs cost, with one build at a time on each core."""
    return sum(pair.seconds for pair in found) / cores / 60


def refuse_unknown(packages: Iterable[DkmsPackage], record: Record, wish: Wish) -> None:
    """Raises UnknownName, with the names there are."""
    packages = tuple(packages)
    suites = {listing.suite for package in packages for listing in package.listings}
    names = {package.key.package for package in packages}
    releases = {kernel.target.kernel_release for kernel in record.kernels}
    for what, wished, known in (
        ("suite with such packages", wish.suites, suites),
        ("package with source of modules", wish.packages, names),
        ("kernel of the record in an archive", wish.kernels, releases),
    ):
        for name in wished:
            if name not in known:
                raise UnknownName(f"no {what}: {name}", sorted(known))


def _fits(package: DkmsPackage, wish: Wish) -> bool:
    suites = {listing.suite for listing in package.listings}
    named = not wish.packages or package.key.package in wish.packages
    return bool(suites) and named and (not wish.suites or not suites.isdisjoint(wish.suites))


def _rank(why: str) -> int:
    return REASONS.index(why)


def _settled(record: Record, wish: Wish) -> set[tuple[PackageKey, Target]]:
    again = AGAIN if wish.retry else ()
    own = {kernel.target for kernel in record.kernels if kernel.headers}
    done = (one for one in record.tried if one.builder >= BUILDER and (one.exact or one.target not in own))
    return {(one.package, one.target) for one in done if one.outcome not in again}


def _costs(tried: Iterable[Tried]) -> dict[object, float]:
    """The longest that a version took, and that any version of a package took."""
    found: dict[object, float] = defaultdict(float)
    for one in tried:
        for key in (one.package, one.package.package):
            found[key] = max(found[key], one.seconds)
    return found


def _cost(package: DkmsPackage, known: Mapping[object, float]) -> float:
    guess = max(UNKNOWN_COST, package.size * COST_OF_SIZE)
    return known.get(package.key) or known.get(package.key.package) or guess


def _choices(packages: Sequence[DkmsPackage], record: Record, wish: Wish) -> Iterator[Choice]:
    if wish.kernels:
        yield from _asked(packages, record, wish)
        return
    lanes = lanes_of(record.kernels, wish.flavours)
    for package in packages:
        hit = _hit(package, record)
        for suite in dict.fromkeys(listing.suite for listing in package.listings):
            if not wish.suites or suite in wish.suites:
                for flavour in wish.flavours:
                    yield from _of_suite(package, suite, flavour, lanes, record.releases, hit=hit)
    if not wish.newest:
        releases = {codename(suite) for suite in wish.suites}
        wanted = [lane for lane in lanes.values() if not releases or lane.release in releases]
        yield from _bisected(packages, wanted, record.tried)


def _asked(packages: Sequence[DkmsPackage], record: Record, wish: Wish) -> Iterator[Choice]:
    """Kernels by name, with the versions in their own release; where that has none, or suites are named, with all."""
    for kernel in record.kernels:
        if kernel.target.kernel_release in wish.kernels:
            release = codename(kernel.suites[0])
            own = [p for p in packages if release in {codename(listing.suite) for listing in p.listings}]
            names = {package.key.package for package in own}
            others = [p for p in packages if p not in own and (wish.suites or p.key.package not in names)]
            yield from ((package, kernel, release, ASKED) for package in own)
            if wish.packages or wish.suites:
                yield from ((package, kernel, release, ASKED) for package in others)


def _of_suite(
    package: DkmsPackage, suite: str, flavour: str, lanes: Lanes, releases: Sequence[str], *, hit: Collection[Target]
) -> Iterator[Choice]:
    """The kernels that users of a suite run, or will."""
    release = codename(suite)
    own = [lane for key, lane in lanes.items() if key == (release, flavour)]
    seconds = [lane for (name, kind), lane in lanes.items() if kind == flavour and _is_second(name, release)]
    newest = [lane.kernels[-1] for lane in own]
    pending = newest_of(lanes, [f"{release}-proposed-updates"], flavour)
    if suite.endswith("-proposed-updates"):
        yield from ((package, kernel, release, PROPOSED) for kernel in (*newest, *pending))
        return
    backported = "-backports" in suite
    yield from ((package, kernel, release, BACKPORT if backported else NEWEST) for kernel in newest)
    yield from ((package, lane.kernels[0], release, OLDEST) for lane in own)
    changed = (kernel for lane in (*own, *seconds) for kernel in lane.kernels if kernel.target in hit)
    yield from ((package, kernel, release, CHANGED) for kernel in changed)
    yield from ((package, lane.kernels[-1], release, SECOND) for lane in seconds)
    if below := ROOTS.get(release):  # its users have that one's kernel, unless they chose another
        yield from ((package, kernel, below, NEWEST) for kernel in newest_of(lanes, [below], flavour))
    if not backported:
        yield from ((package, kernel, release, PROPOSED) for kernel in pending)
        following = _following(release, releases)
        yield from ((package, kernel, following, NEXT) for kernel in newest_of(lanes, [following], flavour))


def _is_second(name: str, release: str) -> bool:
    return name.startswith(f"{release}-") and not name.endswith("-proposed-updates")


def _following(release: str, releases: Sequence[str]) -> str:
    """The release that users come to next; "" after the last."""
    place = releases.index(release) + 1 if release in releases else len(releases)
    return releases[place] if place < len(releases) else ""


def _hit(package: DkmsPackage, record: Record) -> frozenset[Target]:
    """The kernels with which symbols that a package uses changed."""
    uses: frozenset[int] = record.uses.get(package.key, frozenset())
    return frozenset(change.new for change in record.changes if not uses.isdisjoint(change.symbols))


def _bisected(packages: Iterable[DkmsPackage], lanes: Collection[Lane], tried: Iterable[Tried]) -> Iterator[Choice]:
    """The kernel halfway between the newest that a package comes out on and the first after it that it does not, whole
    and at least in part.
    """
    outcomes: dict[PackageKey, dict[Target, str]] = defaultdict(dict)
    for one in tried:
        outcomes[one.package][one.target] = one.outcome
    for package in packages:
        known = outcomes.get(package.key, {})
        for lane in lanes:
            told = [known.get(kernel.target, "") for kernel in lane.kernels]
            for well in ((BUILT,), (BUILT, PARTLY)):
                if (middle := _middle(told, well)) is not None:
                    yield package, lane.kernels[middle], lane.release, BISECT


def _middle(outcomes: Sequence[str], well: Collection[str]) -> int | None:
    """Where to look next for the first that did not go well after the last that did; None: nowhere."""
    good = [n for n, outcome in enumerate(outcomes) if outcome in well]
    failed = {BUILT, PARTLY, NO_COMPILE} - set(well)
    bad = [n for n, outcome in enumerate(outcomes) if outcome in failed and good and n > good[-1]]
    untried = [n for n in range(good[-1] + 1, bad[0]) if not outcomes[n]] if bad else []
    return untried[len(untried) // 2] if untried else None
