# SPDX-License-Identifier: GPL-2.0-or-later
"""All that the record has of module packages, without logs, as one process keeps it until the record changes."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
import psycopg
from django.db import connection, transaction

from abidb import dictionary, sql
from abidb.exportset import CrcArray, IdArray
from abidb.importset import NAMED, WEAK
from abidb.outoftree import BUILT, PARTLY, LoadResult, PackageKey, Target
from abidb.packageanswers import NOT_TRIED, VersionSeen, compiles
from abidb.queries.kept import Kept
from abidb.queries.wholerecord import renewed
from abidb.verdict import MODULE_LAYOUT

SQL = sql.blocks("packages")
KEPT_ANSWERS = 64  #: of one process
KEPT_LANES = 32  #: whose kernels one process keeps: some 700 bytes each
_KEY = 5  # columns of a target
Suites = dict[str, tuple[dt.datetime, dt.datetime]]
Made = TypeVar("Made")


@dataclass(frozen=True, slots=True, eq=False)
class ImportSet:
    """The symbols that a module imports, as columns in the order of ascending symbol ids."""

    symbols: IdArray
    crcs: CrcArray | None  #: None: the kernel has no CRCs
    named: npt.NDArray[np.bool_]  #: the package's own source has the name
    weak: npt.NDArray[np.bool_]  #: it may be missing


@dataclass(frozen=True, slots=True, eq=False)
class Module:
    """One .ko of an attempt."""

    name: str
    sha256: str
    licenses: tuple[str, ...]
    vermagic: str
    namespaces: tuple[str, ...]
    btf: bool
    imports: ImportSet


@dataclass(frozen=True, slots=True, eq=False)
class Try:
    """One attempt."""

    id: int
    package_id: int
    target: Target
    headers: str
    outcome: str
    reason: str
    modules: tuple[Module, ...]  #: none of an attempt that failed for a reason of ours

    @property
    def exact(self) -> bool:
        """Whether it was built with the kernel's own headers: else what came out is about another kernel."""
        return self.headers == self.target.kernel_release

    @property
    def says(self) -> str:
        """What it says of the source on its kernel, a word of packageanswers.compiles: of other headers, nothing."""
        return compiles(self.outcome) if self.exact else NOT_TRIED


@dataclass(frozen=True, slots=True, eq=False)
class Stock:
    """Everything by what it is looked up with."""

    versions: dict[int, VersionSeen]  #: by id, oldest version of each package first
    by_package: dict[str, tuple[VersionSeen, ...]]  #: by binary package, oldest first
    by_source: dict[str, tuple[str, ...]]  #: binary packages of a source
    tries: dict[tuple[int, Target], Try]
    tries_of: dict[int, tuple[Try, ...]]  #: of a version, oldest kernel first
    rebuilds: dict[tuple[int, Target, Target], tuple[str, Any]]  #: outcome and what differs
    loads: dict[tuple[str, Target], LoadResult]  #: by SHA-256 of the module and kernel; without its messages
    popcon: dict[str, int]
    scans: dict[int, tuple[Target, ImportSet]]  #: of a version, on the newest kernel scanned for
    names: dict[int, str]  #: of the symbols that any module imports, and of module_layout
    newest: dict[str, dt.datetime]  #: date of the newest Release file of each suite that has listed a package
    #: what was worked out of attempts alone, at most a few things of each
    parts: dict[Any, Any] = field(default_factory=dict)
    #: what queries worked out of it and of the record's kernels; dropped when either changes
    kept: Kept = field(default_factory=lambda: Kept(KEPT_ANSWERS))
    lanes: Kept = field(default_factory=lambda: Kept(KEPT_LANES))  #: kernels of lanes, likewise


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """What was read of one database."""

    written: tuple[Any, ...]  #: what changes with every write to the tables read
    stock: Stock


_sets: dict[tuple[str, int], ImportSet] = {}


def stock() -> Stock:
    """All of it as the record has it now; while another thread reads what is new, as it was before."""
    return renewed("stock", _renewed).stock


def kept(found: Stock, key: tuple[object, ...], make: Callable[[], Made]) -> Made:
    """What was worked out before of this stock, else what `make` works out now."""
    try:
        return found.kept[key]  # type: ignore[no-any-return]
    except KeyError:
        made = found.kept[key] = make()
        return made


def _renewed(known: Reading | None) -> Reading:
    """What the record has now. Where only kernels were saved since, nothing is read again but what hangs on them."""
    with _one_moment():
        (written,) = rows("dkms_written")
        if known is not None and known.written == written:
            names = {**known.stock.names, **_layout()}
            kept, lanes = Kept(KEPT_ANSWERS), Kept(KEPT_LANES)
            return Reading(written, replace(known.stock, names=names, kept=kept, lanes=lanes))
        return Reading(written, _read(str(connection.settings_dict["NAME"])))


@contextmanager
def _one_moment() -> Iterator[None]:
    """A transaction that sees the record as it is at its first query; that of the caller where there is one."""
    if connection.in_atomic_block:
        yield
        return
    with transaction.atomic(durable=True):
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield


def forget() -> None:
    """Drop the sets that were read."""
    _sets.clear()


def rows(query: str, **parameters: object) -> list[tuple[Any, ...]]:
    """The rows of a query of packages.sql, in binary form from the server."""
    connection.ensure_connection()
    with connection.wrap_database_errors, psycopg.Cursor(connection.connection) as cursor:
        return cursor.execute(SQL[query], parameters, binary=True).fetchall()


def symbol_names(ids: IdArray) -> dict[int, str]:
    """The names of symbols, also of such that no export has."""
    wanted = "{" + ",".join(map(str, np.unique(ids).tolist())) + "}"
    ((packed, lines),) = dictionary.rows("symbol_names", ids=wanted)
    numbers = np.frombuffer(packed or b"", dtype=">i4").tolist()
    return dict(zip(numbers, (lines or "").split("\n"), strict=bool(numbers)))


def _read(database: str) -> Stock:
    versions, by_package, by_source = _versions()
    module_rows, scan_rows = rows("dkms_modules"), rows("dkms_scans")
    sets = _import_sets(database, {row[-1] for row in (*module_rows, *scan_rows)})
    modules: dict[int, list[Module]] = defaultdict(list)
    for build_id, name, sha256, licenses, vermagic, namespaces, btf, set_id in module_rows:
        made = Module(name, sha256, tuple(licenses), vermagic, tuple(namespaces), btf, sets[set_id])
        modules[build_id].append(made)
    tries = [_try(row, modules[row[0]]) for row in rows("dkms_tries")]
    return Stock(
        versions=versions,
        by_package=by_package,
        by_source=by_source,
        tries={(each.package_id, each.target): each for each in tries},
        tries_of=_grouped((each.package_id, each) for each in tries),
        rebuilds={(row[0], Target(*row[1:6]), Target(*row[6:11])): (row[11], row[12]) for row in rows("dkms_rebuilds")},
        loads={(each.sha256, each.kernel): each for each in map(_load, rows("dkms_loads"))},
        popcon=dict(rows("dkms_popcon")),
        scans={row[0]: (Target(*row[1:6]), sets[row[6]]) for row in scan_rows},
        names=_names(sets.values()),
        newest=_newest(versions.values()),
    )


def _try(row: tuple[Any, ...], modules: list[Module]) -> Try:
    target = Target(*row[2 : 2 + _KEY])
    headers, outcome, reason = row[2 + _KEY :]
    told = tuple(modules) if outcome in (BUILT, PARTLY) else ()
    return Try(row[0], row[1], target, headers, outcome, reason, told)


def _load(row: tuple[Any, ...]) -> LoadResult:
    sha256, module, *kernel, answer, reasons, at = row
    return LoadResult(sha256, module, Target(*kernel), answer, tuple((kind, name) for kind, name in reasons), (), at)


def _versions() -> tuple[dict[int, VersionSeen], dict[str, tuple[VersionSeen, ...]], dict[str, tuple[str, ...]]]:
    suites = _grouped((row[0], tuple(row[1:])) for row in rows("dkms_suites"))
    versions = {}
    for row_id, package, version, _key, arch, source, source_version, component in rows("dkms_packages"):
        key = PackageKey(package, version, arch)
        versions[row_id] = VersionSeen(row_id, key, source, source_version, component, suites.get(row_id, ()))
    by_package = _grouped((each.key.package, each) for each in versions.values())
    names = _grouped((each.source, each.key.package) for each in versions.values())
    return versions, by_package, {source: tuple(sorted(set(found))) for source, found in names.items()}


def _grouped(pairs: Any) -> dict[Any, tuple[Any, ...]]:
    found: dict[Any, list[Any]] = defaultdict(list)
    for key, value in pairs:
        found[key].append(value)
    return {key: tuple(values) for key, values in found.items()}


def _newest(versions: Iterable[VersionSeen]) -> dict[str, dt.datetime]:
    dates: dict[str, dt.datetime] = {}
    for each in versions:
        for suite, _, last in each.suites:
            dates[suite] = max(last, dates.get(suite, last))
    return dates


def _names(sets: Iterable[ImportSet]) -> dict[int, str]:
    several = [each.symbols for each in sets]
    return {**(symbol_names(np.unique(np.concatenate(several))) if several else {}), **_layout()}


def _layout() -> dict[int, str]:
    """module_layout, which a module imports that is rebuilt for a kernel with CRCs."""
    return {row[0]: MODULE_LAYOUT for row in rows("symbol_id", name=MODULE_LAYOUT)}


def _import_sets(database: str, wanted: Collection[int]) -> dict[int, ImportSet]:
    """Sets never change, so those that were read are kept."""
    new = [set_id for set_id in wanted if (database, set_id) not in _sets]
    for set_id, symbols, crc, named in rows("import_sets", ids=new) if new else ():
        flags = np.frombuffer(named, dtype=np.uint8)
        _sets[database, set_id] = ImportSet(
            np.cumsum(np.frombuffer(symbols, dtype="<i4"), dtype=np.int32),
            None if crc is None else np.frombuffer(crc, dtype="<u4"),
            (flags & NAMED).astype(bool),
            (flags & WEAK).astype(bool),
        )
    return {set_id: _sets[database, set_id] for set_id in wanted}
