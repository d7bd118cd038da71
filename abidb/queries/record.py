# SPDX-License-Identifier: GPL-2.0-or-later
"""The record as a whole: its size, its age, the sync that fills it."""

from __future__ import annotations

from abidb.answers import RunState, Status
from abidb.comparison import exports_of_set
from abidb.errors import BadFormat
from abidb.exportset import digest
from abidb.queries.rows import rows

LAST_PROBLEMS = 20


def run_state() -> RunState | None:
    """The newest sync, None where there never was one."""
    for run, started, updated, finished, total, done, failed, current in rows("run"):
        problems = tuple((subject, reason) for subject, reason in rows("problems", run=run, limit=LAST_PROBLEMS))
        return RunState(started, updated, finished, total, done, failed, current, problems)
    return None


def status() -> Status:
    """How much the record holds."""
    (row,) = rows("status")
    return Status(*row)


def damaged_sets() -> tuple[str, ...]:
    """What is wrong with the record's export sets, a line each; every one is decoded and its digest made anew."""
    return tuple(said for set_id, covers, stored in rows("set_digests") if (said := _damage(set_id, covers, stored)))


def _damage(set_id: int, covers: str, stored: bytes) -> str:
    try:
        found = digest(exports_of_set(set_id), covers)
    except (BadFormat, KeyError) as error:
        return f"export set {set_id}: {error}"
    return "" if found == bytes(stored) else f"export set {set_id}: its exports are not those of its digest"
