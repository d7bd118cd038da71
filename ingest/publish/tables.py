# SPDX-License-Identifier: GPL-2.0-or-later
"""A table as files, written some rows at a time: Parquet, and CSV as long as it is not too long for that."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
from pyarrow import csv, parquet

from abidb.publication import PublishedFile, PublishedTable

AT_ONCE = 100_000  #: rows that are collected before they are written
MOST_AS_CSV = 20_000_000  #: rows; what has more is Parquet alone
GZIP_LEVEL = 4  #: a third slower than 1 and a fifth smaller
TEXT, MOMENT = pa.string(), pa.timestamp("us", "UTC")


class Table:
    """One table: rows go to both files, until there are too many for CSV. `rows` counts them."""

    def __init__(self, folder: Path, name: str, columns: Mapping[str, Any]) -> None:
        self.name, self.rows = name, 0
        self._schema = pa.schema(list(columns.items()))
        self._parquet, self._csv = folder / f"{name}.parquet", folder / f"{name}.csv.gz"
        self._waiting: list[tuple[Any, ...]] = []
        self._writer = parquet.ParquetWriter(self._parquet, self._schema, compression="zstd")
        self._packed: gzip.GzipFile | None = gzip.GzipFile(self._csv, "wb", GZIP_LEVEL)
        self._lines = csv.CSVWriter(self._packed, self._schema)

    def row(self, *values: Any) -> None:
        self._waiting.append(values)
        if len(self._waiting) >= AT_ONCE:
            self._flush()

    def columns(self, *arrays: pa.Array) -> None:
        """Many rows at once, as Arrow's columns; a row group of their own."""
        self._write(pa.Table.from_arrays(list(arrays), schema=self._schema))

    def _flush(self) -> None:
        columns = zip(*self._waiting, strict=True)
        self._waiting = []
        self.columns(*(pa.array(column, field.type) for column, field in zip(columns, self._schema, strict=True)))

    def _write(self, rows: pa.Table) -> None:
        self.rows += rows.num_rows
        self._writer.write_table(rows)
        if self._packed and self.rows > MOST_AS_CSV:
            self._end_csv()
            self._csv.unlink()
        if self._packed:
            self._lines.write_table(rows)

    def _end_csv(self) -> None:
        if self._packed:
            self._lines.close()
            self._packed.close()
            self._packed = None

    def close(self) -> None:
        """Write what is left; both files are whole then."""
        try:
            if self._waiting:
                self._flush()
        finally:
            self._writer.close()
            self._end_csv()

    def published(self) -> PublishedTable:
        """What was written, once it is closed."""
        files = tuple(_file(path) for path in (self._parquet, self._csv) if path.exists())
        columns = tuple((field.name, _said(field.type)) for field in self._schema)
        return PublishedTable(self.name, self.rows, columns, files)


def _said(kind: pa.DataType) -> str:
    """A type as its reader has it: that words are coded is of the file alone."""
    return str(kind.value_type if pa.types.is_dictionary(kind) else kind)


def _file(path: Path) -> PublishedFile:
    with path.open("rb") as content:
        digest = hashlib.file_digest(content, "sha256")
    return PublishedFile(path.name, path.stat().st_size, digest.hexdigest())


@contextmanager
def table(folder: Path, name: str, columns: Mapping[str, Any]) -> Iterator[Table]:
    """A table to be filled; raises OSError where the disk does not take it."""
    made = Table(folder, name, columns)
    try:
        yield made
    finally:
        made.close()
