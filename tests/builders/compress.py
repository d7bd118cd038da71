# SPDX-License-Identifier: GPL-2.0-or-later
"""Streams of every compression the readers know, LZ4's legacy frame and lzop's container written out by hand."""

from __future__ import annotations

import bz2
import gzip
import lzma
import struct
import zlib

import lz4.block
import zstandard
from lzallright import LZOCompressor


def compress(name: str, data: bytes) -> bytes:
    """`data` as one stream of the compression `name`, as ingest.formats.compress names them."""
    return WRITERS[name](data)


def make_lz4(data: bytes) -> bytes:
    blocks = [lz4.block.compress(data[at : at + (8 << 20)], store_size=False) for at in range(0, len(data), 8 << 20)]
    return b"\x02\x21\x4c\x18" + b"".join(struct.pack("<I", len(block)) + block for block in blocks)


def make_lzop(data: bytes, *, version: int = 0x1040, flags: int = 1, name: bytes = b"", extra: bytes = b"") -> bytes:
    """Blocks of 256 KiB; `flags` are lzop's: 1 and 0x100 put checksums on plain blocks, 2 and 0x200 on packed."""
    modern = version >= 0x0940
    header = struct.pack(">HH", version, 0x20A0) + (struct.pack(">HBB", 0x0940, 3, 9) if modern else b"\3")
    header += struct.pack(">I", flags) + (bytes(4) if flags & 0x800 else b"") + bytes(12 if modern else 8)
    header += bytes([len(name)]) + name + bytes(4)
    if flags & 0x40:
        header += struct.pack(">I", len(extra)) + extra + bytes(4)
    blocks = b"".join(_lzop_block(data[at : at + (256 << 10)], flags) for at in range(0, len(data), 256 << 10))
    return b"\x89LZO\0\r\n\x1a\n" + header + blocks + bytes(4)


def _lzop_block(plain: bytes, flags: int) -> bytes:
    packed = min(LZOCompressor().compress(plain), plain, key=len)
    sums = [sum_(data) for data, bits in _summed(plain, packed, flags) for bit, sum_ in SUMS if bits & bit]
    return struct.pack(f">{2 + len(sums)}I", len(plain), len(packed), *sums) + packed


def _summed(plain: bytes, packed: bytes, flags: int) -> list[tuple[bytes, int]]:
    return [(plain, flags), (packed, flags >> 1 if packed is not plain else 0)]


SUMS = ((1, zlib.adler32), (0x100, zlib.crc32))
WRITERS = {
    "gzip": lambda data: gzip.compress(data, mtime=0),
    "xz": lzma.compress,
    "lzma": lambda data: lzma.compress(data, format=lzma.FORMAT_ALONE),
    "bzip2": bz2.compress,
    "zstd": lambda data: zstandard.ZstdCompressor(write_checksum=True).compress(data),
    "lz4": make_lz4,
    "lzop": make_lzop,
}
