# SPDX-License-Identifier: GPL-2.0-or-later
"""One look at the configured archives: which releases there are, and which kernels they list."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from django.conf import settings

from abidb.errors import AbidbError, Unavailable
from abidb.lifecycle import DebianRelease, status
from abidb.records import ReleaseRow
from abidb.versions import codename
from ingest.archive import releases as archive
from ingest.archive.catalogue import Catalogue, Question, archive_indexes, listed_builds
from ingest.archive.client import Client
from ingest.archive.last import releases_noted
from ingest.archive.memory import Memory, in_process
from ingest.archive.newest import ABSENT
from ingest.archive.release import Release
from ingest.archive.remembered import REFUSED
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
    remembered: Mapping[str, list[Any]] = field(default_factory=dict)  #: what is new to the memory, by key
    rows: tuple[ReleaseRow, ...] = ()  #: of Releases that are new to the memory, or were not asked for in a day

    @property
    def changed(self) -> frozenset[str]:
        """SHA-256 of the Releases of which an index was not read before, or only as another Release listed it."""
        return releases_noted(self.remembered)

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
    """Read the releases and the indexes that `memory` does not know (default: one that knows nothing).

    It is told nothing of them: what follows from an index has to be in the record first. `retry` does not wait with
    what was refused or not there before. Raises Unavailable where nothing at all can be had.
    """
    now = dt.datetime.now(dt.UTC)
    known = memory or in_process()
    watched, used, new = _watched(known, retry)
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
        remembered=new,
        rows=tuple(row for r in catalogue.releases if _is_news(row := _row(r), known)),
    )


def _watched(memory: Memory, retry: bool) -> tuple[Memory, set[str], dict[str, list[Any]]]:
    """A memory that holds back what it is told, the keys that are found in it from now on, and what it holds back."""
    used: set[str] = set()
    new: dict[str, list[Any]] = {}

    def index(key: str) -> list[Any] | None:
        if key in new:
            return new[key]
        found = None if retry and key.startswith((REFUSED, ABSENT)) else memory.index(key)
        if found is not None:
            used.add(key)
        return found

    return replace(memory, index=index, remember=new.__setitem__), used, new


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
