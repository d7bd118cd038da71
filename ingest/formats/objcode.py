# SPDX-License-Identifier: GPL-2.0-or-later
"""The code and data of a kernel module, function by function, in a form in which two builds of a source compare.

Made for modules compiled with -ffunction-sections -fdata-sections -g0: without these, offsets between functions of one
section stand in the code itself. ld -r with the kernel's module.lds keeps those sections (5.10 to 6.12) or merges them
(7.3); both will do, since everything is found by the ranges of symbols.

What two builds of the same meaning may differ in is left out: order and names of sections, numbers that the compiler
gives to local labels and objects (gcc/varasm.c, `__COUNTER__`), build ids, CRCs, modinfo, the kernel's own release in
texts, tables that only say where in a function something stands, and lines in __bug_table.
"""

from __future__ import annotations

import hashlib
import re
import struct
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from abidb.errors import BadFormat
from ingest.formats.elf import ET_REL, SHT_NOBITS, Elf, Section, c_string

FUNCTION, DATA = "function", "data"
Key = tuple[str, str]  #: FUNCTION or DATA, and the name

SHT_RELA, SHT_REL = 4, 9
SHF_ALLOC, SHF_EXECINSTR, SHF_MERGE, SHF_STRINGS = 2, 4, 16, 32
STT_OBJECT, STT_FUNC, STT_SECTION = 1, 2, 3
EM_386, EM_MIPS, EM_ARM, EM_X86_64 = 3, 8, 40, 62
MOST_RELOCATIONS = 1 << 22  # of one section; 240,000 seen

# Tables of places in code: what the code means stands in the code itself.
_LEFT_OUT = re.compile(
    r"\.(modinfo|note.*|BTF.*|ctf|orc_.*|return_sites|retpoline_sites|call_sites|cfi_sites|ibt_endbr_seal|smp_locks"
    r"|altinstr_replacement|fixup|eh_frame|discard.*|init\.plt|plt|text\.ftrace_trampoline)$"
    r"|__(mcount_loc|patchable_function_entries|versions|version_ext_.*|kcrctab.*|ksymtab.*|kflagstab.*)$"
)
# Tables that say more of the place than its code does: which static key, which feature, which handler.
_ATTACHED = ("__bug_table", "__ex_table", ".altinstructions", "__jump_table", ".static_call_sites", ".parainstructions")
_NUMBERED = re.compile(r"(?<=\w)\.\d+")
_UNIQUE = re.compile(r"(__UNIQUE_ID_\w*?|__addressable_\w*?)\d+")
_WIDE = {EM_X86_64: (1, 24), 183: (257, 260), 21: (38, 44), 22: (22, 23), 243: (2,)}  # relocations of 8 bytes
_IN_PLACE = {EM_386: (1, 2), EM_ARM: (2, 3)}  # SHT_REL: the addend is the 32-bit word at the place
_FROM_NEXT = {EM_X86_64: (2, 4), EM_386: (2,)}  # counted from the next instruction, where they stand in one
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
    target: tuple[str | bytes, int]  #: what it points to, by name or content, and how far into it
    item: Item | None  #: the same, where it is in this module
    place: tuple[int, int]  #: section and offset of it


def plain(name: str) -> str:
    """A name without the numbers that the compiler counts up: `__key.3` is `__key`."""
    name = _NUMBERED.sub("", name)
    unique = _UNIQUE.fullmatch(name)
    return unique[1] if unique else name


class _Module:
    """One .ko with its symbols sorted by place."""

    def __init__(self, data: bytes | memoryview) -> None:
        self.elf = Elf(data)
        if self.elf.type != ET_REL:
            raise BadFormat("not a relocatable object", 16)
        if (self.elf.machine, self.elf.layout.bits) == (EM_MIPS, 64):
            raise BadFormat("relocations of 64-bit MIPS are not understood", 18)
        self.sections = self.elf.sections
        self.names = [self.elf.name(section) for section in self.sections]
        self.contents = [bytes(self.elf.content(section)) for section in self.sections]
        self.symbols = list(self._symbols())
        self.items = self._items()
        self.starts = {section: [item.start for item in items] for section, items in self.items.items()}
        self.release = self._release()

    def _symbols(self) -> Iterator[Symbol]:
        symbols = self.elf.symbols()
        if symbols is None:
            raise BadFormat("no symbol table")
        table = symbols.table
        columns = (table[column].tolist() for column in ("name", "value", "size", "info"))
        for name, value, size, info, section in zip(*columns, symbols.section.tolist(), strict=True):
            yield Symbol(c_string(symbols.strings, name, "symbol name"), value, size, info & 15, section)

    def _items(self) -> dict[int, list[Item]]:
        """Functions and objects of each section by start; the largest of those that start at one place."""
        best: dict[tuple[int, int], Item] = {}
        for name, value, size, kind, section in self.symbols:
            if kind not in (STT_FUNC, STT_OBJECT) or not 0 < section < len(self.sections):
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
        return items

    def _empty(self) -> int:
        """Bytes of sections that take no room in the file."""
        return sum(section.size for section in self.sections if section.type == SHT_NOBITS)

    def _release(self) -> bytes:
        """The kernel release that the module was built for: the first word of its vermagic."""
        info = bytes(self.elf.read(".modinfo") or b"")
        match = re.search(rb"(?:^|\0)vermagic=([^ \0]+)", info)
        return match[1] if match else b""

    def locate(self, section: int, offset: int) -> Item | None:
        """The function or object at a place; the nearest one where an instruction counts from its own end."""
        items = self.items.get(section)
        if not items:
            return None
        item = items[max(0, bisect_right(self.starts[section], offset) - 1)]
        return item if offset <= max(item.end, item.start + 1) else None

    def neutral(self, content: bytes) -> bytes:
        """Content without the name of the kernel it was built for."""
        return content.replace(self.release, b"%RELEASE%") if self.release else content

    def _anonymous(self, section: int, offset: int) -> tuple[str | bytes, int]:
        """What stands at a place that no symbol names: a text or a constant, else the place itself."""
        flags, content, size = self.sections[section].flags, self.contents[section], self.sections[section].entry_size
        if flags & SHF_STRINGS and 0 <= offset < len(content):
            return self.neutral(content[offset : content.find(b"\0", offset) % (len(content) + 1)]), 0
        if flags & SHF_MERGE and 0 <= offset < len(content):
            return content[offset : offset + size], 0
        if self.names[section].startswith(".rodata") and 0 <= offset < len(content):  # merged ones: texts most of all
            return self.neutral(content[offset : content.find(b"\0", offset) % (len(content) + 1)]), 0
        return plain(self.names[section]), offset

    def _resolved(self, symbol: Symbol, addend: int, bias: int) -> tuple[tuple[str | bytes, int], Item | None, int]:
        offset = symbol.value + addend + bias
        if not 0 < symbol.section < len(self.sections):
            return (symbol.name, addend), None, 0
        item = self.locate(symbol.section, offset)
        if symbol.type != STT_SECTION and not symbol.name.startswith(".L"):
            return (plain(symbol.name), addend), item, offset
        if item is None:
            return self._anonymous(symbol.section, offset), None, offset
        return (plain(item.name), offset - item.start), item, offset

    def relocations(self, section: Section) -> Iterator[Relocation]:
        """Of the section that a SHT_RELA or SHT_REL section belongs to, in order of places."""
        content, machine = self.contents[section.number], self.elf.machine
        code = self.sections[section.info].flags & SHF_EXECINSTR if section.info < len(self.sections) else 0
        for offset, number, kind, addend in sorted(self._entries(section, content)):
            if number >= len(self.symbols):
                raise BadFormat(f"relocation of symbol {number} of {len(self.symbols)}", section.offset)
            counted = code and kind in _FROM_NEXT.get(machine, ())
            bias = 4 + _constant_behind(self.contents[section.info], offset) if counted else 0
            target, item, place = self._resolved(self.symbols[number], addend, bias)
            yield Relocation(offset, kind, target, item, (self.symbols[number].section, place))

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


def functions(data: bytes | memoryview) -> Mapping[Key, bytes]:
    """A digest of each function and object, parts of one function (`f.cold`, `f.part.0`) taken together.

    Equal digests: the same bytes with the same relocations to the same names. Raises BadFormat.
    """
    module = _Module(data)
    relocations = {s.info: list(module.relocations(s)) for s in module.sections if s.type in (SHT_RELA, SHT_REL)}
    attached: dict[Item, list[tuple[object, ...]]] = defaultdict(list)
    for section in module.sections:
        if module.names[section.number] in _ATTACHED:
            _attach(module, section.number, relocations, attached)
    parts: dict[Key, list[tuple[str, bytes]]] = defaultdict(list)
    for section in module.sections:
        name = module.names[section.number]
        if not section.flags & SHF_ALLOC or name in _ATTACHED or _LEFT_OUT.fullmatch(name):
            continue
        kind = FUNCTION if section.flags & SHF_EXECINSTR else DATA
        for item in module.items.get(section.number) or _whole(module, section):
            what = _digest(module, item, relocations.get(section.number, []), attached.get(item, []))
            parts[kind, plain(item.name).split(".")[0] or item.name].append((plain(item.name), what))
    return {key: hashlib.sha256(b"".join(d for _, d in sorted(found))).digest() for key, found in parts.items()}


def _whole(module: _Module, section: Section) -> list[Item]:
    """A section where no symbol names a range, taken as one object; texts and constants count where they are used."""
    if not section.size or section.flags & SHF_MERGE:
        return []
    return [Item(0, section.size, f".{plain(module.names[section.number])}", section.number)]


def _digest(module: _Module, item: Item, relocations: list[Relocation], attached: list[tuple[object, ...]]) -> bytes:
    section = module.sections[item.section]
    content = b"" if section.type == SHT_NOBITS else module.contents[item.section][item.start : item.end]
    points = _points(relocations, item.start, item.end)
    whole = (item.end - item.start, module.neutral(content), points, sorted(attached, key=repr))
    return hashlib.sha256(repr(whole).encode()).digest()


def _points(relocations: list[Relocation], start: int, end: int) -> list[tuple[object, ...]]:
    """What a range points to, from where in it."""
    first = bisect_left(relocations, start, key=lambda r: r.offset)
    last = bisect_left(relocations, end, key=lambda r: r.offset)
    return [(r.offset - start, r.type, r.target) for r in relocations[first:last]]


def _attach(
    module: _Module,
    table: int,
    relocations: Mapping[int, list[Relocation]],
    attached: dict[Item, list[tuple[object, ...]]],
) -> None:
    """Give each entry of a table of places to the function that it speaks of.

    An entry begins with a relocation to code. What follows is its own: other relocations and the bytes between them.
    """
    name, content, rows = module.names[table], module.contents[table], relocations.get(table, [])
    others = sorted({row.place for row in rows})
    owner: Item | None = None
    ends = [*(row.offset for row in rows[1:]), len(content)][: len(rows)]
    for row, following in zip(rows, ends, strict=True):
        code = row.item is not None and module.sections[row.item.section].flags & SHF_EXECINSTR
        owner = row.item if code else owner
        if owner is None:
            continue
        rest = content[row.offset + (8 if row.type in _WIDE.get(module.elf.machine, ()) else 4) : following]
        if name == "__bug_table":
            rest = rest[2:]  # struct bug_entry: the line, which moves with every comment of a header
        instead = _replacement(module, row.place, others, relocations)
        attached[owner].append((name, instead or row.target, rest))


def _replacement(
    module: _Module, place: tuple[int, int], places: list[tuple[int, int]], relocations: Mapping[int, list[Relocation]]
) -> tuple[object, ...] | None:
    """The instructions that an entry of .altinstructions puts in: from where it points to where the next one does."""
    section, start = place
    if not 0 < section < len(module.names) or module.names[section] != ".altinstr_replacement":
        return None
    after = bisect_right(places, place)
    end = places[after][1] if after < len(places) and places[after][0] == section else len(module.contents[section])
    return module.contents[section][start:end], _points(relocations.get(section, []), start, end)
