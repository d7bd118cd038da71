# SPDX-License-Identifier: GPL-2.0-or-later
"""What changed between two builds, of the record or not."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from abidb import compat
from abidb.answers import BuildRef, Diff
from abidb.changes import RANK, Group, Listing, Wanted, groups, listing, page
from abidb.comparison import compare
from abidb.compat import Change, Counts, outcome
from abidb.queries.builds import all_exports, build_by_id
from abidb.queries.rows import rows
from abidb.records import VMLINUX, Export

ALL = Wanted()


@dataclass(frozen=True, slots=True)
class Sides:
    """Two builds and the vermagic of their modules."""

    old: BuildRef
    new: BuildRef
    old_magic: str
    new_magic: str


@dataclass(frozen=True, slots=True, eq=False)
class Compared:
    """Two builds of the record: what changed, before any change is made a record."""

    diff: Diff  #: without changes; its total are those that fit
    listing: Listing  #: for abidb.changes

    def page(self, *, after: str = "", limit: int | None = None) -> tuple[Diff, str | None]:
        """With the changes behind the place `after`; and the place from which the next page goes on."""
        changes, more = page(self.listing, after=after, limit=limit)
        return replace(self.diff, changes=changes), more

    @property
    def groups(self) -> tuple[Group, ...]:
        """Those that fit by module."""
        return groups(self.listing)


def compared(old: BuildRef, new: BuildRef, wanted: Wanted = ALL) -> Compared:
    """Compare two builds of the record."""
    (old_set, old_magic), (new_set, new_magic) = _sets_and_magics(old.id, new.id)
    found = compare(old_set, new_set)
    listed = listing(found, wanted)
    told = _diff(Sides(old, new, old_magic, new_magic), found.counts, found.scope, (), listed.total)
    return Compared(told, listed)


def diff(
    old_id: int,
    new_id: int,
    *,
    kinds: Sequence[str] = (),
    text: str = "",
    module: str = "",
    after: str = "",
    limit: int | None = 200,
) -> Diff:
    """Compare two builds of the record; raises UnknownName.

    `changes` holds `limit` of those that fit the filter, behind the place `after` (abidb.changes.place): the ones that
    break first, then by symbol.
    """
    wanted = Wanted(kinds=tuple(kinds), text=text, module=module)
    found = compared(build_by_id(old_id), build_by_id(new_id), wanted)
    return found.page(after=after, limit=limit)[0]


def diff_with_exports(old_id: int, new: BuildRef, exports: Iterable[Export], vermagic: str) -> Diff:
    """Compare a build of the record with one that is not in it; raises UnknownName. All changes are given."""
    old = build_by_id(old_id)
    ((_, old_magic),) = _sets_and_magics(old_id)
    scope = "all" if old.covers == new.covers == "all" else VMLINUX
    before, after = compat.in_scope(all_exports(old_id), exports, scope)
    found = compat.compared(before, after, new_partial=new.covers == VMLINUX)
    measurable = all(any(e.crc is not None for e in side) for side in (before, after))
    changes = tuple(sorted(found.changes, key=_order))
    counts = compat.count(found, measurable=measurable)
    return _diff(Sides(old, new, old_magic, vermagic), counts, scope, changes, len(changes))


def _diff(sides: Sides, counts: Counts, scope: str, changes: tuple[Change, ...], total: int) -> Diff:
    flags = [compat.magic_flags(magic) for magic in (sides.old_magic, sides.new_magic)]
    differ = all(flags) and flags[0] != flags[1]
    return Diff(
        old=sides.old,
        new=sides.new,
        counts=counts,
        scope=scope,
        outcome=outcome(counts, scope=scope, flags_differ=differ),
        old_vermagic=sides.old_magic,
        new_vermagic=sides.new_magic,
        flags_differ=differ,
        changes=changes,
        total=total,
    )


def _sets_and_magics(*ids: int) -> list[tuple[int, str]]:
    """The export set and the vermagic of each of these builds."""
    found = {build: (export_set, magic) for build, export_set, magic in rows("sets_and_magics", builds=list(ids))}
    return [found[build] for build in ids]


def _order(change: Change) -> tuple[int, str, str]:
    export = change.old or change.new
    return RANK[change.kinds[0]], change.symbol, export.module if export else ""
