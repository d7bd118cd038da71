# SPDX-License-Identifier: GPL-2.0-or-later
"""Running the named queries of the store."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection

from abidb import sql

SQL = sql.blocks(
    *("store_sets", "store_builds", "store_uploads", "store_lanes", "store_archive", "store_runs", "store_load"),
    "store_outoftree",
)
MANY = 500  #: new rows of a dictionary after which the planner must look at it again


def run(query: str, /, **parameters: Any) -> int:
    """How many rows the query of that name wrote."""
    with connection.cursor() as cursor:
        cursor.execute(SQL[query], parameters)
        return int(cursor.rowcount)


def run_many(query: str, several: Iterable[dict[str, Any]], /) -> None:
    """Run the query of that name with each of these parameters; the server is not waited for in between."""
    with connection.cursor() as cursor:
        cursor.executemany(SQL[query], list(several))


def rows(query: str, /, **parameters: Any) -> list[tuple[Any, ...]]:
    """All rows that the query of that name answers."""
    with connection.cursor() as cursor:
        cursor.execute(SQL[query], parameters)
        return list(cursor.fetchall())


def row(query: str, /, **parameters: Any) -> tuple[Any, ...] | None:
    """The first of them."""
    return next(iter(rows(query, **parameters)), None)


def value(query: str, /, **parameters: Any) -> Any:
    """The first column of the first of them."""
    return rows(query, **parameters)[0][0]


def add(query: str, table: str, /, **parameters: Any) -> None:
    """Fill a dictionary; many new rows make the planner's idea of the table wrong by far until it is analysed."""
    if run(query, **parameters) > MANY:
        analyse(table)


def analyse(table: str) -> None:
    """Tell the planner what a table holds."""
    with connection.cursor() as cursor:
        cursor.execute(f"ANALYZE {table}")


def send(query: str, table: str, incoming: Iterable[Sequence[Any]]) -> None:
    """Make the temporary `table` anew with the query of that name, and fill it."""
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE IF EXISTS {table}")
        cursor.execute(SQL[query])
        with cursor.copy(f"COPY {table} FROM STDIN") as copy:
            for one in incoming:
                copy.write_row(one)
        cursor.execute(f"ANALYZE {table}")


def columns(records: Iterable[Sequence[Any]], names: Sequence[str]) -> dict[str, list[Any]]:
    """Rows turned into named columns, as the unnest() of a query takes them."""
    turned = list(zip(*records, strict=True)) or [()] * len(names)
    return {name: list(column) for name, column in zip(names, turned, strict=True)}
