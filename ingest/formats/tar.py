# SPDX-License-Identifier: GPL-2.0-or-later
"""Regular files of a tar stream (POSIX ustar and pax, GNU long names), one pass, bounded memory.

Not the stdlib's tarfile: that one takes a bad header in the middle for the end of the archive, so that a member
which lies about its size would hide all that follow, and it reads a long name of any size into memory.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from io import BytesIO
from typing import NamedTuple

from abidb.errors import BadFormat

BLOCK = 512
NAMES_LIMIT = 64 << 10  # of a long name or a pax header
PATH_MAX = 4096  # include/uapi/linux/limits.h
NO_DATA = b"123456"  # links, devices, folders and fifos, whatever their size field says
END = bytes(BLOCK)


class Entry(NamedTuple):
    path: str
    size: int
    type: bytes


class Pieces:
    """A stream of pieces as one sequence of bytes that is taken front to back."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._piece = b""
        self._at = 0  # in _piece
        self._before = 0  # bytes of the stream before _piece

    @property
    def offset(self) -> int:
        return self._before + self._at

    def _advance(self) -> bool:
        self._before += len(self._piece)
        self._piece, self._at = next(self._pieces, b""), 0
        return bool(self._piece)

    def take(self, size: int) -> bytes:
        """The next `size` bytes; fewer where the stream ends before."""
        part = self._piece[self._at : self._at + size]
        self._at += len(part)
        if len(part) == size:
            return part
        whole = BytesIO()  # which, unlike a list of parts, never holds the bytes twice
        missing = size - whole.write(part)
        while missing and self._advance():
            self._at = whole.write(self._piece[:missing])
            missing -= self._at
        return whole.getvalue()

    def skip(self, size: int) -> bool:
        """Pass over `size` bytes; False where the stream ends before."""
        while size > len(self._piece) - self._at:
            size -= len(self._piece) - self._at
            if not self._advance():
                return size == 0
        self._at += size
        return True

    def drain(self) -> None:
        """Pass over the rest, so that the decompressor checks its sums."""
        while self._advance():
            pass


def files(pieces: Iterator[bytes], wanted: Callable[[str], bool], *, limit: int) -> Iterator[tuple[str, bytes]]:
    """Path and content of each regular file that is wanted, in archive order; links are not followed.

    Paths come without "./" in front. Raises BadFormat, with the offset in the unpacked archive, for a file of more
    than `limit` bytes, a path that leads out of the archive, a bad header or a stream that ends too early.
    """
    stream = Pieces(pieces)
    for offset, entry in _entries(stream):
        padded = -(-entry.size // BLOCK) * BLOCK
        if entry.type not in b"07\0" or not wanted(entry.path):
            complete = stream.skip(padded)
        else:
            if entry.size > limit:
                problem = f"file of {entry.size:,} bytes is larger than the {limit:,} that are allowed"
                raise BadFormat(problem, offset, (entry.path,))
            content = stream.take(entry.size)
            complete = len(content) == entry.size and stream.skip(padded - entry.size)
            if complete:
                yield entry.path, content
        if not complete:
            raise BadFormat(f"archive ends inside a file of {entry.size:,} bytes", offset, (entry.path,))
    stream.drain()


def _entries(stream: Pieces) -> Iterator[tuple[int, Entry]]:
    """Each entry with the offset of its header; what follows its header is left in the stream."""
    path, size = "", -1  # from headers that stand before the entry they describe
    while True:
        offset = stream.offset
        block = stream.take(BLOCK)
        if block == END:
            return
        entry = _header(block, offset)
        if entry.type in b"LKxg":
            path, size = _extension(stream, entry, offset, path, size)
            continue
        yield offset, _checked(entry, path, size, offset)
        path, size = "", -1


def _header(block: bytes, offset: int) -> Entry:
    """struct posix_header (GNU tar's tar.h)."""
    if len(block) < BLOCK:
        raise BadFormat("archive ends without its end mark", offset)
    if sum(block) - sum(block[148:156]) + 8 * 32 != _number(block[148:156], offset):
        raise BadFormat("checksum of a tar header does not fit", offset)
    path = block[:100].partition(b"\0")[0]
    if block[257:263] == b"ustar\0" and (prefix := block[345:500].partition(b"\0")[0]):
        path = prefix + b"/" + path
    return Entry(path.decode(errors="replace"), _number(block[124:136], offset), block[156:157])


def _number(field: bytes, offset: int) -> int:
    """A number in octal digits, or in base 256 where GNU's high bit is set."""
    if field[0] == 0x80:
        return int.from_bytes(field[1:], "big")
    digits = field.strip(b" \0")
    if digits.strip(b"01234567"):
        raise BadFormat("number in a tar header is not octal", offset)
    return int(digits or b"0", 8)


def _extension(stream: Pieces, entry: Entry, offset: int, path: str, size: int) -> tuple[str, int]:
    """Path and size of the next entry, once this one is taken into account."""
    if entry.size > NAMES_LIMIT:
        raise BadFormat(f"tar header of type {entry.type!r} is {entry.size:,} bytes long", offset)
    content = stream.take(entry.size)
    if len(content) < entry.size or not stream.skip(-entry.size % BLOCK):
        raise BadFormat("archive ends inside a header", offset)
    if entry.type == b"L":
        return content.partition(b"\0")[0].decode(errors="replace"), size
    if entry.type == b"x":
        return _pax(content, offset, path, size)
    return path, size


def _pax(content: bytes, offset: int, path: str, size: int) -> tuple[str, int]:
    """Records "LENGTH KEY=VALUE\\n" (POSIX pax); only path and size matter here."""
    while content:
        digits, _, _ = content.partition(b" ")
        length = int(digits) if digits.isdigit() and len(digits) < 6 else 0
        key, equals, value = content[len(digits) + 1 : length].partition(b"=")
        if not equals or not value.endswith(b"\n") or length > len(content):
            raise BadFormat("pax header is not made of records", offset)
        if key == b"path":
            path = value[:-1].decode(errors="replace")
        if key == b"size":
            size = _number_of_pax(value[:-1], offset)
        content = content[length:]
    return path, size


def _number_of_pax(value: bytes, offset: int) -> int:
    if not value.isdigit() or len(value) > 20:
        raise BadFormat("size in a pax header is no number", offset)
    return int(value)


def _checked(entry: Entry, path: str, size: int, offset: int) -> Entry:
    """The entry with what stood before it, its path made plain, and no data where its type has none."""
    path = path or entry.path
    if not path.isprintable() or len(path) > PATH_MAX:
        raise BadFormat(f"path {path[:PATH_MAX]!r} cannot be one", offset)
    if path.startswith("/") or ".." in path.split("/"):
        raise BadFormat(f"path {path!r} leads out of the archive", offset)
    parts = [part for part in path.split("/") if part not in ("", ".")]
    size = 0 if entry.type in NO_DATA else entry.size if size < 0 else size
    return Entry("/".join(parts), size, entry.type)
