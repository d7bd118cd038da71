# SPDX-License-Identifier: GPL-2.0-or-later
"""What several answers share."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from ninja import Schema
from pydantic import Field

Time = Annotated[str, Field(json_schema_extra={"format": "date-time"}, examples=["2026-11-16T10:17:40+00:00"])]
Kind = Literal[
    "removed",
    "crc_changed",
    "gpl_tightened",
    "namespace_changed",
    "namespace_dropped",
    "gpl_relaxed",
    "type_changed",
    "moved",
    "added",
]
Outcome = Literal["same", "compatible", "breaks", "unknown"]
Scope = Literal["all", "vmlinux"]


def said(description: str, *examples: Any) -> Any:
    """A field with what it means, and what it may look like."""
    return Field(description=description, examples=list(examples) or None)


class Paged(Schema):
    """A page of a list."""

    next: str | None = said("Address of the next page, also in the Link header; null at the end", None)


class Build(Schema):
    """A build as others refer to it."""

    name: str = said("Its permanent name: RELEASE=VERSION:ARCH", "6.1.0-56-amd64=6.1.192-2:amd64")
    kernel_release: str = said("`uname -r`", "6.1.0-56-amd64")
    source: str = said("Source package without “signed”", "linux")
    version: str = said("Of that source package", "6.1.192-2")
    arch: str = said("Debian's architecture", "amd64")
    flavour: str = said("With featureset", "amd64", "cloud-amd64", "rt-amd64")
    abi_name: str = said("The kernel release without the flavour", "6.1.0-56")
    covers: Scope = said("“vmlinux” where the archive no longer has the modules", "all")


class ListedBuild(Build):
    """A build in a list."""

    status: Literal["good", "apart"] = said("“apart” where a check of it failed: it is in no comparison", "good")
    date: Time | None = said("Of the upload's changelog entry")


class Export(Schema):
    """One exported symbol, as a line of Module.symvers states it."""

    symbol: str = said("Its name", "register_netdev")
    module: str = said("“vmlinux”, or the path under kernel/ without suffix", "vmlinux", "drivers/net/tun")
    crc: str | None = said("Null where the kernel has none: unknown, never zero", "0x3a1b2c4d")
    kind: str = said("Export type", "EXPORT_SYMBOL", "EXPORT_SYMBOL_GPL")
    namespace: str = said("“” for none", "", "CRYPTO_INTERNAL")


class Counts(Schema):
    """How many exports changed, by kind; a symbol may count in several."""

    added: int = said("", 19)
    removed: int = said("", 12)
    crc_changed: int | None = said("Null: not measurable by CRC. A changed CRC overstates what changed", 18272)
    moved: int = said("To another module", 1)
    gpl_tightened: int = said("Became GPL-only", 0)
    namespace_changed: int = said("Namespace added or changed", 0)
    common: int = said("Exports that both sides have, changed or not", 24664)
    gpl_relaxed: int = said("No longer GPL-only", 0)
    namespace_dropped: int = said("", 0)
    type_changed: int = said("Another export type, GPL-only or not as before", 0)
    crc_unknown: int = said("Of the common ones, without a CRC on one side although the kernels have CRCs", 0)
    untold: int = said("Of the removed, those that may only have moved into a module that the archive has lost", 0)


class Lane(Schema):
    """A release line on one architecture and flavour."""

    name: str = said("LINE/ARCH/FLAVOUR", "bookworm/amd64/cloud-amd64")
    line: str = said("Release line", "bookworm", "trixie-backports", "bookworm-6.12")
    arch: str = said("Debian's architecture", "amd64")
    flavour: str = said("With featureset", "cloud-amd64")
