# SPDX-License-Identifier: GPL-2.0-or-later
"""Frozen records that the rooms hand to each other."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

VMLINUX = "vmlinux"
EXTRACTOR = 2  # raise it when the same debs yield other exports, facts or checks than before


@dataclass(frozen=True, slots=True)
class Export:
    """One exported symbol, as a line of Module.symvers states it (kernel scripts/mod/modpost.c, write_dump)."""

    symbol: str
    module: str  #: "vmlinux", or the path under kernel/ without suffix: "drivers/net/tun"
    crc: int | None  #: 32 bits; None where the build has no CRC for it: unknown, never 0
    kind: str  #: export type: EXPORT_SYMBOL, EXPORT_SYMBOL_GPL, until 5.11 also _UNUSED, _UNUSED_GPL, _GPL_FUTURE
    namespace: str  #: "" for none


@dataclass(frozen=True, slots=True)
class Import:
    """One symbol that a module was linked against, from __versions (include/linux/module.h, modversion_info)."""

    symbol: str
    crc: int


@dataclass(frozen=True, slots=True)
class Signature:
    """Who signed a module, as modinfo(8) tells it; whether the signature is a true one is not looked at."""

    signer: str  #: common name of the issuer of the certificate; "" where it states none
    key: str  #: serial number of the certificate or its key's identifier: "5F:0A:..."; "" unknown
    digest: str  #: "sha256"; "" unknown


@dataclass(frozen=True, slots=True)
class ModuleFile:
    """What one .ko file says of itself."""

    path: str  #: as Export.module
    exports: tuple[Export, ...]
    imports: tuple[Import, ...]  #: empty where the kernel has no MODVERSIONS
    licenses: tuple[str, ...]
    vermagic: str
    depends: tuple[str, ...]
    namespaces: tuple[str, ...]  #: imported ones (import_ns)
    # What ingest.formats.kmod.read_built() tells besides; the loop over a kernel's own modules goes without.
    name: str = ""  #: as the kernel lists it: "nf_nat_rtsp"; "" unknown
    undefined: tuple[str, ...] = ()  #: symbols that it needs from elsewhere, in order
    weak: tuple[str, ...] = ()  #: symbols that it uses where they exist and does without elsewhere, in order
    btf: bool = False  #: has a .BTF section
    machine: str = ""  #: of its ELF header, as "62/64/little"; "" unread
    signature: Signature | None = None  #: None: not signed


@dataclass(frozen=True, slots=True)
class ModuleFact:
    """What a build keeps of each of its modules."""

    module: str
    license: str
    vermagic: str


@dataclass(frozen=True, slots=True)
class Listing:
    """Where a deb was listed: an index of a signed Release."""

    root: str  #: base address of the archive root, without credentials
    suite: str  #: name of the folder under dists/
    index: str  #: path of the Packages file under it, without compression suffix
    release_sha256: str  #: of the InRelease file that vouches for the index
    release_date: dt.datetime  #: its Date field, UTC


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What vouches for a deb that only the snapshot service still has."""

    sha1: str
    first_seen: dt.datetime  #: when the service first saw the file in the archive, UTC


@dataclass(frozen=True, slots=True)
class Deb:
    """One binary package file of a build."""

    name: str
    version: str
    arch: str
    source: str  #: source package: linux, linux-6.12, linux-signed-amd64, ...
    sha256: str
    size: int
    built: dt.datetime | None = None  #: timestamp of its ar members: dpkg-deb puts the changelog's date there
    listings: tuple[Listing, ...] = ()  #: empty: a local file that no verified index lists
    snapshot: Snapshot | None = None  #: set where it was fetched from the snapshot service by its hash


@dataclass(frozen=True, slots=True)
class SelfCheck:
    """Every CRC that a module of the build imports against the CRC that the build exports."""

    imports: int  #: how many (module, symbol) pairs had a CRC on both sides
    mismatches: tuple[str, ...] = ()  #: symbols whose CRCs differ


@dataclass(frozen=True, slots=True)
class SymversCheck:
    """The exports of a build against the Module.symvers of its headers, every column of every line."""

    lines: int  #: of Module.symvers
    differing: tuple[str, ...] = ()  #: symbols that are not the same on both sides, in order


@dataclass(frozen=True, slots=True)
class UploadFact:
    """One thing that an upload's changelog entry, or its source package, says of the kernel's policy."""

    kind: (
        str  #: "abi" (text: the ABI name or number set), "ignore-remark", "ignore" (a pattern of [abi] ignore-changes),
    )
    #: "cve" (CVE-2026-1234), "bug" (a number)
    arch: str  #: "" where it is not said to be of one architecture (or featureset) only
    text: str


@dataclass(frozen=True, slots=True)
class ChangelogEntry:
    """One upload as a changelog tells it (deb-changelog(5))."""

    source: str  #: as the entry names it, without "signed"
    version: str  #: of the kernel's source, also where the entry is the signed package's
    distribution: str  #: where it was aimed, as written: "bookworm-security"
    urgency: str
    date: dt.datetime | None
    abi_name: (
        str  #: "6.1.0-20" as far as this changelog tells it, carried on from the last entry that sets it; "" unknown
    )
    facts: tuple[UploadFact, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class BuildKey:
    """How the record tells builds apart."""

    source: str  #: source package without "signed"
    version: str
    arch: str
    flavour: str


@dataclass(frozen=True, slots=True)
class Kernel:
    """One build as its debs show it: all that the store needs."""

    source: str  #: source package without "signed": linux, linux-6.12
    version: str  #: of that source package
    arch: str
    flavour: str  #: with featureset: cloud-amd64, rt-arm64, amd64
    kernel_release: str  #: uname -r
    covers: str  #: "all", or "vmlinux" where the modules are not to be had
    exports: tuple[Export, ...] = field(repr=False)
    modules: tuple[ModuleFact, ...] = field(repr=False)
    config: str = field(repr=False)  #: text of the kernel's .config; "" where no deb had it
    check: SelfCheck
    signed: bool
    extractor: int
    debs: tuple[Deb, ...]
    symvers: SymversCheck | None = None  #: None where no headers deb was at hand
    changelog: tuple[ChangelogEntry, ...] = field(default=(), repr=False)  #: newest first

    @property
    def key(self) -> BuildKey:
        return BuildKey(self.source, self.version, self.arch, self.flavour)


@dataclass(frozen=True, slots=True)
class ReleaseRow:
    """The newest verified Release file of one folder under dists/, as the record keeps it."""

    root: str  #: base address of the archive root, without credentials
    folder: str
    sha256: str  #: of the InRelease file, or of Release where the signature stands apart
    date: dt.datetime  #: its Date field, UTC
    asked: dt.datetime  #: when the archive was last asked for it
    content: str = field(repr=False)  #: the signed text


@dataclass(frozen=True, slots=True)
class OfferRow:
    """A build that an archive has, as the record keeps it."""

    key: BuildKey
    kernel_release: str
    suites: tuple[str, ...]
    content: dict[str, object] = field(repr=False)  #: all that a job needs to fetch it, fit for JSON
