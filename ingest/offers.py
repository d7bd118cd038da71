# SPDX-License-Identifier: GPL-2.0-or-later
"""Which of the builds that archives offer a sync takes, and in which order. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from abidb.answers import Known
from abidb.errors import UnknownName
from abidb.records import Listing
from abidb.versions import codename, line, version_key
from ingest.archive.builds import ListedBuild

Key = tuple[str, str, str, str]


@dataclass(frozen=True, slots=True)
class Wish:
    """What a sync was asked for; an empty field asks for all. `newest` counts by lane."""

    suites: Collection[str] = ()
    arches: Collection[str] = ()
    flavours: Collection[str] = ()
    newest: int | None = None
    ended: Collection[str] = ()  #: codenames of releases to leave out


def key_of(build: ListedBuild) -> Key:
    """How the record tells builds apart."""
    return build.source, build.version, build.arch, build.flavour


def chosen(builds: Iterable[ListedBuild], wish: Wish) -> list[ListedBuild]:
    """The builds that fit, the newest of every lane first, then the second newest of each, and so on."""
    lanes: dict[tuple[str, str, str], list[ListedBuild]] = defaultdict(list)
    for build in builds:
        if _fits(build, wish):
            for name in sorted({line(suite, build.source) for suite in _suites(build, wish)}):
                lanes[name, build.arch, build.flavour].append(build)
    ranked: dict[Key, tuple[int, ListedBuild]] = {}
    for members in lanes.values():
        newest_first = sorted(members, key=lambda build: version_key(build.version), reverse=True)
        for rank, build in enumerate(newest_first[: wish.newest]):
            best = ranked.get(key_of(build), (rank, build))
            ranked[key_of(build)] = min(rank, best[0]), build
    order = sorted(ranked.values(), key=lambda found: version_key(found[1].version), reverse=True)
    return [build for _, build in sorted(order, key=lambda found: found[0])]


def _suites(build: ListedBuild, wish: Wish) -> list[str]:
    """The suites of a build that the wish is about."""
    return [
        suite
        for suite in build.suites
        if codename(suite) not in wish.ended and (not wish.suites or suite in wish.suites)
    ]


def _fits(build: ListedBuild, wish: Wish) -> bool:
    return (
        bool(_suites(build, wish))
        and (not wish.arches or build.arch in wish.arches)
        and (not wish.flavours or build.flavour in wish.flavours)
    )


def refuse_unknown(wish: Wish, builds: Iterable[ListedBuild]) -> None:
    """Raises UnknownName for an architecture or flavour that no listed build has."""
    offered = [(build.arch, build.flavour) for build in builds]
    for wished, known in ((wish.arches, {arch for arch, _ in offered}), (wish.flavours, {name for _, name in offered})):
        for name in wished:
            if name not in known:
                raise UnknownName(f"no kernel for {name} in the archives", sorted(known))


def is_needed(build: ListedBuild, known: Mapping[Key, Known], extractor: int) -> bool:
    """Whether fetching a build can give the record something better than it has."""
    have = known.get(key_of(build))
    if have is None or not have.listed or have.extractor < extractor:
        return True
    offers_signed = any(deb.source.startswith("linux-signed") for deb in build.parts[0])
    return (have.covers != "all" and not build.partial) or (offers_signed and not have.signed)


def listings(builds: Iterable[ListedBuild]) -> Iterable[tuple[str, Listing]]:
    """Where every deb that a kernel may be read from is listed, stand-ins too, by SHA-256."""
    debs = (deb for build in builds for choices in build.parts for deb in choices)
    return ((deb.sha256, place.listing) for deb in debs for place in deb.places)
