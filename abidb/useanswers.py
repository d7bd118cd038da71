# SPDX-License-Identifier: GPL-2.0-or-later
"""Frozen records of what abidb.queries answers about symbols that out-of-tree modules use. No Django, no database."""

from __future__ import annotations

from dataclasses import dataclass, field

from abidb.answers import LaneName
from abidb.outoftree import Target
from abidb.stablelist import Uses


@dataclass(frozen=True, slots=True)
class PackageUses:
    """What the newest version of a package in a release uses, from the build or the scan that tells it best."""

    source: str
    package: str
    version: str
    target: Target  #: the kernel that it was built against, or whose exports were looked for
    modules: tuple[str, ...]  #: none where only its source was scanned
    licenses: tuple[str, ...]  #: of its modules, in order
    symbols: frozenset[str] = field(repr=False)  #: not those of its own other modules


@dataclass(frozen=True, slots=True)
class ReleaseUses:
    """What the packages of a release use. Counts are of `built` alone."""

    release: str  #: "" where the record has no package
    releases: tuple[str, ...]  #: all that have packages
    lane: LaneName | None  #: whose kernels were preferred; None: the record has no kernel of this release
    built: tuple[PackageUses, ...]  #: by name
    partly: tuple[PackageUses, ...]  #: some of their modules did not come out: they may use more
    scanned: tuple[PackageUses, ...]  #: never built: their source was searched for names of exports
    unknown: tuple[str, ...]  #: packages of which neither is there
    systems: dict[str, int] | None  #: by package, at least so many installations; None: not known

    @property
    def packages(self) -> int:
        """All of the release."""
        return len(self.built) + len(self.partly) + len(self.scanned) + len(self.unknown)

    @property
    def by_package(self) -> Uses:
        """Of the built ones."""
        return {each.package: each.symbols for each in self.built}


@dataclass(frozen=True, slots=True)
class SymbolInUse:
    """A symbol that built packages of a release import."""

    symbol: str
    packages: tuple[str, ...]  #: in order
    named_by: int  #: of those, the ones whose own source names it
    broke: int | None  #: steps of the lane in which modules that use it broke; None where there is no lane
    kind: str  #: export type in the newest kernel of the lane; "" where it is not exported there
    namespace: str


@dataclass(frozen=True, slots=True)
class InUse:
    """A page of the symbols in use, and where they come from."""

    uses: ReleaseUses
    rows: tuple[SymbolInUse, ...]
    symbols: int  #: of all built packages, whatever the filter
    gpl_only: int  #: of those
    total: int  #: that fit the filter
    after: str | None  #: symbol to pass on for the next page, None at the end
    steps: int  #: of the lane, that could be compared
    newest: str  #: kernel release whose export types are told; "" none


@dataclass(frozen=True, slots=True)
class User:
    """A package that uses a symbol."""

    source: str
    package: str
    versions: tuple[str, ...]  #: whose modules use it, oldest first
    modules: tuple[str, ...]
    named: bool  #: its own source has the name; else it comes through a header or the compiler
    licenses: tuple[str, ...]  #: of those modules
    free: bool  #: all of those are GPL-compatible, so that it may use GPL-only exports
    systems: int | None  #: at least so many installations; None: not known


@dataclass(frozen=True, slots=True)
class Users:
    """Who uses a symbol."""

    built: tuple[User, ...]  #: by package
    scanned: tuple[User, ...]  #: packages that were never built, whose source has the name
    packages: int  #: that were built at all

    @property
    def systems(self) -> bool:
        """Whether installations are known."""
        return any(user.systems is not None for user in (*self.built, *self.scanned))


@dataclass(frozen=True, slots=True)
class StepHits:
    """The packages that a step of a lane hits, by the symbols that their modules use."""

    names: tuple[str, ...] | None  #: whose modules the new kernel refuses, in order; None where it cannot be told
    whole: bool  #: all was compared; else there may be more
    compared: int = 0  #: of those: rebuilds whose code was compared
    same_code: int = 0  #: of those: the same code
    among: int = 0  #: packages whose modules on the kernel before are known

    @property
    def packages(self) -> int | None:
        """How many; None where it cannot be told."""
        return None if self.names is None else len(self.names)
