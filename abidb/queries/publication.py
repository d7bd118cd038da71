# SPDX-License-Identifier: GPL-2.0-or-later
"""What is published of the record, a row or a set at a time; to be read within abidb.queries.content.one_moment()."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import psycopg
from django.db import connection

from abidb import sql
from abidb.answers import LaneName
from abidb.exportset import ExportSet, unpack
from abidb.transfer.content import CONFIG, EXPORTS, MODULES

SQL = sql.blocks("publication", "content")
AT_ONCE = 5_000  #: rows that the server hands over at a time
#: Of each kind of sets the query of its dictionary and that of a set's columns.
_STORED = {
    EXPORTS: ("declarations", "export_columns"),
    CONFIG: ("options", "fact_columns"),
    MODULES: ("modules", "fact_columns"),
}


@dataclass(frozen=True, slots=True)
class LaneMember:
    """A good build of a lane, with its sets by kind; None where it has none."""

    source: str
    version: str
    kernel_release: str
    sets: dict[str, int | None]


def covers() -> dict[bytes, str]:
    """What each export set covers, by its digest."""
    return {bytes(digest): what for digest, what in _stream("covers")}


def lane_members() -> Iterator[tuple[LaneName, list[LaneMember]]]:
    """The good builds of each lane, oldest first."""
    for name, found in groupby(_stream("lane_members"), key=lambda row: row[:3]):
        yield LaneName(*name), [_member(*row[3:]) for row in found]


def _member(source: str, version: str, kernel_release: str, *sets: int | None) -> LaneMember:
    return LaneMember(source, version, kernel_release, dict(zip(_STORED, sets, strict=True)))


def dictionary(of: str) -> Iterator[tuple[Any, ...]]:
    """Id and texts of all members that sets of a kind may have."""
    yield from _stream(_STORED[of][0])


def stored_set(of: str, set_id: int) -> ExportSet:
    """A set of that kind; raises BadFormat where it is damaged."""
    with connection.wrap_database_errors, psycopg.Cursor(connection.connection) as cursor:
        ((covers, packed, crc),) = cursor.execute(SQL[_STORED[of][1]], {"id": set_id}, binary=True).fetchall()
    return unpack(covers, packed, crc)


def _stream(query: str) -> Iterator[tuple[Any, ...]]:
    connection.ensure_connection()
    with connection.wrap_database_errors, psycopg.ServerCursor(connection.connection, f"all_{query}") as cursor:
        cursor.itersize = AT_ONCE
        cursor.execute(SQL[query])
        yield from cursor
