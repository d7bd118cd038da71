# SPDX-License-Identifier: GPL-2.0-or-later
"""Module.symvers: one line an export, "CRC, symbol, module, export type, namespace" between tabs.

Written by scripts/mod/modpost.c, write_dump(), and here by abidb.symvers. Before 5.4 there is no namespace; in 5.4 and
5.5 it was the third column (commits cb9b55d21fe0, 5190044c2965). All three are read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from abidb import naming, symvers
from abidb.errors import BadFormat
from abidb.records import Export
from ingest.formats.ksymtab import KINDS

UNKNOWN = "(unknown)"  # what export_str() calls a type that it does not know
CRC = rb"(?P<crc>0x[0-9a-f]{8})\t"
SYMBOL = rb"(?P<symbol>%b)\t" % naming.SYMBOL
EXPORTER = rb"(?P<module>%b)\t(?P<kind>%b)" % (
    naming.PATH,
    "|".join(map(re.escape, [*KINDS.values(), UNKNOWN])).encode(),
)
NAMESPACE = rb"(?P<namespace>|%b)" % naming.NAMESPACE
LINE = re.compile(CRC + SYMBOL + EXPORTER + rb"(?:\t" + NAMESPACE + rb")?\n")
OLD_LINE = re.compile(CRC + SYMBOL + NAMESPACE + rb"\t" + EXPORTER + rb"\n")
COLUMNS = ("symbol", "module", "crc", "kind", "namespace")


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
    found = LINE.fullmatch(line) or OLD_LINE.fullmatch(line)
    if not found:
        raise BadFormat("line of Module.symvers has other columns than CRC, symbol, module, type, namespace", offset)
    symbol, module, crc, kind, namespace = ((text or b"").decode() for text in found.group(*COLUMNS))
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
