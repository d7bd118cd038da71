# SPDX-License-Identifier: GPL-2.0-or-later
"""The code and data of a kernel module, function by function, in a form in which two builds of a source compare.

Made for modules compiled with -ffunction-sections -fdata-sections -g0: without these, offsets between functions of one
section stand in the code itself. ld -r with the kernel's module.lds keeps those sections (5.10 to 6.12) or merges them
(7.3); both will do, since everything is found by the ranges of symbols.

What two builds of the same meaning may differ in is left out: order and names of sections, numbers that the compiler
gives to local labels and objects (gcc/varasm.c, `__COUNTER__`), build ids, CRCs, modinfo, the kernel's own release in
texts, tables that only say where in a function something stands, lines in __bug_table, and what fills up between two.
All else counts: what no symbol names by its content where it is used, or as the section's where nothing points to it.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from abidb.errors import BadFormat
from ingest.formats.elf import SHT_NOBITS
from ingest.formats.relocatable import (
    EM_386,
    EM_AARCH64,
    EM_X86_64,
    SHF_EXECINSTR,
    SHF_MERGE,
    SHF_STRINGS,
    SHF_WRITE,
    STT_SECTION,
    Item,
    Module,
    Relocation,
    plain,
)

FUNCTION, DATA = "function", "data"
Key = tuple[str, str]  #: FUNCTION or DATA, and the name
DEEPEST = 50  #: pieces without a name that point to each other; beyond, the place counts
Digests = dict[Key, list[tuple[str, bytes]]]


class Shape(NamedTuple):
    """An entry of a table of places, as one kernel and architecture have it."""

    size: int
    places: frozenset[int]  #: where in it relocations stand, at 0 always
    line: int = 0  #: where the number of a line of the source stands, two bytes
    length: int = 0  #: where the length of the instructions put in stands, one byte


def _shape(size: int, *places: int, line: int = 0, length: int = 0) -> Shape:
    return Shape(size, frozenset(places), line, length)


# Tables that say more of a place in code than its code does: which static key, which feature, which handler. In each,
# the first of the shapes that all entries have is taken. include/linux/{bug,jump_label,static_call_types}.h and
# arch/*/include/asm/{alternative,extable,paravirt_types}.h of 5.10 to 7.3.
_TABLES: Mapping[str, tuple[Shape, ...]] = {
    "__bug_table": (
        _shape(16, 0, 4, 8, line=12),
        _shape(12, 0, 4, line=8),
        _shape(24, 0, 8, line=16),
        _shape(8, 0),
        _shape(6, 0),
    ),
    "__ex_table": (_shape(12, 0, 4), _shape(8, 0, 4), _shape(16, 0, 8)),
    ".altinstructions": (_shape(14, 0, 4, length=13), _shape(12, 0, 4, length=11), _shape(13, 0, 4, length=11)),
    "__jump_table": (_shape(16, 0, 4, 8), _shape(12, 0, 4, 8), _shape(24, 0, 8, 16)),
    ".static_call_sites": (_shape(8, 0, 4),),
    ".parainstructions": (_shape(16, 0), _shape(8, 0)),
}
_LENGTHS = (EM_386, EM_X86_64, EM_AARCH64)  # machines whose alternatives say how long what is put in is
_EXCEPTIONS = {EM_X86_64: (_shape(12, 0, 4, 8),), EM_386: (_shape(12, 0, 4, 8),)}  # with a handler until 5.15


def functions(data: bytes | memoryview) -> Mapping[Key, bytes]:
    """A digest of each function and object, parts of one function (`f.cold`, `f.part.0`) taken together.

    Equal digests: the same bytes with the same relocations to the same names. Raises BadFormat.
    """
    code = _Code(Module(data))
    found: Digests = defaultdict(list)
    attached: dict[Item, list[object]] = defaultdict(list)
    sections = [s.number for s in code.module.sections if code.module.counted[s.number]]
    tables = {number: shape for number in sections if (shape := _shape_of(code.module, number))}
    for number, shape in tables.items():
        code.attach(number, shape, attached, found)
    for number in sections:
        if number not in tables:
            for item in code.module.items.get(number, []):
                key = code.kind(number), plain(item.name).split(".")[0] or item.name
                found[key].append((plain(item.name), code.digest(item, attached.get(item, []))))
    for number in sections:
        if number not in tables:
            code.rest(number, found)
    return {key: hashlib.sha256(b"".join(d for _, d in sorted(of))).digest() for key, of in found.items()}


def _shape_of(module: Module, table: int) -> Shape | None:
    """The shape of a table's entries; None where it is no such table or has none that is known."""
    name, rows = module.names[table], module.relocations.get(table, [])
    shapes = _TABLES.get(name, ())
    if name == "__ex_table":
        shapes = _EXCEPTIONS.get(module.elf.machine, shapes)
    places, size = {row.offset for row in rows}, module.sections[table].size
    if name == ".parainstructions":  # what fills up to the next entry stands behind the last one no more
        size += -size % (module.elf.layout.bits // 4)
    return next((s for s in shapes if places and _fits(s, places, size)), None)


def _fits(shape: Shape, places: set[int], size: int) -> bool:
    if size % shape.size or not all(at in places for at in range(0, size, shape.size)):
        return False
    return all(at % shape.size in shape.places for at in places)


class _Code:
    """Digests of one module's pieces; those without a name are kept, since many places point to them."""

    def __init__(self, module: Module) -> None:
        self.module = module
        self.pieces: dict[tuple[int, int], bytes] = {}
        self.open: set[tuple[int, int]] = set()
        self.merged: dict[tuple[int, int], tuple[object, ...]] = {}
        self.texts = 0  #: bytes of them

    def kind(self, section: int) -> str:
        return FUNCTION if self.module.sections[section].flags & SHF_EXECINSTR else DATA

    def digest(self, item: Item, attached: list[object]) -> bytes:
        """Of a function or object with what tables say of places in it."""
        content = self.module.neutral(self.content(item.section, item.start, item.end))
        points = self.points(item.section, item.start, item.end)
        whole = (item.end - item.start, content, points, attached, self.module.labels.get(item, []))
        return hashlib.sha256(repr(whole).encode()).digest()

    def content(self, section: int, start: int, end: int) -> bytes:
        empty = self.module.sections[section].type == SHT_NOBITS
        return b"" if empty else self.module.contents[section][start:end]

    def points(self, section: int, start: int, end: int) -> list[tuple[object, ...]]:
        """What a range points to, from where in it."""
        return [(r.offset - start, r.type, *self.target(r)) for r in self.module.between(section, start, end)]

    def target(self, row: Relocation) -> tuple[object, ...]:
        """What a relocation points to: a name and how far from it, or the content of what no symbol names."""
        symbol, (section, offset) = row.symbol, row.place
        if not section:
            return symbol.name, row.addend
        if symbol.type != STT_SECTION and not symbol.name.startswith(".L"):
            return plain(symbol.name), row.addend, self._twin(self.module.locate(section, symbol.value))
        item = self.module.locate(section, offset) or self.module.ends(section, offset)
        if item:
            return plain(item.name), offset - item.start, self._twin(item)
        return self.unnamed(section, offset)

    def _twin(self, item: Item | None) -> bytes:
        """Which one of several that have one name."""
        if item is None or self.module.named[plain(item.name)] < 2:
            return b""
        content = self.module.neutral(self.content(item.section, item.start, item.end))
        return hashlib.sha256(content).digest()[:8]

    def unnamed(self, section: int, offset: int) -> tuple[object, ...]:
        """A text or constant, or the piece up to the next place that something points to."""
        flags, name = self.module.sections[section].flags, plain(self.module.names[section])
        place = section, offset
        content = self.content(section, 0, self.module.sections[section].size)
        if not 0 <= offset < len(content) or name in _TABLES:
            return name, offset if name not in _TABLES else 0
        if flags & SHF_MERGE and not self.module.relocations.get(section):
            if place not in self.merged:
                self.merged[place] = self._merged(section, offset, content)
            return self.merged[place]
        piece = self.piece(section, offset)
        return (name, offset, piece) if flags & SHF_WRITE else ("", piece)

    def _merged(self, section: int, offset: int, content: bytes) -> tuple[object, ...]:
        one = min(max(1, self.module.sections[section].entry_size), len(content))
        if not self.module.sections[section].flags & SHF_STRINGS:
            start = offset - offset % one
            return content[start : start + one], offset - start
        end = content.find(bytes(one), offset)
        while (end - offset) % one and end >= 0:
            end = content.find(bytes(one), end + 1)
        end = end if end >= 0 else len(content)
        self.texts += end - offset
        if self.texts > 16 * len(self.module.elf.data):
            raise BadFormat("texts overlap many times over")
        return (self.module.neutral(content[offset:end]),)

    def piece(self, section: int, start: int) -> bytes:
        """The digest of what stands from a place to the next; zeros that fill up behind data are left out."""
        place = section, start
        if place in self.pieces:
            return self.pieces[place]
        if place in self.open or len(self.open) >= DEEPEST:
            return repr((plain(self.module.names[section]), start)).encode()
        self.open.add(place)
        end = self.module.next(section, start)
        content = self.module.neutral(self.content(section, start, end))
        content = content if self.kind(section) == FUNCTION else content.rstrip(b"\0")
        self.pieces[place] = hashlib.sha256(repr((content, self.points(section, start, end))).encode()).digest()
        self.open.remove(place)
        return self.pieces[place]

    def rest(self, section: int, found: Digests) -> None:
        """What neither a symbol names nor anything else points to; texts and constants count where they are used."""
        module, name = self.module, f".{plain(self.module.names[section])}"
        if module.sections[section].flags & SHF_MERGE and not module.relocations.get(section):
            return
        for start in module.bounds[section]:
            end = module.next(section, start)
            if (section, start) in self.pieces or module.locate(section, start) or module.is_fill(section, start, end):
                continue
            found[self.kind(section), name].append((name, self.piece(section, start)))

    def attach(self, table: int, shape: Shape, attached: dict[Item, list[object]], found: Digests) -> None:
        """Give each entry of a table of places to the function that it speaks of, whole."""
        module, name = self.module, self.module.names[table]
        for start in range(0, module.sections[table].size, shape.size):
            entry = name, *self._entry(table, start, shape)
            section, offset = module.between(table, start, start + 1)[0].place
            owner = module.locate(section, offset) or (module.ends(section, offset) if section else None)
            if owner:
                attached[owner].append(entry)
            else:
                found[DATA, f".{name}"].append((f".{name}", hashlib.sha256(repr(entry).encode()).digest()))

    def _entry(self, table: int, start: int, shape: Shape) -> Iterator[object]:
        content = bytearray(self.content(table, start, start + shape.size))
        lengths = shape.length and self.module.elf.machine in _LENGTHS
        none = ".altinstr_replacement" if lengths and not content[shape.length] else None  # nothing is put in
        if shape.line:
            content[shape.line : shape.line + 2] = bytes(2)  # it moves with every comment of a header
        yield bytes(content)
        for row in self.module.between(table, start, start + shape.size):
            yield row.offset - start, row.type, *(() if self.module.names[row.place[0]] == none else self.target(row))
