# SPDX-License-Identifier: GPL-2.0-or-later
"""The CRCs of a module as `modprobe --dump-modversions` prints them: a line "0x12345678<tab>symbol" each.

kmod's tools/modprobe.c, show_modversions(). In: such text; out: imports in order; BadFormat for anything else.
"""

from __future__ import annotations

import re

from abidb import naming
from abidb.errors import BadFormat
from abidb.records import Import

LIMIT = 4 << 20  # bytes; the largest of Debian's modules, amdgpu, prints 30,000
MOST = 1 << 16  # lines
LINE = re.compile(rb"[ \t]*0x([0-9a-fA-F]{1,16})[ \t]+(" + naming.SYMBOL + rb")[ \t]*")


def read(data: bytes) -> tuple[Import, ...]:
    """The imports of such a text, the same one once; empty lines count for nothing. Raises BadFormat."""
    if len(data) > LIMIT:
        raise BadFormat(f"text of {len(data):,} bytes is longer than the {LIMIT:,} allowed")
    found: dict[str, Import] = {}
    lines = data.splitlines()
    if len(lines) > MOST:
        raise BadFormat(f"text of {len(lines):,} lines, more than the {MOST:,} allowed")
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        one = _import(line, number)
        if found.setdefault(one.symbol, one) != one:
            raise BadFormat(f"line {number:,} gives {one.symbol} another CRC than a line before")
    if not found:
        raise BadFormat("there is no line with a CRC and a symbol")
    return tuple(found.values())


def _import(line: bytes, number: int) -> Import:
    fits = LINE.fullmatch(line)
    if not fits:
        raise BadFormat(f'line {number:,} is not "0x12345678 symbol", as modprobe --dump-modversions prints it')
    crc = int(fits[1], 16)
    if crc >> 32:
        raise BadFormat(f"CRC of line {number:,} is more than 32 bits long")
    return Import(fits[2].decode(), crc)
