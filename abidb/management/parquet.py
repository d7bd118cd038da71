# SPDX-License-Identifier: GPL-2.0-or-later
"""The record as Parquet tables for people who analyse it elsewhere. docs/transfer.md tells their columns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Protocol

import pyarrow as pa
from pyarrow import parquet

from abidb.queries import content
from abidb.transfer.content import CONFIG, EXPORTS, MODULES, BuildRow, SeenRow, SetRow, UploadRow
from abidb.transfer.fields import pairs
from abidb.versions import split_release, version_key

AT_ONCE = 500_000  #: rows of a table that are held in memory

_TEXT, _MOMENT = pa.dictionary(pa.int32(), pa.string()), pa.timestamp("us", "UTC")
_UPLOAD = {"source": _TEXT, "version": _TEXT}
_KEY = {**_UPLOAD, "arch": _TEXT, "flavour": _TEXT}
_COUNTS = ("added", "removed", "crc_changed", "moved", "gpl_tightened", "namespace_changed", "common")
_ORDER = {"version_key": pa.string()}
_SETS = {"export_set": _TEXT, "config_set": _TEXT, "module_set": _TEXT}
TABLES: dict[str, dict[str, Any]] = {
    "builds": {
        **{"source": _TEXT, "version": _TEXT, **_ORDER, "arch": _TEXT, "flavour": _TEXT},
        **{"kernel_release": pa.string(), "abi_name": _TEXT, "date": _MOMENT, "distribution": _TEXT, "status": _TEXT},
        **{"covers": _TEXT, "signed": pa.bool_(), "extractor": pa.int32(), "vermagic": pa.string()},
        **{"imports_checked": pa.int32(), "symvers_lines": pa.int32(), **_SETS},
    },
    "exports": {
        **{"export_set": _TEXT, "symbol": _TEXT, "module": _TEXT, "kind": _TEXT, "namespace": _TEXT},
        "crc": pa.uint32(),
    },
    "configs": {"config_set": _TEXT, "name": _TEXT, "value": _TEXT},
    "modules": {"module_set": _TEXT, "module": _TEXT, "license": _TEXT},
    "uploads": {
        **{"source": _TEXT, "version": pa.string(), **_ORDER, "date": _MOMENT, "distribution": _TEXT},
        **{"urgency": _TEXT, "abi_name": _TEXT, "told_by": pa.string(), "policy_read": pa.bool_()},
    },
    "facts": {**_UPLOAD, "kind": _TEXT, "arch": _TEXT, "text": pa.string()},
    "lanes": {"line": _TEXT, "arch": _TEXT, "flavour": _TEXT, **_UPLOAD},
    "changes": {"old": _TEXT, "new": _TEXT, **dict.fromkeys(_COUNTS, pa.int32())},
    "seen": {**_KEY, "suite": _TEXT, "first": _MOMENT, "last": _MOMENT},
}


class Rows(Protocol):
    """A table to which rows can be added."""

    def row(self, *values: Any) -> None: ...


class _Table:
    """One file, written some rows at a time; `rows` counts them."""

    def __init__(self, path: Path, columns: dict[str, Any]) -> None:
        self._schema = pa.schema(list(columns.items()))
        self._writer = parquet.ParquetWriter(path, self._schema, compression="zstd")
        self._columns: list[list[Any]] = [[] for _ in columns]
        self.rows = 0

    def add(self, *columns: list[Any]) -> None:
        """Several rows as columns."""
        for kept, more in zip(self._columns, columns, strict=True):
            kept.extend(more)
        self.rows += len(columns[0])
        if len(self._columns[0]) >= AT_ONCE:
            self.flush()

    def row(self, *values: Any) -> None:
        self.add(*([value] for value in values))

    def flush(self) -> None:
        if self._columns[0]:
            arrays = [pa.array(column, field.type) for column, field in zip(self._columns, self._schema, strict=True)]
            self._writer.write_table(pa.Table.from_arrays(arrays, schema=self._schema))
            self._columns = [[] for _ in self._columns]

    def close(self) -> None:
        self.flush()
        self._writer.close()


def write_tables(folder: Path) -> list[tuple[str, int]]:
    """Write all tables into `folder`, all of one moment; their names and numbers of rows. None is there in part."""
    folder.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        tables = {name: stack.enter_context(_table(folder, name)) for name in TABLES}
        with content.one_moment():
            _fill(tables)
    return [(name, table.rows) for name, table in tables.items()]


@contextmanager
def _table(folder: Path, name: str) -> Iterator[_Table]:
    part, whole = folder / f"{name}.parquet.part", folder / f"{name}.parquet"
    table = _Table(part, TABLES[name])
    try:
        try:
            yield table
        finally:
            table.close()
        part.replace(whole)
    finally:
        part.unlink(missing_ok=True)


def _fill(tables: dict[str, _Table]) -> None:
    covers: dict[bytes, str] = {}
    uploads: dict[tuple[str, str], UploadRow] = {}
    for row in content.rows():
        if isinstance(row, SetRow):
            covers[row.digest] = row.covers
            _add_set(tables, row)
        elif isinstance(row, UploadRow):
            uploads[row.source, row.version] = row
            add_upload(tables, row)
        elif isinstance(row, BuildRow):
            add_build(tables["builds"], row, covers[row.export_set], uploads[row.key.source, row.key.version])
        elif isinstance(row, SeenRow):
            key = row.key
            tables["seen"].row(key.source, key.version, key.arch, key.flavour, row.suite, row.first, row.last)
    for lane in content.lanes():
        tables["lanes"].row(*lane)
    for old, new, *counts in content.changes():
        tables["changes"].row(bytes(old).hex(), bytes(new).hex(), *counts)


def _add_set(tables: dict[str, _Table], row: SetRow) -> None:
    name = {EXPORTS: "exports", CONFIG: "configs", MODULES: "modules"}[row.of]
    digests = [row.digest.hex()] * len(row.members)
    if row.of == EXPORTS:
        declared = zip(*(member.decode().split("\t")[:4] for member in row.members), strict=True)
        columns = [list(column) for column in declared] or [[]] * 4
        tables[name].add(digests, *columns, [int(crc) if crc else None for crc in row.members.values()])
    else:
        facts = pairs(row.members)
        tables[name].add(digests, [fact for fact, _ in facts], [value for _, value in facts])


def add_upload(tables: Mapping[str, Rows], row: UploadRow) -> None:
    """A row of `uploads`, and those of its `facts`."""
    told = (row.date, row.distribution, row.urgency, row.abi_name, row.told_by, row.policy_read)
    tables["uploads"].row(row.source, row.version, version_key(row.version), *told)
    for fact in row.facts:
        tables["facts"].row(row.source, row.version, fact.kind, fact.arch, fact.text)


def add_build(table: Rows, row: BuildRow, covers: str, upload: UploadRow) -> None:
    """A row of `builds`."""
    key = row.key
    status = "apart" if row.mismatches or row.symvers_differing else "good"
    table.row(
        *(key.source, key.version, version_key(key.version), key.arch, key.flavour),
        *(row.kernel_release, split_release(row.kernel_release)[0], upload.date, upload.distribution, status),
        *(covers, row.signed, row.extractor, row.vermagic, row.imports_checked, row.symvers_lines),
        *(digest and digest.hex() for digest in (row.export_set, row.config_set, row.module_set)),
    )
