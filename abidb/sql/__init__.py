# SPDX-License-Identifier: GPL-2.0-or-later
"""SQL in named blocks: a line `-- name --`, a line or more of what it answers, the query, up to the next name."""

from __future__ import annotations

import re
from pathlib import Path

_NAME = re.compile(r"^-- (?P<name>[a-z_]+) --$", re.MULTILINE)


def blocks(*subjects: str) -> dict[str, str]:
    """The queries of the files `subject`.sql beside this one, by name; raises ValueError where a name stands twice."""
    named: list[str] = []
    bodies: list[str] = []
    for subject in subjects:
        _, *rest = _NAME.split((Path(__file__).parent / f"{subject}.sql").read_text())
        named += rest[::2]
        bodies += rest[1::2]
    if len(set(named)) != len(named):
        raise ValueError(f"{', '.join(subjects)}: a query is named twice")
    return dict(zip(named, map(str.strip, bodies), strict=True))
