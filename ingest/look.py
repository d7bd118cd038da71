# SPDX-License-Identifier: GPL-2.0-or-later
"""One look at the configured archives: which releases there are, and which kernels they list."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from django.conf import settings

from abidb.errors import AbidbError, Unavailable
from abidb.lifecycle import DebianRelease, status
from abidb.records import ReleaseRow
from abidb.versions import codename
from ingest.archive import releases as archive
from ingest.archive.catalogue import Catalogue, Question, archive_indexes, indexes_for, listed_builds
from ingest.archive.client import Client
from ingest.archive.memory import Memory, in_process
from ingest.archive.release import Release
from ingest.archive.remembered import digests, is_refusal
from ingest.archive.roots import Root, further_roots, host_roots, roots_from
from ingest.archive.sources import ListedSource

A_DAY = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Sight:
    """What a look found. `words` has stable, lts, ended, … by codename, `aliases` the suite names of Release files."""

    roots: tuple[Root, ...]
    releases: tuple[DebianRelease, ...]
    catalogue: Catalogue
    aliases: dict[str, str]
    words: dict[str, str]
    arches: tuple[str, ...] = ()  #: that were asked for
    changed: frozenset[str] = frozenset()  #: SHA-256 of the Releases of which something is new to the memory
    rows: tuple[ReleaseRow, ...] = ()  #: of Releases that are new to the memory, or were not asked for in a day

    @property
    def sources(self) -> tuple[ListedSource, ...]:
        """The kernel source packages whose ABI policy may be read."""
        return self.catalogue.sources


def configured_roots(mirror: Sequence[str], keyring: Path | None, sources: Path | None = None) -> tuple[Root, ...]:
    """The roots of ABIDB_MIRROR, else of the host's APT sources, and those of ABIDB_SOURCES.

    Raises Unavailable where there are none, BadArchive for what cannot be meant.
    """
    roots = roots_from(" ".join(mirror), keyring) if mirror else host_roots()
    roots += further_roots(sources) if sources else ()
    if not roots:
        raise Unavailable("no archive: APT has no sources here; set ABIDB_MIRROR to the address of a Debian archive")
    return roots


def look(
    roots: Sequence[Root],
    client: Client,
    arches: Collection[str],
    suites: Collection[str] = (),
    memory: Memory | None = None,
    *,
    retry: bool = False,
) -> Sight:
    """Read the releases and the indexes that `memory` does not know (default: one that ends with this look).

    `retry` does not wait with indexes that were refused before. Raises Unavailable where nothing at all can be had.
    """
    now = dt.datetime.now(dt.UTC)
    known = memory or in_process()
    watched, used, fresh = _watched(known, retry)
    releases = known_releases(roots, client, watched, now)
    question = Question(arches, releases, settings.SUITE_POCKETS, now, suites)
    catalogue = listed_builds(archive_indexes(roots, question, client, watched))
    if not catalogue.releases:
        raise _nothing(catalogue)
    known.used(used)
    aliases = {codename(r.suite): r.alias for r in catalogue.releases if codename(r.suite) == r.suite}
    return Sight(
        roots=tuple(roots),
        releases=releases,
        catalogue=catalogue,
        aliases=aliases,
        words={one.codename: status(one, now.date(), aliases.get(one.codename, "")) for one in releases},
        arches=tuple(arches),
        changed=frozenset(r.sha256 for r in catalogue.releases if _is_changed(r, known, fresh, indexes_for(arches))),
        rows=tuple(row for r in catalogue.releases if _is_news(row := _row(r), known)),
    )


def _watched(memory: Memory, retry: bool) -> tuple[Memory, set[str], set[str]]:
    """The memory, and the digests that are found in it and those that are put into it from now on."""
    used: set[str] = set()
    fresh: set[str] = set()

    def index(digest: str) -> list[Any] | None:
        found = memory.index(digest)
        if found is None or (retry and is_refusal(found)):
            return None
        used.add(digest)
        return found

    def remember(digest: str, content: list[Any]) -> None:
        memory.remember(digest, content)
        fresh.update([] if is_refusal(content) else [digest])

    return replace(memory, index=index, remember=remember), used, fresh


def _is_changed(release: Release, memory: Memory, fresh: set[str], indexes: Collection[str]) -> bool:
    kept = memory.release(release.root, release.folder)
    return kept is None or kept.sha256 != release.sha256 or not fresh.isdisjoint(digests([release], indexes))


def _row(release: Release) -> ReleaseRow:
    asked = release.asked or release.date
    return ReleaseRow(release.root, release.folder, release.sha256, release.date, asked, release.content)


def _is_news(row: ReleaseRow, memory: Memory) -> bool:
    kept = memory.release(row.root, row.folder)
    return kept is None or kept.sha256 != row.sha256 or row.asked - kept.asked > A_DAY


def known_releases(
    roots: Sequence[Root], client: Client, memory: Memory, now: dt.datetime
) -> tuple[DebianRelease, ...]:
    """From the archive's distro-info-data, the newest there is; else from the host's."""
    try:
        return archive.archive_releases(roots, client, memory, now)
    except AbidbError:
        if host := archive.host_releases():
            return host
        raise


def _nothing(catalogue: Catalogue) -> Unavailable:
    reasons = [f"{problem.root} {problem.suite}: {problem.message}" for problem in catalogue.problems]
    return Unavailable("; ".join(reasons) or "none of the archives has a suite of Debian")
