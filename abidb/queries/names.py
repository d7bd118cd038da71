# SPDX-License-Identifier: GPL-2.0-or-later
"""New ABI names: uploads whose name the upload before them in their release line does not have."""

from __future__ import annotations

import datetime as dt
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import groupby, pairwise
from typing import Any

from abidb.compat import Counts
from abidb.errors import UnknownName
from abidb.nameanswers import (
    APART,
    NO_NEW,
    NO_OLD,
    NOT_YET,
    SAME,
    UNKNOWN,
    FlavourStep,
    NameCounts,
    NamedUpload,
    NamesPage,
    NewName,
    measured,
)
from abidb.queries.between import Keys, aimed_uploads, between
from abidb.queries.lanes import COUNTS, lane_names
from abidb.queries.remembered import remembered
from abidb.queries.rows import rows
from abidb.queries.wholerecord import of_whole_record
from abidb.records import VMLINUX
from abidb.versions import BuildName, version_key

LIMIT = 200  #: names of one answer
key_of = lru_cache(maxsize=16_384)(version_key)  #: all are asked for again whenever the record changes
Pair = tuple[int, int]  #: ids of the upload before and of the one with the new name


@dataclass(frozen=True, slots=True)
class All:
    """Every new name of the record, newest first, without its flavours."""

    names: tuple[NewName, ...]
    pairs: dict[str, Pair]  #: by key
    places: dict[str, int]  #: in `names`, by the key under any of its lines
    by_line: tuple[NameCounts, ...]
    counts: NameCounts
    followers: dict[Pair, tuple[dt.datetime | None, bool]]  #: of uploads after another: date, whether the name is new


def new_names(*, line: str = "", unchanged: bool = False, before: str = "", limit: int = 50) -> NamesPage:
    """New ABI names, newest first, behind the one that `before` is the key of: of all lines or one; all, or only those
    that came while no export changed in any flavour that could be measured.

    Raises UnknownName for a line without a build and for a key that is of no new name.
    """
    known = of_whole_record("names", _all)
    if line and not lane_names(line):
        raise UnknownName(f"there is no release line {line!r}", list(dict.fromkeys(n.line for n in lane_names())))
    if before and before not in known.places:
        raise UnknownName(f"no new name has the key {before!r}")
    fitting = [place for place, name in enumerate(known.names) if _fits(name, line, unchanged)]
    start = bisect_left(fitting, known.places[before] + 1) if before else 0
    here = fitting[start : start + min(max(limit, 1), LIMIT)]
    more = start + len(here) < len(fitting)
    shown = [known.names[place] for place in here]
    counts = next((c for c in known.by_line if c.line == line), NameCounts(line, 0, 0, 0)) if line else known.counts
    return NamesPage(
        names=_told(shown, known),
        total=len(fitting),
        counts=counts,
        by_line=known.by_line,
        before=shown[-1].key if more else "",
    )


def _told(shown: Sequence[NewName], known: All) -> tuple[NewName, ...]:
    key = ("new names", *(name.key for name in shown))
    return remembered(key, lambda: tuple(with_flavours(shown, known.pairs)))


def uploads_since(day: dt.date) -> tuple[int, int]:
    """How many uploads since a day follow another in their line, and how many of those have a new name."""
    known = of_whole_record("names", _all)
    renamed = [new for date, new in known.followers.values() if date is not None and date.date() >= day]
    return len(renamed), sum(renamed)


def _fits(name: NewName, line: str, unchanged: bool) -> bool:
    return (not line or line in name.lines) and (not unchanged or name.verdict == SAME)


def _all() -> All:
    uploads: dict[int, NamedUpload] = {}
    lines: dict[Pair, list[str]] = defaultdict(list)
    followers: dict[Pair, tuple[dt.datetime | None, bool]] = {}
    for line, group in groupby(rows("named_uploads"), key=lambda row: row[0]):
        for old, new in pairwise(group):
            renamed = not set(new[-1]) <= set(old[-1])
            followers[old[1], new[1]] = new[4], renamed
            if renamed:
                lines[old[1], new[1]].append(line)
                uploads |= {row[1]: _upload(row) for row in (old, new)}
    numbers = {(row[0], row[1]): (row[2], row[3], row[4]) for row in rows("measured_names", **_columns(lines))}
    known = aimed_uploads()
    found = [(pair, _name(lines[pair], [uploads[each] for each in pair], numbers[pair], known)) for pair in lines]
    found.sort(key=lambda each: _newest_first(each[1]), reverse=True)
    names = tuple(name for _, name in found)
    return All(
        names=names,
        pairs={name.key: pair for pair, name in found},
        places={_key(line, name.new): place for place, name in enumerate(names) for line in name.lines},
        by_line=_by_line(names),
        counts=_count("", names),
        followers=followers,
    )


def _columns(pairs: Iterable[Pair]) -> dict[str, list[int]]:
    old_and_new = list(pairs)
    return {"old": [old for old, _ in old_and_new], "new": [new for _, new in old_and_new]}


def _key(line: str, upload: NamedUpload) -> str:
    return f"{line}/{upload.source}/{upload.version}"


def _upload(row: tuple[Any, ...]) -> NamedUpload:
    _line, _id, source, version, date, abi_names = row
    return NamedUpload(source, version, date, tuple(abi_names))


def _name(lines: Sequence[str], uploads: Sequence[NamedUpload], numbers: tuple[int, int, int], known: Keys) -> NewName:
    old, new = uploads
    same, changed, flavours = numbers
    return NewName(
        key=_key(lines[0], new),
        lines=tuple(lines),
        old=old,
        new=new,
        unchanged=same,
        changed=changed,
        unmeasured=flavours - same - changed,
        between=max(between(known, line, key_of(old.version), key_of(new.version)) for line in lines),
    )


def _newest_first(name: NewName) -> tuple[float, str, str]:
    """Uploads without a date are taken for the oldest."""
    return name.new.date.timestamp() if name.new.date else 0.0, key_of(name.new.version), name.key


def _by_line(names: Iterable[NewName]) -> tuple[NameCounts, ...]:
    of_line: dict[str, list[NewName]] = defaultdict(list)
    for name in names:
        for line in name.lines:
            of_line[line].append(name)
    return tuple(_count(line, of_line[line]) for line in sorted(of_line))


def _count(line: str, names: Sequence[NewName]) -> NameCounts:
    verdicts = Counter(name.verdict for name in names)
    return NameCounts(line, len(names), verdicts[SAME], verdicts[UNKNOWN])


def with_flavours(names: Sequence[NewName], pairs: dict[str, Pair]) -> Iterator[NewName]:
    found = rows("named_flavours", **_columns(pairs[name.key] for name in names))
    steps = {pair: list(group) for pair, group in groupby(found, key=lambda row: (row[0], row[1]))}
    for name in names:
        yield replace(name, flavours=tuple(_step(name, row[2:]) for row in steps.get(pairs[name.key], ())))


def _step(name: NewName, row: tuple[Any, ...]) -> FlavourStep:
    arch, flavour, old_release, new_release, old_status, new_status, old_covers, new_covers, *numbers = row
    counts = None if numbers[0] is None else Counts(**dict(zip(COUNTS, numbers, strict=True)))
    scope = "" if counts is None else "all" if old_covers == new_covers == "all" else VMLINUX
    return FlavourStep(
        arch=arch,
        flavour=flavour,
        state=measured(counts, scope) if counts else _why_not(old_status, new_status),
        old=BuildName(old_release, name.old.version, arch) if old_release else None,
        new=BuildName(new_release, name.new.version, arch) if new_release else None,
        counts=counts,
        scope=scope,
    )


def _why_not(old_status: str | None, new_status: str | None) -> str:
    if old_status is None:
        return NO_OLD
    if new_status is None:
        return NO_NEW
    return APART if APART in (old_status, new_status) else NOT_YET
