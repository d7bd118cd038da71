# SPDX-License-Identifier: GPL-2.0-or-later
"""Debs, and the ar and tar archives they are made of; tar headers are the stdlib's own writing."""

from __future__ import annotations

import tarfile
from collections.abc import Mapping, Sequence

from tests.builders.compress import compress

SUFFIXES = {"": "", "gzip": ".gz", "xz": ".xz", "zstd": ".zst", "bzip2": ".bz2", "lzma": ".lzma"}


def make_ar(members: Sequence[tuple[str, bytes]], sizes: Mapping[str, int] | None = None, time: int = 0) -> bytes:
    """An ar archive; `sizes` gives members that lie another size in their header, `time` is that of all."""
    archive = b"!<arch>\n"
    for name, data in members:
        size = (sizes or {}).get(name, len(data))
        archive += (
            f"{name:<16}{time:<12}{0:<6}{0:<6}{'100644':<8}{size:<10}`\n".encode() + data + b"\n" * (len(data) % 2)
        )
    return archive


def make_entry(path: str, data: bytes = b"", **fields: object) -> tuple[tarfile.TarInfo, bytes]:
    """A tar entry with its content; `fields` are those of TarInfo, `size` among them for one that lies."""
    entry = tarfile.TarInfo(path)
    entry.size = len(data)
    for name, value in fields.items():
        setattr(entry, name, value)
    return entry, data


def make_tar(
    entries: Mapping[str, bytes] | Sequence[tuple[tarfile.TarInfo, bytes]], format: int = tarfile.GNU_FORMAT
) -> bytes:
    """A tar archive of regular files by path, or of entries made by make_entry()."""
    if isinstance(entries, Mapping):
        entries = [make_entry(path, data) for path, data in entries.items()]
    blocks = [entry.tobuf(format) + data + bytes(-len(data) % 512) for entry, data in entries]
    archive = b"".join(blocks) + bytes(1024)
    return archive + bytes(-len(archive) % 10240)


def make_control(fields: Mapping[str, str]) -> bytes:
    return "".join(f"{name}: {value}\n" for name, value in fields.items()).encode()


def make_deb(
    control: Mapping[str, str], files: Mapping[str, bytes], *, compression: str = "xz", data: bytes | None = None
) -> bytes:
    """A deb of format 2; `data` replaces the whole data member by bytes that may be anything."""
    return make_ar([
        ("debian-binary", b"2.0\n"),
        ("control.tar.xz", compress("xz", make_tar({"./control": make_control(control)}))),
        (f"data.tar{SUFFIXES[compression]}", _packed(compression, make_tar(files)) if data is None else data),
    ])  # fmt: skip


def _packed(compression: str, data: bytes) -> bytes:
    return compress(compression, data) if compression else data
