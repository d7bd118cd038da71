# SPDX-License-Identifier: GPL-2.0-or-later
"""One look at the configured archives: which releases there are, and which kernels they list."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from abidb.errors import AbidbError, Unavailable
from abidb.lifecycle import DebianRelease, status
from abidb.versions import codename
from ingest.archive import releases as archive
from ingest.archive.catalogue import Catalogue, archive_indexes, listed_builds
from ingest.archive.client import Client
from ingest.archive.memory import Memory, in_process
from ingest.archive.roots import Root, host_roots, roots_from
from ingest.archive.sources import ListedSource


@dataclass(frozen=True, slots=True)
class Sight:
    """What a look found. `words` has stable, lts, ended, … by codename, `aliases` the suite names of Release files."""

    roots: tuple[Root, ...]
    releases: tuple[DebianRelease, ...]
    catalogue: Catalogue
    aliases: dict[str, str]
    words: dict[str, str]

    @property
    def sources(self) -> tuple[ListedSource, ...]:
        """The kernel source packages whose ABI policy may be read."""
        return self.catalogue.sources


def configured_roots(mirror: Sequence[str], keyring: Path | None) -> tuple[Root, ...]:
    """The roots of ABIDB_MIRROR, else of the host's APT sources; raises Unavailable where there are none."""
    roots = roots_from(" ".join(mirror), keyring) if mirror else host_roots()
    if not roots:
        raise Unavailable("no archive: APT has no sources here; set ABIDB_MIRROR to the address of a Debian archive")
    return roots


def look(
    roots: Sequence[Root],
    client: Client,
    arches: Collection[str],
    suites: Collection[str] = (),
    memory: Memory | None = None,
) -> Sight:
    """Read the releases and the indexes that `memory` does not know (default: one that ends with this look).

    Raises Unavailable where nothing at all can be had.
    """
    now = dt.datetime.now(dt.UTC)
    memory = memory or in_process()
    releases = known_releases(roots, client, memory, now)
    candidates = archive.candidate_suites(releases, now.date())
    found = archive_indexes(
        roots, arches=arches, candidates=candidates, client=client, memory=memory, now=now, only=suites
    )
    catalogue = listed_builds(found)
    if not catalogue.releases:
        raise _nothing(catalogue)
    aliases = {codename(r.suite): r.alias for r in catalogue.releases if codename(r.suite) == r.suite}
    words = {release.codename: status(release, now.date(), aliases.get(release.codename, "")) for release in releases}
    return Sight(tuple(roots), releases, catalogue, aliases, words)


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
