# SPDX-License-Identifier: GPL-2.0-or-later
"""How long the record takes to answer: medians of 50 with their spread, from a warm database."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

from abidb import comparison, queries

RUNS = 50


def times(act: Callable[[], object]) -> list[float]:
    """Milliseconds of each of 50 calls after a first one."""
    act()
    found = []
    for _ in range(RUNS):
        start = time.perf_counter()
        act()
        found.append(1000 * (time.perf_counter() - start))
    return sorted(found)


def cold(act: Callable[[], object]) -> Callable[[], object]:
    """The same without what the process keeps of sets: as the first visitor after a start finds it."""

    def run() -> object:
        comparison.forget()
        return act()

    return run


def report(old: str, new: str) -> None:
    """Print the figures for a pair of builds and for the lane that they are in."""
    a, b = queries.one_build(old), queries.one_build(new)
    lane = queries.build(a.id).lanes[0]
    name = queries.diff(a.id, b.id, limit=1).changes[0].symbol
    asked = {
        f"diff {old} {new}: counts and the first 200 of its changes": lambda: queries.diff(a.id, b.id),
        "the same, all changes as records": lambda: queries.diff(a.id, b.id, limit=None),
        f"biography of {name} over {lane.line} {lane.flavour}": lambda: queries.symbol(
            name, line=lane.line, arch=lane.arch, flavour=lane.flavour
        ),
        "lane with all its steps": lambda: queries.lane(lane.line, lane.arch, lane.flavour),
        "search": lambda: queries.search("netdev"),
    }
    changes = queries.diff(a.id, b.id, limit=None)
    steps = len(queries.lane(lane.line, lane.arch, lane.flavour).steps)
    print(
        f"{len(changes.changes):,} changes, of them {changes.counts.crc_changed:,} by CRC; {steps} builds in the lane"
    )
    for what, act in asked.items():
        print(f"  {what}: {_spread(times(act))}; nothing kept in the process {_spread(times(cold(act)))}")


def _spread(found: list[float]) -> str:
    return f"median {statistics.median(found):.1f} ms ({found[0]:.1f} to {found[-1]:.1f})"
