# SPDX-License-Identifier: GPL-2.0-or-later
"""What an export holds of out-of-tree modules, in its order; a few attempts with their modules are in memory at a time.

To be read within abidb.queries.content.one_moment(). Logs stay where they were made.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from urllib.parse import urlsplit

from abidb.outoftree import Attempt, BuiltModule, DkmsPackage, PackageKey
from abidb.packagerows import AttemptRow, ScanRow
from abidb.queries import dkms
from abidb.queries.dkms import dkms_attempts, dkms_packages, load_results, modules_of, popcon, rebuilds
from abidb.queries.rows import rows
from abidb.transfer.content import OutOfTreeRow, PackageSeenRow
from abidb.transfer.outoftree import PLACE, place

AT_ONCE = 50  #: attempts


def sightings() -> Iterator[OutOfTreeRow]:
    """Where packages are listed, and how many systems report them."""
    seen = (PackageSeenRow(PackageKey(*row[:3]), *row[3:]) for row in rows("dkms_listing_rows"))
    yield from sorted(seen, key=place)
    yield from sorted(popcon(), key=place)


def sightings_on_any_mirror() -> Iterator[OutOfTreeRow]:
    """The same for a file that anybody may get: archives by their path on a mirror, not by whose mirror it is."""
    seen: dict[object, OutOfTreeRow] = {}
    for row in sightings():
        named = replace(row, root=urlsplit(row.root).path.strip("/")) if isinstance(row, PackageSeenRow) else row
        seen[place(named)] = named
    yield from sorted(seen.values(), key=place)


def content() -> Iterator[OutOfTreeRow]:
    """Packages, attempts, comparisons, answers of kernels, scans. Raises BadFormat where a stored set is damaged."""
    yield from packages()
    yield from attempts()
    yield from results()
    yield from scans()


def packages() -> Iterator[DkmsPackage]:
    """All packages, without where they are listed."""
    yield from sorted((replace(row.package, listings=()) for row in dkms_packages()), key=place)


def results() -> Iterator[OutOfTreeRow]:
    """Comparisons and answers of kernels."""
    yield from sorted(rebuilds(), key=place)
    yield from sorted(load_results(), key=place)


def scans() -> Iterator[ScanRow]:
    """What sources seem to use."""
    yield from sorted(dkms.scans(), key=place)


def attempts() -> Iterator[Attempt]:
    """All attempts with their modules."""
    found = sorted(dkms_attempts(), key=lambda row: PLACE[Attempt](_attempt(row, ())))
    for start in range(0, len(found), AT_ONCE):
        yield from with_modules(found[start : start + AT_ONCE])


def with_modules(found: Sequence[AttemptRow]) -> Iterator[Attempt]:
    """These attempts with their modules, in order of names."""
    modules: dict[int, list[BuiltModule]] = defaultdict(list)
    for row in modules_of([row.id for row in found]):
        modules[row.attempt_id].append(row.module)
    for one in found:
        yield _attempt(one, sorted(modules[one.id], key=lambda module: (module.name, module.sha256)))


def _attempt(row: AttemptRow, modules: Sequence[BuiltModule]) -> Attempt:
    return Attempt(
        package=row.key,
        target=row.target,
        headers=row.headers,
        root=row.root,
        outcome=row.outcome,
        reason=row.reason,
        modules=tuple(modules),
        missing=row.missing,
        log="",
        tools=row.tools,
        seconds=row.seconds,
        at=row.at,
        builder=row.builder,
    )
