# SPDX-License-Identifier: GPL-2.0-or-later
"""Write the whole record to a file that another installation can import (docs/transfer.md), or as Parquet tables.

Others may write to the record meanwhile: the file shows one moment. The last line is the digest of its content.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from abidb.queries import content
from abidb.transfer import envelope
from abidb.transfer.content import Row
from abidb.transfer.writer import Writer


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("file", nargs="?", type=Path, metavar="FILE", help="to be written: zstd-compressed text")
        parser.add_argument("--digest", action="store_true", help="write no file, only say the content's digest")
        parser.add_argument("--out-of-tree", action="store_true", help="only what tells of out-of-tree modules")
        parser.add_argument("--parquet", type=Path, metavar="DIR", help="write tables for analysis into this folder")

    def handle(
        self, *, file: Path | None, digest: bool, parquet: Path | None, out_of_tree: bool, **_options: Any
    ) -> None:
        rows = content.out_of_tree_rows if out_of_tree else content.rows
        if not (file or digest or parquet):
            raise CommandError("name a FILE to write, or say --digest or --parquet DIR")
        if parquet:
            from abidb.management.parquet import write_tables

            for name, count in write_tables(parquet):
                self.stdout.write(f"{name}: {count:,} rows")
        if file:
            with envelope.written(file) as sink:
                found = exported(sink, rows)
            self.stdout.write(f"{file}: {file.stat().st_size / 1e6:,.1f} MB")
        elif digest:
            found = exported(lambda part: None, rows)
        if file or digest:
            self.stdout.write(found.hex())


def exported(sink: Callable[[bytes], object], rows: Callable[[], Iterator[Row]]) -> bytes:
    """The text of these rows of the record to `sink`; returns the digest of its content."""
    with content.one_moment():
        writer = Writer(sink)
        for row in rows():
            writer.put(row)
        return writer.close()
