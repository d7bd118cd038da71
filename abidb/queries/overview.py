# SPDX-License-Identifier: GPL-2.0-or-later
"""All release lines at a glance: the newest upload of each and what it did."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches

from abidb.answers import Lane
from abidb.errors import UnknownName
from abidb.overviewanswers import LaneNews, Overview
from abidb.queries.breaks import lane_steps
from abidb.queries.lanehits import lane_hits
from abidb.queries.lanes import Found, found_lanes, headline_order, headlines, newest_steps, release_words
from abidb.queries.rows import rows


def overview(*, ended: bool = False, arch: str = "", flavour: str = "") -> Overview:
    """One lane of each release line that is supported, or that has ended: the generic kernel of amd64 or the nearest
    to it, else of that architecture, that flavour.

    Raises UnknownName, with the architectures or ARCH/FLAVOUR that there are, where no line has such a kernel.
    """
    words = release_words()
    offered = [one for one in found_lanes() if (words.get(one.codename) == "ended") == ended]
    fitting = _fitting(offered, arch, flavour)
    chosen = headlines(fitting)
    lines = {one.name.line for one in chosen}
    shown = arch or next((one.name.arch for one in chosen), "")
    return Overview(
        news=_news(newest_steps(chosen, words)),
        arches=_arches(offered),
        flavours=tuple(dict.fromkeys(one.name.flavour for one in _ordered(offered) if one.name.arch == shown)),
        without=tuple(sorted({one.name.line for one in offered} - lines)),
    )


def _fitting(offered: Sequence[Found], arch: str, flavour: str) -> list[Found]:
    on_arch = [one for one in offered if arch in ("", one.name.arch)]
    if arch and not on_arch:
        raise _unknown(f"no kernel of an architecture {arch!r} is in a lane here", arch, _arches(offered))
    found = [one for one in on_arch if flavour in ("", one.name.flavour)]
    if flavour and not found:
        there = dict.fromkeys(f"{one.name.arch}/{one.name.flavour}" for one in _ordered(on_arch))
        said = f"no kernel of a flavour {flavour!r}{' on ' + arch if arch else ''} is in a lane here"
        raise _unknown(said, f"{arch}/{flavour}", tuple(there))
    return found


def _unknown(said: str, text: str, there: Sequence[str]) -> UnknownName:
    """With the likeliest in front."""
    near = get_close_matches(text[:100], there, cutoff=0.5)
    return UnknownName(said, list(dict.fromkeys([*near, *there])))


def _ordered(found: Sequence[Found]) -> list[Found]:
    return sorted(found, key=lambda one: headline_order(one.name))


def _arches(found: Sequence[Found]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one.name.arch for one in _ordered(found)))


def _news(lanes: Sequence[Lane]) -> tuple[LaneNews, ...]:
    ends = [build.id for lane in lanes for build in (lane.steps[-1].old, lane.steps[-1].new) if build]
    magic: dict[int, str] = dict(rows("vermagics", builds=ends))
    return tuple(_one(lane, magic) for lane in lanes)


def _one(lane: Lane, magic: dict[int, str]) -> LaneNews:
    step, name = lane.steps[-1], lane.name
    hits = lane_hits(name.line, name.arch, name.flavour)
    tried = next((each for each in lane_steps(name) if each.kernel.id == step.new.id), None) if hits else None
    old = magic.get(step.old.id, "") if step.old else ""
    return LaneNews(lane, old, magic.get(step.new.id, ""), hits.get(step.new.id), tried)
