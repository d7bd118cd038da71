# SPDX-License-Identifier: GPL-2.0-or-later
"""The kernel's tables of exported symbols: struct kernel_symbol with its names, CRCs and flags.

An entry is value, name and (since v5.4) namespace, each either a distance from itself (CONFIG_HAVE_ARCH_PREL32_
RELOCATIONS, include/linux/export.h) or an address. The section of an entry says its export type; from v7.1 on there
is one section, and __kflagstab says it. Which of all that a kernel has is told by what is in the file, never by its
version.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import repeat
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from abidb import naming
from abidb.errors import BadFormat
from abidb.records import VMLINUX, Export
from ingest.formats.elf import SHT_NOBITS, Elf, Section

Integers = npt.NDArray[np.int64]

PLAIN, GPL = "EXPORT_SYMBOL", "EXPORT_SYMBOL_GPL"
#: export type by the end of the section's name (include/asm-generic/vmlinux.lds.h), as scripts/mod/modpost.c writes
#: it to Module.symvers; the last three until v5.11
KINDS = {
    "": PLAIN,
    "_gpl": GPL,
    "_unused": "EXPORT_UNUSED_SYMBOL",
    "_unused_gpl": "EXPORT_UNUSED_SYMBOL_GPL",
    "_gpl_future": "EXPORT_SYMBOL_GPL_FUTURE",
}
FLAG_GPL_ONLY = 1  # of a byte in __kflagstab (include/linux/module_symbol.h)
SYMBOL = re.compile(b"(" + naming.SYMBOL + rb")\0")
NAMESPACE = re.compile(b"(|" + naming.NAMESPACE + rb")\0")
LONGEST = 8 << 20  # bytes of all names of a table; 0.5 MB in 7.3
MOST = 1 << 18  # entries of a table; 15,750 in 7.3
FEW = 8  # so few CRCs may all look like distances by chance


class Shape(NamedTuple):
    """How a kernel stores struct kernel_symbol."""

    word: int  #: bytes of each of its words
    words: int  #: 3: value, name, namespace; 2, up to v5.3: value, name
    relative: bool  #: words are distances from themselves, else addresses
    order: str  #: "<" or ">"

    @property
    def size(self) -> int:
        """Bytes of an entry."""
        return self.word * self.words

    @property
    def dtype(self) -> str:
        """Of a word, in numpy's terms; signed where the words are near 2**64, for the sake of differences."""
        return f"{self.order}{'i' if self.relative or self.word == 8 else 'u'}{self.word}"


class Columns(NamedTuple):
    """Addresses of the strings of each entry."""

    names: Integers
    namespaces: Integers
    has_namespace: npt.NDArray[np.bool_]  #: up to v6.4 the exports of assembly code have a literal 0 in its place

    def part(self, first: int, last: int) -> Columns:
        """The entries from `first` up to, without, `last`."""
        return Columns(self.names[first:last], self.namespaces[first:last], self.has_namespace[first:last])


def columns(data: bytes | memoryview, offset: int, count: int, address: int, shape: Shape) -> Columns:
    """Read the `count` entries at `offset` of `data`, all inside, the first of which is at `address`."""
    flat = np.frombuffer(data, shape.dtype, count * shape.words, offset)
    words = flat.reshape(count, shape.words).astype(np.int64)
    at = signed(address) + shape.size * np.arange(count, dtype=np.int64) if shape.relative else 0
    names = words[:, 1] + at + shape.word * shape.relative
    if shape.words == 2:
        return Columns(names, names, np.zeros(count, np.bool_))
    return Columns(names, words[:, 2] + at + 2 * shape.word * shape.relative, words[:, 2] != 0)


def signed(address: int) -> int:
    """A 64-bit address as int64 holds it."""
    return address - (1 << 64) if address >> 63 else address


def strings(text: bytes, start: int, entries: Columns) -> tuple[list[str], list[str]]:
    """Names and namespaces of entries out of `text`, which begins at the (signed) address `start`.

    Raises BadFormat, with the offset in `text`, where one is not what it should be.
    """
    names = _strings(text, (entries.names - start).tolist(), SYMBOL, "name")
    offsets, given = entries.namespaces - start, entries.has_namespace
    places = np.unique(offsets[given]).tolist()
    known = dict(zip(places, _strings(text, places, NAMESPACE, "namespace"), strict=True))
    return names, [known[at] if there else "" for at, there in zip(offsets.tolist(), given.tolist(), strict=True)]


def _strings(text: bytes, offsets: list[int], pattern: re.Pattern[bytes], what: str) -> list[str]:
    found: list[str] = []
    total = 0
    for at in offsets:
        string = pattern.match(text, at) if at >= 0 else None
        if string is None:
            raise BadFormat(f"{what} of an export is no text that can be one", at)
        found.append(string[1].decode("ascii"))
        total += len(found[-1])
        if total > LONGEST:
            raise BadFormat(f"each {what} of an export is the end of another, {LONGEST:,} bytes in all", at)
    return found


def records(
    names: Sequence[str], spaces: Sequence[str], crcs: Sequence[int | None], kinds: Sequence[str]
) -> dict[Export, None]:
    """The exports of a table in its order; arm64 of 5.10 repeats some (memcpy), which count once."""
    return dict.fromkeys(map(Export, names, repeat(VMLINUX), crcs, kinds, spaces))


def exports(elf: Elf) -> tuple[Export, ...]:
    """All exports of a vmlinux that has its sections, in the order of its tables; exact repeats count once.

    Empty where there is no table. Raises BadFormat where the sections contradict each other.
    """
    found: dict[Export, None] = {}
    for suffix in KINDS:
        table = elf.section(f"__ksymtab{suffix}")
        if table is not None and table.size:
            found.update(_table(elf, table, suffix))
    return tuple(found)


def _table(elf: Elf, table: Section, suffix: str) -> dict[Export, None]:
    section = elf.section("__ksymtab_strings")
    if section is None:
        raise BadFormat("vmlinux has exports, but no section __ksymtab_strings", table.offset)
    entries = _entries(elf, table, section)
    names, spaces = strings(bytes(elf.content(section)), signed(section.address), entries)
    return records(names, spaces, _crcs(elf, suffix, len(names)), _kinds(elf, suffix, len(names)))


def _entries(elf: Elf, table: Section, names: Section) -> Columns:
    """The table in the shape in which every name and namespace is a string of the kernel."""
    content = elf.content(table)
    for shape in _shapes(elf):
        count, rest = divmod(len(content), shape.size)
        if count > MOST:
            raise BadFormat(f"{elf.name(table)} has {count:,} entries", table.offset)
        if count and not rest:
            entries = columns(content, 0, count, table.address, shape)
            inside = _inside(entries.namespaces, names) | ~entries.has_namespace
            if (inside & _inside(entries.names, names)).all():
                return entries
    raise BadFormat("vmlinux has exports whose names are not in __ksymtab_strings", table.offset)


def _shapes(elf: Elf) -> list[Shape]:
    word, order = elf.layout.bits // 8, elf.layout.order
    return [Shape(*form, order) for form in ((word, 3, False), (4, 3, True), (word, 2, False), (4, 2, True))]


def _inside(addresses: Integers, section: Section) -> npt.NDArray[np.bool_]:
    offsets = addresses - signed(section.address)
    return (offsets >= 0) & (offsets < section.size)


def _kinds(elf: Elf, suffix: str, count: int) -> list[str]:
    """Export types of a table; __kflagstab goes with the one that has no suffix."""
    flags = None if suffix else elf.read("__kflagstab")
    if flags is None:
        return [KINDS[suffix]] * count
    if len(flags) != count:
        raise BadFormat(f"__kflagstab has {len(flags):,} bytes for {count:,} exports")
    return kinds_of_flags(flags)


def kinds_of_flags(flags: bytes | memoryview) -> list[str]:
    """Export types as the bytes of __kflagstab say them."""
    return [GPL if flag & FLAG_GPL_ONLY else PLAIN for flag in flags]


def _crcs(elf: Elf, suffix: str, count: int) -> list[int | None]:
    """CRCs of a table: none, 4 bytes each, or longs (before v4.10, commit 71810db27c1c)."""
    section = elf.section(f"__kcrctab{suffix}")
    if section is None or not (content := elf.content(section)):
        return [None] * count
    width = len(content) // count
    if len(content) % count or width not in (4, elf.layout.bits // 8):
        raise BadFormat(f"__kcrctab{suffix} has {len(content):,} bytes for {count:,} exports", section.offset)
    words = np.frombuffer(content, f"{elf.layout.order}u{width}")
    return crc_values(_followed(elf, section, words) if width == 4 and count > FEW else words)


def crc_values(words: npt.NDArray[np.unsignedinteger]) -> list[int | None]:
    """CRCs as records hold them: 32 bits, and None for the 0 that stands for a symbol without one."""
    return [crc or None for crc in (words & 0xFFFFFFFF).tolist()]


def _followed(elf: Elf, section: Section, words: npt.NDArray[np.unsignedinteger]) -> npt.NDArray[np.unsignedinteger]:
    """The CRCs that `words` lead to if all of them are distances into one section (CONFIG_MODULE_REL_CRCS, v4.11
    to v5.18), else the words themselves: CRCs are spread over all 32 bits."""
    targets = words.astype(np.int32) + 4 * np.arange(len(words), dtype=np.int64) + signed(section.address)
    first, last = int(targets.min()), int(targets.max()) + 4
    for other in elf.sections:
        start = signed(other.address)
        if start and other.type != SHT_NOBITS and start <= first and last <= start + other.size:
            content = np.frombuffer(elf.content(other), np.uint8)
            found: npt.NDArray[np.unsignedinteger] = content[(targets - start)[:, None] + np.arange(4)].view(
                words.dtype
            )
            return found[:, 0]
    return words
