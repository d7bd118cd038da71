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
from abidb.versions import codename, line, version_key

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
FLAVOURS = ("amd64", "cloud-amd64")
UNKNOWN_COST = 30.0  #: seconds; most packages take 2 to 30
ROOTS = {"experimental": "sid"}  #: whose userland runs a release that is none of its own


@dataclass(frozen=True, slots=True)
class Kernel:
    """A kernel of the record that an archive has."""

    target: Target
    suites: tuple[str, ...]
    headers: bool  #: whether the archive has its headers, too


@dataclass(frozen=True, slots=True)
class Tried:
    """What became of a package on a kernel before."""

    package: PackageKey
    target: Target
    outcome: str
    seconds: float
    builder: int = BUILDER


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


@dataclass(frozen=True, slots=True)
class _Lane:
    """The kernels of a release line in one flavour that can be built against, oldest first."""

    release: str
    kernels: tuple[Kernel, ...]


Lanes = Mapping[tuple[str, str], _Lane]  # by line and flavour
Choice = tuple[DkmsPackage, Kernel, str, str]  # package, kernel, codename of the kernel's release, reason


def pairs(packages: Iterable[DkmsPackage], record: Record, wish: Wish) -> list[Pair]:
    """What is to be built, the most telling first; what was built before by this builder is left out.

    Raises UnknownName where the wish names a package, suite or kernel that there is none of.
    """
    packages = tuple(packages)
    refuse_unknown(packages, record, wish)
    chosen = [package for package in packages if _fits(package, wish)]
    settled, cost = _settled(record.tried, wish), _costs(record.tried)
    best: dict[tuple[PackageKey, Target], Pair] = {}
    for package, kernel, release, why in _choices(chosen, record, wish):
        place = package.key, kernel.target
        if wish.newest and why not in (ASKED, NEWEST, BACKPORT):
            continue
        if place not in settled and (place not in best or _rank(why) < _rank(best[place].why)):
            root = ROOTS.get(release, release)
            best[place] = Pair(package.key, kernel.target, root, why, _cost(package.key, cost))
    flavours = {name: n for n, name in enumerate(wish.flavours)}
    return sorted(best.values(), key=lambda p: (_rank(p.why), flavours.get(p.target.flavour, 99), p.package, p.target))


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


def _settled(tried: Iterable[Tried], wish: Wish) -> set[tuple[PackageKey, Target]]:
    again = (HARNESS, NO_DEPENDENCY) if wish.retry else ()
    return {(one.package, one.target) for one in tried if one.builder >= BUILDER and one.outcome not in again}


def _costs(tried: Iterable[Tried]) -> dict[object, float]:
    """The longest that a version took, and that any version of a package took."""
    found: dict[object, float] = defaultdict(float)
    for one in tried:
        for key in (one.package, one.package.package):
            found[key] = max(found[key], one.seconds)
    return found


def _cost(key: PackageKey, known: Mapping[object, float]) -> float:
    return known.get(key) or known.get(key.package) or UNKNOWN_COST


def _choices(packages: Sequence[DkmsPackage], record: Record, wish: Wish) -> Iterator[Choice]:
    if wish.kernels:
        yield from _asked(packages, record, wish)
        return
    lanes = lanes_of(record.kernels, wish.flavours)
    for package in packages:
        for suite in dict.fromkeys(listing.suite for listing in package.listings):
            if not wish.suites or suite in wish.suites:
                for flavour in wish.flavours:
                    yield from _of_suite(package, suite, flavour, lanes, record)
    if not wish.newest:
        yield from _bisected(packages, lanes, record.tried)


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


def lanes_of(kernels: Iterable[Kernel], flavours: Collection[str]) -> Lanes:
    """Kernels with headers by line and flavour; those that only proposed-updates has are a line of their own.

    Where none of a line has headers, all of them: the builder takes the nearest headers and says so.
    """
    found: dict[tuple[str, str], list[Kernel]] = defaultdict(list)
    release: dict[str, str] = {}
    for kernel in kernels:
        if kernel.target.flavour in flavours:
            for name, suite in _lines(kernel).items():
                found[name, kernel.target.flavour].append(kernel)
                release[name] = codename(suite)
    return {key: _Lane(release[key[0]], _usable(members)) for key, members in found.items()}


def _lines(kernel: Kernel) -> dict[str, str]:
    """The lines of a kernel, each with the suite that makes it so."""
    plain = [suite for suite in kernel.suites if not suite.endswith("-proposed-updates")]
    return {line(suite, kernel.target.source): suite for suite in plain} or {suite: suite for suite in kernel.suites}


def _usable(kernels: Iterable[Kernel]) -> tuple[Kernel, ...]:
    ordered = tuple(sorted(kernels, key=lambda kernel: version_key(kernel.target.version)))
    return tuple(kernel for kernel in ordered if kernel.headers) or ordered


def _of_suite(package: DkmsPackage, suite: str, flavour: str, lanes: Lanes, record: Record) -> Iterator[Choice]:
    """The kernels that users of a suite run, or will."""
    release = codename(suite)
    own = lanes.get((release, flavour))
    newest = own.kernels[-1:] if own else ()
    pending = _newest(lanes, [f"{release}-proposed-updates"], flavour)
    second = _newest(lanes, sorted(name for name, _ in lanes if _is_second(name, release)), flavour)
    if suite.endswith("-proposed-updates"):
        yield from ((package, kernel, release, PROPOSED) for kernel in (*newest, *pending))
    elif "-backports" in suite:
        yield from ((package, kernel, release, BACKPORT) for kernel in newest)
        yield from ((package, kernel, release, SECOND) for kernel in second)
    else:
        yield from ((package, kernel, release, NEWEST) for kernel in newest)
        yield from ((package, kernel, release, OLDEST) for kernel in (own.kernels[:1] if own else ()))
        yield from _changed(package, own, record)
        yield from ((package, kernel, release, SECOND) for kernel in second)
        yield from ((package, kernel, release, PROPOSED) for kernel in pending)
        following = _following(release, record.releases)
        yield from ((package, kernel, following, NEXT) for kernel in _newest(lanes, [following], flavour))


def _newest(lanes: Lanes, lines: Iterable[str], flavour: str) -> tuple[Kernel, ...]:
    return tuple(found.kernels[-1] for name in lines if (found := lanes.get((name, flavour))))


def _is_second(name: str, release: str) -> bool:
    return name.startswith(f"{release}-") and not name.endswith("-proposed-updates")


def _following(release: str, releases: Sequence[str]) -> str:
    """The release that users come to next; "" after the last."""
    place = releases.index(release) + 1 if release in releases else len(releases)
    return releases[place] if place < len(releases) else ""


def _changed(package: DkmsPackage, own: _Lane | None, record: Record) -> Iterator[Choice]:
    uses: frozenset[int] = record.uses.get(package.key, frozenset())
    hit = {change.new for change in record.changes if not uses.isdisjoint(change.symbols)}
    for kernel in own.kernels if own else ():
        if own and kernel.target in hit:
            yield package, kernel, own.release, CHANGED


def _bisected(packages: Iterable[DkmsPackage], lanes: Lanes, tried: Iterable[Tried]) -> Iterator[Choice]:
    """The kernel halfway between the newest that a package compiles on and the first after it that it does not."""
    outcomes: dict[PackageKey, dict[Target, str]] = defaultdict(dict)
    for one in tried:
        outcomes[one.package][one.target] = one.outcome
    for package in packages:
        known = outcomes.get(package.key, {})
        for lane in lanes.values():
            if middle := _middle([known.get(kernel.target, "") for kernel in lane.kernels]):
                yield package, lane.kernels[middle], lane.release, BISECT


def _middle(outcomes: Sequence[str]) -> int:
    """Where to look next for the first failure after the last success; 0 where there is nothing to look for."""
    good = [n for n, outcome in enumerate(outcomes) if outcome in (BUILT, PARTLY)]
    bad = [n for n, outcome in enumerate(outcomes) if outcome == NO_COMPILE and good and n > good[-1]]
    if not bad:
        return 0
    untried = [n for n in range(good[-1] + 1, bad[0]) if not outcomes[n]]
    return untried[len(untried) // 2] if untried else 0
