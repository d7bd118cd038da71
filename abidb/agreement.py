# SPDX-License-Identifier: GPL-2.0-or-later
"""Whether a verdict is what the kernel itself answered, symbol by symbol as far as the kernel went.

The kernel stops at module_layout, else at vermagic; then it goes through all symbols and names each that it refuses, by
the first thing that is wrong with it; of BTF it speaks last. A GPL-only symbol does not exist for a module whose
license is another: what we call GPL-only it calls unknown, as it does a missing one. Since 6.4 it looks at the size of
struct module before all else, which no record knows of: there it has not come to what a verdict names. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable

from abidb.outoftree import ACCEPTED, REFUSED, LoadResult
from abidb.verdict import BTF, GPL, LAYOUT, MISSING, UNSAID, VERMAGIC, Verdict
from abidb.verdict import REFUSED as WE_REFUSE

Told = tuple[str, str]  # kind, symbol
STRUCT_MODULE: Told = (LAYOUT, "")  # its size, told apart from the CRC of module_layout


def disagreement(result: LoadResult, ours: Verdict) -> str | None:
    """Where both differ, "" where they agree; None where the kernel was not asked or nothing was said by us."""
    if result.answer not in (ACCEPTED, REFUSED) or ours.answer == UNSAID:
        return None
    if (result.answer == REFUSED) != (ours.answer == WE_REFUSE):
        return f"the kernel: {result.answer}{_listed(result.reasons)}; we: {ours.answer}{_listed(_told(ours))}"
    theirs = [(kind, "" if kind in (VERMAGIC, BTF) else symbol) for kind, symbol in result.reasons]
    if STRUCT_MODULE in theirs:
        early = any(reason.kind in (LAYOUT, VERMAGIC) for reason in ours.reasons)
        return "" if early else f"the kernel: size of struct module; we{_listed(_told(ours))}"
    expected = reached(ours)
    if set(theirs) == set(expected):
        return ""
    only = [("the kernel alone", set(theirs) - set(expected)), ("we alone", set(expected) - set(theirs))]
    return "; ".join(f"{who}{_listed(sorted(which))}" for who, which in only if which)


def reached(ours: Verdict) -> list[Told]:
    """The reasons of a verdict that the kernel comes to, in its words."""
    told = _told(ours)
    for first in (LAYOUT, VERMAGIC):
        found = [one for one in told if one[0] == first]
        if found:
            return found
    return [one for one in told if one[0] != BTF] or told


def _told(ours: Verdict) -> list[Told]:
    return list(dict.fromkeys((MISSING if one.kind == GPL else one.kind, one.symbol) for one in ours.reasons))


def _listed(reasons: Iterable[Told]) -> str:
    said = ", ".join(f"{kind} {symbol}".strip() for kind, symbol in reasons)
    return f" ({said})" if said else ""
