# SPDX-License-Identifier: GPL-2.0-or-later
"""What differs between two sets, as it is asked for: chosen, ordered, counted by module and given in pages.

Only rows that are shown become records.
"""

from __future__ import annotations

import gc
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby, islice

import numpy as np
import numpy.typing as npt

from abidb.compat import KINDS, REMOVED, Change
from abidb.exportset import CrcArray, IdArray
from abidb.records import VMLINUX, Export
from abidb.setdiff import BIT, Declared, Mask, Order, Rows, SetDiff

RANK = {kind: n for n, kind in enumerate(KINDS)}
BY_KIND, BY_MODULE, BY_SYMBOL = "kind", "module", "symbol"
SORTS = (BY_MODULE, BY_KIND, BY_SYMBOL)
CHUNK = 500  #: changes that are made at once where all are
Ranks = npt.NDArray[np.int64]
Key = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which changes are asked for, and in which order; what is empty chooses nothing."""

    kinds: tuple[str, ...] = ()  #: any of them
    text: str = ""  #: that the symbol or a module of it holds, in any case
    module: str = ""  #: in which it is, or was before it changed
    sort: str = BY_KIND  #: one of SORTS; by kind: what breaks first

    @property
    def everything(self) -> bool:
        return not (self.kinds or self.text or self.module)


@dataclass(frozen=True, slots=True)
class Group:
    """The changes of one module."""

    module: str
    total: int
    counts: tuple[int, ...]  #: of each of KINDS; a change may count in several


@dataclass(frozen=True, slots=True, eq=False)
class Listing:
    """The changes that fit what was asked for, in the order asked for."""

    found: SetDiff
    rows: Rows
    sort: str

    @property
    def total(self) -> int:
        return self.rows.kinds.size


def listing(found: SetDiff, wanted: Wanted) -> Listing:
    """Choose and order the changes between two sets."""
    rows = found.rows[_fitting(found, wanted)]
    return Listing(found, rows[_order(found, rows, wanted.sort)], wanted.sort)


def page(listed: Listing, *, after: str = "", limit: int | None = None) -> tuple[tuple[Change, ...], str | None]:
    """The changes behind the one that `after` names, all of them without limit; and `after` of the next page.

    What names no place is the beginning.
    """
    start = _start(listed, after)
    end = listed.total if limit is None else min(start + limit, listed.total)
    while 0 < end < listed.total and _key(listed, end) == _key(listed, end - 1):
        end += 1  # a symbol that one module declares twice: what is after it could not be told
    with no_collection():
        changes = tuple(_made(listed, start, end))
    return changes, place(changes[-1]) if changes and end < listed.total else None


def chunks(listed: Listing) -> Iterator[tuple[Change, ...]]:
    """All changes, some at a time."""
    for start in range(0, listed.total, CHUNK):
        yield tuple(_made(listed, start, min(start + CHUNK, listed.total)))


def groups(listed: Listing) -> tuple[Group, ...]:
    """The changes counted by module, of most changes first."""
    declared = listed.found.declared
    found = declared.module[listed.rows.ids]
    totals = np.bincount(found)
    modules = np.flatnonzero(totals).astype(np.int64)
    modules = modules[np.lexsort((_ranks(declared, "module", modules), -totals[modules]))]
    by_kind = [np.bincount(found[_has(listed.rows, kind)], minlength=totals.size)[modules].tolist() for kind in KINDS]
    columns = zip(modules.tolist(), totals[modules].tolist(), zip(*by_kind, strict=True), strict=True)
    with no_collection():
        return tuple([Group(declared.paths[module], total, counts) for module, total, counts in columns])


def by_module(changes: Iterable[Change]) -> tuple[tuple[Change, ...], tuple[Group, ...]]:
    """Changes that are records already, in the order of their modules, and counted by module."""
    ordered = tuple(sorted(changes, key=lambda one: _sort_key(BY_MODULE, one.symbol, module_of(one), one.kinds[0])))
    return ordered, tuple(_group(module, tuple(ours)) for module, ours in groupby(ordered, key=module_of))


def _group(module: str, ours: tuple[Change, ...]) -> Group:
    counted = Counter(kind for change in ours for kind in change.kinds)
    return Group(module, len(ours), tuple(counted[kind] for kind in KINDS))


def place(change: Change) -> str:
    """What names a change among others: symbol, module and the gravest kind."""
    return f"{change.symbol} {module_of(change)} {change.kinds[0]}"


def module_of(change: Change) -> str:
    """The module in which the symbol is, or was before it changed."""
    side = change.old or change.new
    return side.module if side else ""


def path_order(module: str) -> tuple[bool, str]:
    """The order of modules: what is built in first."""
    return module != VMLINUX, module


def _fitting(found: SetDiff, wanted: Wanted) -> Mask:
    rows, declared = found.rows, found.declared
    fits = np.ones(rows.kinds.size, dtype=bool)
    if wanted.kinds:
        fits &= (rows.kinds & sum(BIT[kind] for kind in wanted.kinds)) > 0
    if wanted.module:
        fits &= np.isin(declared.module[rows.ids], [n for n, path in declared.paths.items() if path == wanted.module])
    if text := wanted.text.lower():
        named = holding(declared.symbol[rows.ids], declared.names, text)
        for ids in (rows.old_ids, rows.new_ids):
            named |= (ids > 0) & holding(declared.module[ids], declared.paths, text)
        fits &= named
    return fits


def holding(numbers: IdArray, texts: Mapping[int, str], text: str) -> Mask:
    """Which of these numbers stand for a text that holds another."""
    unique, at = np.unique(numbers, return_inverse=True)
    holds = np.array([text in texts.get(number, "").lower() for number in unique.tolist()], dtype=bool)
    return holds[at] if unique.size else np.zeros(0, dtype=bool)


def _has(rows: Rows, kind: str) -> Mask:
    return (rows.kinds & BIT[kind]) > 0


def _order(found: SetDiff, rows: Rows, sort: str) -> npt.NDArray[np.intp]:
    ids, declared = rows.ids, found.declared
    symbol, module = (_ranks(declared, name, getattr(declared, name)[ids]) for name in ("symbol", "module"))
    kind = np.log2(rows.kinds & -rows.kinds, out=np.zeros(ids.size), where=rows.kinds > 0).astype(np.int64)
    # np.lexsort() takes the key that decides first as the last.
    keys = {BY_KIND: (module, symbol, kind), BY_MODULE: (symbol, kind, module), BY_SYMBOL: (kind, module, symbol)}
    return np.lexsort((rows.new_ids, rows.old_ids, *keys[sort]))


def _ranks(declared: Declared, column: str, numbers: IdArray | Ranks) -> Ranks:
    _, places = order_of(declared, column, numbers)
    return places[numbers]


def order_of(declared: Declared, column: str, numbers: IdArray | Ranks) -> Order:
    """How all sort that the process has met of a column, "symbol" or "module", these among them: their numbers in that
    order, and from 1 on the place of each number.

    It is kept. Texts that were met since are behind the others, so that sorting again hardly costs more than a look.
    """
    texts = declared.paths if column == "module" else declared.names
    order, places = declared.orders.get(column, ([], np.zeros(1, dtype=np.int64)))
    if numbers.size and (int(numbers.max()) >= places.size or not places[numbers].all()):
        met = texts.copy()
        keys = {number: path_order(text) for number, text in met.items()} if column == "module" else met
        order = sorted([*order, *islice(met, len(order), None)], key=keys.__getitem__)
        places = np.zeros(max(met) + 1, dtype=np.int64)
        places[order] = np.arange(1, len(order) + 1)
        declared.orders[column] = order, places
    return order, places


def _start(listed: Listing, after: str) -> int:
    named = after.split(" ")
    if len(named) != 3 or named[2] not in RANK:
        return 0
    behind = _sort_key(listed.sort, *named)
    return bisect_right(range(listed.total), behind, key=lambda row: _key(listed, row))


def _key(listed: Listing, row: int) -> Key:
    export, declared = int(listed.rows.ids[row]), listed.found.declared
    symbol, module = declared.names[int(declared.symbol[export])], declared.paths[int(declared.module[export])]
    return _sort_key(listed.sort, symbol, module, _kinds(int(listed.rows.kinds[row]))[0])


def _sort_key(sort: str, symbol: str, module: str, kind: str) -> Key:
    path, rank = path_order(module), RANK[kind]
    return {BY_KIND: (rank, symbol, path), BY_MODULE: (path, rank, symbol), BY_SYMBOL: (symbol, path, rank)}[sort]


@lru_cache(maxsize=512)
def _kinds(bits: int) -> tuple[str, ...]:
    return tuple(kind for kind in KINDS if bits & BIT[kind])


def _made(listed: Listing, start: int, end: int) -> Iterator[Change]:
    """Records of these rows, in their order."""
    found, rows = listed.found, listed.rows[np.arange(start, end)]
    old = _exports(found, rows.old_ids, rows.old_crcs)
    new = _exports(found, rows.new_ids, rows.new_crcs)
    for bits, before, after in zip(rows.kinds.tolist(), old, new, strict=True):
        yield Change(_kinds(bits), before, after, untold=found.untold and bits == BIT[REMOVED])


def _exports(found: SetDiff, ids: IdArray, crcs: CrcArray) -> list[Export | None]:
    """The records of exports; None where an id is 0."""
    at = np.flatnonzero(ids)
    made: list[Export | None] = [None] * ids.size
    for row, named, crc in zip(at.tolist(), found.declared.of(ids[at]), crcs[at].tolist(), strict=True):
        symbol, module, kind, namespace = named
        made[row] = Export(symbol, module, crc or None, kind, namespace)
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
