# SPDX-License-Identifier: GPL-2.0-or-later
"""Running the named queries of queries_*.sql."""

from __future__ import annotations

from typing import Any

from django.db import connection

from abidb import sql
from abidb.answers import BuildRef

SUBJECTS = (
    *(
        "archive",
        "building",
        "builds",
        "churn",
        "details",
        "dkms",
        "finding",
        "inuse",
        "lanes",
        "list",
        "modules",
        "names",
    ),
    *("news", "overview", "record", "symbols", "uploads"),
)
SQL = sql.blocks(*(f"queries_{each}" for each in SUBJECTS))
#: Columns of a query that start with a build are, in this order, the fields of BuildRef.
REF = len(BuildRef.__slots__)


def rows(query: str, /, **parameters: Any) -> list[tuple[Any, ...]]:
    """All rows of the query of that name; a parameter that is not given is NULL."""
    with connection.cursor() as cursor:
        cursor.execute(SQL[query], parameters)
        return list(cursor.fetchall())
