# SPDX-License-Identifier: GPL-2.0-or-later
"""Whole valid answers; a test names only what matters to it."""

from __future__ import annotations

from typing import Any

from abidb.answers import BuildRef, LaneName, Step, SymbolLane, SymbolPoint
from abidb.compat import Counts
from abidb.records import Export

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
