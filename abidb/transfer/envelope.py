# SPDX-License-Identifier: GPL-2.0-or-later
"""An export as a file: one zstd frame of text, and behind it what tells at once whether the file is whole.

That is a skippable frame (RFC 8878, 3.1.2), which `zstd -d` passes over: magic 0x184D2A50 and the length 32, both
little-endian, then the SHA-256 of all bytes of the file before it.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast

import zstandard

from abidb.errors import BadFormat

SKIPPABLE = struct.pack("<II", 0x184D2A50, hashlib.sha256().digest_size)
CHECK = len(SKIPPABLE) + hashlib.sha256().digest_size
WINDOW = 27  #: log2 of what a reader must keep in memory; `zstd -d` takes up to this without being told
LEVEL = 12
LONGEST = 20_000  #: bytes of a line; what fields may hold is less
CHUNK = 1 << 20


@contextmanager
def written(path: Path) -> Iterator[Callable[[bytes], object]]:
    """What to hand the text to, a part at a time. The file is there when all is well, else nothing is."""
    part = path.with_name(f"{path.name}.part")
    parameters = zstandard.ZstdCompressionParameters.from_level(
        LEVEL, window_log=WINDOW, enable_ldm=True, write_checksum=True
    )
    try:
        with part.open("wb") as file:
            hashed = _Hashed(file)
            compressor = zstandard.ZstdCompressor(compression_params=parameters)
            # The stream asks for no more of a file than `write`.
            with compressor.stream_writer(cast(BinaryIO, hashed), closefd=False) as compressed:
                yield compressed.write
            file.write(SKIPPABLE + hashed.digest())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


class _Hashed:
    """A file that knows the SHA-256 of what was written to it."""

    def __init__(self, file: BinaryIO) -> None:
        self._file, self._hash = file, hashlib.sha256()

    def write(self, data: bytes) -> int:
        self._hash.update(data)
        return self._file.write(data)

    def digest(self) -> bytes:
        return self._hash.digest()


def lines(path: Path) -> Iterator[bytes]:
    """The lines of an export, without their ends. Raises BadFormat for a file that is not whole, and OSError."""
    with path.open("rb") as file:
        size = _checked(file)
        file.seek(0)
        rest = b""
        for part in _text(file, size):
            *whole, rest = (rest + part).split(b"\n")
            if max(map(len, whole), default=0) > LONGEST or len(rest) > LONGEST:
                raise BadFormat(f"a line of more than {LONGEST:,} bytes")
            yield from whole
        if rest:
            raise BadFormat("its last line has no end")


def _checked(file: BinaryIO) -> int:
    """The length of what the check at the end of the file vouches for."""
    size = file.seek(0, 2) - CHECK
    if size < 0:
        raise BadFormat("too short for an export")
    file.seek(0)
    found, left = hashlib.sha256(), size
    while left:
        part = file.read(min(CHUNK, left))
        found.update(part)
        left -= len(part)
    if file.read() != SKIPPABLE + found.digest():
        raise BadFormat("not an export as it was written: cut off or changed, its checksum is another")
    return size


def _text(file: BinaryIO, size: int) -> Iterator[bytes]:
    reader = zstandard.ZstdDecompressor(max_window_size=1 << WINDOW).stream_reader(file, read_across_frames=True)
    try:
        while part := reader.read(CHUNK):
            yield part
    except zstandard.ZstdError as error:
        raise BadFormat(f"zstd: {error}") from None
