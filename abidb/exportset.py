# SPDX-License-Identifier: GPL-2.0-or-later
"""Export sets as columns: what one set is, how it is stored, which rows of two sets can differ.

A stored set is two columns in the order of ascending export ids: `exports`, int4 little-endian differences of the
ids (PostgreSQL's own compression makes 4-9 kB of 25,000), and `crc`, uint32 little-endian, or None for a kernel
without CRCs. A CRC of 0 among others stands for "unknown": no CRC that the kernel's genksyms makes is kept as 0.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from abidb.errors import BadFormat
from abidb.records import Export

DIGEST_VERSION = b"abidb export set 1\n"
IdArray = npt.NDArray[np.int32]
CrcArray = npt.NDArray[np.uint32]


@dataclass(frozen=True, slots=True, eq=False)
class ExportSet:
    """The columns of one set: ascending export ids and, where the kernel has CRCs, one CRC each."""

    covers: str  #: "all" or "vmlinux"
    ids: IdArray
    crcs: CrcArray | None


def digest(exports: Iterable[Export], covers: str) -> bytes:
    """The content address of a set: 32 bytes, the same in every installation and for every order of `exports`.

    Raises BadFormat for a name that would make two sets look alike.
    """
    lines = sorted(
        f"{e.symbol}\t{e.module}\t{e.kind}\t{e.namespace}\t{'' if e.crc is None else e.crc}" for e in exports
    )
    body = "\n".join(lines)
    if body.count("\n") > max(len(lines) - 1, 0) or body.count("\t") != 4 * len(lines):
        raise BadFormat("an export has a tab or a line break in its name")
    return digest_of_lines(covers, [body.encode()] if lines else [])


def digest_of_lines(covers: str, lines: Iterable[bytes]) -> bytes:
    """The same from a set's lines, sorted: symbol, module, kind, namespace, CRC in decimal, with tabs between them."""
    return hashlib.sha256(DIGEST_VERSION + b"\n".join([covers.encode(), *lines])).digest()


def pack(ids: Sequence[int], crcs: Sequence[int | None]) -> tuple[bytes, bytes | None]:
    """The stored columns of a set whose rows have these ids, in any order, and CRCs; raises ValueError on a repeat."""
    known = any(crc is not None for crc in crcs)
    values = np.fromiter((crc or 0 for crc in crcs), dtype=np.uint32, count=len(crcs)) if known else None
    return packed(np.asarray(ids, dtype=np.int32), values)


def packed(ids: IdArray, crcs: CrcArray | None) -> tuple[bytes, bytes | None]:
    """The same from arrays, with 0 for an unknown CRC."""
    order = np.argsort(ids)
    steps = np.diff(ids[order], prepend=np.int32(0))
    if ids.size and steps.min() <= 0:
        raise ValueError("an export stands twice in one set")
    return steps.astype("<i4").tobytes(), None if crcs is None else crcs[order].astype("<u4").tobytes()


def unpack(covers: str, exports: bytes, crc: bytes | None) -> ExportSet:
    """The set of stored columns; raises BadFormat where they are not whole."""
    if len(exports) % 4 or (crc is not None and len(crc) != len(exports)):
        raise BadFormat(f"stored export set of {len(exports):,} bytes with {len(crc or b''):,} bytes of CRCs")
    ids = np.cumsum(np.frombuffer(exports, dtype="<i4"), dtype=np.int32)
    return ExportSet(covers, ids, None if crc is None else np.frombuffer(crc, dtype="<u4"))


def crc_of(crcs: CrcArray | None, position: int) -> int | None:
    """The CRC in row `position`, None where unknown."""
    return None if crcs is None else int(crcs[position]) or None


@dataclass(frozen=True, slots=True, eq=False)
class Difference:
    """What changed among the exports that two sets have both."""

    changed: IdArray  #: those whose known CRCs differ
    old_crcs: CrcArray  #: of `changed`
    new_crcs: CrcArray
    unknown: int  #: those of which one side or both have no CRC, where the sets have CRCs
    same: int  #: those that are not in `changed`
    measurable: bool  #: both sides have CRCs


def difference(old: ExportSet, new: ExportSet) -> Difference:
    """Compare two sets row by row."""
    common, at_old, at_new = np.intersect1d(old.ids, new.ids, assume_unique=True, return_indices=True)
    if old.crcs is None or new.crcs is None:
        none = np.empty(0, dtype=np.uint32)
        return Difference(common[:0], none, none, 0, common.size, False)
    a, b = old.crcs[at_old], new.crcs[at_new]
    known = (a != 0) & (b != 0)
    differs = known & (a != b)
    changed = common[differs]
    unknown, same = int(common.size - known.sum()), int(common.size - changed.size)
    return Difference(changed, a[differs], b[differs], unknown, same, True)


def without(stored: ExportSet, ids: IdArray) -> ExportSet:
    """The set less these exports."""
    keep = ~np.isin(stored.ids, ids, assume_unique=True)
    return ExportSet(stored.covers, stored.ids[keep], None if stored.crcs is None else stored.crcs[keep])
