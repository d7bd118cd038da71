# SPDX-License-Identifier: GPL-2.0-or-later
"""Compressed bytes in, plain bytes out, never more than asked for: gzip, xz, lzma, bzip2, zstd, LZ4 legacy, lzop.

The compression is told by its magic, as the kernel's own lib/decompress.c does. Whatever is broken, cut or larger
than `limit` raises BadFormat; no error of a library leaves this module.
"""

from __future__ import annotations

import bz2
import lzma
import struct
import zlib
from collections.abc import Callable, Iterator
from typing import Protocol

import lz4.block
import zstandard
from lzallright import LZOCompressor, LZOError

from abidb.errors import BadFormat

MAGICS = (
    ("gzip", b"\x1f\x8b"),
    ("xz", b"\xfd7zXZ\0"),
    ("zstd", b"\x28\xb5\x2f\xfd"),
    ("bzip2", b"BZh"),
    ("lz4", b"\x02\x21\x4c\x18"),
    ("lzop", b"\x89LZO\0\r\n\x1a\n"),
    ("lzma", b"\x5d\0\0"),
)
DICTIONARY = 256 << 20  # memory a decoder may ask for; the kernel's own xz and zstd use at most 128 MiB
LZ4_BLOCK = 8 << 20  # lib/decompress_unlz4.c, LZ4_DEFAULT_UNCOMPRESSED_CHUNK_SIZE
LZ4_MOST = LZ4_BLOCK + LZ4_BLOCK // 255 + 16  # lz4.h, LZ4_compressBound
LZO_BLOCK = 256 << 10  # lib/decompress_unlzo.c, LZO_BLOCK_SIZE
READ = 64 << 10
WRITE = 32 << 10  # what the lzma module hands out without copying it together once more

U32LE = struct.Struct("<I")
U32BE = struct.Struct(">I")


class Source(Protocol):
    """What a stream is read from: a binary file, or anything else that reads like one."""

    def read(self, size: int, /) -> bytes: ...


class Decoder(Protocol):
    """A decoder of one stream, as lzma and bz2 have it."""

    @property
    def eof(self) -> bool: ...
    @property
    def needs_input(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes | memoryview, max_length: int = -1) -> bytes: ...


class GzipDecoder:
    """zlib's decoder in the shape of lzma's and bz2's."""

    def __init__(self) -> None:
        self._zlib = zlib.decompressobj(wbits=31)

    @property
    def eof(self) -> bool:
        return self._zlib.eof

    @property
    def needs_input(self) -> bool:
        return not self._zlib.unconsumed_tail

    @property
    def unused_data(self) -> bytes:
        return self._zlib.unused_data

    def decompress(self, data: bytes | memoryview, max_length: int = -1) -> bytes:
        if self._zlib.unconsumed_tail:
            data = self._zlib.unconsumed_tail + bytes(data)
        return self._zlib.decompress(data, max_length)


class ZstdDecoder:
    """zstandard's decoder in the shape of lzma's and bz2's. It has no bound for one call: feed it little, since
    4 bytes can stand for a block of 128 KiB."""

    needs_input = True

    def __init__(self) -> None:
        self._zstd = zstandard.ZstdDecompressor(max_window_size=DICTIONARY).decompressobj()

    @property
    def eof(self) -> bool:
        return self._zstd.eof

    @property
    def unused_data(self) -> bytes:
        return self._zstd.unused_data

    def decompress(self, data: bytes | memoryview, max_length: int = -1) -> bytes:
        return self._zstd.decompress(data)


STREAMED: dict[str, tuple[int, Callable[[], Decoder]]] = {  # bytes to read at a time, decoder
    "gzip": (READ, GzipDecoder),
    "xz": (READ, lambda: lzma.LZMADecompressor(format=lzma.FORMAT_XZ, memlimit=DICTIONARY)),
    "lzma": (READ, lambda: lzma.LZMADecompressor(format=lzma.FORMAT_ALONE, memlimit=DICTIONARY)),
    "bzip2": (READ, bz2.BZ2Decompressor),
    "zstd": (1 << 10, ZstdDecoder),
}
BROKEN = (
    zlib.error, lzma.LZMAError, OSError, EOFError, zstandard.ZstdError, lz4.block.LZ4BlockError, LZOError, struct.error
)  # fmt: skip


def compression(data: bytes | memoryview) -> str | None:
    """Name of the compression whose magic `data` begins with; None for anything else."""
    head = bytes(data[:9])
    return next((name for name, magic in MAGICS if head.startswith(magic)), None)


def decompress(data: bytes | memoryview, *, limit: int, what: str = "stream", trailing: bool = False) -> bytes:
    """What the compressed stream at the start of `data` holds, at most `limit` bytes.

    Bytes after the end of the stream are an error unless `trailing`: the kernel appends the unpacked size to the
    payload of vmlinuz, and the wrapper's own code follows. Raises BadFormat(what + the defect, offset in data).
    """
    name = compression(data)
    if name is None:
        raise BadFormat(f"{what} has the magic of no known compression", 0)
    try:
        plain, end = WHOLE.get(name, _bounded)(data, limit, what)
    except BROKEN as error:
        raise _broken(what, name, error) from None
    if len(plain) > limit:
        raise _too_large(what, limit)
    if not trailing and end != len(data):
        raise BadFormat(f"{what} is followed by {len(data) - end:,} bytes that do not belong to it", end)
    return plain


def decompress_if_compressed(data: bytes, *, limit: int, what: str = "stream") -> bytes:
    """`data` itself where no known magic starts it, else what its stream holds."""
    return data if compression(data) is None else decompress(data, limit=limit, what=what)


def stream(name: str | None, source: Source, *, limit: int, what: str = "stream") -> Iterator[bytes]:
    """Pieces of what `source` holds, read to its end; `name` as compression() says it.

    A piece has at most 32 KiB, of zstd up to 32 MiB in the worst case. Streams that follow one another count
    as one, as gzip, xz and zstd themselves take them. Raises BadFormat.
    """
    total = 0
    try:
        for piece in _pieces(name, source, what):
            total += len(piece)
            if total > limit:
                raise _too_large(what, limit)
            yield piece
    except BROKEN as error:
        raise _broken(what, name or "plain", error) from None


def _pieces(name: str | None, source: Source, what: str) -> Iterator[bytes]:
    if name is None:
        return iter(lambda: source.read(WRITE), b"")
    if name in STREAMED:
        read, make = STREAMED[name]
        return _streamed(make, source, read, what)
    raise BadFormat(f"{what} is compressed by {name}, which is not read as a stream")


def _streamed(make: Callable[[], Decoder], source: Source, read: int, what: str) -> Iterator[bytes]:
    decoder: Decoder | None = None
    while data := source.read(read):
        while data or (decoder and not decoder.needs_input):
            decoder = decoder or make()
            if piece := decoder.decompress(data, WRITE):
                yield piece
            data = b""
            if decoder.eof:
                data, decoder = decoder.unused_data, None
    if decoder:
        raise BadFormat(f"{what} is cut short")


def _bounded(data: bytes | memoryview, limit: int, what: str) -> tuple[bytes, int]:
    """One stream of a library that bounds its output itself, and where it ends."""
    decoder = STREAMED[compression(data) or ""][1]()
    plain = decoder.decompress(data, limit + 1)
    if len(plain) <= limit and not decoder.eof:
        raise BadFormat(f"{what} is cut short", len(data))
    return plain, len(data) - len(decoder.unused_data)


def _zstd(data: bytes | memoryview, limit: int, what: str) -> tuple[bytes, int]:
    """One frame of zstd (RFC 8878). python-zstandard either bounds its output or says where a frame ends, so the
    end is found by the headers of the frame's blocks."""
    end = _zstd_end(data)
    if end > len(data):
        raise BadFormat(f"{what} is cut short", len(data))
    return zstandard.ZstdDecompressor(max_window_size=DICTIONARY).stream_reader(data[:end]).read(limit + 1), end


def _zstd_end(data: bytes | memoryview) -> int:
    """Offset after the frame that starts `data`; past the end of `data` if the frame is cut short."""
    descriptor = data[4] if len(data) > 4 else 0
    single, checksum = descriptor >> 5 & 1, descriptor >> 2 & 1
    at = 6 - single + (0, 1, 2, 4)[descriptor & 3] + (single, 2, 4, 8)[descriptor >> 6]
    last = 0
    while not last:
        header = int.from_bytes(data[at : at + 3], "little")
        last, kind, size = header & 1, header >> 1 & 3, header >> 3
        at += 3 + (1 if kind == 1 else size)  # kind 1: one byte, repeated
        if at > len(data):
            break
    return at + 4 * checksum


def _lz4(data: bytes | memoryview, limit: int, what: str) -> tuple[bytes, int]:
    """LZ4's legacy frame (lib/decompress_unlz4.c): blocks that unpack to 8 MiB, the last to less, each after its
    size. It has no end mark; 4 bytes alone are the unpacked size that the kernel appends (size_append)."""
    blocks: list[bytes] = []
    total, at, block = 0, 4, LZ4_BLOCK
    while at + 4 < len(data) and block == LZ4_BLOCK and total <= limit:
        (size,) = U32LE.unpack_from(data, at)
        if not 0 < size <= LZ4_MOST:
            break
        if at + 4 + size > len(data):
            raise BadFormat(f"{what} is cut short", len(data))
        blocks.append(lz4.block.decompress(data[at + 4 : at + 4 + size], uncompressed_size=LZ4_BLOCK))
        block = len(blocks[-1])
        total += block
        at += 4 + size
    return b"".join(blocks), at


def _lzop(data: bytes | memoryview, limit: int, what: str) -> tuple[bytes, int]:
    """lzop's container (lib/decompress_unlzo.c): header, then blocks after their sizes and checksums, then a 0."""
    at, flags = _lzop_header(data)
    decoder, blocks, total = LZOCompressor(), list[bytes](), 0
    while total <= limit:
        (plain,) = U32BE.unpack_from(data, at)
        if plain == 0:
            return b"".join(blocks), at + 4
        (packed,) = U32BE.unpack_from(data, at + 4)
        if not packed <= plain <= LZO_BLOCK:
            raise BadFormat(f"{what} has an lzop block of {plain:,} bytes out of {packed:,}", at)
        at += 8 + 4 * bool(flags & 1) + 4 * bool(flags & 0x100)  # Adler-32 and CRC-32 of the plain block
        if packed < plain:
            at += 4 * bool(flags & 2) + 4 * bool(flags & 0x200)  # and of the packed one
        block = bytes(data[at : at + packed])
        blocks.append(block if packed == plain else decoder.decompress(block, plain))
        if len(blocks[-1]) != plain:
            raise BadFormat(f"{what} has an lzop block that does not unpack to its {plain:,} bytes", at)
        total += plain
        at += packed
    return b"".join(blocks), at


def _lzop_header(data: bytes | memoryview) -> tuple[int, int]:
    """Where the first block starts, and the flags."""
    (version,) = struct.unpack_from(">H", data, 9)
    modern = version >= 0x0940
    at = 17 if modern else 14
    (flags,) = U32BE.unpack_from(data, at)
    at += 4 + 4 * bool(flags & 0x800) + (12 if modern else 8)  # filter; mode and time of the file
    (name,) = struct.unpack_from("B", data, at)
    at += 1 + name + 4
    if flags & 0x40:
        (extra,) = U32BE.unpack_from(data, at)
        at += 4 + extra + 4
    return at, flags


def _broken(what: str, name: str, error: Exception) -> BadFormat:
    reason = "" if isinstance(error, LZOError) else f": {error}"
    return BadFormat(f"{what} is not valid {name}{reason}")


def _too_large(what: str, limit: int) -> BadFormat:
    return BadFormat(f"{what} holds more than the {limit:,} bytes that are allowed")


WHOLE = {"zstd": _zstd, "lz4": _lz4, "lzop": _lzop}
