# SPDX-License-Identifier: GPL-2.0-or-later
"""Whole valid records of out-of-tree modules; a test names only what matters to it."""

from __future__ import annotations

import hashlib
from typing import Any

from abidb.outoftree import (
    ACCEPTED,
    BUILT,
    DIFFERENT,
    Attempt,
    BuiltModule,
    Difference,
    DkmsPackage,
    LoadResult,
    PackageKey,
    Rebuild,
    Target,
    Use,
)
from abidb.versions import split_release
from tests.builders.records import DAY, make_listing


def make_key(package: str = "foo-dkms", version: str = "1.0-1", arch: str = "all") -> PackageKey:
    return PackageKey(package, version, arch)


def make_package(package: str = "foo-dkms", version: str = "1.0-1", **fields: Any) -> DkmsPackage:
    """A package in one suite, `suite` or bookworm; `listings` says otherwise."""
    suite = fields.pop("suite", "bookworm")
    source = fields.get("source", package.removesuffix("-dkms"))
    given = {
        "key": make_key(package, version, fields.pop("arch", "all")),
        "source": source,
        "source_version": version,
        "component": "main",
        "depends": "dkms (>= 2.1.0.0)",
        "filename": f"pool/main/{source[0]}/{source}/{package}_{version}_all.deb",
        "size": 1000,
        "sha256": hashlib.sha256(f"{package} {version}".encode()).hexdigest(),
        "listings": (make_listing(suite),),
    }
    return DkmsPackage(**{**given, **fields})


def make_target(release: str = "6.1.0-1-amd64", version: str = "6.1.1-1", **fields: Any) -> Target:
    """The kernel of tests.builders.records.make_kernel."""
    given = {"source": "linux", "arch": "amd64", "flavour": split_release(release)[1]}
    return Target(**{**given, "version": version, "kernel_release": release, **fields})


def make_use(symbol: str = "kfree", crc: int | None = 1, named: bool = True) -> Use:
    return Use(symbol, crc, named)


def make_module(name: str = "foo", **fields: Any) -> BuiltModule:
    given = {
        "sha256": hashlib.sha256(name.encode()).hexdigest(),
        "size": 20_000,
        "licenses": ("GPL",),
        "vermagic": "6.1.0-1-amd64 SMP preempt mod_unload modversions ",
        "depends": (),
        "namespaces": (),
        "uses": (make_use(), make_use("module_layout", 7, named=False)),
        "siblings": (),
        "exports": (),
        "btf": False,
    }
    return BuiltModule(**{**given, "name": name, **fields})


def make_attempt(package: PackageKey | None = None, target: Target | None = None, **fields: Any) -> Attempt:
    """A package that was built; another `outcome` than BUILT has no modules unless they are given."""
    on = target or make_target()
    outcome = fields.get("outcome", BUILT)
    given = {
        "package": package or make_key(),
        "target": on,
        "headers": on.kernel_release,
        "root": "bookworm",
        "outcome": outcome,
        "reason": "" if outcome == BUILT else "foo.c:3:1: error: no",
        "modules": (make_module(),) if outcome == BUILT else (),
        "missing": (),
        "log": "make: done\n",
        "tools": "dkms 3.0.10, gcc-12 12.2.0-14",
        "seconds": 2.5,
        "at": DAY,
    }
    return Attempt(**{**given, **fields})


def make_rebuild(old: Target | None = None, new: Target | None = None, **fields: Any) -> Rebuild:
    given = {
        "package": make_key(),
        "old": old or make_target(),
        "new": new or make_target("6.1.0-2-amd64", "6.1.2-1"),
        "outcome": DIFFERENT,
        "reason": "",
        "modules": 1,
        "functions": 20,
        "differing": (Difference("foo", "foo_probe", "function", ("struct key.payload: offset 176 -> 192",)),),
        "plugin": True,
        "at": DAY,
    }
    return Rebuild(**{**given, **fields})


def make_load_result(kernel: Target | None = None, **fields: Any) -> LoadResult:
    given = {
        "sha256": make_module().sha256,
        "module": "foo",
        "kernel": kernel or make_target("6.1.0-2-amd64", "6.1.2-1"),
        "answer": ACCEPTED,
        "reasons": (),
        "messages": ("foo: loading out-of-tree module taints kernel.",),
        "at": DAY,
    }
    return LoadResult(**{**given, **fields})
