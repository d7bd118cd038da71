# SPDX-License-Identifier: GPL-2.0-or-later
"""Lanes: release lines on one architecture and flavour, and their churn."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import Any

from abidb.answers import BuildRef, Lane, LaneList, LaneName, ListedLane, Step
from abidb.compat import Counts
from abidb.errors import UnknownName
from abidb.lifecycle import ORDER, DebianRelease, status
from abidb.queries.remembered import remembered
from abidb.queries.rows import REF, rows
from abidb.queries.wholerecord import of_whole_record
from abidb.records import VMLINUX

NEWEST = 40  #: steps of a lane that are shown among others
_NAME = 3  # columns of a lane's name: line, arch, flavour
COUNTS = (
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


@dataclass(frozen=True, slots=True)
class Found:
    """A lane that has a good build."""

    name: LaneName
    id: int
    codename: str


def lanes(*, ended: bool = False, newest: int = NEWEST) -> tuple[Lane, ...]:
    """The headline lane of every release line, what people look for first in front, each with its newest steps.

    A line's headline is its generic amd64 flavour, else the nearest to it. Lines of ended releases only on request.
    """
    words = release_words()
    wanted = [one for one in headlines(found_lanes()) if ended or words.get(one.codename) != "ended"]
    return newest_steps(wanted, words, newest)


def newest_steps(found: Iterable[Found], words: dict[str, str], newest: int = NEWEST) -> tuple[Lane, ...]:
    """Lanes with their newest steps, what people look for first in front. `words` are those of release_words."""
    return tuple(sorted(_lanes(found, words, newest), key=_page_order))


def lane_list(
    *, line: str = "", arch: str = "", flavour: str = "", after: LaneName | None = None, limit: int = 100
) -> LaneList:
    """A page of the lanes that fit, "" for any, by line, architecture and flavour."""
    found = sorted(found_lanes(line=line, arch=arch, flavour=flavour), key=lambda one: _by_name(one.name))
    rest = [one for one in found if after is None or _by_name(one.name) > _by_name(after)]
    words = release_words()
    lanes = tuple(ListedLane(one.name, one.codename, words.get(one.codename, "unknown")) for one in rest[:limit])
    return LaneList(lanes, len(found), lanes[-1].name if len(rest) > limit else None)


def _by_name(name: LaneName) -> tuple[str, str, str]:
    return name.line, name.arch, name.flavour


def lane(line: str, arch: str, flavour: str, *, newest: int | None = None) -> Lane:
    """One lane with all its steps, or the newest; raises UnknownName with the line's other lanes."""
    found = found_lanes(line=line, arch=arch, flavour=flavour)
    if not found:
        others = [f"{n.line}/{n.arch}/{n.flavour}" for n in lane_names(line) or lane_names()]
        raise UnknownName(f"no lane {line}/{arch}/{flavour}", others)
    return _lanes(found, release_words(), newest)[0]


def line_lanes(line: str, arch: str = "", *, newest: int = NEWEST) -> tuple[Lane, ...]:
    """The lanes of a release line, or of one architecture of it, each with its newest steps; what people look for first
    in front of each architecture.
    """
    found = _lanes(found_lanes(line=line, arch=arch), release_words(), newest)
    return tuple(sorted(found, key=lambda one: (one.name.arch != "amd64", one.name.arch, headline_order(one.name))))


def lane_names(line: str = "", arch: str = "") -> tuple[LaneName, ...]:
    """Lanes that have a build, all or those of a line, of an architecture."""
    return tuple(one.name for one in found_lanes(line=line, arch=arch))


def found_lanes(*, line: str = "", arch: str = "", flavour: str = "") -> list[Found]:
    """The same with what else is known of them."""
    return [
        one
        for one in of_whole_record("lanes", _all_lanes)
        if line in ("", one.name.line) and arch in ("", one.name.arch) and flavour in ("", one.name.flavour)
    ]


def _all_lanes() -> list[Found]:
    return [Found(LaneName(*row[:_NAME]), *row[_NAME:]) for row in rows("lane_names")]


def headlines(found: Iterable[Found]) -> list[Found]:
    """Of each line the lane that people look for first."""
    by_line: dict[str, list[Found]] = {}
    for one in found:
        by_line.setdefault(one.name.line, []).append(one)
    return [min(ones, key=lambda one: headline_order(one.name)) for ones in by_line.values()]


def headline_order(name: LaneName) -> tuple[bool, bool, bool, str, str]:
    """Generic amd64 first, its cloud flavour next."""
    generic = name.flavour == name.arch
    cloud = name.flavour == f"cloud-{name.arch}"
    return name.arch != "amd64", not generic, not cloud, name.arch, name.flavour


def in_page_order(found: Iterable[Found]) -> list[Found]:
    """What people look for first in front: stable's lines, of each the generic amd64 lane."""
    words = release_words()
    return sorted(
        found,
        key=lambda each: (ORDER.index(words.get(each.codename, "unknown")), each.name.line, headline_order(each.name)),
    )


def _page_order(found: Lane) -> tuple[int, str, str]:
    return ORDER.index(found.status), found.codename, found.name.line


def debian_releases() -> tuple[DebianRelease, ...]:
    """Debian's releases as the last look at an archive had them."""
    return tuple(DebianRelease(*row[:-1]) for row in _releases())


def release_words() -> dict[str, str]:
    """stable, oldstable, lts, ... by codename, as of today."""
    today = dt.datetime.now(dt.UTC).date()
    return {row[0]: status(DebianRelease(*row[:-1]), today, row[-1]) for row in _releases()}


def _releases() -> list[tuple[Any, ...]]:
    return of_whole_record("releases", lambda: rows("releases"))


def _lanes(found: Iterable[Found], words: dict[str, str], newest: int | None) -> list[Lane]:
    """With the newest steps of each, or all."""
    by_id = {one.id: one for one in found}
    steps = remembered(("steps", newest, *by_id), lambda: _steps_of(tuple(by_id), newest), large=True)
    ages = {LaneName(*row[:_NAME]): row[_NAME] for row in rows("lane_ages", lanes=list(by_id))}
    return [_lane(by_id[lane], words, ages, *told) for lane, told in steps.items()]


def _steps_of(lanes: Sequence[int], newest: int | None) -> dict[int, tuple[tuple[Step, ...], int]]:
    """By lane, its newest steps and how many older ones it has. One more is read: it is the old side of the first that
    is shown.
    """
    order = of_whole_record("lane order", lambda: dict(rows("lane_order")))
    wanted = [(lane, build) for lane in lanes for build in order.get(lane, [])[-newest - 1 if newest else 0 :]]
    found = rows("lane_steps", lanes=[lane for lane, _ in wanted], builds=[build for _, build in wanted])
    steps = {lane: _steps(list(group))[-newest if newest else 0 :] for lane, group in groupby(found, itemgetter(0))}
    return {lane: (told, len(order[lane]) - len(told)) for lane, told in steps.items()}


def _lane(
    one: Found, words: dict[str, str], ages: dict[LaneName, dt.datetime], steps: tuple[Step, ...], older: int
) -> Lane:
    word = words.get(one.codename, "unknown")
    return Lane(one.name, one.codename, word, word == "ended", steps, ages.get(one.name), older)


def _steps(group: Sequence[tuple[Any, ...]]) -> tuple[Step, ...]:
    refs: dict[int, BuildRef] = {}
    steps = []
    for row in group:
        new = BuildRef(*row[1 : 1 + REF])
        previous, *numbers, old_covers = row[1 + REF :]
        refs[new.id] = new
        counts = Counts(**dict(zip(COUNTS, numbers, strict=True))) if numbers[0] is not None else None
        scope = None if counts is None else "all" if new.covers == old_covers == "all" else VMLINUX
        steps.append(Step(new, refs.get(previous), counts, scope))
    return tuple(steps)
