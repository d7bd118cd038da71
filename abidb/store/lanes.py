# SPDX-License-Identifier: GPL-2.0-or-later
"""Lanes follow from facts: where a build was aimed, which suites held it, when releases came out.

They are made to fit whenever such a fact changes. Neighbours in a lane have their comparison remembered.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable
from dataclasses import asdict

from django.db import connection

from abidb import exportset, versions
from abidb.comparison import broken, compare, forget
from abidb.lifecycle import DebianRelease, aimed, starts
from abidb.store.rows import columns, rows, run, send

_last: dict[str, object] = {}  # the connection through which sets were last read
_PLACE = ("suites", "sources", "since", "lines", "codenames")


def enter_lanes(builds: Collection[int] | None = None, *, uploads: Collection[int] = ()) -> None:
    """Put these builds and those of these uploads, or all, into the lanes that they belong to, take them out of
    others, and compare what has become neighbours.
    """
    scope = None if builds is None else [*builds, *(found[0] for found in rows("builds_of", uploads=list(uploads)))]
    _wanted(scope)
    run("add_lanes")
    touched = {lane for (lane,) in [*rows("join_lanes"), *rows("leave_lanes", builds=scope)]}
    touched |= {lane for (lane,) in rows("lanes_of", builds=scope or [])}
    remember_neighbours(touched)


def _wanted(scope: list[int] | None) -> None:
    """Fill the temporary table of the lanes that builds belong to."""
    releases = [DebianRelease(*row) for row in rows("known_releases")]
    today = dt.datetime.now(dt.UTC).date()
    places = [
        (suite, source, starts(suite, releases, today), versions.line(suite, source), versions.codename(suite))
        for suite, source in rows("places", builds=scope)
    ]
    send("incoming_wanted", "wanted_lane", [])
    run("want_places", builds=scope, **columns(places, _PLACE))
    run("want_aims", builds=scope, **columns(_aims(scope, releases, today), ("uploads", "lines", "codenames")))


def _aims(scope: list[int] | None, releases: Collection[DebianRelease], today: dt.date) -> list[tuple[int, str, str]]:
    """The lines that uploads were aimed at. What was aimed at a release before it came out is testing's no more."""
    found = []
    for upload, source, distribution, date in rows("aims", builds=scope):
        for suite in aimed(distribution, date.date() if date else None, releases):
            since = starts(suite, releases, today)
            if since is None or (date and date.date() >= since):
                found.append((upload, versions.line(suite, source), versions.codename(suite)))
    return found


def remember_neighbours(lanes: Iterable[int] | None = None) -> None:
    """Compare what are neighbours in these lanes, or in all, as far as it was not done before."""
    _forget_what_may_be_lost()
    for old, new in rows("missing_memos", lanes=None if lanes is None else sorted(lanes)):
        found = compare(old, new)
        packed, _ = exportset.pack(ids := broken(found).tolist(), [None] * len(ids))
        run("add_memo", old=old, new=new, broken=packed, **asdict(found.counts))


def _forget_what_may_be_lost() -> None:
    """On a new connection drop the sets that this process keeps.

    The old one may have ended with the server. What it had not committed is gone then, and its ids are given again.
    """
    if _last.get("connection") is not connection.connection:
        forget()
        _last["connection"] = connection.connection
