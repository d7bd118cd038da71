# SPDX-License-Identifier: GPL-2.0-or-later
"""The lines of an export as its reader takes them."""

from __future__ import annotations

from collections.abc import Iterator

from abidb.errors import BadFormat
from abidb.transfer.sets import LARGEST

BLOCK = 16 << 20  #: bytes of lines that belong to one; an honest set has 3 MB


class Lines:
    """Lines with a look at the next one; `number` is of the line taken last, `written` what it must be again."""

    def __init__(self, lines: Iterator[bytes]) -> None:
        self._lines, self.number = lines, 0
        self.next = next(lines, b"")
        self.taken: list[bytes] = []
        self._size = 0

    def take(self) -> bytes:
        line, self.next = self.next, next(self._lines, b"")
        self.number += 1
        if b"\0" in line:
            raise BadFormat("a NUL")
        self.taken.append(line)
        self._size += len(line)
        if len(self.taken) > LARGEST or self._size > BLOCK:
            raise BadFormat(f"more than {LARGEST:,} lines, or {BLOCK:,} bytes, that belong together")
        return line

    def take_while(self, *words: bytes) -> list[bytes]:
        """What belongs together. It is all in memory, so it has an end: a few bytes of zstd may be a billion lines."""
        found = list[bytes]()
        while self.next.startswith(words):
            found.append(self.take())
        return found

    def expect(self, line: bytes) -> None:
        if (found := self.take()) != line:
            raise BadFormat(f"{found[:80].decode()!r} where {line.decode()!r} is expected")

    def check(self, written: list[bytes]) -> None:
        """What was read since the last check is what was written since."""
        if b"".join(written) != b"".join(line + b"\n" for line in self.taken):
            raise BadFormat("not as abidb writes it: what is read there and written again is something else")
        written.clear()
        self.taken.clear()
        self._size = 0
