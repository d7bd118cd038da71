# SPDX-License-Identifier: GPL-2.0-or-later
"""What exports declare, by id, as far as this process has met them. Those rows never change, so they are kept.

A column each instead of a record each: a few bytes an export, and questions about whole sets are answered by numpy.
Reads the database, writes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

import numpy as np
import psycopg
from django.db import connection

from abidb import sql
from abidb.exportset import IdArray
from abidb.setdiff import Order

SQL = sql.blocks("sets")
Declaration = tuple[str, str, str, str]  #: symbol, module, kind, namespace

_lock = Lock()


@dataclass(slots=True)
class Declarations:
    """Columns whose rows are export ids. `symbol` is 0 where the id was not met."""

    symbol: IdArray
    module: IdArray
    kind: IdArray  #: place in `words`, as is `namespace`
    namespace: IdArray
    names: dict[int, str]  #: of symbols
    paths: dict[int, str]  #: of modules
    words: list[str]
    orders: dict[str, Order] = field(default_factory=dict)

    def of(self, ids: Iterable[int]) -> list[Declaration]:
        """What exports declare, in the order asked for. They must have been met."""
        at = np.fromiter(ids, dtype=np.int64)
        names, paths, words = self.names, self.paths, self.words
        columns = (column[at].tolist() for column in (self.symbol, self.module, self.kind, self.namespace))
        return [(names[s], paths[m], words[k], words[n]) for s, m, k, n in zip(*columns, strict=True)]


_met: dict[str, Declarations] = {}


def rows(name: str, **parameters: object) -> list[tuple[Any, ...]]:
    """The rows of a query of sets.sql, in binary form from the server; raises Django's database errors."""
    connection.ensure_connection()
    # Django's own cursor binds on the client and reads text alone.
    with connection.wrap_database_errors, psycopg.Cursor(connection.connection) as cursor:
        return cursor.execute(SQL[name], parameters, binary=True).fetchall()


def declarations(*sets: IdArray) -> Declarations:
    """What these exports declare, at least; raises KeyError where one is not in the record."""
    with _lock:
        met = _met.setdefault(str(connection.settings_dict["NAME"]), _none())
        for ids in sets:
            if ids.size:
                _meet(met, ids)
    return met


def forget() -> None:
    """Drop all that was met."""
    with _lock:
        _met.clear()


def _none() -> Declarations:
    symbol, module, kind, namespace = (np.zeros(1, dtype=np.int32) for _ in range(4))
    return Declarations(symbol, module, kind, namespace, names={}, paths={}, words=[])


def _meet(met: Declarations, ids: IdArray) -> None:
    if int(ids.max()) < met.symbol.size and met.symbol[ids].all():
        return
    known = ids[ids < met.symbol.size]
    new = np.concatenate([known[met.symbol[known] == 0], ids[ids >= met.symbol.size]])
    if not new.size:
        return
    ((ids_, symbols, modules, kinds, namespaces),) = rows("declarations", ids=_array(new.tolist()))
    at = _numbers(ids_)
    if at.size != new.size:
        raise KeyError(f"{new.size - at.size} of its exports")
    symbol, module = _numbers(symbols), _numbers(modules)
    _make_room(met, int(ids.max()))
    _name(met.names, "symbol_names", symbol)
    _name(met.paths, "module_paths", module)
    codes = {word: code for code, word in enumerate(met.words)}
    kind, namespace = (_coded(words.split("\n"), codes) for words in (kinds, namespaces))
    met.words = list(codes)
    # The symbol last: whoever reads without the lock takes a row for met once it is there.
    met.module[at], met.kind[at], met.namespace[at], met.symbol[at] = module, kind, namespace, symbol


def _array(numbers: list[int]) -> str:
    """A literal of PostgreSQL: the driver takes ten times as long over a long list."""
    return "{" + ",".join(map(str, numbers)) + "}"


def _numbers(packed: bytes | None) -> IdArray:
    return np.frombuffer(packed or b"", dtype=">i4").astype(np.int32)


def _coded(words: list[str], codes: dict[str, int]) -> IdArray:
    """Words as their places in `codes`, where new ones are added."""
    for word in dict.fromkeys(words):
        codes.setdefault(word, len(codes))
    return np.fromiter(map(codes.__getitem__, words), dtype=np.int32, count=len(words))


def _make_room(met: Declarations, largest: int) -> None:
    if largest < met.symbol.size:
        return
    for column in ("module", "kind", "namespace", "symbol"):
        old = getattr(met, column)
        grown = np.zeros(max(largest + 1, old.size * 3 // 2), dtype=np.int32)
        grown[: old.size] = old
        setattr(met, column, grown)


def _name(texts: dict[int, str], query: str, numbers: IdArray) -> None:
    new = [number for number in np.unique(numbers).tolist() if number not in texts]
    if new:
        ((packed, lines),) = rows(query, ids=_array(new))
        texts.update(zip(_numbers(packed).tolist(), lines.split("\n"), strict=True))
