# SPDX-License-Identifier: GPL-2.0-or-later
"""Uploads that are known, by what changelogs tell, between two that have builds on record."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Mapping, Sequence

from abidb.lifecycle import DebianRelease, aimed
from abidb.queries.rows import rows
from abidb.versions import line

Keys = Mapping[str, Sequence[str]]  #: version keys of the uploads that were aimed at a release line, ascending


def aimed_uploads() -> Keys:
    """Every upload that a changelog tells of, by the lines at which it was aimed."""
    releases = [DebianRelease(*row[:-1]) for row in rows("releases")]
    keys: dict[str, list[str]] = defaultdict(list)
    for source, distribution, day, found in rows("aimed_uploads"):
        for name in {line(suite, source) for suite in aimed(distribution, day, releases)}:
            keys[name] += found
    return {name: sorted(found) for name, found in keys.items()}


def between(keys: Keys, name: str, old: str, new: str) -> int:
    """How many uploads of a line have a version key between two."""
    found = keys.get(name, ())
    return max(bisect_left(found, new) - bisect_right(found, old), 0)
