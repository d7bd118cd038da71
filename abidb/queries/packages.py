# SPDX-License-Identifier: GPL-2.0-or-later
"""Module packages: the list of all, one of them in a lane."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from difflib import get_close_matches

from abidb.answers import LaneName
from abidb.errors import UnknownName
from abidb.lifecycle import ORDER
from abidb.outoftree import Target
from abidb.packageanswers import (
    NOT_TRIED,
    BinaryPackage,
    Cell,
    MatrixRow,
    Package,
    PackageRow,
    Verdicts,
    VersionSeen,
    compiles,
)
from abidb.queries.breaks import Series, lane_breaks
from abidb.queries.hits import Pair, load, rebuilt
from abidb.queries.kernels import Kernels, kernels_of
from abidb.queries.lanes import Found, found_lanes, headline_order, headlines, release_words
from abidb.queries.packageuses import Source, newest_built, uses_of
from abidb.queries.presence import in_release, releases_of, suites_of
from abidb.queries.releaseuse import symbols_of
from abidb.queries.stock import Stock, Try, kept, stock

VERSIONS = 6  #: newest versions of a package that its matrix shows
BINARIES = 12  #: binary packages of one source that a page shows; zfs-linux has one, none has more than three
NEAREST = 10
Shown = tuple[int, int | None]  # newest kernels left out, kernels told


def packages() -> tuple[PackageRow, ...]:
    """Every source package that brings modules, by name."""
    known = stock()
    return kept(known, ("packages",), lambda: _packages(known))


def _packages(known: Stock) -> tuple[PackageRow, ...]:
    targets = _targets(known)
    return tuple(_row(known, source, targets) for source in sorted(known.by_source))


Lanes = dict[str, list[Collection[Target]]]


def _targets(known: Stock) -> Lanes:
    """The kernels of each release's own lanes in which anything was tried, what people look for first in front."""
    tried = {(target.arch, target.flavour) for _, target in known.tries}
    own = [one for one in found_lanes() if one.name.line == one.codename and (one.name.arch, one.name.flavour) in tried]
    found: Lanes = {}
    for one in sorted(own, key=lambda each: headline_order(each.name)):
        found.setdefault(one.codename, []).append(kernels_of(known, one.name).places.keys())
    return found


def _row(known: Stock, source: str, targets: Lanes) -> PackageRow:
    names = known.by_source[source]
    seen = [each for name in names for each in known.by_package[name] if each.source == source]
    releases = {release: each for each in seen for release in releases_of(each)}  # the newest comes last
    words = release_words()
    order = sorted(releases, key=lambda release: (ORDER.index(words.get(release, "unknown")), release))
    built = newest_built(known, seen)
    told = ((release, _newest(known, releases[release], targets.get(release, []))) for release in order)
    return PackageRow(
        source=source,
        packages=names,
        components=tuple(sorted({each.component for each in seen})),
        releases=tuple((release, releases[release].key.version) for release in order),
        symbols=None if built is None else len(symbols_of(built.modules, known.names)),
        outcomes=tuple((name, each.target.kernel_release, _word(each)) for name, each in told if each),
        scanned=built is None and any(each.id in known.scans for each in seen),
        reporting=max((n for name in names if (n := known.popcon.get(name)) is not None), default=None),
    )


def _newest(known: Stock, seen: VersionSeen, lanes: list[Collection[Target]]) -> Try | None:
    """The attempt of a version on the newest kernel of the first lane; if any, one that tells of its source."""
    tried = known.tries_of.get(seen.id, ())
    found = [each for targets in lanes for each in reversed(tried) if each.target in targets]
    return next((each for each in found if each.says != NOT_TRIED), next(iter(found), None))


def _word(tried: Try) -> str:
    if not tried.exact and tried.headers:
        return f"{tried.outcome} with the headers of {tried.headers}"
    said = compiles(tried.outcome)
    return tried.outcome if said == NOT_TRIED else said


def source_of(name: str) -> str:
    """The source package that a name means: its own, or of a binary package; raises UnknownName with near ones."""
    known = stock()
    if name in known.by_source:
        return name
    if name in known.by_package:
        return known.by_package[name][-1].source
    names = [*known.by_source, *known.by_package]
    near = [one for one in sorted(names) if name and name.lower() in one]
    near += get_close_matches(name, names, NEAREST, 0.5)
    raise UnknownName(f"no module package is named {name!r}", list(dict.fromkeys(near))[:NEAREST])


def package(source: str, lane: LaneName | None = None, *, offset: int = 0, limit: int | None = 40) -> Package:
    """One source package in a lane: that asked for, else the generic one of the newest stable release that has it.

    Of the lane's kernels `limit` are told, the newest but `offset`, and the newest VERSIONS of the package; with None
    all. Raises UnknownName, also for a lane that is none.
    """
    known = stock()
    if source not in known.by_source:
        source_of(source)
        raise UnknownName(f"{source} is a binary package")
    lanes = _lanes(known, source)
    chosen = _chosen(lanes, lane)
    kernels = kernels_of(known, chosen.name)
    names = [name for name in known.by_source[source] if _has(known, name, source)][:BINARIES]
    binaries = [_binary(known, name, chosen, kernels, (offset, limit)) for name in names]
    return Package(
        source=source,
        lane=chosen.name,
        lanes=tuple(one.name for one in lanes),
        binaries=tuple([each for each in binaries if each.versions] or binaries),
        kernels=len(kernels.sides),
        reporting=tuple((name, known.popcon[name]) for name in names if name in known.popcon),
    )


def _chosen(lanes: Sequence[Found], lane: LaneName | None) -> Found:
    """The lane asked for, also one that a page does not offer, else the first; raises UnknownName."""
    if lane is None:
        exact = list(lanes)
    else:
        offered = [one for one in lanes if one.name == lane]
        exact = offered or found_lanes(line=lane.line, arch=lane.arch, flavour=lane.flavour)
    if not exact:
        said = f"no lane {lane.line}/{lane.arch}/{lane.flavour}" if lane else "the record has no kernel"
        raise UnknownName(said, ["/".join((n.name.line, n.name.arch, n.name.flavour)) for n in lanes])
    return exact[0]


def verdicts(
    package: str, version: str = "", lane: LaneName | None = None, *, after: str = "", limit: int = 40
) -> Verdicts:
    """A version of a binary package, the newest of the lane where none is named, on the kernels of a lane, newest
    first; with `after` behind the kernel of that name. Raises UnknownName for what is not known, with what is.
    """
    known = stock()
    if package not in known.by_package:
        raise UnknownName(f"no binary package {package}", list(known.by_source.get(source_of(package), ())))
    lanes = _lanes(known, known.by_package[package][-1].source)
    chosen = _chosen(lanes, lane)
    kernels = kernels_of(known, chosen.name)
    seen = _version(known, package, version, _versions(known, package, chosen, kernels.places))
    names = [side.ref.name for side in reversed(kernels.sides)]
    if after and after not in names:
        raise UnknownName(f"no kernel {after} in this lane", names[:NEAREST])
    start = names.index(after) + 1 if after else 0
    rows = tuple(_rows(known, [seen], kernels, (start, limit)))
    more = rows[-1].kernel.name if start + len(rows) < len(names) and rows else None
    return Verdicts(seen, chosen.name, tuple(one.name for one in lanes), rows, len(names), more)


def _version(known: Stock, package: str, version: str, there: Sequence[VersionSeen]) -> VersionSeen:
    every = known.by_package[package]
    if not version:
        return next(iter(there), every[-1])
    for each in reversed(every):
        if each.key.version == version:
            return each
    raise UnknownName(f"no version {version} of {package}", [each.key.version for each in reversed(every)])


def _has(known: Stock, name: str, source: str) -> bool:
    return any(each.source == source for each in known.by_package[name])


def _lanes(known: Stock, source: str) -> list[Found]:
    """The lanes that a page of the package offers: those in which it was tried, and the headline of its releases."""
    seen = [each for name in known.by_source[source] for each in known.by_package[name] if each.source == source]
    releases = {release for each in seen for release in releases_of(each)}
    tried = {(t.target.arch, t.target.flavour) for each in seen for t in known.tries_of.get(each.id, ())}
    found = found_lanes()
    heads = {one.name for one in headlines(found)}
    words = release_words()
    ours = [one for one in found if one.name in heads or (one.name.arch, one.name.flavour) in tried]

    def order(one: Found) -> tuple[object, ...]:
        word = ORDER.index(words.get(one.codename, "unknown"))
        return (
            one.codename not in releases,
            word,
            one.codename,
            one.name.line != one.codename,
            *headline_order(one.name),
        )

    return sorted(ours, key=order)


def _binary(known: Stock, name: str, chosen: Found, kernels: Kernels, shown: Shown) -> BinaryPackage:
    place = kernels.places
    series = Series(chosen.name, chosen.codename, tuple(side.ref for side in kernels.sides), place)
    versions = _versions(known, name, chosen, place)[: None if shown[1] is None else VERSIONS]
    source = _source(known, versions, place)
    return BinaryPackage(
        package=name,
        versions=versions,
        uses=uses_of(source, chosen.name, kernels.sides[-1] if place else None, known.names) if source else (),
        used_on=source.target if source else None,
        used_version=source.seen.key.version if source else "",
        scanned=bool(source and source.scanned),
        rows=tuple(_rows(known, versions, kernels, shown)),
        breaks=lane_breaks(known, series, [name]),
    )


def _versions(known: Stock, name: str, chosen: Found, place: dict[Target, int]) -> tuple[VersionSeen, ...]:
    """Versions that the lane's users have, and others that were tried in the lane; newest first."""
    own = {each.id for each in in_release(known, name, suites_of(chosen.codename, chosen.name.line))}
    found = [
        each
        for each in known.by_package[name]
        if each.id in own or any(one.target in place for one in known.tries_of.get(each.id, ()))
    ]
    return tuple(reversed(found))


def _source(known: Stock, versions: Iterable[VersionSeen], place: dict[Target, int]) -> Source | None:
    """What tells which symbols a package uses: its newest build in the lane, any newest build, a scan."""
    versions = list(versions)
    for seen in versions:
        built = [one for one in known.tries_of.get(seen.id, ()) if one.modules and one.target in place]
        if built:
            newest = max(built, key=lambda one: place[one.target])
            return Source(seen, newest.target, tuple((each.name, each.imports) for each in newest.modules), False)
    for seen in versions:
        if built := [one for one in known.tries_of.get(seen.id, ()) if one.modules]:
            return Source(seen, built[-1].target, tuple((each.name, each.imports) for each in built[-1].modules), False)
    for seen in versions:
        if seen.id in known.scans:
            target, imports = known.scans[seen.id]
            return Source(seen, target, (("", imports),), True)
    return None


def _rows(known: Stock, versions: Sequence[VersionSeen], kernels: Kernels, shown: Shown) -> Iterable[MatrixRow]:
    offset, limit = shown
    sides = kernels.sides
    newest = len(sides) - 1 - offset
    for at in range(newest, -1 if limit is None else max(newest - limit, -1), -1):
        pair = Pair(sides[at - 1], sides[at], kernels.by_target, kernels.places) if at else None
        cells = tuple(_cell(known, seen, sides[at].target, pair) for seen in versions)
        yield MatrixRow(sides[at].ref, pair.old.ref if pair else None, cells)


def _cell(known: Stock, seen: VersionSeen, kernel: Target, pair: Pair | None) -> Cell:
    tried = known.tries.get((seen.id, kernel))
    loaded = load(known, seen, pair) if pair else None
    code = rebuilt(known, seen, pair.old.target, kernel)[0] if pair else ""
    reasons = loaded.verdict.reasons if loaded else ()
    return Cell(
        answer=loaded.verdict.answer if loaded else "",
        reason=reasons[0] if reasons else None,
        reasons=len(reasons),
        computed=loaded.computed if loaded else False,
        loading=loaded.loading if loaded else None,
        about=loaded.about if loaded else (),
        compiles=compiles(tried.outcome if tried else None),
        why=_why(tried) if tried else "",
        log=tried.id if tried else None,
        headers=tried.headers if tried and tried.headers != tried.target.kernel_release else "",
        code=code,
    )


def _why(tried: Try) -> str:
    """What stood in the way; with the outcome where that says nothing of the source."""
    if compiles(tried.outcome) == NOT_TRIED:
        return f"{tried.outcome}: {tried.reason}" if tried.reason else tried.outcome
    return tried.reason
