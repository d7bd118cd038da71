# SPDX-License-Identifier: GPL-2.0-or-later
"""The symbols that a package uses, and how they behaved in a lane."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from abidb.answers import LaneName
from abidb.compat import gpl_only
from abidb.outoftree import Target
from abidb.packageanswers import UsedSymbol, VersionSeen
from abidb.queries.kernels import Side
from abidb.queries.lanebreaks import times_broken
from abidb.queries.stock import ImportSet, Stock, Try
from abidb.verdict import MODULE_LAYOUT


@dataclass(frozen=True, slots=True, eq=False)
class Source:
    """What tells the symbols: the modules of a build, or the scan of a source."""

    seen: VersionSeen
    target: Target
    modules: tuple[tuple[str, ImportSet], ...]  #: name and imports
    scanned: bool


def newest_built(known: Stock, seen: Sequence[VersionSeen]) -> Try | None:
    """The build of the newest of versions, given oldest first, that has one, on its newest kernel."""
    for each in reversed(seen):
        built = [one for one in known.tries_of.get(each.id, ()) if one.modules]
        if built:
            return built[-1]
    return None


def uses_of(source: Source, lane: LaneName, newest: Side | None, names: Mapping[int, str]) -> tuple[UsedSymbol, ...]:
    """Every symbol with the modules that use it; those that broke most often in the lane first, then by name.

    module_layout is none of them: nothing calls it, modpost adds it to every module with CRCs.
    """
    modules: dict[int, list[str]] = defaultdict(list)
    named: dict[int, bool] = defaultdict(bool)
    for name, imports in source.modules:
        for symbol, own in zip(imports.symbols.tolist(), imports.named.tolist(), strict=True):
            if names[symbol] != MODULE_LAYOUT:
                modules[symbol].append(name)
                named[symbol] |= bool(own)
    if not modules:
        return ()
    broke = times_broken(lane.line, lane.arch, lane.flavour)
    there = newest.table.exports(modules) if newest else {}
    found = []
    for symbol, users in modules.items():
        exports = there.get(symbol, ())
        found.append(
            UsedSymbol(
                symbol=names[symbol],
                broke=int(broke[symbol]) if symbol < broke.size else 0,
                gpl_only=bool(exports) and all(gpl_only(each.kind) for each in exports),
                namespace=exports[0].namespace if exports else "",
                named=named[symbol],
                modules=tuple(filter(None, users)),
                exported=bool(exports),
            )
        )
    return tuple(sorted(found, key=lambda each: (-each.broke, each.symbol)))
