# SPDX-License-Identifier: GPL-2.0-or-later
"""The newest uploads of lanes and release lines, and what each changed."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass, replace
from itertools import groupby, pairwise
from typing import Any

from abidb.answers import LaneName
from abidb.errors import UnknownName
from abidb.nameanswers import CHANGED, SAME, FlavourStep, NamedUpload, NewName
from abidb.newsanswers import LaneNews, LineNews
from abidb.queries.lanes import headline_order, lane, lane_names
from abidb.queries.names import with_flavours
from abidb.queries.remembered import remembered
from abidb.queries.rows import rows
from abidb.queries.wholerecord import of_whole_record
from abidb.versions import version_key


@dataclass(frozen=True, slots=True)
class _Arrived:
    """An upload of a line after the one before it, by their ids; `old` is None for the line's first."""

    line: str
    ids: tuple[int | None, int]
    old: NamedUpload | None
    new: NamedUpload


def lane_news(line: str, arch: str, flavour: str, *, limit: int) -> tuple[LaneNews, ...]:
    """The newest uploads of a lane, newest version first; raises UnknownName with the line's other lanes."""
    found = lane(line, arch, flavour, newest=limit)
    steps = found.steps[::-1]
    builds = {ref.id for step in steps for ref in (step.old, step.new) if ref}
    read = dict(rows("builds_read", builds=list(builds)))
    return tuple(LaneNews(found.name, step, max(read[ref.id] for ref in (step.old, step.new) if ref)) for step in steps)


def line_news(line: str = "", *, limit: int) -> tuple[LineNews, ...]:
    """The newest uploads of a release line, or of all, by the dates of their changelogs; raises UnknownName."""
    if line and not lane_names(line):
        raise UnknownName(f"there is no release line {line!r}", list(dict.fromkeys(n.line for n in lane_names())))
    return remembered(("line news", line, limit), lambda: _line_news(line, limit))


def _line_news(line: str, limit: int) -> tuple[LineNews, ...]:
    arrived = [each for each in of_whole_record("news", _all) if line in ("", each.line)][:limit]
    pairs = {f"{each.line}/{each.ids[1]}": each.ids for each in arrived}
    names = [_name(each, each.old) for each in arrived if each.old]
    compared = {name.key: _counted(name) for name in with_flavours(names, pairs)}  # type: ignore[arg-type]
    read = dict(rows("uploads_read", uploads=[each for ids in pairs.values() for each in ids if each is not None]))
    return tuple(_news(each, compared.get(f"{each.line}/{each.ids[1]}"), read) for each in arrived)


def _all() -> tuple[_Arrived, ...]:
    found = []
    for line, group in groupby(rows("line_uploads"), key=lambda row: row[0]):
        for old, new in pairwise([None, *group]):
            if new:
                ids = old[1] if old else None, new[1]
                found.append(_Arrived(line, ids, _upload(old) if old else None, _upload(new)))
    return tuple(sorted(found, key=_newest_first, reverse=True))


def _upload(row: tuple[Any, ...]) -> NamedUpload:
    _line, _id, source, version, date, abi_names = row
    return NamedUpload(source, version, date, tuple(abi_names))


def _newest_first(each: _Arrived) -> tuple[float, str, str]:
    """Uploads without a date are taken for the oldest."""
    return each.new.date.timestamp() if each.new.date else 0.0, version_key(each.new.version), each.line


def _name(each: _Arrived, old: NamedUpload) -> NewName:
    """Not yet compared."""
    return NewName(f"{each.line}/{each.ids[1]}", (each.line,), old, each.new, 0, 0, 0)


def _counted(name: NewName) -> NewName:
    """By what its flavours say."""
    states = Counter(step.state for step in name.flavours)
    same, changed = states[SAME], states[CHANGED]
    return replace(name, unchanged=same, changed=changed, unmeasured=len(name.flavours) - same - changed)


def _news(each: _Arrived, since: NewName | None, read: dict[int, dt.datetime]) -> LineNews:
    steps = [step for step in since.flavours if step.counts] if since else []
    headline = min(steps, key=lambda step: _order(each.line, step), default=None)
    return LineNews(each.line, each.new, since, headline, max(read[at] for at in each.ids if at is not None))


def _order(line: str, step: FlavourStep) -> tuple[bool, bool, bool, str, str]:
    return headline_order(LaneName(line, step.arch, step.flavour))
