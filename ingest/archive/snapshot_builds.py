# SPDX-License-Identifier: GPL-2.0-or-later
"""Builds out of the debs that the snapshot service has, alone and beside those that archives list. Pure."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from abidb.errors import UnknownName
from abidb.versions import kernel_source, split_release, version_key
from ingest.archive.builds import ROLES, Key, ListedBuild, ListedDeb
from ingest.archive.catalogue import Catalogue
from ingest.archive.index import KERNEL_DEB
from ingest.archive.problem import Problem
from ingest.archive.snapshot import SnapshotDeb
from ingest.archive.sources import ListedSource


def snapshot_builds(found: Iterable[SnapshotDeb], arches: Collection[str]) -> tuple[ListedBuild, ...]:
    """The builds of `arches` among the service's debs, newest version first; their suites are not known.

    Their debs are vouched for by SHA-1 alone. Signed ones come before unsigned, and what was seen first before what
    has the same name, version and architecture but other content.
    """
    groups: dict[Key, dict[str, list[ListedDeb]]] = defaultdict(lambda: defaultdict(list))
    for deb in sorted(found, key=lambda deb: (deb.snapshot.first_seen, deb.snapshot.sha1)):
        if deb.arch in arches and (match := _part(deb)):
            source = kernel_source(deb.source) or deb.source
            listed = _listed(deb, unsigned=bool(match["before"] or match["after"]))
            groups[source, deb.version, deb.arch, match["release"]][match["role"]].append(listed)
    return _ordered(_build(key, roles) for key, roles in groups.items() if roles["image"] or roles["binary"])


def merged(listed: Iterable[ListedBuild], snapshot: Iterable[ListedBuild]) -> tuple[ListedBuild, ...]:
    """What an archive lists with what the snapshot service has, newest version first.

    A deb that both have can be had from either; the service's others are choices behind those of the archive. What
    the archive has lost comes from the service, but not headers alone: with them the build would be vouched for by
    hash only.
    """
    more = {_key(build): build for build in snapshot}
    ours = [_joined(build, more.pop(_key(build), None)) for build in listed]
    return _ordered([*ours, *more.values()])


def joined(
    catalogue: Catalogue, found: Iterable[SnapshotDeb | ListedSource | Problem], arches: Collection[str]
) -> Catalogue:
    """What the archives offer with what the service has: builds of `arches`, and sources that no archive has."""
    parts = list(found)
    builds = snapshot_builds((part for part in parts if isinstance(part, SnapshotDeb)), arches)
    listed = {(source.source, source.version) for source in catalogue.sources}
    sources = (part for part in parts if isinstance(part, ListedSource) and (part.source, part.version) not in listed)
    return replace(
        catalogue,
        builds=merged(catalogue.builds, builds),
        sources=(*catalogue.sources, *sources),
        problems=(*catalogue.problems, *(part for part in parts if isinstance(part, Problem))),
    )


def _part(deb: SnapshotDeb) -> re.Match[str] | None:
    """The name of a deb that may be part of a build, taken apart; None for any other.

    The service tells no Depends: of meta packages the name must tell. In source linux-6.12 linux-image-6.12-amd64 is
    one, as no ABI name is without its last number there; in source linux linux-image-7.3-amd64 is a kernel.
    """
    match = KERNEL_DEB.fullmatch(deb.name)
    if not match:
        return None
    try:
        abi = split_release(match["release"])[0]
    except UnknownName:
        return None
    return None if (kernel_source(deb.source) or "") == f"linux-{abi}" else match


def _listed(deb: SnapshotDeb, *, unsigned: bool) -> ListedDeb:
    return ListedDeb(deb.name, deb.version, deb.arch, deb.source, unsigned, deb.size, "", (), deb.snapshot)


def _build(key: Key, roles: Mapping[str, Sequence[ListedDeb]]) -> ListedBuild:
    source, version, arch, kernel_release = key
    chosen = {role: tuple(sorted(roles.get(role, ()), key=lambda deb: deb.unsigned)) for role in ROLES}
    return ListedBuild(
        source=source,
        version=version,
        arch=arch,
        kernel_release=kernel_release,
        flavour=split_release(kernel_release)[1],
        suites=(),
        split=bool(chosen["binary"]),
        **chosen,
    )


def _key(build: ListedBuild) -> Key:
    return build.source, build.version, build.arch, build.kernel_release


def _ordered(builds: Iterable[ListedBuild]) -> tuple[ListedBuild, ...]:
    by_name = sorted(builds, key=lambda build: (build.arch, build.kernel_release, build.source))
    keys = {version: version_key(version) for version in {build.version for build in by_name}}  # few for many builds
    return tuple(sorted(by_name, key=lambda build: keys[build.version], reverse=True))


def _joined(listed: ListedBuild, more: ListedBuild | None) -> ListedBuild:
    if more is None:
        return listed
    roles: dict[str, Any] = {role: tuple(_choices(getattr(listed, role), getattr(more, role))) for role in ROLES}
    if not listed.headers and not listed.partial:  # a check is not worth the signed index's word for all of a build
        roles["headers"] = ()
    return replace(listed, split=listed.split or more.split, **roles)


def _choices(listed: Sequence[ListedDeb], more: Sequence[ListedDeb]) -> Iterator[ListedDeb]:
    """`listed`, each with the service's copy of it, then what only the service has.

    That two debs are the same shows in name, version, architecture and size; the SHA-256 decides when it is fetched.
    """
    left = list(more)
    for deb in listed:
        same = next((other for other in left if _alike(deb) == _alike(other)), None)
        if same:
            left.remove(same)
        yield replace(deb, snapshot=same.snapshot) if same else deb
    yield from left


def _alike(deb: ListedDeb) -> tuple[str, str, str, int]:
    return deb.name, deb.version, deb.arch, deb.size
