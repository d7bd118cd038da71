# SPDX-License-Identifier: GPL-2.0-or-later
"""Many sets at once: their members are looked up together, the sets go in by one binary COPY."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain

import numpy as np
import psycopg
from django.db import connection

from abidb.exportset import CrcArray, packed
from abidb.records import Export
from abidb.store.rows import rows
from abidb.store.sets import add_modules, export_ids, fact_ids
from abidb.transfer.content import CONFIG, EXPORTS, MODULES, SetRow
from abidb.transfer.fields import pairs

_DICTIONARY = {CONFIG: "config_option", MODULES: "module_fact"}
_COPY = {
    EXPORTS: "COPY export_set (covers, digest, exports, crc) FROM STDIN (FORMAT BINARY)",
    CONFIG: "COPY fact_set (of, digest, members) FROM STDIN (FORMAT BINARY)",
}
_COPY[MODULES] = _COPY[CONFIG]
KNOWN = 1_000_000  #: members of a kind whose ids are kept; more are looked up again


@dataclass(slots=True)
class Loading:
    """What one load knows of the record: ids of members by their lines, ids and coverage of sets by digest."""

    members: dict[str, dict[bytes, int]] = field(default_factory=lambda: {EXPORTS: {}, CONFIG: {}, MODULES: {}})
    sets: dict[str, dict[bytes, tuple[int, str]]] = field(
        default_factory=lambda: {EXPORTS: {}, CONFIG: {}, MODULES: {}}
    )


def put_sets(loading: Loading, incoming: Iterable[SetRow]) -> None:
    """Make these sets known. Their digests must be right: who reads a file computes them (abidb.transfer.reader)."""
    for members in loading.members.values():
        if len(members) > KNOWN:
            members.clear()
    by_kind: dict[str, list[SetRow]] = {EXPORTS: [], CONFIG: [], MODULES: []}
    for one in incoming:
        by_kind[one.of].append(one)
    new = {of: _unknown(loading, of, found) for of, found in by_kind.items()}
    declare(loading, {of: _new_members(loading.members[of], found) for of, found in new.items()})
    for of, found in new.items():
        if found:
            _copy(loading, of, found)
            _look_up(loading, of, found)


def declare(loading: Loading, lines: Mapping[str, Sequence[bytes]]) -> None:
    """Make members known by their lines, in order, for each kind of set."""
    add_modules(_modules(lines))
    for of, several in lines.items():
        if several:
            ids = export_ids(_exports(several)) if of == EXPORTS else fact_ids(_DICTIONARY[of], pairs(several))
            loading.members[of].update(zip(several, ids, strict=True))


def _unknown(loading: Loading, of: str, found: list[SetRow]) -> list[SetRow]:
    _look_up(loading, of, found)
    return list({one.digest: one for one in found if one.digest not in loading.sets[of]}.values())


def _look_up(loading: Loading, of: str, found: list[SetRow]) -> None:
    digests = [one.digest for one in found if one.digest not in loading.sets[of]]
    if digests:
        query = "known_sets" if of == EXPORTS else "known_fact_sets"
        stored = rows(query, of=_DICTIONARY.get(of), digests=digests)
        loading.sets[of].update({bytes(digest): (set_id, covers) for digest, set_id, covers in stored})


def _new_members(known: Mapping[bytes, int], found: list[SetRow]) -> list[bytes]:
    return sorted(set(chain.from_iterable(one.members.keys() - known.keys() for one in found)))


def _modules(lines: Mapping[str, Sequence[bytes]]) -> set[str]:
    return {e.module for e in _exports(lines[EXPORTS])} | {module for module, _ in pairs(lines[MODULES])}


def _exports(lines: Iterable[bytes]) -> Iterator[Export]:
    for line in lines:
        symbol, module, kind, namespace, _ = line.decode().split("\t")
        yield Export(symbol, module, None, kind, namespace)


def _copy(loading: Loading, of: str, found: list[SetRow]) -> None:
    ids = loading.members[of]
    connection.ensure_connection()
    # Django's own cursor has no binary COPY.
    with (
        connection.wrap_database_errors,
        psycopg.Cursor(connection.connection) as cursor,
        cursor.copy(_COPY[of]) as copy,
    ):
        copy.set_types(["text", "bytea", "bytea", "bytea"][: 4 if of == EXPORTS else 3])
        for one in found:
            column = np.fromiter(map(ids.__getitem__, one.members), dtype=np.int32, count=len(one.members))
            members, crcs = packed(column, _crcs(one))
            copy.write_row(
                (one.covers, one.digest, members, crcs) if of == EXPORTS else (_DICTIONARY[of], one.digest, members)
            )


def _crcs(one: SetRow) -> CrcArray | None:
    """The CRCs in order of members, 0 where unknown; None where none is known."""
    texts = list(one.members.values())
    if not any(texts):
        return None
    known = texts if all(texts) else [text or b"0" for text in texts]
    return np.fromiter(map(int, known), dtype=np.uint32, count=len(known))
