# SPDX-License-Identifier: GPL-2.0-or-later
"""Lanes: release lines on one architecture and flavour, and their churn."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from itertools import groupby
from typing import Any

from abidb.answers import BuildRef, Lane, LaneName, Step
from abidb.compat import Counts
from abidb.errors import UnknownName
from abidb.lifecycle import ORDER, DebianRelease, status
from abidb.queries.rows import REF, rows
from abidb.records import VMLINUX

_LANE = 4  # columns before the build: line, codename, arch, flavour
_COUNTS = (
    "added",
    "removed",
    "crc_changed",
    "moved",
    "gpl_tightened",
    "namespace_changed",
    "common",
    "gpl_relaxed",
    "namespace_dropped",
    "type_changed",
    "crc_unknown",
    "untold",
)


def lanes(*, ended: bool = False) -> tuple[Lane, ...]:
    """The headline lane of every release line, what people look for first in front.

    A line's headline is its generic amd64 flavour, else the nearest to it. Lines of ended releases only on request.
    """
    by_line: dict[str, list[LaneName]] = {}
    for name in lane_names():
        by_line.setdefault(name.line, []).append(name)
    headline = {min(names, key=_headline_order) for names in by_line.values()}
    found = [lane for lane in _lanes() if lane.name in headline and (ended or not lane.ended)]
    return tuple(sorted(found, key=_page_order))


def lane(line: str, arch: str, flavour: str) -> Lane:
    """One lane with all its steps; raises UnknownName with the line's other lanes."""
    found = _lanes(line=line, arch=arch, flavour=flavour)
    if not found:
        others = [f"{n.line}/{n.arch}/{n.flavour}" for n in lane_names(line) or lane_names()]
        raise UnknownName(f"no lane {line}/{arch}/{flavour}", others)
    return found[0]


def lane_names(line: str = "", arch: str = "") -> tuple[LaneName, ...]:
    """Lanes that have a build, all or those of a line, of an architecture."""
    return tuple(LaneName(*row) for row in rows("lane_names", line=line or None, arch=arch or None))


def _headline_order(name: LaneName) -> tuple[bool, bool, bool, str, str]:
    generic = name.flavour == name.arch
    cloud = name.flavour == f"cloud-{name.arch}"
    return name.arch != "amd64", not generic, not cloud, name.arch, name.flavour


def _page_order(found: Lane) -> tuple[int, str, str]:
    return ORDER.index(found.status), found.codename, found.name.line


def _lanes(*, line: str | None = None, arch: str | None = None, flavour: str | None = None) -> list[Lane]:
    ages = {LaneName(*row[:3]): row[3] for row in rows("lane_ages")}
    words = release_words()
    steps = rows("lane_steps", line=line, arch=arch, flavour=flavour)
    return [
        _lane(list(group), words, ages)
        for _, group in groupby(steps, key=lambda row: (row[0], row[2], row[3]))  # codename follows from the line
    ]


def release_words() -> dict[str, str]:
    """stable, oldstable, lts, ... by codename, as of today."""
    today = dt.datetime.now(dt.UTC).date()
    return {row[0]: status(DebianRelease(*row[:-1]), today, row[-1]) for row in rows("releases")}


def _lane(group: Sequence[tuple[Any, ...]], words: dict[str, str], ages: dict[LaneName, dt.datetime]) -> Lane:
    line, codename, arch, flavour = group[0][:_LANE]
    name = LaneName(line, arch, flavour)
    word = words.get(codename, "unknown")
    return Lane(name, codename, word, word == "ended", _steps(group), ages.get(name))


def _steps(group: Sequence[tuple[Any, ...]]) -> tuple[Step, ...]:
    refs: dict[int, BuildRef] = {}
    steps = []
    for row in group:
        new = BuildRef(*row[_LANE : _LANE + REF])
        previous, *numbers, old_covers = row[_LANE + REF :]
        refs[new.id] = new
        counts = Counts(**dict(zip(_COUNTS, numbers, strict=True))) if numbers[0] is not None else None
        scope = None if counts is None else "all" if new.covers == old_covers == "all" else VMLINUX
        steps.append(Step(new, refs.get(previous), counts, scope))
    return tuple(steps)
