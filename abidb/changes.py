# SPDX-License-Identifier: GPL-2.0-or-later
"""Pages of what differs between two sets: records of the rows that are shown, and of no others."""

from __future__ import annotations

import gc
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from heapq import nsmallest

import numpy as np
import numpy.typing as npt

from abidb.compat import (
    ADDED,
    CRC_CHANGED,
    GPL_RELAXED,
    GPL_TIGHTENED,
    KINDS,
    MOVED,
    NAMESPACE_CHANGED,
    NAMESPACE_DROPPED,
    REMOVED,
    TYPE_CHANGED,
    Change,
    pair_kinds,
)
from abidb.exportset import CrcArray, IdArray
from abidb.records import Export
from abidb.setdiff import BIT, Mask, Rows, SetDiff

RANK = {kind: n for n, kind in enumerate(KINDS)}
#: The order in which compat.pair_kinds names kinds: the first of a change decides where it stands.
_FIRST = (REMOVED, ADDED, CRC_CHANGED, GPL_TIGHTENED, GPL_RELAXED, TYPE_CHANGED, NAMESPACE_CHANGED, NAMESPACE_DROPPED)


def changes(
    found: SetDiff, *, kinds: Collection[str] = (), text: str = "", limit: int | None = None, offset: int = 0
) -> tuple[tuple[Change, ...], int]:
    """A page of the changes of these kinds, all where none is named, whose symbol or module holds the text, in lower
    case; and how many there are. Those that break first, then by symbol.
    """
    rows = found.rows[_fitting(found, kinds, text)]
    odd = [change for change in found.odd if _fits(change, kinds, text)]
    end = rows.kinds.size + len(odd) if limit is None else offset + limit
    ordered: list[tuple[int, Change | None]] = []
    for rank in range(len(KINDS)):
        if len(ordered) < end:
            ordered += _group(found, rows, odd, rank, end - len(ordered))
    page = ordered[offset:end]
    made = _made(found, rows, np.array([row for row, change in page if change is None], dtype=np.intp))
    with no_collection():
        return tuple(change or next(made) for _, change in page), rows.kinds.size + len(odd)


def _fitting(found: SetDiff, kinds: Collection[str], text: str) -> Mask:
    rows, declared = found.rows, found.declared
    fits = np.ones(rows.kinds.size, dtype=bool)
    if kinds:
        fits &= (rows.kinds & sum(BIT[kind] for kind in kinds)) > 0
    if text:
        named = _holding(declared.symbol[rows.ids], declared.names, text)
        for ids in (rows.old_ids, rows.new_ids):
            named |= (ids > 0) & _holding(declared.module[ids], declared.paths, text)
        fits &= named
    return fits


def _holding(numbers: IdArray, texts: Mapping[int, str], text: str) -> Mask:
    """Which of these numbers stand for a text that holds another."""
    unique, at = np.unique(numbers, return_inverse=True)
    holds = np.array([text in texts.get(number, "").lower() for number in unique.tolist()], dtype=bool)
    return holds[at] if unique.size else np.zeros(0, dtype=bool)


def _fits(change: Change, kinds: Collection[str], text: str) -> bool:
    if kinds and set(kinds).isdisjoint(change.kinds):
        return False
    sides = [e for e in (change.old, change.new) if e]
    return any(text in e.symbol.lower() or text in e.module.lower() for e in sides)


def _group(found: SetDiff, rows: Rows, odd: Sequence[Change], rank: int, most: int) -> list[tuple[int, Change | None]]:
    """The first changes of one rank in order of symbol and module: the place of a row, or a change."""
    here = np.flatnonzero(_ranks(rows) == rank)
    ids, declared = rows.ids[here], found.declared
    names, paths = declared.names, declared.paths
    keyed: list[tuple[str, str, int, Change | None]] = [
        (names[symbol], paths[module], row, None)
        for row, symbol, module in zip(
            here.tolist(), declared.symbol[ids].tolist(), declared.module[ids].tolist(), strict=True
        )
    ]
    for n, change in enumerate(odd):
        if RANK[change.kinds[0]] == rank:
            side = change.old or change.new
            keyed.append((change.symbol, side.module if side else "", -1 - n, change))
    first = _first(keyed, most)
    return [(row, change) for _, _, row, change in first]


def _first(keyed: list[tuple[str, str, int, Change | None]], most: int) -> list[tuple[str, str, int, Change | None]]:
    # Odd changes count down: places differ, so no two changes are ever compared.
    return nsmallest(most, keyed) if most < len(keyed) // 4 else sorted(keyed)[:most]


def _ranks(rows: Rows) -> npt.NDArray[np.int32]:
    """Where the first kind of each change, as compat.pair_kinds orders them, stands in KINDS."""
    has = [(rows.kinds & BIT[kind]) > 0 for kind in _FIRST]
    return np.select(has, [RANK[kind] for kind in _FIRST], default=RANK[MOVED]).astype(np.int32)


def _made(found: SetDiff, rows: Rows, wanted: npt.NDArray[np.intp]) -> Iterator[Change]:
    """Records of these rows, in their order."""
    chosen = rows[wanted]
    old_ids, new_ids = chosen.old_ids.tolist(), chosen.new_ids.tolist()
    sides = (
        _exports(found, chosen.old_ids, chosen.old_crcs),
        _exports(found, chosen.new_ids, chosen.new_crcs),
    )
    for kinds, old, new, before, after in zip(chosen.kinds.tolist(), old_ids, new_ids, *sides, strict=True):
        if old == new:
            yield Change((CRC_CHANGED,), before, after)
        elif before and after:
            yield Change(pair_kinds(before, after), before, after)
        else:
            removed = kinds == BIT[REMOVED]
            yield Change((REMOVED if removed else ADDED,), before, after, untold=removed and found.untold)


def _exports(found: SetDiff, ids: IdArray, crcs: CrcArray) -> list[Export | None]:
    """The records of exports; None where an id is 0."""
    at = np.flatnonzero(ids)
    made: list[Export | None] = [None] * ids.size
    for place, named, crc in zip(at.tolist(), found.declared.of(ids[at]), crcs[at].tolist(), strict=True):
        symbol, module, kind, namespace = named
        made[place] = Export(symbol, module, crc or None, kind, namespace)
    return made


@contextmanager
def no_collection() -> Iterator[None]:
    """While tens of thousands of records without cycles are made, the garbage collector would walk them for nothing."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
