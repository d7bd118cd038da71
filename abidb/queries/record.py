# SPDX-License-Identifier: GPL-2.0-or-later
"""The record as a whole: its size, its age, the sync that fills it."""

from __future__ import annotations

from abidb.answers import RunState, Status
from abidb.queries.rows import rows
from abidb.queries.wholerecord import of_whole_record

LAST_PROBLEMS = 20


def run_state() -> RunState | None:
    """The newest sync, None where there never was one."""
    for run, started, updated, finished, total, done, failed, current in rows("run"):
        problems = tuple((subject, reason) for subject, reason in rows("problems", run=run, limit=LAST_PROBLEMS))
        return RunState(started, updated, finished, total, done, failed, current, problems)
    return None


def status() -> Status:
    """How much the record holds, counted once for each state of it."""
    return Status(*of_whole_record("status", lambda: rows("status")[0]))
