# SPDX-License-Identifier: GPL-2.0-or-later
"""The symbols that packages of a release use, and how often each broke. Built sets alone are counted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from abidb.answers import LaneName
from abidb.comparison import stored_set
from abidb.compat import gpl_only
from abidb.dictionary import declarations
from abidb.exportset import IdArray
from abidb.queries.lanebreaks import lane_breaks, times_broken
from abidb.queries.releaseuse import Chosen, chosen, release_uses
from abidb.queries.stock import Stock, kept, stock
from abidb.useanswers import InUse, SymbolInUse
from abidb.verdict import MODULE_LAYOUT

#: Orders of a list of symbols in use, the first is the usual one.
SORTS = ("packages", "broke", "symbol")


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """Columns of the symbols in use, by name."""

    names: tuple[str, ...]
    packages: tuple[str, ...]
    uses: npt.NDArray[np.bool_]  #: package by symbol
    named: npt.NDArray[np.bool_]  #: the same: its own source names it
    broke: npt.NDArray[np.int32] | None
    kinds: tuple[tuple[str, str], ...]  #: export type and namespace in the newest kernel; "" not exported
    steps: int
    newest: str


def in_use(
    release: str = "",
    lane: LaneName | None = None,
    *,
    text: str = "",
    package: str = "",
    kind: str = "",
    sort: str = SORTS[0],
    after: str = "",
    limit: int | None = 200,
) -> InUse:
    """A page of the symbols that built packages of a release use, behind the symbol `after`; raises UnknownName.

    `kind` is an export type, "gpl" any GPL-only one, "gone" what the newest kernel of the lane does not export.
    """
    uses = release_uses(release, lane)
    found, picked = stock(), chosen(uses.release, uses.lane)
    table = kept(found, ("in use", uses.release, uses.lane), lambda: _table(found, picked))
    rows = kept(found, ("in use rows", uses.release, uses.lane), lambda: _rows(table))
    fit = [row for row in sorted(rows, key=_order(sort)) if _fits(row, text.lower(), package, kind)]
    start = next((n + 1 for n, row in enumerate(fit) if row.symbol == after), 0)
    page = fit[start:] if limit is None else fit[start : start + limit]
    return InUse(
        uses=uses,
        rows=tuple(page),
        symbols=len(rows),
        gpl_only=sum(gpl_only(row.kind) for row in rows),
        total=len(fit),
        after=page[-1].symbol if page and start + len(page) < len(fit) else None,
        steps=table.steps,
        newest=table.newest,
    )


def _table(found: Stock, picked: Chosen) -> Table:
    packages = tuple(version.key.package for version, _ in picked.built)
    modules = [best.modules for _, best in picked.built]
    sets = [each.imports for own in modules for each in own]
    ids = np.unique(np.concatenate([each.symbols for each in sets])) if sets else np.zeros(0, dtype=np.int32)
    ids = ids[[found.names[i] != MODULE_LAYOUT for i in ids.tolist()]]
    uses, named = (np.zeros((len(packages), ids.size), dtype=bool) for _ in range(2))
    for row, own in enumerate(modules):
        for each in own:
            there = np.isin(each.imports.symbols, ids)
            at = np.searchsorted(ids, each.imports.symbols[there])
            uses[row, at] = True
            named[row, at] |= each.imports.named[there]
    broke, kinds, steps, newest = _in_lane(picked.lane, ids)
    return Table(tuple(found.names[i] for i in ids.tolist()), packages, uses, named, broke, kinds, steps, newest)


def _in_lane(
    lane: LaneName | None, ids: IdArray
) -> tuple[npt.NDArray[np.int32] | None, tuple[tuple[str, str], ...], int, str]:
    """How often each symbol broke in a lane, its type in the newest kernel, the steps told, that kernel."""
    if lane is None:
        return None, (("", ""),) * ids.size, 0, ""
    steps = lane_breaks(lane)
    times = times_broken(lane.line, lane.arch, lane.flavour)
    broke = np.where(ids < times.size, np.append(times, 0)[np.minimum(ids, times.size)], 0).astype(np.int32)
    told = sum(step.broken is not None for step in steps)
    return broke, _kinds(steps[-1].export_set, ids), told, steps[-1].target.kernel_release


def _kinds(set_id: int, ids: IdArray) -> tuple[tuple[str, str], ...]:
    """Export type and namespace of symbols in a set; of those that it has not, empty."""
    stored = stored_set(set_id)
    met = declarations(stored.ids)
    here = np.isin(met.symbol[stored.ids], ids)
    told = {int(met.symbol[i]): (met.words[met.kind[i]], met.words[met.namespace[i]]) for i in stored.ids[here]}
    return tuple(told.get(i, ("", "")) for i in ids.tolist())


def _order(sort: str) -> Callable[[SymbolInUse], tuple[int, int, str]]:
    """The key to sort rows by."""

    def place(row: SymbolInUse) -> tuple[int, int, str]:
        counts = (-len(row.packages), -(row.broke or 0))
        first, second = {"symbol": (0, 0), "broke": counts[::-1]}.get(sort, counts)
        return first, second, row.symbol

    return place


def _rows(table: Table) -> tuple[SymbolInUse, ...]:
    return tuple(_row(table, at) for at in range(len(table.names)))


def _row(table: Table, at: int) -> SymbolInUse:
    users = np.flatnonzero(table.uses[:, at]).tolist()
    return SymbolInUse(
        symbol=table.names[at],
        packages=tuple(table.packages[row] for row in users),
        named_by=int(table.named[:, at].sum()),
        broke=None if table.broke is None else int(table.broke[at]),
        kind=table.kinds[at][0],
        namespace=table.kinds[at][1],
    )


def _fits(row: SymbolInUse, text: str, package: str, kind: str) -> bool:
    fits = {"": True, "gpl": gpl_only(row.kind), "gone": not row.kind}
    return text in row.symbol.lower() and (not package or package in row.packages) and fits.get(kind, row.kind == kind)
