# SPDX-License-Identifier: GPL-2.0-or-later
"""Tiny kernels that export what a test says, in all shapes that the linker has made of it, and what they boot from."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import count
from typing import Literal

from abidb.records import Export
from tests.builders.compress import compress
from tests.builders.elf import Section, make_elf

#: ends of the names of the sections, in the linker script's order
SUFFIXES = {
    "EXPORT_SYMBOL": "",
    "EXPORT_SYMBOL_GPL": "_gpl",
    "EXPORT_UNUSED_SYMBOL": "_unused",
    "EXPORT_UNUSED_SYMBOL_GPL": "_unused_gpl",
    "EXPORT_SYMBOL_GPL_FUTURE": "_gpl_future",
}
BASES = {64: 0xFFFFFFFF81000000, 32: 0xC1000000}
CODE = b"\xf4\x0f\x0b\x90" * 32  # stands before the tables; no string and no entry
Piece = tuple[str, bytes]  # a section's name and content


def make_vmlinux(
    exports: Iterable[Export],
    *,
    bits: int = 64,
    little_endian: bool = True,
    relative: bool = True,
    crcs: bool | Literal["long", "distance"] = True,
    flags: bool = False,
    namespaces: bool | Literal["zero"] = True,
    sections: bool = True,
    in_order: bool = True,
    code: bytes = CODE,
) -> bytes:
    """A kernel, as ELF with `sections` or raw, whose __ksymtab entries are distances (`relative`) or addresses.

    `crcs` may also be "long", as before v4.10, or "distance" to where they are (CONFIG_MODULE_REL_CRCS). With `flags`
    there is one table. Without `namespaces` entries have two words, as before v5.4; with "zero" a 0 says none, as
    in v5.4 to v5.6 and for assembly code until v6.4. Until v2.6.38 names were not `in_order`.
    """
    order: Literal["little", "big"] = "little" if little_endian else "big"
    base, word = BASES[bits], 4 if relative else bits // 8
    width = {False: 0, "long": bits // 8}.get(crcs, 4)
    tables = _tables(sorted(exports, key=lambda export: export.symbol) if in_order else list(exports), flags)
    entries = [export for table in tables.values() for export in table]
    size, number = word * (3 if namespaces else 2), len(entries)
    code += bytes(-len(code) % 8)
    at_crcs = len(code) + size * number
    at_strings = at_crcs + (width + flags) * number
    strings, places = _strings(entries, namespaces is True)
    at_rodata = at_strings + len(strings) + -(at_strings + len(strings)) % 4

    def words(index: int, export: Export) -> bytes:
        at = base + len(code) + index * size
        texts = [export.symbol, export.namespace][: 2 if namespaces else 1]
        targets = [base + 16 * index, *(base + at_strings + places[text] for text in texts)]
        values = [target - (at + word * i if relative else 0) for i, target in enumerate(targets)]
        if namespaces == "zero" and not export.namespace:
            values[2] = 0
        return b"".join(_word(value, word, order) for value in values)

    def crc(index: int, export: Export) -> bytes:
        return _word(at_rodata - at_crcs if crcs == "distance" else export.crc or 0, width, order)

    pieces = [
        *_pieces("__ksymtab", tables, words),
        *(_pieces("__kcrctab", tables, crc) if crcs else []),
        ("__kflagstab", bytes(export.kind != "EXPORT_SYMBOL" for export in entries) if flags else b""),
        ("__ksymtab_strings", strings + bytes(at_rodata - at_strings - len(strings))),
        (".rodata", b"".join(_word(export.crc or 0, 4, order) for export in entries) if crcs == "distance" else b""),
    ]
    if not sections:
        return code + b"".join(content for _, content in pieces) + bytes(64)
    return _elf([(".text", code), *pieces], base, bits, order)


def _pieces(name: str, tables: Mapping[str, Sequence[Export]], make: Callable[[int, Export], bytes]) -> list[Piece]:
    """The sections of one kind; entries are numbered through all of them."""
    number = count()
    return [
        (name + suffix, b"".join(make(next(number), export) for export in table)) for suffix, table in tables.items()
    ]


def _tables(exports: list[Export], flags: bool) -> dict[str, list[Export]]:
    """What goes into which section."""
    if flags:
        return {"": exports}
    return {suffix: [export for export in exports if export.kind == kind] for kind, suffix in SUFFIXES.items()}


def _strings(entries: Sequence[Export], empty: bool) -> tuple[bytes, dict[str, int]]:
    """Strings and their places; one that another ends with is not stored again (SHF_MERGE)."""
    wanted = {text for export in entries for text in (export.symbol, export.namespace) if text}
    blob, places = b"", {}
    for text in sorted(wanted, key=lambda text: (-len(text), text)):
        string = text.encode() + b"\0"
        if string not in blob:
            blob += string
        places[text] = blob.index(string)
    return blob, places | {"": blob.find(b"\0") if empty else 0}


def _elf(pieces: Sequence[Piece], address: int, bits: int, order: Literal["little", "big"]) -> bytes:
    sections = []
    for name, content in pieces:
        if content:
            sections.append(Section(name, content, address=address))
        address += len(content)
    return make_elf(sections, bits=bits, byteorder=order, type=2)


def _word(value: int, size: int, order: Literal["little", "big"]) -> bytes:
    return (value % (1 << 8 * size)).to_bytes(size, order)


def make_bzimage(
    kernel: bytes, compression: str = "zstd", *, protocol: int = 0x20F, setup: int = 4, size: int | None = None
) -> bytes:
    """x86's container: `setup` sectors after the first, some code, the payload with its unpacked size, more code."""
    payload = compress(compression, kernel) + struct.pack("<I", len(kernel))
    header = bytearray(512 * (setup + 1)) + CODE
    header[0x1F1] = setup
    header[0x202:0x208] = b"HdrS" + struct.pack("<H", protocol)
    header[0x248:0x250] = struct.pack("<II", len(CODE), len(payload) if size is None else size)
    return bytes(header) + payload + CODE


def make_zboot(kernel: bytes, compression: str = "gzip", *, size: int | None = None) -> bytes:
    """The EFI program that carries an Image (CONFIG_EFI_ZBOOT)."""
    payload = compress(compression, kernel) + struct.pack("<I", len(kernel))
    length = len(payload) if size is None else size
    header = struct.pack("<4s4sII8x32s", b"MZ", b"zimg", 512, length, compression.encode())
    return header.ljust(512, b"\0") + payload + CODE


def make_image(raw: bytes, magic: bytes = b"ARM\x64") -> bytes:
    """The raw Image of arm64, or by its magic riscv's or loongarch's: 64 bytes of header, then the kernel."""
    return b"MZ".ljust(0x38, b"\0") + magic + bytes(4) + raw


def make_zimage(raw: bytes, compression: str = "xz") -> bytes:
    """arm's: code with a magic at 0x24 that unpacks the stream which follows it."""
    code = bytearray(CODE * 4)
    code[0x24:0x28] = b"\x18\x28\x6f\x01"
    return bytes(code) + compress(compression, raw) + struct.pack("<I", len(raw)) + CODE


def make_elf_wrapper(raw: bytes, compression: str = "xz") -> bytes:
    """mips': an ELF program that unpacks what its section .image holds."""
    stream = compress(compression, raw) + struct.pack("<I", len(raw))
    return make_elf([Section(".text", CODE), Section(".image", stream)], type=2)
