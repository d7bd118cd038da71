# SPDX-License-Identifier: GPL-2.0-or-later
"""A kernel module as pieces that compare: functions, objects, and what no symbol names, without gaps between them.

An item runs from its symbol to the size that the symbol gives; where it gives none, or where the symbol has no type (a
label of assembly), to the next one. What is left, constants and code that only a section symbol reaches, is cut where
something points to. Formats: elf(5), the psABI of each machine.
"""

from __future__ import annotations

import re
import struct
from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import NamedTuple

from abidb.errors import BadFormat
from ingest.formats.elf import ET_REL, SHT_NOBITS, Elf, Section, c_string

SHT_RELA, SHT_REL = 4, 9
SHF_WRITE, SHF_ALLOC, SHF_EXECINSTR, SHF_MERGE, SHF_STRINGS = 1, 2, 4, 16, 32
STT_NOTYPE, STT_OBJECT, STT_FUNC, STT_SECTION, STT_FILE = 0, 1, 2, 3, 4
EM_386, EM_MIPS, EM_ARM, EM_X86_64, EM_AARCH64 = 3, 8, 40, 62, 183
MOST_RELOCATIONS = 1 << 22  # of one section; 240,000 seen

# What says nothing that the code does not say: places of calls and returns, unwind tables, what a module is made for.
_LEFT_OUT = re.compile(
    r"\.(modinfo|note.*|BTF.*|ctf|orc_.*|return_sites|retpoline_sites|call_sites|cfi_sites|ibt_endbr_seal|smp_locks"
    r"|eh_frame|ARM\.ex(idx|tab).*|discard.*|init\.plt|plt|text\.ftrace_trampoline)$"
    r"|__(mcount_loc|patchable_function_entries|versions|version_ext_.*|kcrctab.*|ksymtab.*|kflagstab.*)$"
)
_NUMBERED = re.compile(r"(?<=\w)\.\d+")
_UNIQUE = re.compile(r"(__UNIQUE_ID_\w*?|__addressable_\w*?)\d+")
_MARK = re.compile(r"\.L.*|\$[adtx](\..*)?|")  # local labels, where ARM and RISC-V say code or data, nothing
_IN_PLACE = {EM_386: (1, 2), EM_ARM: (2, 3)}  # SHT_REL: the addend is the 32-bit word at the place
_FROM_NEXT = {EM_X86_64: (2, 4), EM_386: (2,)}  # counted from the next instruction, where they stand in one
# What assemblers and linkers put between functions: nop of x86 (all lengths of gas), int3, nop of arm64, ppc64, RISC-V.
_FILL = re.compile(
    rb"(?>\xcc|\x66*\x90|\x66*(?:\x2e)?\x0f\x1f(?:\0|\x40\0|\x44\0\0|\x80\0{4}|\x84\0{5})"
    rb"|(?:\x2e)?\x8d(?:\x76\0|\x74\x26\0|\xb6\0{4}|\xb4\x26\0{4})|\x89\xf6"
    rb"|\x1f\x20\x03\xd5|\0\0\0\x60|\x60\0\0\0|\x13\0\0\0|\x01\0|\x07\x07|\0)*+"
)
# Opcodes of x86 that a constant follows behind the field (Intel's manual, volume 2, appendix A): of one byte, of two.
_BYTE, _WORD = frozenset(b"\x6b\x80\x83\xc0\xc1\xc6\xf6"), frozenset(b"\x69\x81\xc7\xf7")
_TWO_BYTE = frozenset(b"\x70\xa4\xac\xba\xc2\xc4\xc5\xc6")


class Item(NamedTuple):
    """A function or object."""

    start: int
    end: int
    name: str  #: as in the symbol table
    section: int


class Symbol(NamedTuple):
    name: str
    value: int
    size: int
    type: int
    section: int


class Relocation(NamedTuple):
    offset: int
    type: int
    symbol: Symbol
    addend: int
    place: tuple[int, int]  #: section, 0 where it is not in this module, and how far into it


def plain(name: str) -> str:
    """A name without the numbers that the compiler counts up: `__key.3` is `__key`."""
    name = _NUMBERED.sub("", name)
    unique = _UNIQUE.fullmatch(name)
    return unique[1] if unique else name


class Module:
    """One .ko, its sections cut at symbols and at places that something points to. Raises BadFormat."""

    def __init__(self, data: bytes | memoryview) -> None:
        self.elf = Elf(data)
        if self.elf.type != ET_REL:
            raise BadFormat("not a relocatable object", 16)
        if (self.elf.machine, self.elf.layout.bits) == (EM_MIPS, 64):
            raise BadFormat("relocations of 64-bit MIPS are not understood", 18)
        self.sections = self.elf.sections
        self.names = [self.elf.name(section) for section in self.sections]
        self.contents = [bytes(self.elf.content(section)) for section in self.sections]
        self.counted = [
            bool(s.flags & SHF_ALLOC) and not _LEFT_OUT.fullmatch(name)
            for s, name in zip(self.sections, self.names, strict=True)
        ]
        self.symbols = list(self._symbols())
        self.items = self._items()
        self.starts = {section: [item.start for item in items] for section, items in self.items.items()}
        self.longest = {section: _longest(items) for section, items in self.items.items()}
        self.named = Counter(plain(item.name) for items in self.items.values() for item in items)
        self.labels = self._labels()
        self.release = self._release()
        tables = [s for s in self.sections if s.type in (SHT_RELA, SHT_REL)]
        found = {s.info: list(self._relocations(s)) for s in tables}
        self.relocations = {number: rows for number, rows in found.items() if self._counts(number)}
        self.bounds = self._bounds()

    def _counts(self, section: int) -> bool:
        return 0 < section < len(self.counted) and self.counted[section]

    def _symbols(self) -> Iterator[Symbol]:
        symbols = self.elf.symbols()
        if symbols is None:
            raise BadFormat("no symbol table")
        table = symbols.table
        columns = (table[column].tolist() for column in ("name", "value", "size", "info"))
        for name, value, size, info, section in zip(*columns, symbols.section.tolist(), strict=True):
            yield Symbol(c_string(symbols.strings, name, "symbol name"), value, size, info & 15, section)

    def _items(self) -> dict[int, list[Item]]:
        """Functions, objects and labels of each section by start; the largest of those that start at one place."""
        best: dict[tuple[int, int], Item] = {}
        for name, value, size, kind, section in self.symbols:
            if not self._is_item(name, kind, section):
                continue
            item, other = Item(value, value + size, name, section), best.get((section, value))
            # init_module is another name of the function that module_init() was given
            if other is None or (other.end, other.name.endswith("_module")) < (item.end, name.endswith("_module")):
                best[section, value] = item
        if sum(item.end - item.start for item in best.values()) > 4 * len(self.elf.data) + self._empty():
            raise BadFormat("functions and objects overlap many times over")
        items: dict[int, list[Item]] = defaultdict(list)
        for place in sorted(best):
            items[place[0]].append(best[place])
        return {section: list(_stretched(found, self.sections[section].size)) for section, found in items.items()}

    def _is_item(self, name: str, kind: int, section: int) -> bool:
        if not 0 < section < len(self.sections):
            return False
        label = kind == STT_NOTYPE and not _MARK.fullmatch(name) and not self.sections[section].flags & SHF_MERGE
        return kind in (STT_FUNC, STT_OBJECT) or label

    def _empty(self) -> int:
        """Bytes of sections that take no room in the file."""
        return sum(section.size for section in self.sections if section.type == SHT_NOBITS)

    def _labels(self) -> dict[Item, list[tuple[str, int]]]:
        """Other names of items and of places in them: who calls by such a name means what stands there."""
        labels: dict[Item, list[tuple[str, int]]] = defaultdict(list)
        for symbol in self.symbols:
            if symbol.type in (STT_SECTION, STT_FILE) or _MARK.fullmatch(symbol.name):
                continue
            item = self.locate(symbol.section, symbol.value)
            if item and (item.name, item.start) != (symbol.name, symbol.value):
                labels[item].append((plain(symbol.name), symbol.value - item.start))
        return {item: sorted(set(found)) for item, found in labels.items()}

    def _release(self) -> bytes:
        """The kernel release that the module was built for: the first word of its vermagic."""
        info = bytes(self.elf.read(".modinfo") or b"")
        match = re.search(rb"(?:^|\0)vermagic=([^ \0]+)", info)
        return match[1] if match else b""

    def _bounds(self) -> dict[int, list[int]]:
        """Where the pieces of each section begin, and its end."""
        bounds: dict[int, set[int]] = defaultdict(set)
        for rows in self.relocations.values():
            for row in rows:
                if row.place[0]:
                    bounds[row.place[0]].add(row.place[1])
        for section in self.sections:
            items = self.items.get(section.number, [])
            bounds[section.number] |= {0, section.size, *(i.start for i in items), *(i.end for i in items)}
        return {number: sorted(b for b in of if 0 <= b <= self.sections[number].size) for number, of in bounds.items()}

    def locate(self, section: int, offset: int) -> Item | None:
        """The function or object that a place lies in."""
        items = self.items.get(section)
        nearest = bisect_right(self.starts[section], offset) - 1 if items else -1
        if not items or nearest < 0:
            return None
        item = items[nearest]
        if offset >= max(item.end, item.start + 1):
            item = self.longest[section][nearest]
        return item if offset < max(item.end, item.start + 1) else None

    def ends(self, section: int, offset: int) -> Item | None:
        """The function or object that ends at a place where nothing else is but what fills up to the next one."""
        item = self.locate(section, offset - 1) if offset > 0 else None
        return (
            item if item and item.end == offset and self.is_fill(section, offset, self.next(section, offset)) else None
        )

    def next(self, section: int, offset: int) -> int:
        """Where the piece that begins at a place ends."""
        bounds = self.bounds[section]
        after = bisect_right(bounds, offset)
        return bounds[after] if after < len(bounds) else offset

    def is_fill(self, section: int, start: int, end: int) -> bool:
        """Whether only filling stands between two places."""
        content = self.contents[section][start:end]
        fills = _FILL.fullmatch(content) if self.sections[section].flags & SHF_EXECINSTR else not content.strip(b"\0")
        return bool(fills) and not self.between(section, start, end)

    def between(self, section: int, start: int, end: int) -> list[Relocation]:
        """The relocations of a piece."""
        rows = self.relocations.get(section, [])
        first = bisect_left(rows, start, key=lambda r: r.offset)
        return rows[first : bisect_left(rows, end, key=lambda r: r.offset)]

    def neutral(self, content: bytes) -> bytes:
        """Content without the name of the kernel it was built for."""
        return content.replace(self.release, b"%RELEASE%") if self.release else content

    def _relocations(self, section: Section) -> Iterator[Relocation]:
        """Of the section that a SHT_RELA or SHT_REL section belongs to, in order of places."""
        content, machine = self.contents[section.number], self.elf.machine
        code = self.sections[section.info].flags & SHF_EXECINSTR if section.info < len(self.sections) else 0
        for offset, number, kind, addend in sorted(self._entries(section, content)):
            if number >= len(self.symbols):
                raise BadFormat(f"relocation of symbol {number} of {len(self.symbols)}", section.offset)
            symbol = self.symbols[number]
            counted = code and kind in _FROM_NEXT.get(machine, ())
            bias = 4 + _constant_behind(self.contents[section.info], offset) if counted else 0
            here = 0 < symbol.section < len(self.sections)
            place = (symbol.section, symbol.value + addend + bias) if here else (0, 0)
            yield Relocation(offset, kind, symbol, addend, place)

    def _entries(self, section: Section, content: bytes) -> Iterator[tuple[int, int, int, int]]:
        """Elf32_Rel to Elf64_Rela: place, number of the symbol, type, addend."""
        wide = self.elf.layout.bits == 64
        word = ("QQq" if wide else "IIi")[: 3 if section.type == SHT_RELA else 2]
        entry = struct.Struct(self.elf.layout.order + word)
        if len(content) % entry.size or len(content) > MOST_RELOCATIONS * entry.size:
            raise BadFormat(f"relocations of {len(content):,} bytes", section.offset)
        places = self.contents[section.info] if section.info < len(self.contents) else b""
        for offset, info, *addend in entry.iter_unpack(content):
            number, kind = (info >> 32, info & 0xFFFFFFFF) if wide else (info >> 8, info & 0xFF)
            in_place = not addend and kind in _IN_PLACE.get(self.elf.machine, ())
            word_there = places[offset : offset + 4] if in_place else b""
            yield offset, number, kind, addend[0] if addend else int.from_bytes(word_there, "little", signed=True)


def _constant_behind(code: bytes, field: int) -> int:
    """Bytes of the constant that ends an instruction of x86, behind the 4 bytes of a place that it reads or writes."""
    before = code[max(0, field - 4) : field].rjust(4, b"\0")
    if before[-1] & 0xC7 != 0x05:  # ModRM: the place is 32 bits from the next instruction
        return 0
    opcode, register = before[-2], before[-1] >> 3 & 7
    if before[-3] == 0x0F:
        return 1 if opcode in _TWO_BYTE else 0
    if opcode in (0xF6, 0xF7) and register > 1:  # of these only TEST has one
        return 0
    return 1 if opcode in _BYTE else (2 if 0x66 in before[:-2] else 4) if opcode in _WORD else 0


def _stretched(items: list[Item], size: int) -> Iterator[Item]:
    """Items in order of their starts; those without a size run to the next, unless they are a place in another."""
    covered = 0
    for item, following in zip(items, [*items[1:], Item(max(size, 0), 0, "", 0)], strict=True):
        if item.end > item.start:
            covered = max(covered, item.end)
            yield item
        elif item.start >= covered:
            yield item._replace(end=max(item.start, following.start))


def _longest(items: list[Item]) -> list[Item]:
    """Of each item, which one of it and those before ends last."""
    longest: list[Item] = []
    for item in items:
        longest.append(item if not longest or item.end > longest[-1].end else longest[-1])
    return longest
