# SPDX-License-Identifier: GPL-2.0-or-later
"""How a command that failed says so."""

from __future__ import annotations

from django import db
from psycopg.errors import UndefinedTable

from abidb.errors import AbidbError, UnknownName


def said(error: Exception) -> str | None:
    """What a person at a terminal needs to know of an error; None for one that nobody foresaw."""
    if isinstance(error, UnknownName):
        return error.listing()
    if isinstance(error, (AbidbError, OSError)):
        return str(error)
    if isinstance(error.__cause__, UndefinedTable):
        return "the record has no tables yet; `manage.py sync` and `manage.py ingest` make them"
    if isinstance(error, db.Error):
        return f"the database does not answer as it should: {error}".strip()
    return None
