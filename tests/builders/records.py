# SPDX-License-Identifier: GPL-2.0-or-later
"""Whole valid records; a test names only what matters to it."""

from __future__ import annotations

import datetime as dt
import hashlib
from typing import Any

from abidb.records import ChangelogEntry, Deb, Export, Kernel, Listing, ModuleFact, SelfCheck
from abidb.versions import split_release

DAY = dt.datetime(2026, 11, 1, tzinfo=dt.UTC)


def make_export(symbol: str = "kfree", **fields: Any) -> Export:
    return Export(
        **{"symbol": symbol, "module": "vmlinux", "crc": 1, "kind": "EXPORT_SYMBOL", "namespace": "", **fields}
    )


def make_listing(suite: str = "bookworm", **fields: Any) -> Listing:
    given = {
        "root": "http://127.0.0.1/debian",
        "suite": suite,
        "index": "main/binary-amd64/Packages",
        "release_sha256": "0" * 64,
        "release_date": DAY,
    }
    return Listing(**{**given, **fields})


def make_deb(name: str = "linux-image", **fields: Any) -> Deb:
    given = {
        "name": name,
        "version": "6.1.1-1",
        "arch": "amd64",
        "source": "linux-signed-amd64",
        "size": 1000,
        "built": DAY,
        "listings": (make_listing(),),
    }
    deb = {**given, **fields}
    digest = hashlib.sha256(f"{deb['name']} {deb['version']} {deb['arch']}".encode()).hexdigest()
    return Deb(**{"sha256": digest, **deb})


def make_entry(version: str = "6.1.1-1", **fields: Any) -> ChangelogEntry:
    given = {
        "source": "linux",
        "distribution": "unstable",
        "urgency": "medium",
        "date": DAY,
        "abi_name": "",
        "facts": (),
    }
    return ChangelogEntry(**{**given, "version": version, **fields})


def make_kernel(release: str = "6.1.0-1-amd64", version: str = "6.1.1-1", **fields: Any) -> Kernel:
    """A build; `suite` says where it is listed, None makes it a local one."""
    suite, arch = fields.pop("suite", "bookworm"), fields.get("arch", "amd64")
    listings = (make_listing(suite),) if suite else ()
    given = {
        "source": "linux",
        "version": version,
        "arch": arch,
        "flavour": split_release(release)[1],
        "kernel_release": release,
        "covers": "all",
        "exports": (make_export(), make_export("tun_get", module="drivers/net/tun", crc=2)),
        "modules": (ModuleFact("drivers/net/tun", "GPL", f"{release} SMP preempt mod_unload modversions "),),
        "config": "CONFIG_MODVERSIONS=y\nCONFIG_TUN=m\n# CONFIG_X is not set\n",
        "check": SelfCheck(imports=5),
        "signed": True,
        "extractor": 1,
        "debs": (make_deb(f"linux-image-{release}", version=version, arch=arch, listings=listings),),
    }
    return Kernel(**{**given, **fields})
