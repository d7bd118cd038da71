# SPDX-License-Identifier: GPL-2.0-or-later
"""Loading many builds at once: what another installation exported, or a simulated history.

What can be computed is: version keys, ABI names, whether a build is set apart, lanes, comparisons of neighbours.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import astuple, dataclass, field
from itertools import groupby
from typing import Any

from django.db import connection, transaction

from abidb.outoftree import Attempt, BuiltModule
from abidb.packagerows import ScanRow
from abidb.store import load_outoftree
from abidb.store.lanes import enter_lanes
from abidb.store.load_builds import decide, put_builds, put_uploads
from abidb.store.load_sets import Loading, put_sets
from abidb.store.places import add_listings
from abidb.store.rows import run, send
from abidb.transfer.content import BuildRow, ListingRow, ReleaseRow, Row, SeenRow, SetRow, UploadRow

AT_ONCE = 5000  #: rows of one kind
BUILDS_AT_ONCE = 50  #: with their sets, about 4 MB each; or attempts with their modules
HEAVY = (BuildRow, Attempt, ScanRow)
MEMORY = 128 << 20  #: bytes of rows that are written together, about


@dataclass(slots=True)
class Loaded:
    """What became of the builds of a load: numbers, and the ids of those that are now as they were told."""

    new: int = 0
    better: int = 0
    same: int = 0
    lesser: int = 0  #: the record has a better one
    attempts: Counter[str] = field(default_factory=Counter)  #: at packages: how many are new, better, known or kept
    builds: list[int] = field(default_factory=list, repr=False)


@transaction.atomic
def merge(rows: Iterable[Row]) -> Loaded:
    """Take what an export holds into the record, which may hold something already. All of it is taken, or nothing.

    Raises Conflict where nothing tells which of two contents of a build is the better, and what reading `rows` raises.
    """
    run("lock_dictionaries")
    run("raise_generation")
    loaded = load(rows)
    enter_lanes()
    return loaded


def load(rows: Iterable[Row], loading: Loading | None = None) -> Loaded:
    """The rows alone, in the order of an export: who calls this enters the builds into lanes.

    `loading` keeps what is known of the record from one load to the next of the same process.
    """
    loading, loaded = loading or Loading(), Loaded()
    send("incoming_seen", "incoming_seen", [])
    load_outoftree.begin()
    for kind, several in _batches(rows):
        if kind in load_outoftree.PUT:
            load_outoftree.PUT[kind](several, loaded.attempts)
        elif kind is ReleaseRow:
            _put_releases(several)
        elif kind is ListingRow:
            add_listings((row.sha256, row.listing) for row in several)
        elif kind is SeenRow:
            _keep_seen(several)
        elif kind is UploadRow:
            put_uploads(several)
        else:
            _put_builds(loading, loaded, several)
    run("load_seen", builds=loaded.builds)
    load_outoftree.end()
    return loaded


def _batches(rows: Iterable[Row]) -> Iterator[tuple[type, list[Any]]]:
    """Rows of one kind, or some builds with their sets, at a time."""
    for kind, group in groupby(rows, key=lambda row: BuildRow if isinstance(row, SetRow) else type(row)):
        batch: list[Row] = []
        size = memory = 0
        for row in group:
            batch.append(row)
            size += kind is not BuildRow or isinstance(row, BuildRow)
            memory += _bytes(row)
            if size >= (BUILDS_AT_ONCE if kind in HEAVY else AT_ONCE) or memory >= MEMORY:
                yield kind, batch
                batch, size, memory = [], 0, 0
        if batch:
            yield kind, batch


def _bytes(row: Row) -> int:
    """What a row takes in memory, about: honest ones have few parts, but they need not."""
    if isinstance(row, SetRow):
        return sum(map(len, row.members)) + 100 * len(row.members)
    if isinstance(row, UploadRow):
        return 1000 + 500 * len(row.facts)
    if isinstance(row, Attempt):
        return 2000 + sum(2000 + 300 * _parts(module) for module in row.modules)
    if isinstance(row, ScanRow):
        return 1000 + 300 * len(row.uses)
    if isinstance(row, BuildRow):
        return 2000 + 200 * (len(row.mismatches) + len(row.symvers_differing) + len(row.debs))
    return 1000


def _parts(module: BuiltModule) -> int:
    return len(module.uses) + len(module.exports) + len(module.siblings)


def _put_releases(rows: Iterable[ReleaseRow]) -> None:
    """Dates of releases; what the record has stays, it may be newer."""
    for row in rows:
        release = row.release
        run(
            "load_release",
            codename=release.codename,
            version=release.version,
            alias=row.alias,
            created=release.created,
            released=release.released,
            eol=release.eol,
            eol_lts=release.eol_lts,
        )


def _keep_seen(rows: Iterable[SeenRow]) -> None:
    """Until the builds are there."""
    with connection.cursor() as cursor, cursor.copy("COPY incoming_seen FROM STDIN") as copy:
        for row in rows:
            copy.write_row((*astuple(row.key), row.suite, row.first, row.last))


def _put_builds(loading: Loading, loaded: Loaded, batch: list[Row]) -> None:
    put_sets(loading, (row for row in batch if isinstance(row, SetRow)))
    decided = decide(loading, [row for row in batch if isinstance(row, BuildRow)])
    loaded.builds += put_builds(loading, decided)
    loaded.new += len(decided.new)
    loaded.better += len(decided.better)
    loaded.same += len(decided.same)
    loaded.lesser += decided.lesser
