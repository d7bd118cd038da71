# SPDX-License-Identifier: GPL-2.0-or-later
"""Members of an ar archive, the outer format of a deb (deb(5), ar(5)): a magic, then a 60-byte header each."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from abidb.errors import BadFormat

MAGIC = b"!<arch>\n"
HEADER = 60  # name 16, mtime 12, uid 6, gid 6, mode 8, size 10, end mark 2


@dataclass(frozen=True, slots=True)
class Member:
    """Where one member's bytes are in the archive file."""

    name: str
    offset: int
    size: int
    mtime: int  #: seconds since 1970; dpkg-deb writes SOURCE_DATE_EPOCH, the date of the changelog entry


class MemberSource:
    """A member's bytes as a source to read from, once."""

    def __init__(self, file: BinaryIO, member: Member) -> None:
        self._file, self._left = file, member.size
        file.seek(member.offset)

    def read(self, size: int, /) -> bytes:
        data = self._file.read(min(size, self._left))
        self._left -= len(data)
        return data


def members(file: BinaryIO) -> Iterator[Member]:
    """The members of a seekable file in order; BadFormat where it is no ar archive or ends inside a member."""
    end = file.seek(0, io.SEEK_END)
    file.seek(0)
    if file.read(len(MAGIC)) != MAGIC:
        raise BadFormat("not an ar archive", 0)
    offset = len(MAGIC)
    while offset < end:
        member = _member(file, offset)
        if member.offset + member.size > end:
            left = max(end - member.offset, 0)
            raise BadFormat(f"member {member.name} is said to hold {member.size:,} bytes; {left:,} are left", offset)
        yield member
        offset = member.offset + member.size + member.size % 2


def _member(file: BinaryIO, offset: int) -> Member:
    file.seek(offset)
    header = file.read(HEADER)
    time, size = header[16:28].strip(), header[48:58].strip()
    if len(header) < HEADER or header[58:] != b"`\n" or not size.isdigit() or not time.isdigit():
        raise BadFormat("not a header of an ar member", offset)
    name = header[:16].decode("ascii", "replace").rstrip().removesuffix("/")
    return Member(name, offset + HEADER, int(size), int(time))
