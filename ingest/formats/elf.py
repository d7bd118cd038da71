# SPDX-License-Identifier: GPL-2.0-or-later
"""Sections and symbols of an ELF file of either word size and byte order (include/uapi/linux/elf.h).

Quick enough for a loop over thousands of modules: headers are read at once, contents only when asked for. Every
offset is checked against the file; BadFormat is the only error.
"""

from __future__ import annotations

import struct
from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from abidb.errors import BadFormat

MAGIC = b"\x7fELF"
ET_REL = 1
EM_386, EM_PPC64, EM_X86_64 = 3, 21, 62
SHT_SYMTAB, SHT_STRTAB, SHT_NOBITS, SHT_SYMTAB_SHNDX = 2, 3, 8, 18
STB_WEAK = 2
SHN_UNDEF, SHN_ABS, SHN_XINDEX = 0, 0xFFF1, 0xFFFF

# What a file may have; after each the most that was seen among Debian's kernels and modules.
MOST_SECTIONS = 1 << 16  # 96
SECTION_NAMES_LIMIT = 4 << 20  # bytes; 994
MOST_SYMBOLS = 1 << 22  # 407,053
SYMBOL_NAMES_LIMIT = 16 << 20  # bytes; 1,001,305

ByteOrder = Literal["little", "big"]
ORDERS: tuple[ByteOrder, ByteOrder] = ("little", "big")


class Section(NamedTuple):
    """Elf32_Shdr or Elf64_Shdr, with its own number."""

    number: int
    name: int  #: offset in the table of section names
    type: int
    flags: int
    address: int
    offset: int
    size: int
    link: int
    info: int
    alignment: int
    entry_size: int


class Layout(NamedTuple):
    """The structs of one word size and byte order."""

    bits: int
    order: str  #: "<" or ">", as struct and numpy write it
    byteorder: ByteOrder  #: the same, as int.from_bytes writes it
    header: struct.Struct  #: Elf_Ehdr after e_ident
    section: struct.Struct  #: Elf_Shdr
    symbol: np.dtype[np.void]  #: Elf_Sym


def _layout(bits: int, byteorder: ByteOrder) -> Layout:
    order = "<" if byteorder == "little" else ">"
    word = "I" if bits == 32 else "Q"
    names = ("name", "value", "size", "info", "other", "section")
    formats = ("u4", "u4", "u4", "u1", "u1", "u2") if bits == 32 else ("u4", "u8", "u8", "u1", "u1", "u2")
    offsets = (0, 4, 8, 12, 13, 14) if bits == 32 else (0, 8, 16, 4, 5, 6)
    symbol = np.dtype({"names": names, "formats": [order + f for f in formats], "offsets": offsets})
    header = struct.Struct(f"{order}HHI{word * 3}IHHHHHH")
    return Layout(bits, order, byteorder, header, struct.Struct(f"{order}II{word * 4}II{word * 2}"), symbol)


LAYOUTS = {(c, d): _layout(32 * c, ORDERS[d - 1]) for c in (1, 2) for d in (1, 2)}  # EI_CLASS, EI_DATA


class Symbols(NamedTuple):
    """A symbol table: columns by name (name, value, size, info, other, section) and its strings."""

    table: npt.NDArray[np.void]
    section: npt.NDArray[np.uint32]  #: index of each symbol's section, with SHN_XINDEX resolved
    strings: bytes


class Elf:
    """An ELF file in memory; raises BadFormat where it is not one or its section table lies outside.

    A file without sections (e_shoff 0) is read, and has none.
    """

    __slots__ = ("_first", "_headers", "_names", "data", "layout", "machine", "type")

    def __init__(self, data: bytes | memoryview) -> None:
        self.data = memoryview(data)
        if len(data) < 16 or self.data[:4] != MAGIC:
            raise BadFormat("not an ELF file", 0)
        layout = LAYOUTS.get((self.data[4], self.data[5]))
        if layout is None:
            raise BadFormat(f"ELF class {self.data[4]} and byte order {self.data[5]} are not known", 4)
        if len(data) < 16 + layout.header.size:
            raise BadFormat("ELF header is cut short", len(data))
        self.layout = layout
        fields = layout.header.unpack_from(data, 16)
        self.type, self.machine = fields[:2]
        self._headers, names = self._section_table(fields[5], *fields[10:13])
        self._names = bytes(self._limited(names, SECTION_NAMES_LIMIT)) if names else b""
        self._first: dict[int, int] | None = None

    def _section_table(
        self, offset: int, entry_size: int, count: int, names: int
    ) -> tuple[list[tuple[int, ...]], Section | None]:
        """The section headers as they stand, and that of the section names."""
        if offset == 0:
            return [], None
        header = self.layout.section
        if entry_size != header.size:
            raise BadFormat(f"section headers of {entry_size} bytes, expected {header.size}", 16)
        first = header.unpack(self.slice(offset, header.size, "section table"))
        count = count or first[5]  # sh_size of the first one says it where there are 0xff00 or more
        if count > MOST_SECTIONS:
            raise BadFormat(f"section table of {count:,} sections, more than the {MOST_SECTIONS:,} allowed", offset)
        names = first[6] if names == SHN_XINDEX else names  # and sh_link this
        headers = list(header.iter_unpack(self.slice(offset, count * header.size, "section table")))
        if names == SHN_UNDEF:
            return headers, None
        if names >= len(headers):
            raise BadFormat(f"section {names} is said to hold the sections' names, of {len(headers)}", 16)
        return headers, Section(names, *headers[names])

    def slice(self, offset: int, size: int, what: str) -> memoryview:
        """The `size` bytes from `offset` on; BadFormat names `what` where they are not all in the file."""
        if offset + size > len(self.data):
            raise BadFormat(f"{what} of {size:,} bytes reaches beyond the file's {len(self.data):,}", offset)
        return self.data[offset : offset + size]

    @property
    def sections(self) -> list[Section]:
        """All sections in order, the empty first one included."""
        return [Section(index, *header) for index, header in enumerate(self._headers)]

    def section_at(self, number: int) -> Section:
        """The section that a symbol or a header refers to by its number."""
        if not 0 <= number < len(self._headers):
            raise BadFormat(f"section {number} is referred to, of {len(self._headers)}", None)
        return Section(number, *self._headers[number])

    def name(self, section: Section) -> str:
        """Name of a section."""
        return c_string(self._names, section.name, "section name")

    def section(self, name: str) -> Section | None:
        """The first section of that name, as the kernel's find_sec() takes it."""
        if self._first is None:
            count = len(self._headers)
            self._first = {self._headers[i][0]: i for i in range(count - 1, -1, -1)}
        wanted, found = name.encode() + b"\0", list[int]()
        at = self._names.find(wanted)
        while at >= 0:
            if at in self._first:
                found.append(self._first[at])
            at = self._names.find(wanted, at + 1)
        return Section(min(found), *self._headers[min(found)]) if found else None

    def content(self, section: Section) -> memoryview:
        """The bytes of a section; none for one that takes no room in the file."""
        if section.type == SHT_NOBITS:
            return self.data[:0]
        return self.slice(section.offset, section.size, "section")

    def _limited(self, section: Section, most: int) -> memoryview:
        """The bytes of a section that must not have more than `most`."""
        content = self.content(section)
        if len(content) > most:
            raise BadFormat(f"section of {len(content):,} bytes is larger than the {most:,} allowed", section.offset)
        return content

    def read(self, name: str) -> memoryview | None:
        """The bytes of the first section of that name; None where there is none."""
        section = self.section(name)
        return None if section is None else self.content(section)

    def symbols(self) -> Symbols | None:
        """The first symbol table (SHT_SYMTAB); None where the file is stripped."""
        section = next((s for s in self.sections if s.type == SHT_SYMTAB), None)
        if section is None:
            return None
        dtype = self.layout.symbol
        content = self._limited(section, MOST_SYMBOLS * dtype.itemsize)
        if len(content) % dtype.itemsize:
            raise BadFormat(
                f"symbol table of {len(content):,} bytes does not divide by {dtype.itemsize}", section.offset
            )
        table = np.frombuffer(content, dtype)
        strings = bytes(self._limited(self.section_at(section.link), SYMBOL_NAMES_LIMIT))
        return Symbols(table, self._symbol_sections(table, section), strings)

    def _symbol_sections(self, table: npt.NDArray[np.void], symtab: Section) -> npt.NDArray[np.uint32]:
        indexes = table["section"].astype(np.uint32)
        if not (far := indexes == SHN_XINDEX).any():
            return indexes
        extended = next((s for s in self.sections if s.type == SHT_SYMTAB_SHNDX and s.link == symtab.number), None)
        if extended is None or extended.size != 4 * len(table):
            raise BadFormat("symbols refer to a table of section indexes that does not fit them", symtab.offset)
        numbers = np.frombuffer(self.content(extended), self.layout.symbol["name"])  # u4 of the same byte order
        indexes[far] = numbers[far]
        return indexes


def c_string(table: bytes, at: int, what: str) -> str:
    """The NUL-terminated string at `at`; BadFormat(what) where it does not start or end inside or is not UTF-8."""
    end = table.find(b"\0", at)
    if end < 0 or at < 0:
        raise BadFormat(f"{what} lies outside its table of {len(table):,} bytes", at)
    try:
        return table[at:end].decode()
    except UnicodeDecodeError:
        raise BadFormat(f"{what} is not UTF-8", at) from None
