# SPDX-License-Identifier: GPL-2.0-or-later
"""All that archives offer: suites that verify, the kernel packages of their indexes, and what went wrong beside."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

from abidb.errors import BadArchive, NotThere, Unavailable
from abidb.records import Listing
from abidb.versions import codename
from ingest.archive.builds import ListedBuild, builds
from ingest.archive.client import Client
from ingest.archive.fetch import Progress, unheard
from ingest.archive.index import Package, kernel_packages
from ingest.archive.memory import Memory
from ingest.archive.problem import Problem
from ingest.archive.release import Release, fetch_release
from ingest.archive.remembered import Stanzas, stanzas_of
from ingest.archive.roots import Root
from ingest.archive.sources import ListedSource, listed_sources, merged

COMPONENT = "main"  # Debian's kernels are nowhere else
AT_ONCE = 4  # requests for small files
ALIAS = re.compile(r"((old)*stable|testing|unstable|experimental|rc-buggy|(old)*proposed-updates)(-[a-z-]+)?")


@dataclass(frozen=True, slots=True)
class Index:
    """What one verified index lists."""

    root: str
    suite: str
    arch: str
    packages: tuple[Package, ...]


@dataclass(frozen=True, slots=True)
class Sources:
    """What the verified Sources index of a suite lists."""

    root: str
    suite: str
    sources: tuple[ListedSource, ...]


Found = Release | Index | Sources | Problem


@dataclass(frozen=True, slots=True)
class Catalogue:
    """What one look at the archives found."""

    builds: tuple[ListedBuild, ...]  #: newest version first
    releases: tuple[Release, ...]
    problems: tuple[Problem, ...]
    sources: tuple[ListedSource, ...] = ()


def listed_builds(found: Iterable[Found]) -> Catalogue:
    """What archive_indexes() yields, put together."""
    found = list(found)
    return Catalogue(
        builds(package for part in found if isinstance(part, Index) for package in part.packages),
        tuple(part for part in found if isinstance(part, Release)),
        tuple(part for part in found if isinstance(part, Problem)),
        merged(source for part in found if isinstance(part, Sources) for source in part.sources),
    )


def archive_indexes(
    roots: Sequence[Root],
    *,
    arches: Collection[str],
    candidates: Sequence[str],
    client: Client,
    memory: Memory,
    now: dt.datetime,
    only: Collection[str] = (),
    progress: Progress = unheard,
) -> Iterator[Found]:
    """Each suite of `roots` that verifies, followed by its indexes for `arches`; each problem in its place.

    A root is asked for the suites that the host's sources name and for `candidates`, or for `only` these. What it
    answers with 404 is not there and no problem. Archives that are not Debian's are passed over. An index that
    `memory` knows by its SHA-256 is neither fetched nor read. Nothing is raised for what an archive does; the disk's
    Unavailable is a problem too.
    """
    apart = any(root.security for root in roots)
    for root in roots:
        if root.suites and not any(_looks_like_debian(suite, candidates) for suite in root.suites):
            continue  # another vendor's, told without asking
        others = [suite for suite in only or candidates if not apart or _is_security(suite) == root.security]
        for part in _releases(root, () if only else root.suites, others, client, now):
            yield part
            if isinstance(part, Release):
                read = partial(stanzas_of, root, part, client=client, memory=memory, now=now, progress=progress)
                for index in indexes_for(arches):
                    yield _index(part, index, read)


def _is_security(suite: str) -> bool:
    return suite.endswith("-security")


def _looks_like_debian(suite: str, candidates: Collection[str]) -> bool:
    return bool(codename(suite) in map(codename, candidates) or ALIAS.fullmatch(suite))


def _releases(
    root: Root, own: Collection[str], others: Collection[str], client: Client, now: dt.datetime
) -> Iterator[Release | Problem]:
    """The suites of a root, each once though it may be asked for by codename and by alias.

    Its own are asked for first: they show whether it is Debian's.
    """
    seen: set[str] = set()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for names in (own, [name for name in others if name not in own]):
            for found in pool.map(partial(_release, root, client=client), names):
                if isinstance(found, Release) and not found.is_debian:
                    yield from _foreign(root, found)
                    return
                if isinstance(found, Problem):
                    yield found
                elif found and found.suite not in seen:
                    seen.add(found.suite)
                    yield from _stale(found, now)
                    yield found


def _release(root: Root, suite: str, client: Client) -> Release | Problem | None:
    try:
        return fetch_release(root, suite, client)
    except NotThere:
        return None
    except (BadArchive, Unavailable) as error:
        return Problem(root.name, suite, "", str(error), refused=True)


def _foreign(root: Root, release: Release) -> Iterator[Problem]:
    """A problem only where somebody gave this very root for Debian's; a host may well have others."""
    if not root.suites:
        message = f"not Debian's archive, but of origin {release.origin!r}"
        yield Problem(root.name, release.folder, "", message, refused=True)


def _stale(release: Release, now: dt.datetime) -> Iterator[Problem]:
    if release.expired(now):
        message = f"past its Valid-Until, {release.valid_until:%Y-%m-%d}: a suite or a mirror that stands still"
        yield Problem(release.root, release.suite, "", message, refused=False)


def indexes_for(arches: Collection[str]) -> tuple[str, ...]:
    """Paths of the indexes that are of interest in a suite, without compression suffix."""
    return (*(f"{COMPONENT}/binary-{arch}/Packages" for arch in arches), f"{COMPONENT}/source/Sources")


def _index(release: Release, path: str, read: Callable[[str], Stanzas]) -> Index | Sources | Problem:
    listing = Listing(release.root, release.suite, path, release.sha256, release.date)
    try:
        found = read(path)
        if path.endswith("/Sources"):
            return Sources(release.root, release.suite, tuple(listed_sources(found, listing)))
        arch = path.split("/")[1].removeprefix("binary-")
        return Index(release.root, release.suite, arch, tuple(kernel_packages(found, listing)))
    except (BadArchive, Unavailable) as error:
        return Problem(release.root, release.suite, path, str(error), refused=True)
