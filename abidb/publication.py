# SPDX-License-Identifier: GPL-2.0-or-later
"""Tables of the record as they lie in a folder: what `manage.py publish` writes there and the site gives out.

The folder has one publication, in a folder of its own that `current` leads to; a new one takes its place whole. No
Django, no database.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

CURRENT = "current"  #: leads to the folder of the newest publication
CONTENTS = "contents.json"  #: what is in that


@dataclass(frozen=True, slots=True)
class PublishedFile:
    name: str
    size: int  #: bytes
    sha256: str  #: hexadecimal


@dataclass(frozen=True, slots=True)
class PublishedTable:
    name: str
    rows: int
    columns: tuple[tuple[str, str], ...]  #: names and types, as Arrow calls them
    files: tuple[PublishedFile, ...]


@dataclass(frozen=True, slots=True)
class Publication:
    generation: int  #: of the record that was published
    made: dt.datetime
    folder: Path
    tables: tuple[PublishedTable, ...]

    def file(self, name: str) -> PublishedFile | None:
        """The file of that name; None where none was published."""
        return next((file for table in self.tables for file in table.files if file.name == name), None)

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(file.size for table in self.tables for file in table.files)


def published(folder: Path) -> Publication | None:
    """What is published in `folder` now; None where nothing was. Raises OSError, or ValueError for what is damaged."""
    try:
        here = (folder / CURRENT).resolve(strict=True)
        told = json.loads((here / CONTENTS).read_bytes())
    except FileNotFoundError:
        return None
    try:
        made = dt.datetime.fromisoformat(told["made"])
        return Publication(told["generation"], made, here, tuple(_table(each) for each in told["tables"]))
    except (KeyError, TypeError) as error:
        raise ValueError(f"{CONTENTS} is not what this version writes") from error


def _table(told: dict[str, Any]) -> PublishedTable:
    columns = tuple((name, kind) for name, kind in told["columns"])
    return PublishedTable(told["name"], told["rows"], columns, tuple(PublishedFile(**file) for file in told["files"]))


def contents(generation: int, made: dt.datetime, tables: Sequence[PublishedTable]) -> str:
    """The text of a publication's CONTENTS."""
    told = {"generation": generation, "made": made.isoformat(), "tables": [asdict(table) for table in tables]}
    return json.dumps(told, indent=1) + "\n"
