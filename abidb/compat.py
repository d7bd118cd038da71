# SPDX-License-Identifier: GPL-2.0-or-later
"""Break rules: what changed between two export sets, and whether a module built on the old one can notice.

They follow kernel/module/main.c: resolve_symbol() refuses a symbol that is not there, whose CRC differs
(check_version), that became GPL-only for a module of another license, or whose namespace the module does not import
(verify_namespace_is_imported); same_magic() compares vermagic, without its first word where there are CRCs.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import IntEnum

from abidb.records import VMLINUX, Export

REMOVED, ADDED, CRC_CHANGED, MOVED = "removed", "added", "crc_changed", "moved"
GPL_TIGHTENED, GPL_RELAXED, TYPE_CHANGED = "gpl_tightened", "gpl_relaxed", "type_changed"
NAMESPACE_CHANGED, NAMESPACE_DROPPED = "namespace_changed", "namespace_dropped"
#: All kinds of change, the ones that break modules first.
KINDS = (
    REMOVED,
    CRC_CHANGED,
    GPL_TIGHTENED,
    NAMESPACE_CHANGED,
    NAMESPACE_DROPPED,
    GPL_RELAXED,
    TYPE_CHANGED,
    MOVED,
    ADDED,
)
BREAKS = frozenset((REMOVED, CRC_CHANGED, GPL_TIGHTENED, NAMESPACE_CHANGED))


class Outcome(IntEnum):
    """What a comparison means for a module built on the old kernel; also the exit status of `manage.py diff`."""

    SAME = 0
    COMPATIBLE = 1
    BREAKS = 2
    UNKNOWN = 3


@dataclass(frozen=True, slots=True)
class Change:
    """One export that is not the same on both sides."""

    kinds: tuple[str, ...]
    old: Export | None
    new: Export | None
    untold: bool = False  #: gone from vmlinux, but perhaps only moved into a module that the archive has lost

    @property
    def symbol(self) -> str:
        return (self.old or self.new).symbol  # type: ignore[union-attr]  # one side is always there

    @property
    def breaks(self) -> bool:
        return not self.untold and not BREAKS.isdisjoint(self.kinds)


@dataclass(frozen=True, slots=True)
class Counts:
    """How many exports changed, by kind; a symbol may count in several."""

    added: int
    removed: int
    crc_changed: int | None  #: None: not measurable by CRC
    moved: int
    gpl_tightened: int
    namespace_changed: int
    common: int  #: exports that both sides have, changed or not
    gpl_relaxed: int = 0
    namespace_dropped: int = 0
    type_changed: int = 0
    crc_unknown: int = 0  #: of them, without a CRC on one side although the kernels have CRCs
    untold: int = 0  #: of the removed, those that may only have moved into a module that the archive has lost

    @property
    def breaking(self) -> int:
        """Changes that a module can notice, as far as they can be counted."""
        return self.removed - self.untold + (self.crc_changed or 0) + self.gpl_tightened + self.namespace_changed

    @property
    def compatible(self) -> int:
        return self.added + self.moved + self.gpl_relaxed + self.namespace_dropped + self.type_changed


def gpl_only(kind: str) -> bool:
    """Whether an export of this type is for GPL-compatible modules alone; _GPL_FUTURE only warned."""
    return kind.endswith("_GPL")


def pair_kinds(old: Export, new: Export) -> tuple[str, ...]:
    """Every way in which one symbol's export differs between two builds, in the order of KINDS."""
    found: list[str] = []
    if old.crc is not None and new.crc is not None and old.crc != new.crc:
        found.append(CRC_CHANGED)
    if old.kind != new.kind:
        tighter, was = gpl_only(new.kind), gpl_only(old.kind)
        found.append(TYPE_CHANGED if tighter == was else GPL_TIGHTENED if tighter else GPL_RELAXED)
    if old.namespace != new.namespace:
        found.append(NAMESPACE_CHANGED if new.namespace else NAMESPACE_DROPPED)
    if old.module != new.module:
        found.append(MOVED)
    return tuple(sorted(found, key=KINDS.index))


@dataclass(frozen=True, slots=True)
class Compared:
    """Two sides compared by name. `common` and `unknown` count exports, as Counts does."""

    changes: tuple[Change, ...]  #: in order of symbols
    common: int
    unknown: int  #: pairs without a CRC on one side


def compared(old: Iterable[Export], new: Iterable[Export], *, new_partial: bool = False) -> Compared:
    """Compare by symbol. A symbol exported by two modules is matched by module first, then in order of module names;
    as long as one exporter is left it is not removed. With `new_partial` what is gone may only have moved.
    """
    before, after = _by_symbol(old), _by_symbol(new)
    found: list[Change] = []
    common = unknown = 0
    for symbol in sorted(before.keys() | after.keys()):
        for a, b in _pairs(before.get(symbol, []), after.get(symbol, [])):
            if a and b:
                common += 1
                unknown += a.crc is None or b.crc is None
            kinds = _kinds(a, b, still_there=symbol in before and symbol in after)
            if kinds:
                found.append(Change(kinds, a, b, untold=new_partial and kinds == (REMOVED,)))
    return Compared(tuple(found), common, unknown)


def changes(old: Iterable[Export], new: Iterable[Export]) -> tuple[Change, ...]:
    """The changes alone."""
    return compared(old, new).changes


def _by_symbol(exports: Iterable[Export]) -> dict[str, list[Export]]:
    groups: dict[str, list[Export]] = defaultdict(list)
    for export in exports:
        groups[export.symbol].append(export)
    return groups


def _kinds(old: Export | None, new: Export | None, *, still_there: bool) -> tuple[str, ...]:
    if old and new:
        return pair_kinds(old, new)
    if still_there:
        return (MOVED,)  # by another module
    return (REMOVED,) if old else (ADDED,)


def _pairs(old: list[Export], new: list[Export]) -> Iterator[tuple[Export | None, Export | None]]:
    if len(old) <= 1 and len(new) <= 1:
        yield old[0] if old else None, new[0] if new else None
        return
    order = sorted(old, key=_place), sorted(new, key=_place)
    modules = {e.module for e in old} & {e.module for e in new}
    for module in sorted(modules):
        yield from zip(*[[e for e in side if e.module == module] for side in order], strict=False)
    left = [[e for e in side if e.module not in modules] for side in order]
    for position in range(max(map(len, left))):
        yield tuple(side[position] if position < len(side) else None for side in left)  # type: ignore[misc]


def _place(export: Export) -> tuple[str, str, str]:
    return export.module, export.kind, export.namespace


def count(found: Compared, *, measurable: bool, plain: int = 0, same: int = 0, unknown: int = 0) -> Counts:
    """Count changes by kind; `measurable` says that both sides have CRCs.

    Of exports that were compared elsewhere `plain` changed their CRC alone, `same` did not, `unknown` had none.
    """
    kinds: Counter[str] = Counter(kind for change in found.changes for kind in change.kinds)
    return Counts(
        added=kinds[ADDED],
        removed=kinds[REMOVED],
        crc_changed=kinds[CRC_CHANGED] + plain if measurable else None,
        moved=kinds[MOVED],
        gpl_tightened=kinds[GPL_TIGHTENED],
        namespace_changed=kinds[NAMESPACE_CHANGED],
        common=found.common + plain + same,
        gpl_relaxed=kinds[GPL_RELAXED],
        namespace_dropped=kinds[NAMESPACE_DROPPED],
        type_changed=kinds[TYPE_CHANGED],
        crc_unknown=found.unknown + unknown if measurable else 0,
        untold=sum(change.untold for change in found.changes),
    )


def in_scope(exports: Iterable[Export], other: Iterable[Export], scope: str) -> tuple[list[Export], list[Export]]:
    """Both sides cut to what they cover in common: all, or the symbols that vmlinux exports on either side."""
    old, new = list(exports), list(other)
    if scope != VMLINUX:
        return old, new
    names = {e.symbol for side in (old, new) for e in side if e.module == VMLINUX}
    return [e for e in old if e.symbol in names], [e for e in new if e.symbol in names]


def magic_flags(vermagic: str) -> str:
    """The words of a vermagic after the release: all that is compared between kernels with CRCs."""
    return vermagic.partition(" ")[2].strip()


def outcome(counts: Counts, *, scope: str, flags_differ: bool = False) -> Outcome:
    """What a module built on the old kernel can notice of the new one's exports."""
    if counts.breaking or flags_differ:
        return Outcome.BREAKS
    if counts.crc_changed is None or counts.crc_unknown or counts.untold or scope == VMLINUX:
        return Outcome.UNKNOWN
    return Outcome.COMPATIBLE if counts.compatible else Outcome.SAME
