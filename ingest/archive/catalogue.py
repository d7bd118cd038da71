# SPDX-License-Identifier: GPL-2.0-or-later
"""All that archives offer: suites that verify, the kernel packages of their indexes, and what went wrong beside."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

from abidb.errors import BadArchive, Unavailable
from abidb.lifecycle import DebianRelease, status
from abidb.records import Listing
from abidb.versions import codename
from ingest.archive.builds import ListedBuild, builds
from ingest.archive.client import Client
from ingest.archive.fetch import Progress, unheard
from ingest.archive.index import Package, kernel_packages
from ingest.archive.last import last_read, listing_of, note_read
from ingest.archive.memory import Memory
from ingest.archive.newest import known_absent, newest_release, note_absent
from ingest.archive.problem import Problem
from ingest.archive.release import Release
from ingest.archive.remembered import Stanzas, promised
from ingest.archive.roots import Root
from ingest.archive.sources import ListedSource, listed_sources, merged
from ingest.archive.suites import is_security, looks_like_debian, suites_of

COMPONENT = "main"  # Debian's kernels are nowhere else
AT_ONCE = 4  # requests for small files


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


@dataclass(frozen=True, slots=True)
class Question:
    """What archives are asked for, and what is known beforehand."""

    arches: Collection[str]
    releases: Sequence[DebianRelease]  #: oldest first
    pockets: Sequence[str]  #: what may follow a codename in the name of a suite
    now: dt.datetime
    only: Collection[str] = ()  #: suites by any of their names; none: all

    def has_ended(self, root: Root, suite: str) -> bool:
        """Whether nobody supports the release of a suite any more. What a third party does is not known."""
        today, name = self.now.date(), codename(suite)
        ended = any(one.codename == name and status(one, today) == "ended" for one in self.releases)
        return root.ended or (ended and not root.label)


def archive_indexes(
    roots: Sequence[Root], question: Question, client: Client, memory: Memory, progress: Progress = unheard
) -> Iterator[Found]:
    """Each suite of `roots` that verifies, followed by its indexes; each problem in its place.

    Suites as verified() has them. An index that `memory` knows by its SHA-256 is neither fetched nor read; one that is
    not in order is a problem, followed by its last content that was. Nothing is raised for what an archive does; the
    disk's Unavailable is a problem too.
    """
    for part in verified(roots, question, client, memory):
        if isinstance(part, Problem):
            yield part
            continue
        root, release = part
        yield release
        indexes = indexes_for(question.arches)
        read = promised(root, release, indexes, client=client, memory=memory, now=question.now, progress=progress)
        for index, stanzas in zip(indexes, read, strict=True):
            yield from _index(release, index, stanzas, memory)


def verified(
    roots: Sequence[Root], question: Question, client: Client, memory: Memory
) -> Iterator[tuple[Root, Release] | Problem]:
    """Each suite of `roots` whose Release verifies; each problem in its place.

    A root is asked for the suites that its source names and for those that suites_of() knows, a further root only for
    what its source names, if it names any; `only` goes before all. What a root answers with 404 is not there and no
    problem, unless it was there before. Archives that are not Debian's are passed over.
    """
    apart = any(root.security for root in roots)
    for root in roots:
        if root.suites and not root.further and not _may_be_debian(root, question):
            continue  # another vendor's, told without asking
        own, others, problems = _asked_for(root, question, client, memory)
        yield from problems
        fit = [suite for suite in others if not apart or is_security(suite) == root.security]
        for part in _releases(root, (own, fit), question, client, memory):
            yield part if isinstance(part, Problem) else (root, part)


def _may_be_debian(root: Root, question: Question) -> bool:
    return any(looks_like_debian(suite, question.releases) for suite in root.suites)


def _asked_for(
    root: Root, question: Question, client: Client, memory: Memory
) -> tuple[Collection[str], Collection[str], tuple[Problem, ...]]:
    """The suites that show whether a root is Debian's, and the others."""
    if question.only:
        return (), question.only, ()
    if root.further and root.suites:
        return root.suites, (), ()
    kept, today = memory.folders(root.name), question.now.date()
    return root.suites, *suites_of(root, question.releases, question.pockets, client, today, kept=kept)


def _releases(
    root: Root, names: tuple[Collection[str], Collection[str]], question: Question, client: Client, memory: Memory
) -> Iterator[Release | Problem]:
    """The suites of a root, each once though it may be asked for by codename and by alias."""
    own, others = names
    seen: set[str] = set()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for some in (own, [name for name in others if name not in own]):
            asked = [
                (name, kept, question.has_ended(root, name))
                for name in some
                if (kept := memory.release(root.name, name)) or not known_absent(root, name, memory, question.now)
            ]
            ask = partial(newest_release, root, client=client, now=question.now)
            for one, (found, problems) in zip(asked, pool.map(ask, *zip(*asked, strict=True)), strict=True):
                yield from problems
                if found and not (found.is_debian or root.label):
                    yield from _foreign(root, found)
                    return
                if found and found.suite not in seen:
                    seen.add(found.suite)
                    yield found
                if one[2] and not (one[1] or found or problems):
                    note_absent(root, one[0], memory, question.now)


def _foreign(root: Root, release: Release) -> Iterator[Problem]:
    """A problem only where somebody gave this very root for Debian's; a host may well have others."""
    if root.further or not root.suites:
        message = f"not Debian's archive, but of origin {release.origin!r}"
        advice = "; a Label among its source's fields says that this is meant" if root.further else ""
        yield Problem(root.name, release.folder, "", message + advice, refused=True)


def indexes_for(arches: Collection[str]) -> tuple[str, ...]:
    """Paths of the indexes that are of interest in a suite, without compression suffix."""
    return (*(f"{COMPONENT}/binary-{arch}/Packages" for arch in arches), f"{COMPONENT}/source/Sources")


def _index(
    release: Release, path: str, stanzas: Callable[[], Stanzas], memory: Memory
) -> Iterator[Index | Sources | Problem]:
    """What an index lists; after a problem what it listed when it was last in order."""
    try:
        found = _read(stanzas(), listing_of(release, path))
    except (BadArchive, Unavailable) as error:
        yield Problem(release.root, release.suite, path, str(error), refused=True)
        if last := last_read(release, path, memory):
            yield _read(*last)
    else:
        note_read(release, path, memory)
        yield found


def _read(found: Stanzas, listing: Listing) -> Index | Sources:
    """Raises BadArchive where a stanza of a kernel is not in order."""
    if listing.index.endswith("/Sources"):
        return Sources(listing.root, listing.suite, tuple(listed_sources(found, listing)))
    arch = listing.index.split("/")[1].removeprefix("binary-")
    return Index(listing.root, listing.suite, arch, tuple(kernel_packages(found, listing)))
