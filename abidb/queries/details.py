# SPDX-License-Identifier: GPL-2.0-or-later
"""What a page tells of one thing: the configuration of a build, the age of the suites."""

from __future__ import annotations

from abidb.answers import ReleaseAge
from abidb.exportset import unpack
from abidb.queries.configs import options
from abidb.queries.rows import rows


def config(build_id: int) -> tuple[tuple[str, str], ...]:
    """Options that a build's configuration sets, with their values, by name; none where it is not known."""
    for (members,) in rows("config_set", build=build_id):
        return tuple(sorted(options(unpack("all", bytes(members), None).ids).items()))
    return ()


def release_ages() -> tuple[ReleaseAge, ...]:
    """The Release files that the record keeps, without their text, by suite."""
    return tuple(ReleaseAge(*row) for row in rows("release_ages"))
