# SPDX-License-Identifier: GPL-2.0-or-later
"""The whole content of the record as an export has it, streamed: one set and a few builds at a time are in memory,
beside the dictionaries.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import numpy.typing as npt
import psycopg
from django.db import connection, transaction

from abidb import sql
from abidb.errors import BadFormat
from abidb.exportset import ExportSet, unpack
from abidb.lifecycle import DebianRelease
from abidb.queries import outoftree_content
from abidb.records import BuildKey, Deb, Listing, Snapshot, UploadFact
from abidb.transfer.content import (
    CONFIG,
    EXPORTS,
    MODULES,
    BuildRow,
    ListingRow,
    ReleaseRow,
    Row,
    SeenRow,
    SetRow,
    UploadRow,
)
from abidb.transfer.fields import member

SQL = sql.blocks("content")
AT_ONCE = 500  #: rows that the server hands over at a time


@contextmanager
def one_moment() -> Iterator[None]:
    """A transaction that sees the record as it is at its first query, whoever writes meanwhile."""
    with transaction.atomic(durable=True):
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield


def rows() -> Iterator[Row]:
    """Everything that an export holds, in its order (docs/transfer.md); to be read within one_moment().

    Raises BadFormat where a stored set is damaged.
    """
    yield from _sightings()
    yield from outoftree_content.sightings()
    yield from _uploads()
    yield from _builds_with_sets()
    yield from outoftree_content.content()


def out_of_tree_rows() -> Iterator[Row]:
    """Those of them that tell of out-of-tree modules, of archives on any mirror."""
    yield from outoftree_content.sightings_on_any_mirror()
    yield from outoftree_content.content()


def rows_without_sets() -> Iterator[Row]:
    """What all rows tell of kernels, but no sets."""
    yield from _sightings()
    yield from _uploads()
    yield from builds()


def _sightings() -> Iterator[Row]:
    for *release, alias in _stream("releases"):
        yield ReleaseRow(DebianRelease(*release), alias)
    for sha256, *listing in _stream("listings"):
        yield ListingRow(sha256, Listing(*listing))
    for source, version, arch, flavour, suite, first, last in _stream("seen"):
        yield SeenRow(BuildKey(source, version, arch, flavour), suite, first, last)


def _uploads() -> Iterator[UploadRow]:
    for row in _stream("uploads"):
        facts = tuple(UploadFact(*fact) for fact in sorted(zip(*row[9:], strict=True)))
        yield UploadRow(*[*row[:9], facts])


def builds(ids: Sequence[int] | None = None) -> Iterator[BuildRow]:
    """The builds of these ids, or all, without their sets."""
    return (build for build, _ in _builds(ids))


def _builds_with_sets() -> Iterator[Row]:
    stored = {of: StoredSets(of) for of in (EXPORTS, CONFIG, MODULES)}
    known: set[tuple[str, int]] = set()
    for build, sets in _builds(None):
        for of, set_id, digest in sets:
            if set_id is not None and (of, set_id) not in known:
                known.add((of, set_id))
                yield stored[of].row(set_id, digest)
        yield build


def lanes() -> Iterator[tuple[Any, ...]]:
    """Line, architecture and flavour of each lane with source and version of each of its builds."""
    yield from _stream("lanes")


def changes() -> Iterator[tuple[Any, ...]]:
    """Remembered comparisons: the digests of both sets, and the numbers added, removed, CRC changed, moved, made
    GPL-only, moved to a namespace, in common.
    """
    yield from _stream("changes")


_Sets = tuple[tuple[str, int | None, bytes], ...]


def _builds(ids: Sequence[int] | None) -> Iterator[tuple[BuildRow, _Sets]]:
    for row in _stream("builds", ids=None if ids is None else list(ids)):
        key, release = BuildKey(*row[:4]), row[4]
        sets = tuple((of, row[at], bytes(row[at + 1] or b"")) for of, at in ((EXPORTS, 5), (CONFIG, 7), (MODULES, 9)))
        exports, config, modules = (digest or None for _, _, digest in sets)
        vermagic, signed, extractor, imports, mismatches, lines, differing = row[11:18]
        build = BuildRow(
            key=key,
            kernel_release=release,
            export_set=exports or b"",
            config_set=config,
            module_set=modules,
            vermagic=vermagic,
            signed=signed,
            extractor=extractor,
            imports_checked=imports,
            mismatches=tuple(mismatches),
            symvers_lines=lines,
            symvers_differing=tuple(differing),
            debs=_debs(zip(*row[18:], strict=True)),
        )
        yield build, sets


def _debs(found: Iterable[tuple[Any, ...]]) -> tuple[Deb, ...]:
    debs = [
        Deb(name, version, arch, source, sha256, size, snapshot=Snapshot(sha1, seen) if sha1 else None)
        for name, version, arch, source, sha256, size, sha1, seen in found
    ]
    return tuple(sorted(debs, key=lambda deb: (deb.name, deb.version, deb.arch, deb.sha256)))


def _declaration(fields: tuple[str, ...]) -> bytes:
    return ("\t".join(fields) + "\t").encode()


#: Of each kind of sets the query of its dictionary, that of a set's columns, and how a row of the dictionary is a line.
_STORED: dict[str, tuple[str, str, Callable[[tuple[str, ...]], bytes]]] = {
    EXPORTS: ("declarations", "export_columns", _declaration),
    CONFIG: ("options", "fact_columns", lambda fact: member(*fact)),
    MODULES: ("modules", "fact_columns", lambda fact: member(*fact)),
}


class StoredSets:
    """The sets of one kind as rows: lines of the dictionary by id, and their order, so that no set is sorted."""

    def __init__(self, of: str) -> None:
        dictionary, self._columns, line = _STORED[of]
        found = {row_id: line(tuple(row)) for row_id, *row in _stream(dictionary)}
        size = max(found, default=0) + 1
        self._of = of
        self._lines: npt.NDArray[np.object_] = np.empty(size, dtype=object)
        self._place: npt.NDArray[np.int32] = np.zeros(size, dtype=np.int32)
        for place, row_id in enumerate(sorted(found, key=found.__getitem__)):
            self._lines[row_id] = found[row_id]
            self._place[row_id] = place

    def row(self, set_id: int, digest: bytes) -> SetRow:
        """The set of that id; raises BadFormat where it is damaged."""
        ((covers, packed, crc),) = _at_once(self._columns, id=set_id)
        stored, of = unpack(covers, packed, crc), self._of
        if not (np.diff(stored.ids, prepend=np.int32(0)) > 0).all():
            raise BadFormat(f"{of} {digest.hex()}: its ids do not ascend")
        if stored.ids.size and stored.ids[-1] >= self._lines.size:
            raise BadFormat(f"{of} {digest.hex()}: a member that is in no dictionary")
        order = np.argsort(self._place[stored.ids])
        keys = self._lines[stored.ids[order]].tolist()
        if None in keys:
            raise BadFormat(f"{of} {digest.hex()}: a member that is in no dictionary")
        return SetRow(of, digest, covers, dict(zip(keys, _texts(stored, order), strict=True)))


def _texts(stored: ExportSet, order: npt.NDArray[np.intp]) -> list[bytes]:
    if stored.crcs is None:
        return [b""] * stored.ids.size
    return [b"%d" % crc if crc else b"" for crc in stored.crcs[order].tolist()]


def _stream(query: str, **parameters: Any) -> Iterator[tuple[Any, ...]]:
    connection.ensure_connection()
    with connection.wrap_database_errors, psycopg.ServerCursor(connection.connection, query) as cursor:
        cursor.itersize = AT_ONCE
        cursor.execute(SQL[query], parameters)
        yield from cursor


def _at_once(query: str, **parameters: Any) -> list[tuple[Any, ...]]:
    with connection.wrap_database_errors, psycopg.Cursor(connection.connection) as cursor:
        return cursor.execute(SQL[query], parameters, binary=True).fetchall()
