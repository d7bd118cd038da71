# SPDX-License-Identifier: GPL-2.0-or-later
"""What another installation knows of out-of-tree modules, by the rules that hold for one's own: the better attempt, the
later answer stays. Of attempts that are as good and came out otherwise one's own stays and is counted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import astuple, replace
from typing import Any

from django.db import connection

from abidb.errors import Conflict
from abidb.outoftree import HARNESS, NO_DEPENDENCY, Attempt, BuiltModule, DkmsPackage, LoadResult, Rebuild
from abidb.packagerows import PopconRow, ScanRow
from abidb.queries.dkms import modules_of
from abidb.rank import attempt_rank
from abidb.store.imports import symbol_ids
from abidb.store.outoftree import KNOWN, add_scan, put_attempt, put_load_result, put_rebuild, rank, symbols_of
from abidb.store.packages import add_packages, add_popcon
from abidb.store.rows import rows, run, send
from abidb.transfer.content import PackageSeenRow

KEPT = "kept"  #: what became of an attempt that is no better than the record's and came out otherwise


def begin() -> None:
    """Make room for where packages were listed, until the packages are there."""
    send("incoming_dkms_listings", "incoming_dkms_listing", [])


def end() -> None:
    """Keep where packages of the record were listed."""
    run("add_dkms_listings")
    run("tell_dkms_listings")


def _listed(several: Sequence[PackageSeenRow], _done: Counter[str]) -> None:
    with connection.cursor() as cursor, cursor.copy("COPY incoming_dkms_listing FROM STDIN") as copy:
        for row in several:
            copy.write_row((*astuple(row.key), *astuple(row)[1:]))


def _popcon(several: Sequence[PopconRow], _done: Counter[str]) -> None:
    add_popcon((row.package, row.reporting, row.at) for row in several)


def _packages(several: Sequence[DkmsPackage], _done: Counter[str]) -> None:
    add_packages(several)
    for package, version, arch, own, other in rows("other_dkms_packages"):
        named = f"two contents of {package} {version} ({arch})"
        raise Conflict(f"{named}: this record has the deb {own}, the other {other}")


def _attempts(several: Sequence[Attempt], done: Counter[str]) -> None:
    ids = symbols_of(several)
    for attempt in several:
        stored, became = put_attempt(attempt, ids)
        done[KEPT if became == KNOWN and _differs(stored, attempt) else became] += 1


def _differs(stored: int, attempt: Attempt) -> bool:
    """Whether the record's attempt is as good and came out otherwise: tools change within a release, too."""
    ((outcome, builder, exact, missing),) = rows("dkms_build_merits", build=stored)
    if attempt.outcome in (HARNESS, NO_DEPENDENCY) or attempt_rank(outcome, builder, exact) != rank(attempt):
        return False
    own = (outcome, sorted(missing), _contents(row.module for row in modules_of([stored])))
    return own != (attempt.outcome, sorted(attempt.missing), _contents(attempt.modules))


def _contents(modules: Iterable[BuiltModule]) -> list[BuiltModule]:
    """What must be the same wherever it is built: a compiler puts paths and times into files."""
    same = (
        replace(one, sha256="", size=0, siblings=tuple(sorted(one.siblings)), exports=tuple(sorted(one.exports)))
        for one in modules
    )
    return sorted(same, key=lambda one: (one.name, repr(one.uses), one.exports))


def _rebuilds(several: Sequence[Rebuild], _done: Counter[str]) -> None:
    for rebuild in several:
        put_rebuild(rebuild)


def _loads(several: Sequence[LoadResult], _done: Counter[str]) -> None:
    for result in several:
        put_load_result(result)


def _scans(several: Sequence[ScanRow], _done: Counter[str]) -> None:
    ids = symbol_ids(use.symbol for scan in several for use in scan.uses)
    for scan in several:
        add_scan(scan.key, scan.target, scan.uses, ids)


#: What takes rows of a kind, and counts what became of attempts. A package comes before all that names it.
PUT: dict[type, Callable[[Sequence[Any], Counter[str]], None]] = {
    PackageSeenRow: _listed,
    PopconRow: _popcon,
    DkmsPackage: _packages,
    Attempt: _attempts,
    Rebuild: _rebuilds,
    LoadResult: _loads,
    ScanRow: _scans,
}
