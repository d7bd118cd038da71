# SPDX-License-Identifier: GPL-2.0-or-later
"""What an export holds, as records: names and digests instead of ids, in the order in which they stand."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

from abidb.lifecycle import DebianRelease
from abidb.outoftree import Attempt, DkmsPackage, LoadResult, PackageKey, Rebuild
from abidb.packagerows import PopconRow, ScanRow
from abidb.records import BuildKey, Deb, Listing, UploadFact

EXPORTS, CONFIG, MODULES = "exports", "config", "modules"


@dataclass(frozen=True, slots=True)
class ReleaseRow:
    """A Debian release, and the suite name that its own Release file states."""

    release: DebianRelease
    alias: str


@dataclass(frozen=True, slots=True)
class ListingRow:
    """Where a deb of a build was listed."""

    sha256: str
    listing: Listing


@dataclass(frozen=True, slots=True)
class SeenRow:
    """When a suite held a build."""

    key: BuildKey
    suite: str
    first: dt.datetime
    last: dt.datetime


@dataclass(frozen=True, slots=True)
class UploadRow:
    """One version of a source package, as changelogs and its source tell it."""

    source: str
    version: str
    date: dt.datetime | None
    distribution: str
    urgency: str
    abi_name: str
    told_by: str
    told_with: int  #: the extractor that read that changelog
    policy_read: bool
    facts: tuple[UploadFact, ...]  #: in order of kind, architecture, text


@dataclass(frozen=True, slots=True, eq=False)
class SetRow:
    """One set of exports, config options or module facts.

    `members` is in ascending order. Of exports a key is `SYMBOL TAB MODULE TAB KIND TAB NAMESPACE TAB` and its value
    the CRC in decimal, empty where unknown; of the others it is `NAME TAB VALUE`, escaped, and the value is empty.
    """

    of: str
    digest: bytes
    covers: str  #: "all" or "vmlinux"; "" for what is no export set
    members: Mapping[bytes, bytes] = field(repr=False)


@dataclass(frozen=True, slots=True)
class BuildRow:
    """One build: its sets by their digests, its checks, the debs that it was read from."""

    key: BuildKey
    kernel_release: str
    export_set: bytes
    config_set: bytes | None
    module_set: bytes | None
    vermagic: str
    signed: bool
    extractor: int
    imports_checked: int
    mismatches: tuple[str, ...]
    symvers_lines: int | None
    symvers_differing: tuple[str, ...]
    debs: tuple[Deb, ...]  #: in order of name, version, architecture, SHA-256; without timestamps and listings


@dataclass(frozen=True, slots=True)
class PackageSeenRow:
    """An index that lists a package of out-of-tree modules, by the dates of its Release files."""

    key: PackageKey
    root: str
    suite: str
    index: str
    release_sha256: str  #: of the newest of them
    first: dt.datetime
    last: dt.datetime


#: Packages stand without their listings, attempts without their logs.
OutOfTreeRow = PackageSeenRow | PopconRow | DkmsPackage | Attempt | Rebuild | LoadResult | ScanRow
Row = ReleaseRow | ListingRow | SeenRow | UploadRow | SetRow | BuildRow | OutOfTreeRow
