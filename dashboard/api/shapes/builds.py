# SPDX-License-Identifier: GPL-2.0-or-later
"""Builds and uploads."""

from __future__ import annotations

from typing import Literal

from ninja import Schema

from dashboard.api.shapes.common import Build, Export, Lane, ListedBuild, Paged, Time, said
from dashboard.api.shapes.lanes import Step


class Builds(Paged):
    """A page of builds, newest version first."""

    builds: list[ListedBuild]


class Listing(Schema):
    """An index of a signed Release in which a deb stood."""

    root: str = said("Address of the archive's root")
    suite: str = said("Folder under dists/", "bookworm-security")
    index: str = said("Packages file under it, without compression suffix", "main/binary-amd64/Packages")
    release_sha256: str = said("Of the InRelease file that vouches for the index")
    release_date: Time = said("Its Date field")


class Snapshot(Schema):
    """What vouches for a deb that only the snapshot service still has."""

    sha1: str
    first_seen: Time


class Deb(Schema):
    """One binary package that the build was read from."""

    name: str = said("", "linux-image-6.1.0-56-amd64")
    version: str = said("Of the binary package", "6.1.192-2")
    arch: str = said("", "amd64")
    source: str = said("Its source package", "linux-signed-amd64")
    sha256: str = said("Of the file")
    size: int = said("Bytes", 1841552)
    listings: list[Listing] = said("Where it was listed; none: no verified index lists it")
    snapshot: Snapshot | None


class Suite(Schema):
    """When a suite was seen to hold something, by the dates of its Release files."""

    suite: str = said("", "bookworm-security")
    first: Time
    last: Time


class Checks(Schema):
    """How far the build was found to agree with itself."""

    imports: int = said("CRCs that its own modules import", 161204)
    imports_differing: list[str] = said("Symbols that it exports with another CRC than its modules import", [])
    imports_summary: str
    symvers_lines: int | None = said("Of the headers' Module.symvers; null: not compared", 24683)
    symvers_differing: list[str] = said("Symbols that this states otherwise", [])
    symvers_summary: str


class Beside(Schema):
    """A lane of the build, with the steps to it and from it."""

    lane: Lane
    came: Step | None = said("From the build before; null: it is the lane's first")
    left: Step | None = said("To the build after; null: it is the newest")


class BuildFacts(ListedBuild):
    """All that is known of a build but its exports."""

    exports: int = said("", 24683)
    modules: int = said("Modules with an export", 2046)
    has_crcs: bool = said("Whether it was built with MODVERSIONS", True)
    signed: bool = said("Whether its modules are signed", True)
    provenance: Literal["signed index", "snapshot hash", "local"] = said(
        "What vouches for it: for the deb that has least"
    )
    provenance_means: str = said("The same in words")
    vermagic: str = said("Of its modules", "6.1.0-56-amd64 SMP preempt mod_unload modversions ")
    config_options: int = said("Options that its configuration sets; 0: not known", 9214)
    modules_shipped: int = said("0: the archive has lost them", 4098)
    export_set: str = said("Digest of its exports, the same in every installation of abidb")
    checks: Checks
    extractor: int = said("Version of abidb's reader that read it", 2)
    ingested: Time
    debs: list[Deb]
    suites: list[Suite]
    lanes: list[Beside]
    same_exports: list[str] = said("Other builds with the very same exports, the newest 20", [])
    exported_twice: list[str] = said("Symbols that more than one module exports", [])


class Exports(Paged):
    """A page of a build's exports, by symbol."""

    build: Build
    total: int = said("That fit the filter", 24683)
    exports: list[Export]


class Module(Schema):
    """A module that a build ships."""

    path: str = said("Under kernel/, without suffix", "drivers/net/tun")
    license: str = said("", "GPL")
    exports: int = said("", 3)


class Modules(Paged):
    """A page of a build's modules, by path."""

    build: Build
    total: int = said("That fit the filter", 4098)
    modules: list[Module]


class Upload(Schema):
    """One version of the kernel's source package, whether or not the record has a build of it."""

    source: str = said("", "linux")
    version: str = said("", "6.1.192-2")
    date: Time | None = said("Of its changelog entry")
    distribution: str = said("Where its changelog aimed it; “” unknown", "bookworm-security")
    urgency: str = said("", "high")
    abi_names: list[str] = said("Of its builds; where there are none, what the changelog names", ["6.1.0-56"])
    from_changelog: bool = said("Whether those are the changelog's word", False)
    builds: int = said("", 23)
    abi: list[str] = said("ABI bumps that its changelog states", [])
    ignored: list[str] | None = said("Patterns of [abi] ignore-changes; null: its source has not been read", ["kvm_*"])
    remarks: list[str] = said("Changelog lines about ignored ABI changes", [])
    cves: int = said("That its changelog names", 41)
    bugs: int = said("That its changelog names", 2)


class Uploads(Paged):
    """A page of uploads, newest version first."""

    uploads: list[Upload]


class Closes(Schema):
    """What an upload's changelog says it fixes."""

    cves: list[str] = said("In order", ["CVE-2026-1234"])
    bugs: list[str] = said("Numbers in Debian's bug tracker", ["1012345"])


class WholeUpload(Upload):
    """An upload with what it fixes, and its builds."""

    closes: Closes
    of_builds: list[ListedBuild]


class NamedUpload(Schema):
    """A name, and the upload that it leads to: that version, or the newest one under that ABI name."""

    name: str = said("Version or ABI name", "6.1.0-56")
    source: str = said("Source package", "linux")
    version: str = said("Its version", "6.1.192-2")


class Named(Schema):
    """A name and of what it is one."""

    kind: Literal["line", "package", "abi_name", "build", "module", "symbol", "version"]
    name: str = said("", "register_netdev")


class Found(Schema):
    """What a text may mean, the likeliest first, at most 40 of each."""

    q: str = said("The text that was looked for", "netdev")
    symbols: list[str] = said("", ["register_netdev"])
    modules: list[str] = said("", ["drivers/net/netdevsim/netdevsim"])
    builds: list[ListedBuild]
    lanes: list[Lane]
    packages: list[str] = said("Module packages outside of the kernel, source or binary", ["zfs-dkms"])
    abi_names: list[NamedUpload]
    versions: list[NamedUpload]
    near: list[Named] = said("Names most like it, where nothing holds it")


class Record(Schema):
    """The size and age of the record."""

    builds: int = said("", 485)
    apart: int = said("Builds set apart because a check failed", 0)
    export_sets: int = said("Different sets of exports", 452)
    symbols: int = said("", 61000)
    generation: int = said("Rises with whatever is written", 12003)
    at: Time | None = said("When the record was last written to")
    absent: int = said("Debs that indexes list and that are not to be had", 0)
