# SPDX-License-Identifier: GPL-2.0-or-later
"""Which version of a package the users of a kernel had."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from abidb import versions
from abidb.packageanswers import VersionSeen
from abidb.queries.stock import Stock

_OWN = ("", "-security", "-updates")


@dataclass(frozen=True, slots=True)
class Present:
    """The version that a suite of a release had at some time."""

    seen: VersionSeen
    assumed: bool  #: that is not known: the newest known one of the release


def suites_of(release: str, line: str) -> tuple[str, ...]:
    """The suites whose packages users of a line have: the release's own, and its backports with those kernels."""
    own = tuple(f"{release}{pocket}" for pocket in _OWN)
    return (*own, line) if line.endswith(("-backports", "-backports-sloppy")) else own


def releases_of(seen: VersionSeen) -> tuple[str, ...]:
    """The releases, backports not among them, that have or had the version."""
    names = (suite for suite, _, _ in seen.suites if "-backports" not in suite and "-proposed-updates" not in suite)
    return tuple(dict.fromkeys(versions.codename(name) for name in names))


def in_release(stock: Stock, package: str, suites: Sequence[str]) -> tuple[VersionSeen, ...]:
    """The versions of a package that any of these suites has or had, oldest first."""
    wanted = set(suites)
    return tuple(v for v in stock.by_package.get(package, ()) if any(suite in wanted for suite, _, _ in v.suites))


def at_time(
    stock: Stock, found: Sequence[VersionSeen], suites: Sequence[str], when: dt.datetime | None
) -> Present | None:
    """The newest version that the suites held at a time; where none is known to have been there, the newest known."""
    if not found:
        return None
    there = next((seen for seen in reversed(found) if was_there(stock, seen, suites, when)), None)
    return Present(there or found[-1], there is None)


def was_there(stock: Stock, seen: VersionSeen, suites: Sequence[str], when: dt.datetime | None) -> bool:
    """Whether one of the suites is known to have held a version at a time: between the first and the last Release file
    that did, or since the first where that last one is the newest that was read.
    """
    return when is not None and any(
        suite in suites and first <= when and (when <= last or last >= stock.newest[suite])
        for suite, first, last in seen.suites
    )
