# SPDX-License-Identifier: GPL-2.0-or-later
"""ELF files of both word sizes and byte orders, section by section; also such that lie about themselves."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass, field

ABSOLUTE = "*ABS*"
UNDEFINED = "*UND*"


@dataclass(frozen=True)
class Section:
    """A section as it goes into the file; `offset` and `size` are for headers that lie."""

    name: str
    content: bytes = b""
    type: int = 1  # SHT_PROGBITS
    address: int = 0
    offset: int | None = None
    size: int | None = None
    link: int = 0
    entry_size: int = 0


@dataclass(frozen=True)
class Symbol:
    name: str
    section: str = ABSOLUTE  # name of a section, ABSOLUTE or UNDEFINED
    value: int = 0
    bind: int = 0  # STB_LOCAL


@dataclass
class Strings:
    """A string table that grows; its first string is empty."""

    content: bytearray = field(default_factory=lambda: bytearray(1))

    def add(self, text: str) -> int:
        if not text:
            return 0
        at = len(self.content)
        self.content += text.encode() + b"\0"
        return at


def make_elf(
    sections: Sequence[Section] = (),
    symbols: Sequence[Symbol] | None = None,
    *,
    bits: int = 64,
    byteorder: str = "little",
    type: int = 1,  # ET_REL
    machine: int = 62,
    extended: bool = False,
) -> bytes:
    """A file of the given sections, then .symtab and .strtab if there are symbols, then .shstrtab.

    With `extended` the counts stand where files of more than 65,279 sections have them, and symbols refer to their
    sections through SHT_SYMTAB_SHNDX.
    """
    order = "<" if byteorder == "little" else ">"
    word = "I" if bits == 32 else "Q"
    parts = [Section("", type=0), *sections]
    if symbols is not None:
        parts += _symbol_sections(parts, symbols, order, bits, extended)
    names = Strings()
    offsets = [names.add(section.name) for section in [*parts, Section(".shstrtab")]]
    parts.append(Section(".shstrtab", bytes(names.content), type=3))

    header_size = 52 if bits == 32 else 64
    body, headers = b"", b""
    for offset, section in zip(offsets, parts, strict=True):
        body += bytes(-len(body) % 8)
        at = header_size + len(body) if section.offset is None else section.offset
        size = len(section.content) if section.size is None else section.size
        link = section.link
        if extended and section is parts[0]:
            at, size, link = 0, len(parts), len(parts) - 1
        headers += struct.pack(
            f"{order}II{word * 4}II{word * 2}",
            offset,
            section.type,
            0,
            section.address,
            at,
            size,
            link,
            0,
            1,
            section.entry_size,
        )
        body += section.content
    body += bytes(-len(body) % 8)
    count, strings = (0, 0xFFFF) if extended else (len(parts), len(parts) - 1)
    ident = b"\x7fELF" + bytes([bits // 32, 1 if order == "<" else 2, 1]) + bytes(9)
    header = struct.pack(
        f"{order}HHI{word * 3}IHHHHHH",
        *(type, machine, 1, 0, 0, header_size + len(body), 0, header_size, 0, 0, len(headers) // len(parts)),
        *(count, strings),
    )
    return ident + header + body + headers


def _symbol_sections(
    parts: Sequence[Section], symbols: Sequence[Symbol], order: str, bits: int, extended: bool
) -> list[Section]:
    numbers = {section.name: number for number, section in reversed(list(enumerate(parts)))}
    numbers |= {UNDEFINED: 0, ABSOLUTE: 0xFFF1}
    names, table, far = Strings(), b"", b""
    for symbol in [Symbol("", UNDEFINED), *symbols]:
        name, number = names.add(symbol.name), numbers[symbol.section]
        short = 0xFFFF if extended and number < 0xFF00 else number
        if bits == 32:
            table += struct.pack(f"{order}IIIBBH", name, symbol.value, 0, symbol.bind << 4, 0, short)
        else:
            table += struct.pack(f"{order}IBBHQQ", name, symbol.bind << 4, 0, short, symbol.value, 0)
        far += struct.pack(f"{order}I", number)
    symtab = len(parts)
    made = [
        Section(".symtab", table, type=2, link=symtab + 1, entry_size=16 if bits == 32 else 24),
        Section(".strtab", bytes(names.content), type=3),
    ]
    return [*made, Section(".symtab_shndx", far, type=18, link=symtab, entry_size=4)] if extended else made
