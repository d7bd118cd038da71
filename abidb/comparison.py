# SPDX-License-Identifier: GPL-2.0-or-later
"""Comparing two stored export sets: rows by id with numpy, only what can differ by name.

Reads the database, writes nothing. Both the store's memos and the queries stand on it.
"""

from __future__ import annotations

import gc
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from threading import Lock

import numpy as np
from django.db import connection

from abidb import dictionary
from abidb.compat import CRC_CHANGED, Change, Counts, compared, count, in_scope
from abidb.dictionary import Declaration, declarations, rows
from abidb.errors import UnknownName
from abidb.exportset import Difference, ExportSet, IdArray, crc_of, difference, unpack, without
from abidb.records import VMLINUX, Export

#: Immutable sets that one process keeps unpacked: at most about 200 kB each.
KEPT_SETS = 256
#: Sets whose exports one process keeps as records: about 6 MB each.
KEPT_EXPORTS = 6
#: Sets whose ids alone one process keeps: at most about 100 kB each.
KEPT_IDS = 600

_kept: dict[tuple[str, int], IdArray] = {}
_keeping = Lock()


@dataclass(frozen=True, slots=True, eq=False)
class Comparison:
    """What differs between two sets. Plain CRC changes, which can be tens of thousands, stay columns."""

    counts: Counts
    scope: str  #: "all" or "vmlinux"
    structural: tuple[Change, ...]  #: all but plain CRC changes, in order of symbols
    structural_old_ids: IdArray  #: old ids of those of them that break
    plain: Difference  #: its `changed` with both CRC columns are the plain CRC changes


@lru_cache(maxsize=KEPT_SETS)
def _stored(set_id: int, database: str) -> ExportSet:
    for covers, exports, crc in rows("stored_set", id=set_id):
        return unpack(covers, exports, crc)
    raise UnknownName(f"no export set {set_id}")


def stored_set(set_id: int) -> ExportSet:
    """The unpacked set; raises UnknownName where it is not there. Sets never change, so they are kept."""
    return _stored(set_id, _database())


@lru_cache(maxsize=KEPT_EXPORTS)
def _sorted_exports(set_id: int, database: str) -> tuple[Export, ...]:
    stored = _stored(set_id, database)
    named = declarations(stored.ids).of(stored.ids)
    crcs = [None] * stored.ids.size if stored.crcs is None else [crc or None for crc in stored.crcs.tolist()]
    order = sorted(range(len(named)), key=named.__getitem__)
    with _no_collection():
        return tuple(_export(named[n], crcs[n]) for n in order)


def exports_of_set(set_id: int) -> tuple[Export, ...]:
    """All exports of a set in order of symbol and module; the last few sets asked for are kept."""
    return _sorted_exports(set_id, _database())


def _database() -> str:
    return str(connection.settings_dict["NAME"])


def compare(old_id: int, new_id: int) -> Comparison:
    """Compare two stored sets by symbol, within what both cover: by name what can differ by name, the rest by id."""
    old, new = stored_set(old_id), stored_set(new_id)
    scope = "all" if old.covers == new.covers == "all" else VMLINUX
    named = _rows_that_can_differ(old, new)
    before, after = in_scope(_exports(old, named), _exports(new, named), scope)
    structural = compared(before, after, new_partial=new.covers == VMLINUX)
    ids = np.fromiter(named, dtype=np.int32, count=len(named))
    plain = difference(without(old, ids), without(new, ids))
    counts = count(
        structural,
        measurable=plain.measurable,
        plain=plain.changed.size,
        same=plain.same,
        unknown=plain.unknown,
    )
    return Comparison(counts, scope, structural.changes, _broken_ids(structural.changes, named), plain)


def broken(found: Comparison) -> IdArray:
    """Ids of the old exports that a module can no longer use, ascending."""
    return np.union1d(found.structural_old_ids, found.plain.changed).astype(np.int32)


def _rows_that_can_differ(old: ExportSet, new: ExportSet) -> dict[int, Declaration]:
    """Every declaration of either set of the symbols that have an export on one side only."""
    lonely = np.setxor1d(old.ids, new.ids, assume_unique=True)
    if not lonely.size:
        return {}
    met = declarations(old.ids, new.ids)
    symbols = np.zeros(int(max(met.symbol[side.ids].max() for side in (old, new) if side.ids.size)) + 1, dtype=bool)
    symbols[met.symbol[lonely]] = True
    ids = np.union1d(*(side.ids[symbols[met.symbol[side.ids]]] for side in (old, new)))
    return dict(zip(ids.tolist(), met.of(ids), strict=True))


def _exports(stored: ExportSet, named: dict[int, Declaration]) -> list[Export]:
    """The exports of a set among the named ones. Looks each up, so a few names in a large set cost little."""
    wanted = np.array(sorted(named), dtype=np.int32)
    at = np.searchsorted(stored.ids, wanted)
    here = np.flatnonzero(stored.ids[np.minimum(at, stored.ids.size - 1)] == wanted) if stored.ids.size else at[:0]
    found = zip(wanted[here].tolist(), at[here].tolist(), strict=True)
    return [_export(named[i], crc_of(stored.crcs, position)) for i, position in found]


def _export(row: Declaration, crc: int | None) -> Export:
    symbol, module, kind, namespace = row
    return Export(symbol, module, crc, kind, namespace)


def _broken_ids(structural: Iterable[Change], named: dict[int, Declaration]) -> IdArray:
    gone = {(c.old.symbol, c.old.module, c.old.kind, c.old.namespace) for c in structural if c.breaks and c.old}
    return np.array(sorted(i for i, row in named.items() if row in gone), dtype=np.int32)


def plain_changes(found: Comparison, *, text: str | None = None, limit: int | None = None) -> list[Change]:
    """Plain CRC changes as records in order of symbols, the first `limit` of those that fit the text."""
    plain, kinds = found.plain, (CRC_CHANGED,)
    changed = zip(_plain_names(found), plain.old_crcs.tolist(), plain.new_crcs.tolist(), strict=True)
    fits = changed if text is None else (row for row in changed if _holds(row[0], text))
    with _no_collection():
        return [Change(kinds, _export(row, old), _export(row, new)) for row, old, new in sorted(fits)[:limit]]


def _plain_names(found: Comparison) -> list[Declaration]:
    return declarations(found.plain.changed).of(found.plain.changed)


def _holds(row: Declaration, text: str) -> bool:
    return text in row[0].lower() or text in row[1].lower()


@contextmanager
def _no_collection() -> Iterator[None]:
    """While tens of thousands of records without cycles are made, the garbage collector would walk them for nothing."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def count_plain(found: Comparison, text: str | None) -> int:
    """How many plain CRC changes fit the text."""
    if text is None:
        return int(found.plain.changed.size)
    return sum(_holds(row, text) for row in _plain_names(found))


def exports_of_symbol(set_ids: Collection[int], declared: dict[int, Declaration]) -> dict[int, tuple[Export, ...]]:
    """What each of the sets exports of one symbol's declarations, by set id. Of CRCs only the wanted ones are read."""
    wanted = np.array(sorted(declared), dtype=np.int32)
    places: list[tuple[int, int, int]] = []  # set, export, row in the set
    for set_id, ids in _ids_of(set_ids).items():
        at = np.searchsorted(ids, wanted)
        here = np.flatnonzero(ids[np.minimum(at, ids.size - 1)] == wanted) if ids.size else at[:0]
        places += [(set_id, int(wanted[n]), int(at[n])) for n in here]
    found: dict[int, list[Export]] = {set_id: [] for set_id in set_ids}
    crcs = rows("crcs_at", sets=[place[0] for place in places], at=[place[2] for place in places])
    for (set_id, export_id, _), (_, crc) in zip(places, crcs, strict=True):
        known = None if crc is None else int.from_bytes(crc, "little") or None
        found[set_id].append(_export(declared[export_id], known))
    return {set_id: tuple(exports) for set_id, exports in found.items()}


def _ids_of(set_ids: Collection[int]) -> dict[int, IdArray]:
    """The export ids of sets, unpacked; those of the last KEPT_IDS sets are kept."""
    database = _database()
    with _keeping:
        known = {set_id: _kept.pop((database, set_id)) for set_id in set_ids if (database, set_id) in _kept}
    for set_id, packed in rows("ids_of_sets", sets=[each for each in set_ids if each not in known]):
        known[set_id] = unpack("all", packed, None).ids
    with _keeping:
        _kept.update(((database, set_id), ids) for set_id, ids in known.items())
        for oldest in list(_kept)[: max(len(_kept) - KEPT_IDS, 0)]:
            del _kept[oldest]
    return known


def forget() -> None:
    """Drop the sets that this process keeps."""
    _stored.cache_clear()
    _sorted_exports.cache_clear()
    dictionary.forget()
    with _keeping:
        _kept.clear()
