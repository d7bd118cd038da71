# SPDX-License-Identifier: GPL-2.0-or-later
"""Where the formats say lengths, offsets and counts."""

from __future__ import annotations

from collections.abc import Iterator

from bench.fuzz.mutations import Field, Input


def ar_fields(data: bytes) -> tuple[Field, ...]:
    return tuple(Field(at - 10, 10, "decimal") for at in found(data, b"`\n"))


def tar_fields(data: bytes) -> tuple[Field, ...]:
    forms = ((124, 12, "octal"), (156, 1, "little"), (148, 8, "octal"))
    return tuple(Field(at - 257 + offset, size, form) for at in found(data, b"ustar") for offset, size, form in forms)


def sum_tar(data: bytearray) -> None:
    """Write the checksum anew into each header that still has its place."""
    for at in found(bytes(data), b"ustar"):
        start = at - 257
        if start >= 0 and start + 512 <= len(data):
            data[start + 148 : start + 156] = b" " * 8
            data[start + 148 : start + 156] = b"%06o\0 " % sum(data[start : start + 512])


def compressed_fields(name: str, data: bytes) -> tuple[Field, ...]:
    little, big = "little", "big"
    return {
        "gzip": (Field(3, 1, little), Field(10, 2, little), Field(len(data) - 4, 4, little)),
        "xz": (Field(12, 1, little), Field(14, 2, little), Field(len(data) - 8, 4, little)),
        "lzma": (Field(1, 4, little), Field(5, 8, little)),
        "bzip2": (Field(3, 1, little), Field(14, 4, big)),
        "zstd": (Field(4, 1, little), Field(5, 4, little), Field(6, 3, little)),
        "lz4": (Field(4, 4, little),),
        "lzop": (Field(9, 2, big), Field(17, 4, big), Field(33, 1, big), Field(38, 4, big), Field(42, 4, big)),
    }[name]


def elf_input(data: bytes) -> Input:
    return Input(data, ((0, 6),), elf_fields(data))


def elf_fields(data: bytes) -> tuple[Field, ...]:
    """The header's, and of each section name, type, address, offset, size, link and entry size."""
    form, wide = ("little" if data[5] == 1 else "big"), data[4] == 2
    word, size = (8, 64) if wide else (4, 40)
    table = Field(40 if wide else 32, word, form)
    counts = tuple(Field(at, 2, form) for at in ((16, 58, 60, 62) if wide else (16, 46, 48, 50)))
    words = ((0, 4), (4, 4), (16, 8), (24, 8), (32, 8), (40, 4), (56, 8))
    if not wide:
        words = ((0, 4), (4, 4), (12, 4), (16, 4), (20, 4), (24, 4), (36, 4))
    starts = range(table.decode(data), len(data) - size + 1, size)
    return (table, *counts, *(Field(start + at, width, form) for start in starts for at, width in words))


def bzimage_input(data: bytes) -> Input:
    places = ((0x1F1, 1), (0x206, 2), (0x248, 4), (0x24C, 4))
    return Input(data, ((0x202, 0x206),), tuple(Field(at, size, "little") for at, size in places))


def found(data: bytes, what: bytes) -> Iterator[int]:
    at = data.find(what)
    while at >= 0:
        yield at
        at = data.find(what, at + 1)
