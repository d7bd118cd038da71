# SPDX-License-Identifier: GPL-2.0-or-later
"""Kernels of the record as sides of many verdicts: what each exports as columns in the order of symbol ids."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
from django.db import connection

from abidb.answers import BuildRef, LaneName
from abidb.comparison import stored_set
from abidb.dictionary import declarations
from abidb.exportset import IdArray, unpack
from abidb.outoftree import Target
from abidb.queries.kept import Kept
from abidb.queries.rows import REF
from abidb.queries.stock import Stock, rows
from abidb.records import Export
from abidb.verdict import MODULE_LAYOUT

KEPT_TABLES = 160  #: export sets that one process keeps by symbol: at most about 500 kB each
KEPT_CONFIGS = 500
PLAIN = "EXPORT_SYMBOL"
_CONFIG = REF + 3  # column of a build's configuration
_told: Kept = Kept(KEPT_CONFIGS)


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """An export set by symbol."""

    symbols: IdArray  #: ascending; twice where two modules export it
    ids: IdArray  #: of the exports
    crcs: npt.NDArray[np.uint32]  #: 0: not known
    has_crcs: bool
    plain: npt.NDArray[np.bool_]  #: alone of its name, neither GPL-only nor in a namespace
    layout_id: int  #: the symbol module_layout, which every module with CRCs is checked against; 0: it is none's

    @property
    def layout(self) -> tuple[Export, ...]:
        """The exports of module_layout."""
        return next(iter(self.exports([self.layout_id]).values()), ()) if self.layout_id else ()

    def places(self, symbols: IdArray) -> npt.NDArray[np.intp]:
        """The row of each symbol, -1 where it is not exported."""
        if not self.symbols.size:
            return np.full(symbols.size, -1, dtype=np.intp)
        at = np.minimum(np.searchsorted(self.symbols, symbols), self.symbols.size - 1)
        return np.where(self.symbols[at] == symbols, at, -1)

    def exports(self, symbols: Iterable[int]) -> dict[int, tuple[Export, ...]]:
        """All exports of each of these symbols; those that are not exported are left out."""
        wanted = np.fromiter(symbols, dtype=np.int32)
        first, end = (np.searchsorted(self.symbols, wanted, side) for side in ("left", "right"))
        rows = np.repeat(first, end - first) + _counted(end - first)
        owners, crcs = self.symbols[rows].tolist(), self.crcs[rows].tolist()
        found: dict[int, tuple[Export, ...]] = {}
        for owner, (s, m, k, n), crc in zip(owners, declarations().of(self.ids[rows]), crcs, strict=True):
            found[owner] = (*found.get(owner, ()), Export(s, m, crc or None, k, n))
        return found


def _counted(runs: npt.NDArray[np.intp]) -> npt.NDArray[np.intp]:
    """0, 1, 2, ... within each run: [2, 1] gives 0, 1, 0."""
    starts = np.cumsum(runs) - runs
    return np.arange(int(runs.sum())) - np.repeat(starts, runs)


@dataclass(frozen=True, slots=True, eq=False)
class Side:
    """One kernel build with what a verdict needs of it."""

    ref: BuildRef
    export_set: int
    has_crcs: bool
    vermagic: str
    shared_name: bool  #: another build of the record has the same release
    options: frozenset[str] | None  #: those of its configuration that matter to modules and are set; None: not known

    @property
    def target(self) -> Target:
        ref = self.ref
        return Target(ref.source, ref.version, ref.arch, ref.flavour, ref.kernel_release)

    def has(self, option: str) -> bool | None:
        """Whether its configuration sets an option, None where that is not known."""
        return None if self.options is None else option in self.options

    @property
    def btf_enforced(self) -> bool | None:
        """Whether it refuses a module whose BTF does not fit (kernel/bpf/btf.c, btf_module_notify)."""
        if self.options is None:
            return None
        return (
            "CONFIG_DEBUG_INFO_BTF_MODULES" in self.options and "CONFIG_MODULE_ALLOW_BTF_MISMATCH" not in self.options
        )

    @property
    def table(self) -> Table:
        return _table(self.export_set, str(connection.settings_dict["NAME"]))


@dataclass(frozen=True, slots=True, eq=False)
class Kernels:
    """The good builds of a lane, oldest first."""

    sides: tuple[Side, ...]
    by_target: dict[Target, Side]
    places: dict[Target, int]


def sides(ids: Sequence[int]) -> dict[int, Side]:
    """The builds of these ids, by id; those that are not there are left out."""
    return {side.ref.id: side for side in _sides(ids=list(ids))}


def lane_sides(line: str, arch: str, flavour: str) -> tuple[Side, ...]:
    """The good builds of a lane, oldest first."""
    return tuple(_sides(line=line, arch=arch, flavour=flavour))


def kernels_of(known: Stock, lane: LaneName) -> Kernels:
    """The good builds of a lane, kept until the record changes."""
    try:
        return known.lanes[lane]  # type: ignore[no-any-return]
    except KeyError:
        found = lane_sides(lane.line, lane.arch, lane.flavour)
        by_target = {side.target: side for side in found}
        made = known.lanes[lane] = Kernels(found, by_target, {target: n for n, target in enumerate(by_target)})
        return made


def _sides(**where: Any) -> list[Side]:
    found = rows("kernels", **{"ids": None, "line": None, "arch": None, "flavour": None, **where})
    options = _options({row[_CONFIG] for row in found} - {None})
    return [_side(row, options) for row in found]


def _side(row: tuple[Any, ...], options: Mapping[int, frozenset[str]]) -> Side:
    ref = BuildRef(*row[:REF])
    export_set, has_crcs, vermagic, config_id, shared = row[REF:]
    return Side(ref, export_set, has_crcs, vermagic, shared, options.get(config_id))


def _options(config_sets: set[int]) -> dict[int, frozenset[str]]:
    """The options about modules that configurations set, by configuration; those that were read are kept."""
    database = str(connection.settings_dict["NAME"])
    found = {one: told for one in config_sets if (told := _told.get((database, one))) is not None}
    if new := sorted(config_sets - found.keys()):
        names = dict(rows("module_options"))
        wanted = np.array(sorted(names), dtype=np.int32)
        for config_set, members in rows("config_members", ids=new):
            there = wanted[np.isin(wanted, unpack("all", members, None).ids)].tolist()
            found[config_set] = _told[database, config_set] = frozenset(names[number] for number in there)
    return found


@lru_cache(maxsize=KEPT_TABLES)
def _table(set_id: int, database: str) -> Table:
    stored = stored_set(set_id)
    met = declarations(stored.ids)
    order = np.argsort(met.symbol[stored.ids], kind="stable")
    ids = stored.ids[order]
    symbols = met.symbol[ids]
    repeated = np.zeros(symbols.size, dtype=bool)
    twice = symbols[1:] == symbols[:-1]
    repeated[1:] |= twice
    repeated[:-1] |= twice
    words = np.array(met.words, dtype=object)
    plain = ~repeated & (words[met.namespace[ids]] == "") & (words[met.kind[ids]] == PLAIN)
    crcs = np.zeros(ids.size, dtype=np.uint32) if stored.crcs is None else stored.crcs[order]
    layout = next((row[0] for row in rows("symbol_id", name=MODULE_LAYOUT)), 0)
    return Table(symbols, ids, crcs, stored.crcs is not None, plain.astype(bool), layout)


def forget() -> None:
    """Drop what is kept."""
    _table.cache_clear()
    _told.clear()
