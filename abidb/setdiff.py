# SPDX-License-Identifier: GPL-2.0-or-later
"""The rules of abidb.compat for whole sets at once: changes are rows of columns, a record only where one is shown.

Symbols that one side exports twice are few and compared one by one, by abidb.compat itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from abidb.compat import (
    ADDED,
    BREAKS,
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
    Compared,
    Counts,
    compared,
    count,
    gpl_only,
)
from abidb.exportset import CrcArray, ExportSet, IdArray, crc_of, difference
from abidb.records import VMLINUX, Export

Mask = npt.NDArray[np.bool_]
#: A bit for each kind of change.
BIT = {kind: 1 << n for n, kind in enumerate(KINDS)}
Order = tuple[list[int], npt.NDArray[np.int64]]  #: numbers of texts as these sort, and their places by number
BREAKING = sum(BIT[kind] for kind in BREAKS)


class Declared(Protocol):
    """Columns whose rows are export ids, and what their numbers stand for."""

    symbol: IdArray
    module: IdArray
    kind: IdArray
    namespace: IdArray
    names: dict[int, str]
    paths: dict[int, str]
    words: list[str]
    orders: dict[str, Order]  #: what abidb.changes keeps of them

    def of(self, ids: Iterable[int]) -> list[tuple[str, str, str, str]]:
        """Symbol, module, kind and namespace of exports, in the order asked for."""


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """Changes as columns; an id of 0 is no export, a CRC of 0 is unknown."""

    kinds: npt.NDArray[np.int32]  #: bits of BIT
    old_ids: IdArray
    new_ids: IdArray
    old_crcs: CrcArray
    new_crcs: CrcArray

    def __getitem__(self, wanted: Mask | npt.NDArray[np.intp]) -> Rows:
        return Rows(*(getattr(self, name)[wanted] for name in COLUMNS))

    @property
    def ids(self) -> IdArray:
        """The old export, where there is none the new one."""
        return np.where(self.old_ids > 0, self.old_ids, self.new_ids)


COLUMNS = ("kinds", "old_ids", "new_ids", "old_crcs", "new_crcs")


@dataclass(frozen=True, slots=True, eq=False)
class SetDiff:
    """What differs between two sets."""

    counts: Counts
    scope: str  #: "all" or "vmlinux"
    rows: Rows  #: in no order
    untold: bool  #: what was removed may only have moved into a module that the archive has lost
    declared: Declared


def compare_sets(old: ExportSet, new: ExportSet, declared: Declared) -> SetDiff:
    """Compare by symbol, within what both cover. `declared` must know every export of both."""
    scope = "all" if old.covers == new.covers == "all" else VMLINUX
    touched = _symbols_that_differ(old, new, declared)
    (before, old_rest), (after, new_rest) = (_split(side, touched, declared) for side in (old, new))
    if scope == VMLINUX:
        allowed = _symbols_of_vmlinux(before, after, declared, touched.size)
        before, after = (_only(side, allowed[declared.symbol[side.ids]]) for side in (before, after))
    twice = _exported_twice(before, declared, touched.size) | _exported_twice(after, declared, touched.size)
    (odd_old, single_old), (odd_new, single_new) = (_split(side, twice, declared) for side in (before, after))
    plain = difference(old_rest, new_rest)
    pairs, gone, come = _matched(single_old, single_new, declared, touched.size)
    odd = _odd(odd_old, odd_new, declared, partial=new.covers == VMLINUX)
    untold = new.covers == VMLINUX
    rows = _joined(
        [
            _rows(
                BIT[CRC_CHANGED],
                plain.changed,
                plain.changed,
                plain.old_crcs,
                plain.new_crcs,
            ),
            pairs[pairs.kinds > 0],
            gone,
            come,
            _odd_rows(odd.changes, odd_old, odd_new, declared),
        ]
    )
    both_known = (pairs.old_crcs != 0) & (pairs.new_crcs != 0)
    changed = int(np.count_nonzero(pairs.kinds & BIT[CRC_CHANGED]))
    base = count(
        odd,
        measurable=plain.measurable,
        plain=plain.changed.size + changed,
        same=plain.same + pairs.kinds.size - changed,
        unknown=plain.unknown + int(np.count_nonzero(~both_known)),
    )
    return SetDiff(
        counts=_with_rows(base, pairs, gone.kinds.size, come.kinds.size, untold=untold),
        scope=scope,
        rows=rows,
        untold=untold,
        declared=declared,
    )


def broken(found: SetDiff) -> IdArray:
    """Ids of the old exports that a module can no longer use, ascending."""
    bits = BREAKING & ~BIT[REMOVED] if found.untold else BREAKING
    ids = found.rows.old_ids[(found.rows.kinds & bits) > 0]
    return np.unique(ids[ids > 0]).astype(np.int32)


def _symbols_that_differ(old: ExportSet, new: ExportSet, declared: Declared) -> Mask:
    """Those that have an export on one side only."""
    largest = max((int(declared.symbol[side.ids].max()) for side in (old, new) if side.ids.size), default=0)
    touched = np.zeros(largest + 1, dtype=bool)
    touched[declared.symbol[np.setxor1d(old.ids, new.ids, assume_unique=True)]] = True
    return touched


def _split(side: ExportSet, symbols: Mask, declared: Declared) -> tuple[ExportSet, ExportSet]:
    """The exports of these symbols, and the rest."""
    here = symbols[declared.symbol[side.ids]]
    return _only(side, here), _only(side, ~here)


def _only(side: ExportSet, wanted: Mask) -> ExportSet:
    return ExportSet(side.covers, side.ids[wanted], None if side.crcs is None else side.crcs[wanted])


def _symbols_of_vmlinux(old: ExportSet, new: ExportSet, declared: Declared, size: int) -> Mask:
    # A process may have met it under an id that was rolled back.
    vmlinux = [module for module, path in declared.paths.items() if path == VMLINUX]
    found = np.zeros(size, dtype=bool)
    for side in (old, new):
        found[declared.symbol[side.ids[np.isin(declared.module[side.ids], vmlinux)]]] = True
    return found


def _exported_twice(side: ExportSet, declared: Declared, size: int) -> Mask:
    return np.bincount(declared.symbol[side.ids], minlength=size) > 1


def _odd(old: ExportSet, new: ExportSet, declared: Declared, *, partial: bool) -> Compared:
    sides = ([export(declared, int(i), crc_of(side.crcs, n)) for n, i in enumerate(side.ids)] for side in (old, new))
    return compared(*sides, new_partial=partial)


def _odd_rows(changes: Sequence[Change], old: ExportSet, new: ExportSet, declared: Declared) -> Rows:
    """The same changes as rows."""
    before, after = (_ids_by_name(side, declared) for side in (old, new))
    sides = [(change.old, change.new) for change in changes]
    return Rows(
        np.array([sum(BIT[kind] for kind in change.kinds) for change in changes], dtype=np.int32),
        np.array([before[_name(one)] if one else 0 for one, _ in sides], dtype=np.int32),
        np.array([after[_name(one)] if one else 0 for _, one in sides], dtype=np.int32),
        np.array([(one and one.crc) or 0 for one, _ in sides], dtype=np.uint32),
        np.array([(one and one.crc) or 0 for _, one in sides], dtype=np.uint32),
    )


def _ids_by_name(side: ExportSet, declared: Declared) -> dict[tuple[str, str, str, str], int]:
    ids = side.ids.tolist()
    return dict(zip(declared.of(ids), ids, strict=True))


def _name(export: Export) -> tuple[str, str, str, str]:
    return export.symbol, export.module, export.kind, export.namespace


def _matched(old: ExportSet, new: ExportSet, declared: Declared, size: int) -> tuple[Rows, Rows, Rows]:
    """Exports of symbols that no side has twice: pairs, changed or not, those that are gone, those that have come."""
    there, here = (_place(side, declared, size) for side in (old, new))
    both = np.flatnonzero((there >= 0) & (here >= 0))
    a, b = there[both], here[both]
    old_crcs, new_crcs = _crcs(old), _crcs(new)
    pairs = _rows(0, old.ids[a], new.ids[b], old_crcs[a], new_crcs[b])
    gone, come = there[(there >= 0) & (here < 0)], here[(here >= 0) & (there < 0)]
    no_old, no_new = np.zeros(come.size), np.zeros(gone.size)
    return (
        replace(pairs, kinds=_pair_kinds(pairs, declared)),
        _rows(BIT[REMOVED], old.ids[gone], no_new, old_crcs[gone], no_new),
        _rows(BIT[ADDED], no_old, new.ids[come], no_old, new_crcs[come]),
    )


def _place(side: ExportSet, declared: Declared, size: int) -> npt.NDArray[np.int64]:
    """The row of each symbol, -1 where it has none."""
    found = np.full(size, -1, dtype=np.int64)
    found[declared.symbol[side.ids]] = np.arange(side.ids.size)
    return found


def _crcs(side: ExportSet) -> CrcArray:
    return np.zeros(side.ids.size, dtype=np.uint32) if side.crcs is None else side.crcs


def _rows(kinds: int, *columns: npt.NDArray[Any]) -> Rows:
    old_ids, new_ids, old_crcs, new_crcs = columns
    return Rows(
        np.full(old_ids.size, kinds, dtype=np.int32),
        old_ids.astype(np.int32),
        new_ids.astype(np.int32),
        old_crcs.astype(np.uint32),
        new_crcs.astype(np.uint32),
    )


def _joined(several: Sequence[Rows]) -> Rows:
    return Rows(*(np.concatenate([getattr(rows, name) for rows in several]) for name in COLUMNS))


def _pair_kinds(pairs: Rows, declared: Declared) -> npt.NDArray[np.int32]:
    """As compat.pair_kinds, for all pairs at once."""
    old, new = pairs.old_ids, pairs.new_ids
    gpl = np.array([gpl_only(word) for word in declared.words] or [False])
    empty = np.array([not word for word in declared.words] or [True])
    was, now = gpl[declared.kind[old]], gpl[declared.kind[new]]
    other_kind = declared.kind[old] != declared.kind[new]
    other_namespace = declared.namespace[old] != declared.namespace[new]
    dropped = empty[declared.namespace[new]]
    crc = (pairs.old_crcs != 0) & (pairs.new_crcs != 0) & (pairs.old_crcs != pairs.new_crcs)
    masks = {
        CRC_CHANGED: crc,
        TYPE_CHANGED: other_kind & (was == now),
        GPL_TIGHTENED: other_kind & ~was & now,
        GPL_RELAXED: other_kind & was & ~now,
        NAMESPACE_CHANGED: other_namespace & ~dropped,
        NAMESPACE_DROPPED: other_namespace & dropped,
        MOVED: declared.module[old] != declared.module[new],
    }
    return sum((mask.astype(np.int32) * BIT[kind] for kind, mask in masks.items()), np.zeros(old.size, dtype=np.int32))


def _with_rows(base: Counts, pairs: Rows, gone: int, come: int, *, untold: bool) -> Counts:
    """The counts of odd symbols and plain changes, and those of the rest."""

    def more(kind: str) -> int:
        return int(getattr(base, kind)) + int(np.count_nonzero(pairs.kinds & BIT[kind]))

    return replace(
        base,
        removed=base.removed + gone,
        added=base.added + come,
        moved=more(MOVED),
        gpl_tightened=more(GPL_TIGHTENED),
        gpl_relaxed=more(GPL_RELAXED),
        type_changed=more(TYPE_CHANGED),
        namespace_changed=more(NAMESPACE_CHANGED),
        namespace_dropped=more(NAMESPACE_DROPPED),
        untold=base.untold + (gone if untold else 0),
    )


def export(declared: Declared, export_id: int, crc: int | None) -> Export:
    """The record of one export."""
    d = declared
    return Export(
        d.names[int(d.symbol[export_id])],
        d.paths[int(d.module[export_id])],
        crc,
        d.words[int(d.kind[export_id])],
        d.words[int(d.namespace[export_id])],
    )
