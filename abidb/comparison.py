# SPDX-License-Identifier: GPL-2.0-or-later
"""Stored export sets: reading, listing, comparing them. What one process has read is kept, for sets never change.

Reads the database, writes nothing. Both the store's memos and the queries stand on it.
"""

from __future__ import annotations

from collections.abc import Collection
from functools import lru_cache
from threading import Lock

import numpy as np
from django.db import connection

from abidb import dictionary
from abidb.changes import no_collection
from abidb.dictionary import Declaration, declarations, rows
from abidb.errors import UnknownName
from abidb.exportset import CrcArray, ExportSet, IdArray, unpack
from abidb.records import Export
from abidb.setdiff import SetDiff, broken, compare_sets

__all__ = [
    "broken",
    "compare",
    "crcs_of_sets",
    "exports_of_set",
    "exports_of_symbol",
    "forget",
    "ids_of_sets",
    "stored_set",
]

#: Immutable sets that one process keeps unpacked: at most about 200 kB each.
KEPT_SETS = 256
#: Sets whose exports one process keeps as records: about 6 MB each.
KEPT_EXPORTS = 6
#: Sets whose ids alone one process keeps: at most about 100 kB each.
KEPT_IDS = 600
#: Sets whose CRCs alone one process keeps: at most about 100 kB each.
KEPT_CRCS = 400

_kept: dict[tuple[str, int], IdArray] = {}
_kept_crcs: dict[tuple[str, int], CrcArray | None] = {}
_keeping = Lock()


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
    with no_collection():
        return tuple(_export(named[n], crcs[n]) for n in order)


def exports_of_set(set_id: int) -> tuple[Export, ...]:
    """All exports of a set in order of symbol and module; the last few sets asked for are kept."""
    return _sorted_exports(set_id, _database())


def _database() -> str:
    return str(connection.settings_dict["NAME"])


def compare(old_id: int, new_id: int) -> SetDiff:
    """Compare two stored export sets by symbol, within what both cover."""
    old, new = stored_set(old_id), stored_set(new_id)
    return compare_sets(old, new, declarations(old.ids, new.ids))


def _export(row: Declaration, crc: int | None) -> Export:
    symbol, module, kind, namespace = row
    return Export(symbol, module, crc, kind, namespace)


def exports_of_symbol(set_ids: Collection[int], declared: dict[int, Declaration]) -> dict[int, tuple[Export, ...]]:
    """What each of the sets exports of one symbol's declarations, by set id. Of CRCs only the wanted ones are read."""
    wanted = np.array(sorted(declared), dtype=np.int32)
    places: list[tuple[int, int, int]] = []  # set, export, row in the set
    for set_id, ids in ids_of_sets(set_ids).items():
        at = np.searchsorted(ids, wanted)
        here = np.flatnonzero(ids[np.minimum(at, ids.size - 1)] == wanted) if ids.size else at[:0]
        places += [(set_id, int(wanted[n]), int(at[n])) for n in here]
    found: dict[int, list[Export]] = {set_id: [] for set_id in set_ids}
    crcs = rows("crcs_at", sets=[place[0] for place in places], at=[place[2] for place in places])
    for (set_id, export_id, _), (_, crc) in zip(places, crcs, strict=True):
        known = None if crc is None else int.from_bytes(crc, "little") or None
        found[set_id].append(_export(declared[export_id], known))
    return {set_id: tuple(exports) for set_id, exports in found.items()}


def ids_of_sets(set_ids: Collection[int]) -> dict[int, IdArray]:
    """The export ids of sets, unpacked and ascending; those of the last KEPT_IDS sets are kept."""
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


def crcs_of_sets(set_ids: Collection[int]) -> dict[int, CrcArray | None]:
    """The CRCs of sets in the order of their ids, None for a kernel without; those of the last KEPT_CRCS are kept."""
    database = _database()
    with _keeping:
        known = {each: _kept_crcs.pop((database, each)) for each in set_ids if (database, each) in _kept_crcs}
    for set_id, crcs in rows("crcs_of_sets", sets=[each for each in set_ids if each not in known]):
        known[set_id] = None if crcs is None else np.frombuffer(crcs, dtype="<u4")
    with _keeping:
        _kept_crcs.update(((database, set_id), crcs) for set_id, crcs in known.items())
        for oldest in list(_kept_crcs)[: max(len(_kept_crcs) - KEPT_CRCS, 0)]:
            del _kept_crcs[oldest]
    return known


def forget() -> None:
    """Drop the sets that this process keeps."""
    _stored.cache_clear()
    _sorted_exports.cache_clear()
    dictionary.forget()
    with _keeping:
        _kept.clear()
        _kept_crcs.clear()
