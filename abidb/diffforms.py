# SPDX-License-Identifier: GPL-2.0-or-later
"""All changes between two builds for programs, as parts of a file that is sent while it is made."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from abidb.answers import Diff
from abidb.compat import Change
from abidb.csvtable import lines
from abidb.jsonform import change_json, diff_json
from abidb.records import Export

FIELDS = ("module", "crc", "kind", "namespace")
COLUMNS = ("symbol", "change", "breaks", *(f"{side}_{field}" for field in FIELDS for side in ("old", "new")))
Parts = Iterable[Sequence[Change]]


def json_parts(found: Diff, parts: Parts, **more: Any) -> Iterator[str]:
    """The object of abidb.jsonform.diff_json() and more of it, its changes last."""
    told = {**diff_json(found), **more}
    del told["changes"]
    yield f'{_dumped(told)[:-1]},"changes":['
    between = ""
    for changes in parts:
        yield between + _dumped([change_json(change) for change in changes])[1:-1]
        between = ","
    yield "]}\n"


def _dumped(told: Any) -> str:
    """Without blanks: a tenth of what is sent would be that."""
    return json.dumps(told, separators=(",", ":"))


def csv_parts(parts: Parts) -> Iterator[str]:
    """A table with a header (RFC 4180). `change` holds kinds with blanks between them, the gravest first."""
    yield lines([COLUMNS])
    for changes in parts:
        yield lines(_row(change) for change in changes)


def _row(change: Change) -> Sequence[str]:
    breaks = "unknown" if change.untold else "yes" if change.breaks else "no"
    old, new = _fields(change.old), _fields(change.new)
    both = (old[0], new[0], old[1], new[1], old[2], new[2], old[3], new[3])
    return change.symbol, " ".join(change.kinds), breaks, *both


def _fields(export: Export | None) -> tuple[str, str, str, str]:
    """The texts of FIELDS."""
    if export is None:
        return "", "", "", ""
    crc = "" if export.crc is None else f"0x{export.crc:08x}"
    return export.module, crc, export.kind, export.namespace
