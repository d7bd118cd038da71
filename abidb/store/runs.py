# SPDX-License-Identifier: GPL-2.0-or-later
"""Accounts of syncs, and the switch that stops the workers."""

from __future__ import annotations

from django.db import transaction

from abidb.errors import Unavailable
from abidb.store.rows import run, value


@transaction.atomic
def start_run() -> int:
    """Begin a sync's account; one that was interrupted is closed. Raises Unavailable while another sync runs."""
    if not value("lock_runs"):
        raise Unavailable("another sync is running on this record")
    run("abandon_runs")
    return int(value("start_run"))


@transaction.atomic
def step_run(number: int, *, total: int, done: int, failed: int, current: str) -> None:
    """Say how far a sync is."""
    run("step_run", run=number, total=total, done=done, failed=failed, current=current)


@transaction.atomic
def finish_run(number: int) -> None:
    """Close a sync's account."""
    run("finish_run", run=number)
    run("unlock_runs")


@transaction.atomic
def add_problem(number: int, subject: str, reason: str) -> None:
    """Keep what a sync could not do."""
    run("add_problem", run=number, subject=subject, reason=reason)


@transaction.atomic
def pause(reason: str) -> None:
    """Let workers finish what they have and take no further job, until resume()."""
    run("raise_generation")
    run("put_switch", paused=True, reason=reason)


@transaction.atomic
def resume() -> None:
    """Let workers take jobs again."""
    run("raise_generation")
    run("put_switch", paused=False, reason="")
