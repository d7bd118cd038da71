# SPDX-License-Identifier: GPL-2.0-or-later
"""All builds, in pages."""

from __future__ import annotations

from abidb.answers import BuildRef
from abidb.queries.lanes import found_lanes
from abidb.queries.rows import rows
from abidb.versions import version_key


def build_list(
    *,
    line: str = "",
    arch: str = "",
    flavour: str = "",
    source: str = "",
    version: str = "",
    release: str = "",
    after: BuildRef | None = None,
    limit: int = 100,
) -> tuple[BuildRef, ...]:
    """Builds that fit all that is given, "" for any: newest version first, then by source, architecture and flavour.

    With `after` those behind that build. Also builds that were set apart, and such as are in no lane.
    """
    lanes = [one.id for one in found_lanes(line=line, arch=arch, flavour=flavour)] if line else None
    given = {"source": source, "version": version, "release": release, "arch": arch, "flavour": flavour}
    found = rows(
        "build_page", **{name: text or None for name, text in given.items()}, lanes=lanes, limit=limit, **_place(after)
    )
    return tuple(BuildRef(*row) for row in found)


def _place(after: BuildRef | None) -> dict[str, str | None]:
    if after is None:
        return dict.fromkeys(("key", "after_source", "after_arch", "after_flavour"))
    return {
        "key": version_key(after.version),
        "after_source": after.source,
        "after_arch": after.arch,
        "after_flavour": after.flavour,
    }
