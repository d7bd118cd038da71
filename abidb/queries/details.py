# SPDX-License-Identifier: GPL-2.0-or-later
"""What a page tells of one thing: the configuration of a build, the age of the suites."""

from __future__ import annotations

from typing import Any

from django.db import connection

from abidb import sql
from abidb.answers import ReleaseAge
from abidb.exportset import unpack

SQL = sql.blocks("queries_details")


def config(build_id: int) -> tuple[tuple[str, str], ...]:
    """Options that a build's configuration sets, with their values, by name; none where it is not known."""
    for (members,) in _rows("config_set", build=build_id):
        ids = unpack("all", bytes(members), None).ids.tolist()
        return tuple((name, value) for name, value in _rows("config_options", ids=ids))
    return ()


def release_ages() -> tuple[ReleaseAge, ...]:
    """The Release files that the record keeps, without their text, by suite."""
    return tuple(ReleaseAge(*row) for row in _rows("release_ages"))


def _rows(query: str, **parameters: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(SQL[query], parameters)
        return list(cursor.fetchall())
