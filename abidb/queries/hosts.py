# SPDX-License-Identifier: GPL-2.0-or-later
"""Kernels of the record as hosts of a module: what each exports of the symbols that it needs.

A set that several builds share is read once, and what one process has read is kept: sets never change.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import numpy as np
from django.db import connection

from abidb import sql
from abidb.answers import BuildRef
from abidb.comparison import crcs_of_sets, ids_of_sets
from abidb.exportset import CrcArray, IdArray, unpack
from abidb.queries.rows import REF
from abidb.records import Export
from abidb.verdict import Host

SQL = sql.blocks("hosts")
TOGETHER = 256  #: sets that are held at a time, of up to 200 kB each
NEWEST = 100  #: builds of a lane that one answer has
KERNELS = 400  #: builds that one answer has in all; where there are more, all lanes are shorter
FORCE, LAX = "CONFIG_MODULE_FORCE_LOAD", "CONFIG_MODULE_ALLOW_MISSING_NAMESPACE_IMPORTS"
BTF, ALLOW_BTF = "CONFIG_DEBUG_INFO_BTF_MODULES", "CONFIG_MODULE_ALLOW_BTF_MISMATCH"
Exports = tuple[Export, ...]
KEPT = 60_000  #: exports with their CRCs that one process keeps, of 200 bytes each


@dataclass(frozen=True, slots=True)
class HostLane:
    """Kernels of one release line and flavour, newest first."""

    line: str  #: "" for builds that are in no lane
    flavour: str
    hosts: tuple[tuple[BuildRef, Host], ...]
    builds: int  #: that the lane has in all


def hosts(
    arch: str, symbols: Collection[str], *, line: str = "", flavour: str = "", release: str = "", skip: int = 0
) -> tuple[HostLane, ...]:
    """The kernels of an architecture by lane: of each lane the newest ones after `skip`, NEWEST of them, or fewer where
    those of all lanes would be more than KERNELS; then of each lane as many.
    """
    found = _whole(
        _rows(
            "host_lanes",
            arch=arch,
            line=line or None,
            flavour=flavour or None,
            release=release or None,
            skip=skip,
            limit=NEWEST,
        )
    )
    of_build = hosts_of({row[-1] for row in found}, symbols)
    return tuple(
        HostLane(line or "", flavour, tuple(of_build[row[-1]] for row in group), builds)
        for (line, flavour, builds), group in groupby(found, key=lambda row: tuple(row[:3]))
    )


def _whole(found: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """Rows of lanes, cut down to KERNELS builds."""
    if len({row[-1] for row in found}) <= KERNELS:
        return found
    lanes = [list(group) for _, group in groupby(found, key=lambda row: tuple(row[:2]))]
    return [row for lane in lanes for row in lane[: max(KERNELS // len(lanes), 1)]]


def architectures() -> tuple[str, ...]:
    """Those that the record has a build of."""
    return tuple(row[0] for row in _rows("architectures"))


def hosts_of(builds: Collection[int], symbols: Collection[str]) -> dict[int, tuple[BuildRef, Host]]:
    """Builds, by id, as hosts of a module that needs these symbols; such as are not in the record are left out."""
    found = _rows("host_builds", builds=list(builds))
    refs = [BuildRef(*row[:REF]) for row in found]
    of_set = _exports_of(sorted({row[REF] for row in found}), symbols)
    options = _options_of({row[REF + 3] for row in found} - {None})
    return {
        ref.id: (ref, _host(ref, row[REF:], of_set[row[REF]], options.get(row[REF + 3])))
        for ref, row in zip(refs, found, strict=True)
    }


def _host(ref: BuildRef, row: tuple[Any, ...], exports: Mapping[str, Exports], options: frozenset[str] | None) -> Host:
    _set_id, has_crcs, vermagic, _config, shared = row
    known = options is not None
    options = options or frozenset()
    return Host(
        kernel_release=ref.kernel_release,
        vermagic=vermagic,
        covers=ref.covers,
        has_crcs=has_crcs,
        apart=ref.status == "apart",
        btf_enforced=(BTF in options and ALLOW_BTF not in options) if known else None,
        exports=defaultdict[str, Exports](tuple, exports).__getitem__,
        shared_name=shared,
        force_load=FORCE in options if known else None,
        lax_namespaces=LAX in options if known else None,
    )


def _exports_of(set_ids: Sequence[int], symbols: Collection[str]) -> dict[int, dict[str, Exports]]:
    """What each set exports of the symbols. What several sets have alike is one object."""
    wanted = Wanted(_rows("wanted_exports", names=list(symbols)))
    if len(seen := _seen.setdefault(str(connection.settings_dict["NAME"]), {})) > KEPT:
        seen = _seen[str(connection.settings_dict["NAME"])] = {}  # whoever is using the old one goes on with it
    found: dict[int, dict[str, Exports]] = {}
    for at in range(0, len(set_ids), TOGETHER):
        some = set_ids[at : at + TOGETHER]
        ids, crcs = ids_of_sets(some), crcs_of_sets(some)
        found |= {each: wanted.of(ids[each], crcs[each], seen) for each in some}
    return found


class Wanted:
    """The declarations of some symbols, to be looked up in many sets: rows of id, symbol, module, kind, namespace."""

    def __init__(self, declared: Sequence[tuple[Any, ...]]) -> None:
        self._ids = np.array([row[0] for row in declared], dtype=np.int32)
        self._rows = {row[0]: row for row in declared}
        self._symbols = np.array([row[1] for row in declared], dtype=object)

    def of(self, ids: IdArray, crcs: CrcArray | None, seen: dict[int, Exports]) -> dict[str, Exports]:
        """What a set exports of them, by symbol; `seen` keeps exports, by id and CRC, for other sets."""
        if not ids.size:
            return {}
        at = np.minimum(np.searchsorted(ids, self._ids), ids.size - 1)
        here = np.flatnonzero(ids[at] == self._ids)
        codes = self._ids[here].astype(np.int64) << 32
        if crcs is not None:
            codes |= crcs[at[here]]
        numbers = codes.tolist()
        for new in set(numbers).difference(seen):
            seen[new] = (self._export(*divmod(new, 1 << 32)),)
        names = self._symbols[here].tolist()
        found = dict(zip(names, map(seen.__getitem__, numbers), strict=True))
        return found if len(found) == len(names) else _of_several_modules(names, [seen[each] for each in numbers])

    def _export(self, declared: int, crc: int) -> Export:
        _, symbol, module, kind, namespace = self._rows[declared]
        return Export(symbol, module, crc or None, kind, namespace)


def _of_several_modules(names: Sequence[str], exports: Sequence[Exports]) -> dict[str, Exports]:
    found: dict[str, Exports] = {}
    for name, one in zip(names, exports, strict=True):
        found[name] = found.get(name, ()) + one
    return found


def _options_of(set_ids: Collection[int]) -> dict[int, frozenset[str]]:
    """Of each configuration those options that are y and matter to a module."""
    database = str(connection.settings_dict["NAME"])
    unread = [each for each in set_ids if (database, each) not in _options]
    if unread:
        numbers = {number: name for name, number in _rows("option_ids", names=[FORCE, LAX, BTF, ALLOW_BTF])}
        for set_id, members in _rows("option_sets", sets=unread):
            there = np.isin(list(numbers), unpack("all", bytes(members), None).ids)
            _options[database, set_id] = frozenset(
                name for name, is_there in zip(numbers.values(), there.tolist(), strict=True) if is_there
            )
    return {each: _options[database, each] for each in set_ids}


_seen: dict[str, dict[int, Exports]] = {}  # by database; a declaration never changes
_options: dict[tuple[str, int], frozenset[str]] = {}  # a configuration never changes, and there are few options


def forget() -> None:
    """Drop all that this process keeps."""
    _seen.clear()
    _options.clear()


def _rows(query: str, **parameters: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(SQL[query], parameters)
        return list(cursor.fetchall())
