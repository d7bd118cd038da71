# SPDX-License-Identifier: GPL-2.0-or-later
"""Import sets as columns: what a module uses, how it is stored.

A stored set is three columns in the order of ascending symbol ids: `symbols`, int4 little-endian differences of the
ids; `crc`, uint32 little-endian with 0 for "unknown", or None where no symbol has one; `named`, a byte of flags each:
NAMED where the package's own source has the name, WEAK where the symbol may be missing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from abidb.errors import BadFormat
from abidb.exportset import CrcArray, IdArray
from abidb.outoftree import Use

NAMED, WEAK = 1, 2
DIGEST_VERSION = b"abidb import set 1\n"


@dataclass(frozen=True, slots=True, eq=False)
class ImportSet:
    """The columns of one set."""

    ids: IdArray  #: of symbols, ascending
    crcs: CrcArray | None  #: 0 where unknown
    named: npt.NDArray[np.bool_]
    weak: npt.NDArray[np.bool_]


def flags(use: Use) -> int:
    """What a set keeps of a use beside its symbol and CRC, as a sum."""
    return NAMED * use.named + WEAK * use.weak


def line(use: Use) -> bytes:
    """A use as digests and exports of the record write it: symbol, flags, CRC in decimal, tabs between them."""
    return f"{use.symbol}\t{flags(use)}\t{'' if use.crc is None else use.crc}".encode()


def digest(uses: Iterable[Use]) -> bytes:
    """The content address of a set: 32 bytes, the same in every installation and for every order of `uses`.

    Raises BadFormat for a name that would make two sets look alike.
    """
    lines = sorted(map(line, uses))
    body = b"\n".join(lines)
    if body.count(b"\n") > max(len(lines) - 1, 0) or body.count(b"\t") != 2 * len(lines):
        raise BadFormat("a symbol has a tab or a line break in its name")
    return digest_of_lines(lines)


def digest_of_lines(lines: Iterable[bytes]) -> bytes:
    """The same from a set's lines, sorted."""
    return hashlib.sha256(DIGEST_VERSION + b"\n".join(lines)).digest()


def pack(uses: Sequence[Use], ids: Mapping[str, int]) -> tuple[bytes, bytes | None, bytes]:
    """The stored columns of a set, whose symbols have these ids; raises ValueError where a symbol stands twice."""
    rows = sorted((ids[use.symbol], use.crc or 0, flags(use)) for use in uses)
    steps = np.diff(np.array([row[0] for row in rows], dtype=np.int32), prepend=np.int32(0))
    if rows and steps.min() <= 0:
        raise ValueError("a symbol stands twice in one set")
    known = any(use.crc is not None for use in uses)
    crcs = np.array([row[1] for row in rows], dtype="<u4").tobytes() if known else None
    return steps.astype("<i4").tobytes(), crcs, bytes(row[2] for row in rows)


def unpack(symbols: bytes, crc: bytes | None, named: bytes) -> ImportSet:
    """The set of stored columns; raises BadFormat where they are not whole, ids do not ascend, or a flag is none."""
    if len(symbols) != 4 * len(named) or (crc is not None and len(crc) != len(symbols)):
        sizes = f"{len(symbols):,}, {len(crc or b''):,} and {len(named):,} bytes"
        raise BadFormat(f"stored import set with columns of {sizes}")
    steps = np.frombuffer(symbols, dtype="<i4")
    if steps.size and steps.min() <= 0:
        raise BadFormat("stored import set whose ids do not ascend")
    told = np.frombuffer(named, dtype=np.uint8)
    if told.size and told.max() > NAMED + WEAK:
        raise BadFormat("stored import set with a flag that is none")
    ids = np.cumsum(steps, dtype=np.int32)
    crcs = None if crc is None else np.frombuffer(crc, dtype="<u4")
    return ImportSet(ids, crcs, (told & NAMED).astype(bool), (told & WEAK).astype(bool))


def uses(stored: ImportSet, names: Mapping[int, str]) -> tuple[Use, ...]:
    """The uses of a set in order of symbols; raises BadFormat for an id without a name."""
    ids = stored.ids.tolist()
    if missing := [one for one in ids if one not in names]:
        raise BadFormat(f"stored import set with {len(missing):,} symbols that are in no dictionary")
    crcs = [None] * len(ids) if stored.crcs is None else [crc or None for crc in stored.crcs.tolist()]
    found = zip(ids, crcs, stored.named.tolist(), stored.weak.tolist(), strict=True)
    return tuple(sorted(Use(names[one], *told) for one, *told in found))
