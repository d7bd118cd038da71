# SPDX-License-Identifier: GPL-2.0-or-later
"""What the packages of a release use: of each its newest version there, by the build that tells it best."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass

from abidb.answers import LaneName
from abidb.errors import UnknownName
from abidb.lifecycle import ORDER
from abidb.outoftree import BUILT, PARTLY, Target
from abidb.packageanswers import VersionSeen
from abidb.queries.lanes import found_lanes, headlines, release_words
from abidb.queries.rows import rows
from abidb.queries.stock import ImportSet, Module, Stock, Try, kept, stock
from abidb.useanswers import PackageUses, ReleaseUses
from abidb.verdict import MODULE_LAYOUT
from abidb.versions import codename, line

NEAREST = "amd64"  #: architecture of the builds that are told where the record has no kernel of a release


@dataclass(frozen=True, slots=True, eq=False)
class Chosen:
    """A release's packages with the builds that tell what they use."""

    release: str
    lane: LaneName | None
    built: tuple[tuple[VersionSeen, Try], ...]  #: by package
    partly: tuple[tuple[VersionSeen, Try], ...]
    scanned: tuple[tuple[VersionSeen, Target, ImportSet], ...]
    unknown: tuple[str, ...]


def release_uses(release: str = "", lane: LaneName | None = None) -> ReleaseUses:
    """What the packages of a release use on the kernels of a lane, or of its main one; "" is the release most used.

    A build in the lane goes before others of its architecture, a whole one before a partial one, a newer kernel before
    an older one. Raises UnknownName where the record has no package of that release, or no such lane.
    """
    found = stock()
    wanted = release or release_with(found, lane)
    picked = chosen(wanted, lane)
    return kept(found, ("release uses", wanted, picked.lane), lambda: _told(found, picked))


def chosen(release: str, lane: LaneName | None = None) -> Chosen:
    """The same, not yet told; raises UnknownName."""
    found = stock()
    if release and release not in releases(found):
        raise UnknownName(f"no package of {release} that brings source of modules is in the record", releases(found))
    here = main_lane(release) if lane is None else _known(lane)
    return kept(found, ("chosen", release, here), lambda: _choose(found, release, here))


def releases(found: Stock) -> tuple[str, ...]:
    """Releases, backports apart, whose suites have packages: those that people use most first."""
    words = release_words()
    lines = {release_of(suite) for version in found.versions.values() for suite, *_ in version.suites} - {""}

    def place(each: str) -> tuple[bool, int, str]:
        return each != codename(each), ORDER.index(words.get(codename(each), "unknown")), each

    return tuple(sorted(lines, key=place))


def release_with(found: Stock, lane: LaneName | None) -> str:
    """The release of a lane, that of its backports where that alone has packages; of none the usual one."""
    names = releases(found)
    own = [one.codename for one in found_lanes(line=lane.line, arch=lane.arch, flavour=lane.flavour)] if lane else []
    there = (name for name in (*own, lane.line if lane else "") if name in names)
    return next(there, "") or default_release(found)


def default_release(found: Stock) -> str:
    """The first release of which a package was built, else the first; "" where there is none."""
    names = releases(found)
    return next((name for name in names if chosen(name).built), names[0] if names else "")


def release_of(suite: str) -> str:
    """The release whose machines have a suite: bookworm has bookworm-security, bookworm-backports is its own.

    "" for proposed updates, which no release has yet.
    """
    return "" if suite.endswith("-proposed-updates") else line(suite, "")


def main_lane(release: str) -> LaneName | None:
    """The lane whose kernel most machines of a release run."""
    found = found_lanes(line=release) or found_lanes(line=codename(release)) if release else []
    return next((one.name for one in headlines(found)), None)


def lanes_of(release: str) -> tuple[LaneName, ...]:
    """The lanes that a machine with packages of a release may run, of architectures on which any was built."""
    arches = {target.arch for _, target in stock().tries}
    found = [one for one in found_lanes() if one.codename == codename(release) and one.name.arch in arches]
    return tuple(one.name for one in found)


def _known(lane: LaneName) -> LaneName:
    if found_lanes(line=lane.line, arch=lane.arch, flavour=lane.flavour):
        return lane
    raise UnknownName(f"no lane {lane.line}/{lane.arch}/{lane.flavour}")


def _choose(found: Stock, release: str, lane: LaneName | None) -> Chosen:
    targets = _targets(lane)
    built: list[tuple[VersionSeen, Try]] = []
    partly: list[tuple[VersionSeen, Try]] = []
    scanned: list[tuple[VersionSeen, Target, ImportSet]] = []
    unknown: list[str] = []
    for package, versions in sorted(found.by_package.items()):
        newest = next((each for each in reversed(versions) if _is_in(each, release)), None)
        if newest is None:
            continue
        if best := _best(found.tries_of.get(newest.id, ()), lane, targets):
            (built if best.outcome == BUILT else partly).append((newest, best))
        elif newest.id in found.scans:
            scanned.append((newest, *found.scans[newest.id]))
        else:
            unknown.append(package)
    return Chosen(release, lane, tuple(built), tuple(partly), tuple(scanned), tuple(unknown))


def _is_in(version: VersionSeen, release: str) -> bool:
    return any(release_of(suite) == release for suite, *_ in version.suites)


def _targets(lane: LaneName | None) -> frozenset[Target]:
    if lane is None:
        return frozenset()
    return frozenset(Target(*row) for row in rows("lane_targets", **asdict(lane)))


def _best(tries: Iterable[Try], lane: LaneName | None, targets: frozenset[Target]) -> Try | None:
    """Of attempts, the oldest kernel first, the one that tells best what is used in a lane."""
    arch, flavour = (lane.arch, lane.flavour) if lane else (NEAREST, NEAREST)
    telling = [each for each in tries if each.outcome in (BUILT, PARTLY) and each.target.arch == arch]

    def worth(at: int) -> tuple[bool, bool, bool, bool, int]:
        each = telling[at]
        return each.target in targets, each.target.flavour == flavour, each.outcome == BUILT, each.exact, at

    return telling[max(range(len(telling)), key=worth)] if telling else None


def symbols_of(modules: Iterable[Module], names: Mapping[int, str]) -> frozenset[str]:
    """The symbols that modules use: what they import but module_layout, which nothing calls: modpost adds it to every
    module with CRCs. `names` are by id.
    """
    return _named((each.imports for each in modules), names)


def _told(found: Stock, picked: Chosen) -> ReleaseUses:
    here = {version.key.package for version, _ in (*picked.built, *picked.partly)}
    return ReleaseUses(
        release=picked.release,
        releases=releases(found),
        lane=picked.lane,
        built=tuple(_package(found, *each) for each in picked.built),
        partly=tuple(_package(found, *each) for each in picked.partly),
        scanned=tuple(_scan(*each, found.names) for each in picked.scanned),
        unknown=picked.unknown,
        systems={package: n for package, n in found.popcon.items() if package in here} if found.popcon else None,
    )


def _package(found: Stock, version: VersionSeen, best: Try) -> PackageUses:
    """Kept beside the stock: lanes of a release mostly have it from the same builds."""
    key = ("uses", version.id, best.id)
    if key not in found.parts:
        modules = tuple(each.name for each in best.modules)
        licenses = tuple(sorted({license for each in best.modules for license in each.licenses}))
        symbols = symbols_of(best.modules, found.names)
        found.parts[key] = PackageUses(
            version.source, version.key.package, version.key.version, best.target, modules, licenses, symbols
        )
    told: PackageUses = found.parts[key]
    return told


def _scan(version: VersionSeen, target: Target, scan: ImportSet, names: dict[int, str]) -> PackageUses:
    key = version.key
    return PackageUses(version.source, key.package, key.version, target, (), (), _named([scan], names))


def _named(sets: Iterable[ImportSet], names: Mapping[int, str]) -> frozenset[str]:
    ids = {symbol for each in sets for symbol in each.symbols.tolist()}
    return frozenset(map(names.__getitem__, ids)) - {MODULE_LAYOUT}
