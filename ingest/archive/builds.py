# SPDX-License-Identifier: GPL-2.0-or-later
"""Which debs make up one build: pure, from what the indexes list to one record per build."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from abidb.records import BuildKey, Deb, Listing, Snapshot
from abidb.versions import kernel_source, split_release, version_key
from ingest.archive.index import Package

Key = tuple[str, str, str, str]  # source, version, architecture, kernel release
ROLES = ("image", "binary", "modules", "base", "headers")
EXACT = re.compile(r"(linux-(?:base|binary|modules)-[^\s,|]+) \(= ([^)\s]+)\)")


@dataclass(frozen=True, slots=True)
class Place:
    """Where one deb may be had: the index that lists it, and its path under that root."""

    listing: Listing
    filename: str


@dataclass(frozen=True, slots=True)
class ListedDeb:
    """One deb file, wherever it is listed."""

    name: str
    version: str
    arch: str
    source: str
    unsigned: bool
    size: int
    sha256: str  #: "" where only the snapshot service's SHA-1 is known
    places: tuple[Place, ...]
    snapshot: Snapshot | None = None  #: set where the snapshot service has it

    @property
    def digest(self) -> str:
        """By which its content is checked and cached: SHA-256 if known, else SHA-1."""
        return self.sha256 or (self.snapshot.sha1 if self.snapshot else "")

    def deb(self) -> Deb:
        """As the store keeps it: vouched for by indexes, or, where none lists it, by the snapshot service's hash."""
        listings = tuple(place.listing for place in self.places)
        snapshot = None if listings else self.snapshot
        return Deb(
            self.name,
            self.version,
            self.arch,
            self.source,
            self.sha256,
            self.size,
            listings=listings,
            snapshot=snapshot,
        )


@dataclass(frozen=True, slots=True)
class ListedBuild:
    """One kernel that an archive offers. Each field of debs holds choices, the best first: signed, then unsigned."""

    source: str  #: without "signed": linux, linux-6.12
    version: str  #: of that source
    arch: str
    kernel_release: str
    flavour: str
    suites: tuple[str, ...]  #: that list its image
    split: bool  #: since about 6.19: kernel and modules are packages of their own
    image: tuple[ListedDeb, ...]  #: the whole kernel; of a split build a package that only draws in the others
    binary: tuple[ListedDeb, ...] = ()  #: vmlinuz of a split build
    modules: tuple[ListedDeb, ...] = ()
    base: tuple[ListedDeb, ...] = ()  #: the kernel's config
    headers: tuple[ListedDeb, ...] = ()  #: Module.symvers

    @property
    def key(self) -> BuildKey:
        """How the record tells builds apart."""
        return BuildKey(self.source, self.version, self.arch, self.flavour)

    @property
    def partial(self) -> bool:
        """Whether the archive has lost the modules."""
        return self.split and not self.modules

    @property
    def parts(self) -> tuple[tuple[ListedDeb, ...], ...]:
        """The choices for each deb that the kernel is read from, the one with vmlinuz first, headers last.

        Without what follows the first part the build is less, but a build.
        """
        first, last = (self.binary, self.image) if self.split else (self.image, ())
        # a kernel in one package may have its config in another; in the days of xen domains (2.6.26) its modules too
        return tuple(choices for choices in (first, self.modules, self.base, last, self.headers) if choices)

    @property
    def size(self) -> int:
        """Bytes to fetch, if the first choices are all there."""
        return sum(choices[0].size for choices in self.parts)


def builds(packages: Iterable[Package]) -> tuple[ListedBuild, ...]:
    """The builds among listed packages, newest version first, then by architecture and kernel release.

    A build is one source version on one architecture with one kernel release, however many suites list it. A package
    of the same name and version but other content is one more choice. Packages without image or binary are no build.
    """
    debs = _debs(packages)
    groups: dict[Key, dict[str, list[Package]]] = defaultdict(lambda: defaultdict(list))
    for package in debs:
        source = kernel_source(package.source) or package.source
        groups[source, package.version, package.arch, package.kernel_release][package.role].append(package)
    found = [_build(key, roles, debs) for key, roles in groups.items() if roles["image"] or roles["binary"]]
    by_name = sorted(found, key=lambda build: (build.arch, build.kernel_release, build.source))
    return tuple(sorted(by_name, key=lambda build: version_key(build.version), reverse=True))


def _debs(packages: Iterable[Package]) -> dict[Package, ListedDeb]:
    """Each deb once, by the first package that lists it, signed ones before unsigned."""
    same: dict[tuple[str, ...], list[Package]] = defaultdict(list)
    for package in sorted(packages, key=lambda package: package.unsigned):
        same[package.name, package.version, package.arch, package.sha256].append(package)
    return {listed[0]: _deb(listed) for listed in same.values()}


def _deb(listed: list[Package]) -> ListedDeb:
    first = listed[0]
    places = tuple(dict.fromkeys(Place(package.listing, package.filename) for package in listed))
    return ListedDeb(
        first.name, first.version, first.arch, first.source, first.unsigned, first.size, first.sha256, places
    )


def _build(key: Key, roles: Mapping[str, list[Package]], debs: Mapping[Package, ListedDeb]) -> ListedBuild:
    source, version, arch, kernel_release = key
    needs = _needs(roles["image"], kernel_release, version)
    chosen = {
        role: tuple(debs[package] for package in roles[role] if role in ("image", "headers") or role in needs)
        for role in ROLES
    }
    heads = chosen["image"] + chosen["binary"]
    return ListedBuild(
        source=source,
        version=version,
        arch=arch,
        kernel_release=kernel_release,
        flavour=split_release(kernel_release)[1],
        suites=tuple(dict.fromkeys(place.listing.suite for deb in heads for place in deb.places)),
        split="binary" in needs,
        **chosen,
    )


def _needs(images: list[Package], kernel_release: str, version: str) -> frozenset[str]:
    """The roles of the packages of this very build that its image depends on, by exact version.

    Where the image itself is not listed, all that a split build has.
    """
    if not images:
        return frozenset(("binary", "modules", "base"))
    names = {f"linux-{role}-{kernel_release}": role for role in ("binary", "modules", "base")}
    named = (pair for image in images for pair in EXACT.findall(image.depends))
    return frozenset(names[name] for name, exact in named if name in names and exact == version)
