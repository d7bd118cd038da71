# SPDX-License-Identifier: GPL-2.0-or-later
"""What the changelogs say between two builds."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from abidb.answers import BuildRef
from abidb.changelog import Between, Entry, Fixes, Way
from abidb.queries.rows import rows
from abidb.versions import version_key

LOOKED_AT = 400  #: uploads; no release line has as many
SHOWN = 20  #: uploads that are told of
FIRST = 8  #: CVEs and bugs of each that are named
_REBUILD = re.compile(r"~(?:bpo|deb)\d+")


def changelog(old: BuildRef, new: BuildRef) -> Between:
    """The uploads of their source from one build to the other; none where no one changelog leads there."""
    way = _way(old, new)
    if way not in (Way.FORWARD, Way.BACK):
        return Between(way)
    older, newer = sorted((old, new), key=lambda ref: version_key(ref.version))
    keys = {"above": version_key(older.version), "upto": version_key(newer.version)}
    found = rows("uploads_between", source=new.source, limit=LOOKED_AT, **keys)
    kept = [row for row in found if _rebuilt_for(row[1]) == _rebuilt_for(newer.version)]
    totals = dict(rows("fixes_of_all", uploads=[row[0] for row in kept]))
    entries = _entries(new.source, kept[:SHOWN])
    return Between(way, entries, len(kept), totals.get("cve", 0), totals.get("bug", 0))


def _way(old: BuildRef, new: BuildRef) -> Way:
    if old.source != new.source:
        return Way.SOURCES
    if old.version == new.version:
        return Way.SAME
    lines = [{row[0] for row in rows("lanes_of_build", build=ref.id)} for ref in (old, new)]
    if not lines[0] & lines[1]:
        return Way.BRANCHES
    return Way.FORWARD if version_key(old.version) < version_key(new.version) else Way.BACK


def _rebuilt_for(version: str) -> str:
    """The mark of a rebuild for an older release, whose changelog repeats that of what was rebuilt."""
    found = _REBUILD.search(version)
    return found[0] if found else ""


def _entries(source: str, found: Sequence[tuple[Any, ...]]) -> tuple[Entry, ...]:
    fixes = {
        (upload, kind): Fixes(tuple(first), n)
        for upload, kind, n, first in rows("first_fixes", uploads=[row[0] for row in found], most=FIRST)
    }
    return tuple(
        Entry(source, version, date, aimed, fixes.get((upload, "cve"), Fixes()), fixes.get((upload, "bug"), Fixes()))
        for upload, version, date, aimed in found
    )
