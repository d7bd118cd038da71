# SPDX-License-Identifier: GPL-2.0-or-later
"""Contents indexes of an archive: which packages ship a file.

https://wiki.debian.org/DebianRepository/Format, "Contents" indices. A line has a path without leading slash, blanks,
and, between commas, each package that ships it with its area and section before it:
`usr/src/zfs-2.1.11/dkms.conf  contrib/kernel/zfs-dkms`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

DKMS_CONF = b"/dkms.conf"
LINE = re.compile(rb"usr/src/[^/\s][^/]*/dkms\.conf[ \t]+(\S+)")
PACKAGE = re.compile(rb"(?:[^/,]+/)*([a-z0-9][a-z0-9+.-]+)")
LONGEST = 1 << 20  #: bytes of a line; those of real ones stay below 10,000


def dkms_packages(pieces: Iterable[bytes]) -> frozenset[str]:
    """The packages that ship usr/src/*/dkms.conf, from an unpacked Contents index in pieces.

    What is no such line is passed over, so is one of more than LONGEST bytes.
    """
    found = (match for lines in _lines(pieces) for line in _hits(lines) if (match := LINE.fullmatch(line)))
    names = (PACKAGE.fullmatch(entry) for match in found for entry in match[1].split(b","))
    return frozenset(name[1].decode() for name in names if name)


def _lines(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The same bytes, each piece ending with a line."""
    rest = b""
    for piece in pieces:
        whole, newline, tail = piece.rpartition(b"\n")
        if newline:
            yield rest + whole
            rest = tail
        elif len(rest) < LONGEST:
            rest += tail
    yield rest


def _hits(lines: bytes) -> Iterator[bytes]:
    """The lines with the name of the file; searching is far faster than splitting 600 MB."""
    at = lines.find(DKMS_CONF)
    while at >= 0:
        end = lines.find(b"\n", at)
        yield lines[lines.rfind(b"\n", 0, at) + 1 : end if end >= 0 else None].rstrip()
        at = lines.find(DKMS_CONF, end) if end >= 0 else -1
