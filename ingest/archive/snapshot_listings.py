# SPDX-License-Identifier: GPL-2.0-or-later
"""Who vouches for what the snapshot service has: the signed indexes of the archive as it was when a deb was new.

The service answers below /archive/NAME/TIMESTAMP/ as the archive NAME did at that time; of TIMESTAMP it takes the
newest of its own that is not later.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from abidb.errors import BadArchive, NotThere
from abidb.lifecycle import DebianRelease
from abidb.records import Listing
from ingest.archive.builds import ROLES, ListedBuild, ListedDeb, Place
from ingest.archive.catalogue import COMPONENT
from ingest.archive.index import Package, kernel_packages
from ingest.archive.problem import Problem
from ingest.archive.release import fetch_release
from ingest.archive.remembered import stanzas_of
from ingest.archive.roots import Root
from ingest.archive.snapshot import Service, Sighting, sightings
from ingest.archive.snapshot_answers import STAMP_FORMAT

AIMED_AT = re.compile(r"(?:deb|bpo)(?P<release>[0-9]+)")
File = tuple[str, str, str, int]  # name, version, architecture, bytes


@dataclass(slots=True)
class _Past:
    """What has been asked so far on behalf of one build."""

    asked: Service
    keyrings: tuple[Path, ...]
    releases: Sequence[DebianRelease]
    arch: str
    now: dt.datetime
    lists: dict[tuple[str, str], dict[File, Package]] = field(default_factory=dict)  #: by root and suite
    problems: list[Problem] = field(default_factory=list)


def vouched(
    build: ListedBuild,
    asked: Service,
    *,
    keyrings: tuple[Path, ...],
    releases: Sequence[DebianRelease],
    now: dt.datetime,
) -> tuple[ListedBuild, tuple[Problem, ...]]:
    """The build with the SHA-256 and the listings of those of its debs that signed indexes of their time list.

    `keyrings` hold the keys that signed archives then, expired ones too. Asked is for the first choice of each part
    that no archive lists; other choices that the same indexes list are vouched for as well. An index that does not
    verify is a Problem and vouches for nothing. Raises Unavailable where the service fails, BadArchive where it
    answers nonsense.
    """
    past = _Past(asked, keyrings, releases, build.arch, now)
    for choices in build.parts:
        if not choices[0].places:
            _look_for(choices[0], past)
    found = {file: package for packages in past.lists.values() for file, package in packages.items()}
    roles: dict[str, Any] = {
        role: tuple(_with(found.get(_file(deb)), deb) for deb in getattr(build, role)) for role in ROLES
    }
    return replace(build, **roles), tuple(past.problems)


def likely_suites(archive: str, version: str, releases: Sequence[DebianRelease], day: dt.date) -> tuple[str, ...]:
    """Suites of an archive of the service that may have had a kernel of `version` on `day`, the likeliest first."""
    alive = [release for release in releases if release.version and _alive(release, day)]
    aimed = [release for release in alive if _is_for(release, version)]
    stable = [release.codename for release in aimed or alive]
    if archive.endswith("-security"):
        return tuple(name + pocket for name in stable for pocket in ("/updates", "-security"))
    if archive == "debian-backports" or "bpo" in version:
        return tuple(name + pocket for name in stable for pocket in ("-backports", "-backports-sloppy"))
    updates = tuple(name + pocket for name in stable for pocket in ("-proposed-updates", ""))
    if aimed:
        return updates
    early = "~exp" in version or "~rc" in version
    return ("experimental", "sid") if early else ("sid", "experimental", *updates)


def _alive(release: DebianRelease, day: dt.date) -> bool:
    last = release.eol_lts or release.eol or dt.date.max
    return (release.created or dt.date.max) <= day <= last


def _is_for(release: DebianRelease, version: str) -> bool:
    """Whether a version says so: 2.6.32-48squeeze1, 3.2.60-1+deb7u3, 2.6.32-45~bpo50+1, 6.1.55-1~bpo12+1."""
    major = release.version.partition(".")[0]
    aims = {match["release"] for match in AIMED_AT.finditer(version)}
    return release.codename in version or bool(aims & {major, major + "0"})


def _look_for(deb: ListedDeb, past: _Past) -> None:
    """Read indexes until one lists the deb."""
    if deb.snapshot is None or any(_file(deb) in packages for packages in past.lists.values()):
        return
    for seen in sightings(past.asked, deb.snapshot.sha1):
        root = _root(seen, past)
        for suite in likely_suites(seen.archive, deb.version, past.releases, seen.first_seen.date()):
            if (root.name, suite) not in past.lists:
                past.lists[root.name, suite] = {
                    _package_file(package): package for package in _listed(root, suite, past)
                }
            if _file(deb) in past.lists[root.name, suite]:
                return


def _root(seen: Sighting, past: _Past) -> Root:
    address = f"{past.asked.address}/archive/{seen.archive}/{seen.first_seen.strftime(STAMP_FORMAT)}"
    return Root(address, past.keyrings, ended=True)


def _listed(root: Root, suite: str, past: _Past) -> Iterator[Package]:
    """The kernel packages of a suite's index, none where there is no such suite or it does not verify."""
    index = f"{COMPONENT}/binary-{past.arch}/Packages"
    try:
        release = fetch_release(root, suite, past.asked.client)
        listing = Listing(root.name, release.suite, index, release.sha256, release.date)
        found = stanzas_of(root, release, index, client=past.asked.client, memory=past.asked.memory, now=past.now)
        yield from kernel_packages(found, listing)
    except NotThere:
        return
    except BadArchive as error:
        past.problems.append(Problem(root.name, suite, index, str(error), refused=True))


def _file(deb: ListedDeb) -> File:
    return deb.name, deb.version, deb.arch, deb.size


def _package_file(package: Package) -> File:
    return package.name, package.version, package.arch, package.size


def _with(package: Package | None, deb: ListedDeb) -> ListedDeb:
    """The deb as the index lists it; that it is the same file the SHA-256 decides when it is fetched."""
    if package is None or deb.places:
        return deb
    return replace(deb, sha256=package.sha256, places=(Place(package.listing, package.filename),))
