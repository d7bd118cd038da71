# SPDX-License-Identifier: GPL-2.0-or-later
"""Which packages bring source of kernel modules: those that ship usr/src/*/dkms.conf, or are named so.

Contents indexes tell the first, per component; -security and -proposed-updates have none, so what the release's own
suites ship counts there too. Every index is verified against the signed Release and remembered by its SHA-256: what did
not change is neither fetched nor read again. Components are those of the archive, whatever the host's sources name.
"""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from abidb.errors import BadArchive, Unavailable
from abidb.outoftree import DkmsPackage, PackageKey
from abidb.records import Listing
from abidb.versions import codename
from ingest.archive.catalogue import Question, verified
from ingest.archive.client import Client
from ingest.archive.control import fields
from ingest.archive.index import fetch_index, index_pieces, smallest_form
from ingest.archive.last import listing_of
from ingest.archive.memory import Memory
from ingest.archive.problem import Problem
from ingest.archive.release import Release
from ingest.archive.roots import Root
from ingest.formats.contents import dkms_packages

COMPONENTS = ("main", "contrib", "non-free", "non-free-firmware")
OWN = "dkms"  #: source of dkms itself: dh-dkms and the packages of its tests build no module that anybody uses
READER = 1  #: raised when the same index would yield other names or stanzas than before
NAME = re.compile(rb"^Package: ([a-z0-9][a-z0-9+.-]*)$", re.MULTILINE)
FIELDS = ("package", "version", "architecture", "source", "pre-depends", "depends", "filename", "size", "sha256")
Stanza = dict[str, str]


@dataclass(frozen=True, slots=True)
class Found:
    """What archives have of such packages, and what went wrong."""

    packages: tuple[DkmsPackage, ...]  #: in order of their keys
    problems: tuple[Problem, ...]
    releases: tuple[Release, ...]

    @property
    def whole(self) -> bool:
        """Whether every Packages index was in order, so that what is not found is not there."""
        refused = [problem for problem in self.problems if problem.refused and "/Contents-" not in problem.index]
        return bool(self.releases) and not refused


@dataclass(frozen=True, slots=True)
class _Look:
    """Who is asked, and what became of it so far."""

    client: Client
    memory: Memory
    arches: Collection[str]
    used: set[str]  #: keys of the memory
    problems: list[Problem]


def packages(roots: Sequence[Root], question: Question, client: Client, memory: Memory) -> Found:
    """Every version that the archives have, each with all that lists it.

    `question` says of which architectures and suites; packages of architecture all are among them. Third parties'
    archives and those of ended releases are left out. Nothing is raised for what an archive does.
    """
    look = _Look(client, memory, (*question.arches, "all"), set(), [])
    suites: list[tuple[Root, Release]] = []
    for part in verified([root for root in roots if not (root.label or root.ended)], question, client, memory):
        if isinstance(part, Problem):
            look.problems.append(part)
        else:
            suites.append(part)
    names = _names_by_release(suites, look)
    listed = [p for root, release in suites for p in _packages(root, release, names[codename(release.suite)], look)]
    memory.used(look.used)
    return Found(merged(listed), tuple(look.problems), tuple(release for _, release in suites))


def _names_by_release(suites: Sequence[tuple[Root, Release]], look: _Look) -> dict[str, frozenset[str]]:
    """What Contents name, by codename. Where one of a release's is not in order, what the other releases' name, too."""
    names: dict[str, set[str]] = defaultdict(set)
    troubled = set()
    for root, release in suites:
        before = len(look.problems)
        names[codename(release.suite)].update(_shipping(root, release, look))
        if len(look.problems) > before:
            troubled.add(codename(release.suite))
    every = frozenset().union(*names.values())
    return {name: every if name in troubled else frozenset(found) for name, found in names.items()}


def merged(listed: Iterable[DkmsPackage]) -> tuple[DkmsPackage, ...]:
    """Each package once, with all its listings; of several files of one version the first counts."""
    found: dict[PackageKey, DkmsPackage] = {}
    for package in listed:
        first = found.setdefault(package.key, package)
        if first.sha256 == package.sha256:
            listings = tuple(dict.fromkeys((*first.listings, *package.listings)))
            found[package.key] = replace(first, listings=listings)
    return tuple(found[key] for key in sorted(found))


def _shipping(root: Root, release: Release, look: _Look) -> Iterator[str]:
    """The packages that a suite's Contents indexes name."""
    for index in (f"{component}/Contents-{arch}" for component in _components(release) for arch in look.arches):
        if form := smallest_form(release, index):
            read = partial(_names, root, release, index, look.client)
            yield from _remembered(f"dkms-contents {form[0]}", read, release, index, look)


def _names(root: Root, release: Release, index: str, client: Client) -> list[str]:
    return sorted(dkms_packages(index_pieces(root, release, index, client)))


def _packages(root: Root, release: Release, names: frozenset[str], look: _Look) -> Iterator[DkmsPackage]:
    """The packages that a suite's Packages indexes list by one of these names, or one that ends so."""
    digest = hashlib.sha256("\n".join(sorted(names)).encode()).hexdigest()[:16]
    arches = [arch for arch in look.arches if arch != "all"]  # an index of an architecture has those of all, too
    for index in (f"{component}/binary-{arch}/Packages" for component in _components(release) for arch in arches):
        if form := smallest_form(release, index):
            read = partial(_read, root, release, index, names, look.client)
            found = _remembered(f"dkms-packages {form[0]} {digest}", read, release, index, look)
            yield from _made(found, listing_of(release, index), look)


def _components(release: Release) -> list[str]:
    return [name for name in COMPONENTS if name in release.components or not release.components]


def _remembered(key: str, read: Callable[[], list[Any]], release: Release, index: str, look: _Look) -> list[Any]:
    """What is kept of an index; nothing, and a problem, where it is not in order or not to be had."""
    number, *known = look.memory.index(key) or [None]
    if number == READER:
        look.used.add(key)
        return known
    try:
        found = read()
    except (BadArchive, Unavailable) as error:
        look.problems.append(Problem(release.root, release.suite, index, str(error), refused=True))
        return []
    look.memory.remember(key, [READER, *found])
    return found


def _read(root: Root, release: Release, index: str, names: frozenset[str], client: Client) -> list[Stanza]:
    found = list(dkms_stanzas(fetch_index(root, release, index, client), names))
    if any("\0" in value for stanza in found for value in stanza.values()):
        raise BadArchive(f"{root.name}/dists/{release.folder}/{index} has a NUL in a stanza")
    return found


def dkms_stanzas(index: bytes, names: Collection[str]) -> Iterator[Stanza]:
    """FIELDS of the packages of an unpacked Packages index that are of `names` or named …-dkms; not dkms' own."""
    for match in NAME.finditer(index):
        name = match[1].decode()
        if name in names or name.endswith("-dkms"):
            end = index.find(b"\n\n", match.start())
            stanza = index[match.start() : end if end >= 0 else None].decode("utf-8", "replace")
            found = fields(stanza.splitlines())
            if found.get("source", name).partition(" ")[0] != OWN:
                yield {field: found[field] for field in FIELDS if field in found}


def _made(stanzas: Iterable[Mapping[str, str]], listing: Listing, look: _Look) -> Iterator[DkmsPackage]:
    for stanza in stanzas:
        try:
            yield dkms_package(stanza, listing)
        except (KeyError, ValueError) as error:
            message = f"{stanza.get('package')} has no usable field {error}"
            look.problems.append(Problem(listing.root, listing.suite, listing.index, message, refused=True))


def dkms_package(stanza: Mapping[str, str], listing: Listing) -> DkmsPackage:
    """The package of a stanza of dkms_stanzas(); raises KeyError or ValueError where a field is not usable."""
    source, _, source_version = stanza.get("source", stanza["package"]).partition(" ")
    depends = (stanza.get(name, "") for name in ("pre-depends", "depends"))
    return DkmsPackage(
        key=PackageKey(stanza["package"], stanza["version"], stanza["architecture"]),
        source=source,
        source_version=source_version.strip("()") or stanza["version"],
        component=listing.index.partition("/")[0],
        depends=", ".join(filter(None, depends)),
        filename=stanza["filename"],
        size=int(stanza["size"]),
        sha256=stanza["sha256"],
        listings=(listing,),
    )
