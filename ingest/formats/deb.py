# SPDX-License-Identifier: GPL-2.0-or-later
"""What a .deb holds (deb(5), deb-control(5)): the fields of its control file and the files of its data member."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import BinaryIO, NamedTuple

from abidb.errors import BadFormat
from ingest.formats import ar, compress, tar

CONTROL_LIMIT = 32 << 20  # all of control.tar, unpacked; md5sums of 5,000 files take 1 MB
DATA_LIMIT = 4 << 30  # all of data.tar, unpacked; linux-image has 0.1 to 0.6 GB
FILE_LIMIT = 128 << 20  # one file that is read into memory; the largest vmlinux have 60 MB
SUFFIXES = {"": None, ".gz": "gzip", ".xz": "xz", ".zst": "zstd", ".bz2": "bzip2", ".lzma": "lzma"}


class Members(NamedTuple):
    control: ar.Member
    data: ar.Member


def members(file: BinaryIO) -> Members:
    """Where control.tar and data.tar are; BadFormat where the file is no complete deb of format 2."""
    all_members = list(ar.members(file))
    version, control, data = (_only(all_members, name) for name in ("debian-binary", "control", "data"))
    if not ar.MemberSource(file, version).read(2).startswith(b"2."):
        raise BadFormat("not a deb of format 2", version.offset)
    return Members(control, data)


def _only(all_members: list[ar.Member], name: str) -> ar.Member:
    found = [member for member in all_members if member.name.partition(".tar")[0] == name]
    if len(found) != 1:
        raise BadFormat(f"not a deb: it has {len(found) or 'no'} member{'s' if found else ''} {name}")
    return found[0]


def control(file: BinaryIO) -> dict[str, str]:
    """The fields of the control file by name; a value of several lines keeps its line breaks."""
    member = members(file).control
    for _, text in _files(file, member, lambda path: path == "control", total=CONTROL_LIMIT, limit=1 << 20):
        try:
            return _fields(text.decode())
        except (BadFormat, UnicodeDecodeError):
            raise BadFormat("control file is not made of fields", None, (member.name, "control")) from None
    raise BadFormat("there is no control file", None, (member.name,))


def files(file: BinaryIO, wanted: Callable[[str], bool]) -> Iterator[tuple[str, bytes]]:
    """Path, without "./" in front, and content of each wanted regular file, in the order of the archive.

    Read the iterator to its end: only then the whole archive was there and its checksums were right. Raises BadFormat.
    """
    return _files(file, members(file).data, wanted, total=DATA_LIMIT, limit=FILE_LIMIT)


def _files(
    file: BinaryIO, member: ar.Member, wanted: Callable[[str], bool], *, total: int, limit: int
) -> Iterator[tuple[str, bytes]]:
    suffix = member.name.partition(".tar")[2]
    if suffix not in SUFFIXES:
        raise BadFormat(f"compression {suffix} is not known", member.offset, (member.name,))
    try:
        pieces = compress.stream(SUFFIXES[suffix], ar.MemberSource(file, member), limit=total, what="archive")
        yield from tar.files(pieces, wanted, limit=limit)
    except BadFormat as error:
        raise error.within(member.name) from None


def _fields(text: str) -> dict[str, str]:
    """Fields of one deb822 paragraph."""
    fields: dict[str, list[str]] = {}
    name = ""
    for line in text.rstrip("\n").split("\n"):
        if line[:1] in (" ", "\t") and name:
            fields[name].append(line[1:])
            continue
        name, colon, value = line.partition(":")
        if not colon or "\0" in line:
            raise BadFormat("line that is no field")
        fields[name] = [value.strip()]
    return {name: "\n".join(lines) for name, lines in fields.items()}
