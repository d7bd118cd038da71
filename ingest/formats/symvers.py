# SPDX-License-Identifier: GPL-2.0-or-later
"""Module.symvers: one line an export, "CRC, symbol, module, export type, namespace" between tabs.

Written by scripts/mod/modpost.c, write_dump(), and here by abidb.symvers. The namespace column came with 5.4; a file
without it is read too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from abidb import symvers
from abidb.errors import BadFormat
from abidb.records import Export
from ingest.formats import naming
from ingest.formats.ksymtab import KINDS

LINE = re.compile(
    rb"(0x[0-9a-f]{8})\t(%b)\t(%b)\t(%b)(?:\t(|%b))?\n"
    % (naming.SYMBOL, naming.PATH, "|".join(KINDS.values()).encode(), naming.NAMESPACE)
)


def read(data: bytes) -> tuple[Export, ...]:
    """The exports in the order of the file. A CRC of 0 is none: modpost writes it where it knows no CRC.

    Raises BadFormat with the offset of the first line that is none.
    """
    return tuple(_lines(data))


def _lines(data: bytes) -> Iterator[Export]:
    if data and not data.endswith(b"\n"):
        raise BadFormat("Module.symvers ends inside a line", len(data))
    offset = 0
    for line in data.splitlines(keepends=True):
        yield _export(line, offset)
        offset += len(line)


def _export(line: bytes, offset: int) -> Export:
    found = LINE.fullmatch(line)
    if not found:
        raise BadFormat("line of Module.symvers has other columns than CRC, symbol, module, type, namespace", offset)
    crc, symbol, module, kind, namespace = (text.decode() for text in found.groups(b""))
    return Export(symbol, module, int(crc, 16) or None, kind, namespace)


def differences(exports: Iterable[Export], lines: Sequence[bytes]) -> tuple[set[Export], set[Export]]:
    """Which of `exports` the `lines` of a Module.symvers do not have alike, and which of theirs are not among them.

    Only lines that are not to the byte as expected are read. Raises BadFormat, with the offset in those, as read().
    """
    expected = {symvers.line(export): export for export in exports}
    others = b"".join(line for line in lines if line not in expected)
    missing = expected.keys() - set(lines)
    ours, theirs = {expected[line] for line in missing}, set(read(others))
    return ours - theirs, theirs - ours
