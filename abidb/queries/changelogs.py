# SPDX-License-Identifier: GPL-2.0-or-later
"""What the changelogs say between two builds."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from abidb.answers import BuildRef
from abidb.changelog import Between, Entry, Fixes, Way
from abidb.queries.rows import rows
from abidb.versions import kernel_source, version_key

LOOKED_AT = 400  #: uploads; no release line has as many
SHOWN = 20  #: uploads that are told of
FIRST = 8  #: CVEs and bugs of each that are named
_REBUILD = re.compile(r"~(?:bpo|deb)\d+")
#: Of uploads of a source with such a mark, "" for none: the versions above which and up to which they count, as keys.
Bounds = dict[tuple[str, str], list[str]]


def changelog(old: BuildRef, new: BuildRef) -> Between:
    """The uploads of their source from one build to the other; none where no one changelog leads there."""
    way = _way(old, new)
    if way not in (Way.FORWARD, Way.BACK):
        return Between(way)
    older, newer = sorted((old, new), key=lambda ref: version_key(ref.version))
    kept = _between(older, newer)
    totals = dict(rows("fixes_of_all", uploads=[row[0] for row in kept]))
    return Between(way, _entries(kept[:SHOWN]), len(kept), totals.get("cve", 0), totals.get("bug", 0))


def _between(older: BuildRef, newer: BuildRef) -> list[tuple[Any, ...]]:
    """The uploads above one version up to another, newest first.

    A rebuild for an older release has an entry of its own on top of the changelog of what it rebuilds: both count.
    """
    originals = [_original(ref.version) for ref in (older, newer)]
    source = kernel_source(newer.source) or newer.source
    bounds = {
        (newer.source, _mark(newer.version)): [version_key(ref.version) for ref in (older, newer)],
        (source.partition("-")[0], ""): [version_key(version) for version in originals],
    }
    sources = sorted({each for each, _ in bounds})
    found = rows("uploads_between", sources=sources, limit=LOOKED_AT, above=_lowest(bounds), upto=_highest(bounds))
    return [row for row in found if _within(row, bounds)]


def _lowest(bounds: Bounds) -> str:
    return min(above for above, _ in bounds.values())


def _highest(bounds: Bounds) -> str:
    return max(upto for _, upto in bounds.values())


def _within(row: tuple[Any, ...], bounds: Bounds) -> bool:
    _, source, version, *_ = row
    above, upto = bounds.get((source, _mark(version)), ("", ""))
    return above < version_key(version) <= upto


def _way(old: BuildRef, new: BuildRef) -> Way:
    if old.source != new.source:
        return Way.SOURCES
    if old.version == new.version:
        return Way.SAME
    if not rows("lines_of_builds", builds=[old.id, new.id]):
        return Way.BRANCHES
    return Way.FORWARD if version_key(old.version) < version_key(new.version) else Way.BACK


def _original(version: str) -> str:
    """The version that one is a rebuild of, for an older release: 6.12.73-1 of 6.12.73-1~bpo12+1; else itself."""
    return _REBUILD.split(version)[0]


def _mark(version: str) -> str:
    """What a version says of the release that it is a rebuild for: ~bpo12; "" where it is none."""
    found = _REBUILD.search(version)
    return found[0] if found else ""


def _entries(found: Sequence[tuple[Any, ...]]) -> tuple[Entry, ...]:
    fixes = {
        (upload, kind): Fixes(tuple(first), n)
        for upload, kind, n, first in rows("first_fixes", uploads=[row[0] for row in found], most=FIRST)
    }
    return tuple(
        Entry(source, version, date, aimed, fixes.get((upload, "cve"), Fixes()), fixes.get((upload, "bug"), Fixes()))
        for upload, source, version, date, aimed in found
    )
