# SPDX-License-Identifier: GPL-2.0-or-later
"""A root file system for the kernel to unpack into memory: a cpio archive in "newc" format.

The format is the kernel's own: Documentation/driver-api/early-userspace/buffer-format.rst, read by init/initramfs.c.
"""

from __future__ import annotations

import stat
from collections.abc import Mapping
from dataclasses import dataclass

MAGIC = b"070701"
TRAILER = "TRAILER!!!"
LIMIT = 1 << 30  # bytes of all files; an amd64 kernel places the archive below 2 GiB


@dataclass(frozen=True, slots=True)
class File:
    """A regular file: what it holds, and whether it is a program."""

    data: bytes
    program: bool = False


def archive(files: Mapping[str, File], folders: tuple[str, ...] = ()) -> bytes:
    """The archive that holds these files, by their path without "/" in front, with the folders they lie in.

    `folders` are made besides, empty. Raises ValueError where the files hold more than LIMIT bytes.
    """
    if sum(len(file.data) for file in files.values()) > LIMIT:
        raise ValueError(f"files of more than {LIMIT:,} bytes")
    paths = dict.fromkeys(folder for path in (*files, *(f"{name}/" for name in folders)) for folder in _above(path))
    entries = [_entry(number, folder, stat.S_IFDIR | 0o755, b"") for number, folder in enumerate(paths, 1)]
    for number, (path, file) in enumerate(files.items(), len(entries) + 1):
        entries.append(_entry(number, path, stat.S_IFREG | (0o755 if file.program else 0o644), file.data))
    return b"".join([*entries, _entry(0, TRAILER, 0, b"")])


def _above(path: str) -> list[str]:
    """The folders a path lies in, the outermost first."""
    parts = path.split("/")[:-1]
    return ["/".join(parts[:end]) for end in range(1, len(parts) + 1)]


def _entry(inode: int, path: str, mode: int, data: bytes) -> bytes:
    """Header, name and content of one entry, each filled up to 4 bytes."""
    name = path.encode() + b"\0"
    # c_ino, mode, uid, gid, nlink, mtime, filesize, maj, min, rmaj, rmin, namesize, chksum
    fields = (inode, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(name), 0)
    header = MAGIC + b"".join(b"%08X" % field for field in fields)
    return _filled(header + name) + _filled(data)


def _filled(data: bytes) -> bytes:
    return data + bytes(-len(data) % 4)
