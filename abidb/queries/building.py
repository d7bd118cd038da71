# SPDX-License-Identifier: GPL-2.0-or-later
"""How far the building of module packages is."""

from __future__ import annotations

from abidb.packageanswers import Building
from abidb.queries.rows import rows


def building() -> Building:
    """Attempts by what became of them, and the jobs that are to come."""
    found, jobs = rows("outcomes"), dict(rows("building_jobs"))
    return Building(
        outcomes=tuple((outcome, n) for outcome, n, _ in found),
        last=max((at for *_, at in found), default=None),
        waiting=jobs.get("todo", 0),
        doing=jobs.get("doing", 0),
        failed=sum(jobs.get(status, 0) for status in ("failed", "aborted", "cancelled")),
    )
