# SPDX-License-Identifier: GPL-2.0-or-later
"""Whole valid answers; a test names only what matters to it."""

from __future__ import annotations

import datetime as dt
from typing import Any

from abidb.answers import (
    BuildFacts,
    BuildRef,
    Coverage,
    LaneName,
    Step,
    SymbolLane,
    SymbolPoint,
    Upload,
    Waiting,
)
from abidb.compat import Counts
from abidb.records import Export

DAY = dt.datetime(2026, 11, 1, tzinfo=dt.UTC)
NAME = LaneName("bookworm", "amd64", "amd64")


def make_ref(n: int, **fields: Any) -> BuildRef:
    given = {
        "id": n,
        "kernel_release": f"6.1.0-{n}-amd64",
        "source": "linux",
        "version": f"6.1.{n}-1",
        "arch": "amd64",
        "flavour": "amd64",
        "abi_name": f"6.1.0-{n}",
        "covers": "all",
        "status": "good",
        "date": None,
    }
    return BuildRef(**{**given, **fields})


def make_counts(**fields: Any) -> Counts:
    names = ("added", "removed", "crc_changed", "moved", "gpl_tightened", "namespace_changed", "common")
    return Counts(**{**dict.fromkeys(names, 0), **fields})


def make_step(n: int, counts: Counts | None = None, **fields: Any) -> Step:
    """The n-th upload after the one before; the first one, n = 0, has no step."""
    old = make_ref(n - 1) if n else None
    return Step(make_ref(n, **fields), old, (counts or make_counts()) if n else None, "all" if n else None)


def make_life(*points: tuple[Export, ...] | None) -> SymbolLane:
    """A symbol's exports in each upload; None: a partial build without it."""
    builds = [make_ref(n, covers="vmlinux" if exports is None else "all") for n, exports in enumerate(points)]
    return SymbolLane(NAME, tuple(SymbolPoint(b, exports or (), ()) for b, exports in zip(builds, points, strict=True)))


def make_facts(ref: BuildRef | None = None, **fields: Any) -> BuildFacts:
    given = {
        "ref": ref or make_ref(1),
        "exports": 2,
        "modules": 1,
        "has_crcs": True,
        "digest": "0" * 64,
        "signed": True,
        "local": False,
        "provenance": "signed index",
        "vermagic": "6.1.0-1-amd64 SMP preempt mod_unload modversions ",
        "config_options": 2,
        "modules_shipped": 1,
        "imports_checked": 5,
        "mismatches": (),
        "symvers_lines": None,
        "symvers_differing": (),
        "extractor": 2,
        "ingested": DAY,
        "debs": (),
        "suites": (),
        "lanes": (),
        "same_exports": (),
        "shared": (),
    }
    return BuildFacts(**{**given, **fields})


def make_upload(version: str = "6.1.1-1", **fields: Any) -> Upload:
    given = {
        "source": "linux",
        "version": version,
        "date": DAY,
        "distribution": "bookworm-security",
        "urgency": "high",
        "abi_names": ("6.1.0-1",),
        "from_changelog": False,
        "builds": 2,
        "abi": (),
        "ignored": (),
        "policy_read": True,
        "remarks": (),
        "cves": 0,
        "bugs": 0,
    }
    return Upload(**{**given, **fields})


def make_coverage(suite: str = "bookworm", arch: str = "amd64", **fields: Any) -> Coverage:
    names = ("offered", "whole", "partial", "apart", "waiting", "exports", "sets")
    return Coverage(**{"suite": suite, "arch": arch, **dict.fromkeys(names, 0), **fields})


def make_waiting(n: int = 1, **fields: Any) -> Waiting:
    name = f"6.1.0-{n}-amd64=6.1.{n}-1:amd64"
    given = {"name": name, "reason": "404 Not Found", "tries": 3, "at": DAY, "next_try": DAY + dt.timedelta(days=4)}
    return Waiting(**{**given, **fields})
