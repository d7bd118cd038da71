# SPDX-License-Identifier: GPL-2.0-or-later
"""Which of the builds that archives offer a sync takes, and in which order. Pure."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from abidb.errors import UnknownName
from abidb.rank import Known, Merits
from abidb.records import BuildKey, Listing
from abidb.versions import codename, line, version_key
from ingest.archive.builds import ListedBuild, ListedDeb

BYGONE = 10_000  #: rank of the newest build that no suite holds; lanes are shorter


@dataclass(frozen=True, slots=True)
class Wish:
    """What a sync was asked for; an empty field asks for all. `newest` counts by lane."""

    suites: Collection[str] = ()
    arches: Collection[str] = ()
    flavours: Collection[str] = ()
    newest: int | None = None
    ended: Collection[str] = ()  #: codenames of releases to leave out


def ranked(builds: Iterable[ListedBuild], wish: Wish) -> list[tuple[int, ListedBuild]]:
    """The builds that fit, each with its rank: 0 for the newest of a lane, 1 for the second newest, and so on.

    By rank, then newest version first. A build of several lanes has the best of its ranks. What no suite holds, only
    the snapshot service, comes last.
    """
    builds = tuple(builds)
    lanes: dict[tuple[str, str, str], list[ListedBuild]] = defaultdict(list)
    for build in builds:
        if _fits(build, wish):
            for name in sorted({line(suite, build.source) for suite in _suites(build, wish)}):
                lanes[name, build.arch, build.flavour].append(build)
    best: dict[BuildKey, tuple[int, ListedBuild]] = {}
    for members in lanes.values():
        newest_first = sorted(members, key=lambda build: version_key(build.version), reverse=True)
        for rank, build in enumerate(newest_first[: wish.newest]):
            best[build.key] = min(rank, best.get(build.key, (rank, build))[0]), build
    order = sorted(best.values(), key=lambda found: version_key(found[1].version), reverse=True)
    return [*sorted(order, key=lambda found: found[0]), *_bygone(builds, wish)]


def _bygone(builds: Iterable[ListedBuild], wish: Wish) -> list[tuple[int, ListedBuild]]:
    """What no suite holds any more, behind all else, if everything was asked for."""
    if wish.suites or wish.ended or wish.newest is not None:
        return []
    found = [build for build in builds if not build.suites and _is_of(build, wish)]
    newest_first = sorted(found, key=lambda build: version_key(build.version), reverse=True)
    return list(enumerate(newest_first, BYGONE))


def chosen(builds: Iterable[ListedBuild], wish: Wish) -> list[ListedBuild]:
    """The builds that fit, the newest of every lane first, then the second newest of each, and so on."""
    return [build for _, build in ranked(builds, wish)]


def _suites(build: ListedBuild, wish: Wish) -> list[str]:
    """The suites of a build that the wish is about."""
    return [
        suite
        for suite in build.suites
        if codename(suite) not in wish.ended and (not wish.suites or suite in wish.suites)
    ]


def _fits(build: ListedBuild, wish: Wish) -> bool:
    return bool(_suites(build, wish)) and _is_of(build, wish)


def _is_of(build: ListedBuild, wish: Wish) -> bool:
    return (not wish.arches or build.arch in wish.arches) and (not wish.flavours or build.flavour in wish.flavours)


def refuse_unknown(wish: Wish, builds: Iterable[ListedBuild]) -> None:
    """Raises UnknownName for an architecture or flavour that no listed build has."""
    offered = [(build.arch, build.flavour) for build in builds]
    for wished, known in ((wish.arches, {arch for arch, _ in offered}), (wish.flavours, {name for _, name in offered})):
        for name in wished:
            if name not in known:
                raise UnknownName(f"no kernel for {name} in the archives", sorted(known))


def is_needed(
    build: ListedBuild,
    known: Mapping[BuildKey, Known],
    next_tries: Mapping[BuildKey, dt.datetime],
    extractor: int,
    now: dt.datetime,
    *,
    retry: bool = False,
    reextract: bool = False,
) -> bool:
    """Whether fetching a build can give the record something better: it lacks the build, or one of the build's first
    choices and would be the better for it.

    What could not be had waits for its next try, unless `retry`. `reextract` asks only about builds that the record
    has from an extractor older than `extractor`; without it those are good enough.
    """
    have = known.get(build.key)
    if not retry and build.key in next_tries and now < next_tries[build.key]:
        return False
    if reextract:
        return have is not None and have.merits.extractor < extractor
    return have is None or (_is_lacking(build, have) and _is_better(build, have.merits))


def _is_better(build: ListedBuild, has: Merits) -> bool:
    return _offered(build, has.extractor).rank > has.rank


def _is_lacking(build: ListedBuild, have: Known) -> bool:
    """Whether the record's build was made without one of the first choices, or is one that nothing vouches for.

    What was made from all of them is as good as they are, whatever they promised: an image may have no modules.
    """
    return not have.merits.provenance or not all(have.holds(deb.name, deb.size, deb.sha256) for deb in _firsts(build))


def _firsts(build: ListedBuild) -> list[ListedDeb]:
    return [choices[0] for choices in build.parts]


def _offered(build: ListedBuild, extractor: int) -> Merits:
    """What the store would see in the first choices, if they are all there and hold what they should."""
    debs = _firsts(build)
    signed = [deb.source.startswith("linux-signed") for deb in debs]
    return Merits(
        provenance(build),
        "vmlinux" if build.partial else "all",
        signed[0],
        bool(build.headers),
        bool(build.base) or not build.split,
        len(debs),
        sum(signed),
        extractor,
    )


def provenance(build: ListedBuild) -> int:
    """As Known.provenance, if the first choices are all there: 2 by indexes, 1 where a deb is the snapshot's alone."""
    return 2 if all(choices[0].places for choices in build.parts) else 1


def listings(builds: Iterable[ListedBuild], releases: Collection[str] | None = None) -> Iterator[tuple[str, Listing]]:
    """Where every deb that a kernel may be read from is listed, stand-ins too, by SHA-256.

    Of `releases` only (SHA-256 of Release files), if they are given.
    """
    debs = (deb for build in builds for choices in build.parts for deb in choices)
    for deb in debs:
        for place in deb.places:
            if releases is None or place.listing.release_sha256 in releases:
                yield deb.sha256, place.listing
