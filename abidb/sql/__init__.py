# SPDX-License-Identifier: GPL-2.0-or-later
"""SQL in named blocks: a line `-- name --`, a line or more of what it answers, the query, up to the next name."""

from __future__ import annotations

import re
from pathlib import Path

_NAME = re.compile(r"^-- (?P<name>[a-z_]+) --$", re.MULTILINE)


def blocks(subject: str) -> dict[str, str]:
    """The queries of `subject`.sql beside this file, by name; raises ValueError where a name stands twice."""
    text = (Path(__file__).parent / f"{subject}.sql").read_text()
    _, *rest = _NAME.split(text)
    names, bodies = rest[::2], rest[1::2]
    if len(set(names)) != len(names):
        raise ValueError(f"{subject}.sql names a query twice")
    return dict(zip(names, map(str.strip, bodies), strict=True))
