# SPDX-License-Identifier: GPL-2.0-or-later
"""Kernels of the record as hosts of a module: what each exports of the symbols that it needs.

A set that several builds share is read once, and what one process has read is kept: sets never change.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from typing import Any

import numpy as np
import psycopg
from django.db import connection

from abidb import sql
from abidb.answers import BuildRef
from abidb.comparison import crcs_of_sets, ids_of_sets
from abidb.exportset import CrcArray, IdArray, unpack
from abidb.queries.rows import REF
from abidb.queries.wholerecord import of_whole_record
from abidb.records import Export
from abidb.verdict import Host
from abidb.verdicts import BoolArray, Table, columns_of

SQL = sql.blocks("hosts")
TOGETHER = 256  #: sets that are held at a time, of up to 200 kB each
NEWEST = 100  #: builds of a lane that one answer has
KERNELS = 400  #: builds that one answer has in all; where there are more, all lanes are shorter
FORCE, LAX = "CONFIG_MODULE_FORCE_LOAD", "CONFIG_MODULE_ALLOW_MISSING_NAMESPACE_IMPORTS"
BTF, ALLOW_BTF = "CONFIG_DEBUG_INFO_BTF_MODULES", "CONFIG_MODULE_ALLOW_BTF_MISMATCH"
HasExports = Callable[[str], tuple[Export, ...]]


@dataclass(frozen=True, slots=True)
class HostLane:
    """Kernels of one release line and flavour, newest first."""

    line: str  #: "" for builds that are in no lane
    flavour: str
    hosts: tuple[tuple[BuildRef, Host], ...]
    builds: int  #: that the lane has in all


@dataclass(frozen=True, slots=True, eq=False)
class Hosts:
    """Kernels, and what they export of some symbols."""

    lanes: tuple[HostLane, ...]
    table: Table
    rows: dict[int, int]  #: of the table, by build


def hosts(
    arch: str, symbols: Collection[str], *, line: str = "", flavour: str = "", release: str = "", skip: int = 0
) -> Hosts:
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
    of_build, rows, table = _hosts_of({row[-1] for row in found}, symbols)
    lanes = tuple(
        HostLane(line or "", flavour, tuple(of_build[row[-1]] for row in group), builds)
        for (line, flavour, builds), group in groupby(found, key=lambda row: tuple(row[:3]))
    )
    return Hosts(lanes, table, rows)


def _whole(found: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """Rows of lanes, cut down to KERNELS builds."""
    if len({row[-1] for row in found}) <= KERNELS:
        return found
    lanes = [list(group) for _, group in groupby(found, key=lambda row: tuple(row[:2]))]
    return [row for lane in lanes for row in lane[: max(KERNELS // len(lanes), 1)]]


def architectures() -> tuple[str, ...]:
    """Those that the record has a build of."""
    return of_whole_record("architectures", lambda: tuple(row[0] for row in _rows("architectures")))


def hosts_of(builds: Collection[int], symbols: Collection[str]) -> dict[int, tuple[BuildRef, Host]]:
    """Builds, by id, as hosts of a module that needs these symbols; such as are not in the record are left out."""
    return _hosts_of(builds, symbols)[0]


def _hosts_of(
    builds: Collection[int], symbols: Collection[str]
) -> tuple[dict[int, tuple[BuildRef, Host]], dict[int, int], Table]:
    """The same with their rows in the table of what they export."""
    found = _rows("host_builds", builds=list(builds))
    set_ids = sorted({row[REF] for row in found})
    table, row_of = _table(set_ids, symbols), {set_id: n for n, set_id in enumerate(set_ids)}
    options = _options_of({row[REF + 3] for row in found} - {None})
    hosts: dict[int, tuple[BuildRef, Host]] = {}
    for row in found:
        ref = BuildRef(*row[:REF])
        exports = partial(table.exports, row_of[row[REF]])
        hosts[ref.id] = ref, _host(ref, row[REF:], exports, options.get(row[REF + 3]))
    return hosts, {row[0]: row_of[row[REF]] for row in found}, table


def _host(ref: BuildRef, row: tuple[Any, ...], exports: HasExports, options: frozenset[str] | None) -> Host:
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
        exports=exports,
        shared_name=shared,
        force_load=FORCE in options if known else None,
        lax_namespaces=LAX in options if known else None,
    )


def _table(set_ids: Sequence[int], symbols: Collection[str]) -> Table:
    """What each set exports of the symbols."""
    found = _rows("wanted_exports", names=list(symbols))
    ids = np.array([row[0] for row in found], dtype=np.int32)
    order = np.argsort(ids)
    there = np.zeros((len(set_ids), ids.size), dtype=bool)
    crcs = np.zeros(there.shape, dtype=np.uint32)
    for first in range(0, len(set_ids), TOGETHER):
        some = set_ids[first : first + TOGETHER]
        ids_of, crcs_of = ids_of_sets(some), crcs_of_sets(some)
        for row, set_id in enumerate(some, first):
            there[row, order], crcs[row, order] = _in_set(ids[order], ids_of[set_id], crcs_of[set_id])
    declared = tuple(Export(symbol, module, None, kind, namespace) for _, symbol, module, kind, namespace in found)
    return Table(declared, there, crcs, columns_of(declared))


def _in_set(wanted: IdArray, ids: IdArray, crcs: CrcArray | None) -> tuple[BoolArray, CrcArray]:
    """Which of the wanted exports, ascending, a set has, and with which CRCs, else 0."""
    none = np.zeros(wanted.size, dtype=np.uint32)
    if not ids.size:
        return none != 0, none
    at = np.minimum(np.searchsorted(ids, wanted), ids.size - 1)
    here = ids[at] == wanted
    return here, none if crcs is None else np.where(here, crcs[at], none)


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


_options: dict[tuple[str, int], frozenset[str]] = {}  # a configuration never changes, and there are few options


def forget() -> None:
    """Drop all that this process keeps."""
    _options.clear()


def _rows(query: str, **parameters: Any) -> list[tuple[Any, ...]]:
    """In binary form from the server, which halves the time of long columns."""
    connection.ensure_connection()
    with connection.wrap_database_errors, psycopg.Cursor(connection.connection) as cursor:
        return cursor.execute(SQL[query], parameters, binary=True).fetchall()
