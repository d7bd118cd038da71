# SPDX-License-Identifier: GPL-2.0-or-later
"""Exports of a kernel image that has no sections: arm64's and riscv64's Image, and what zImage and its like unpack to.

The linker puts the tables one after the other (RO_DATA in include/asm-generic/vmlinux.lds.h): entries of __ksymtab and
__ksymtab_gpl, their CRCs, their flags, then their names, each sorted by name. So the search is for entries whose
neighbours agree with them, grown to both sides, and the place of the first name then says where the table must end
and what stands between. Every name must be a symbol's, in order, and every string there must be some entry's: so
nothing but the table comes through, and it comes whole.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from abidb.errors import BadFormat
from abidb.records import Export
from ingest.formats.ksymtab import (
    GPL,
    PLAIN,
    Columns,
    Shape,
    columns,
    crc_values,
    kinds_of_flags,
    records,
    strings,
)

Mask = npt.NDArray[np.bool_]
Words = npt.NDArray[np.unsignedinteger]

#: of Debian's architectures first: arm64; riscv64, loong64 and mips64el; armhf and armel; s390x
SHAPES = tuple(
    Shape(word, 3, relative, order)
    for word, relative, order in (
        (4, True, "<"),
        (8, False, "<"),
        (4, False, "<"),
        (8, False, ">"),
        (4, False, ">"),
        (4, True, ">"),
    )
)
NEAR = 4 << 20  # bytes; all names and namespaces of a kernel take less (0.5 MB in 7.3)
LOWEST = 1 << 20  # no address in a kernel is smaller, but distances are
MOST = 1 << 15  # entries of a table to either side of where it was found
SHORTEST = 3  # agreements in a row that are worth a look
SEEDS = 4  # longest rows looked at
FALSE_ENTRIES = 3  # what stands before and after a table may look like so many more entries
SAMPLE = 16  # entries that are read before all are
WHOLE = 1 << 17  # entries of all the tables that are read whole; the first such table was always the one
CHUNK = 1 << 18  # words compared at a time
FEW = 64  # so few CRCs may all look like distances by chance, or in a test; the fewest seen are 12,000


#: which entries may stand side by side in a table, from the words of each and of the next one
Agreement = Callable[[Sequence[Words], Shape], Mask]


class Gap(NamedTuple):
    """What stands between the table and its names, in bytes an entry."""

    crc: int
    flags: int


GAPS = (Gap(4, 0), Gap(0, 1), Gap(0, 0), Gap(4, 1), Gap(8, 0))


class Row(NamedTuple):
    """Entries one after the other that agree."""

    length: int
    middle: int  #: offset of the one in the middle


class Table(NamedTuple):
    """Where a table may be."""

    entries: Columns
    gap: Gap
    crcs: int  #: offset of what follows the entries
    start: int  #: address of the image's first byte


def exports(image: bytes) -> tuple[Export, ...]:
    """All exports of a kernel image in the order of its table; exact repeats count once.

    Raises BadFormat where there is no table of any shape that is known.
    """
    possible = (
        (shape, table)
        for agree, shape in SEARCHES
        for row in _rows(image, shape, agree)
        for table in _tables(image, shape, row)
        if _begins_well(image, table)
    )
    left = WHOLE
    for shape, table in possible:
        if found := _read(image, shape, table):
            return found
        left -= len(table.entries.names)
        if left < 0:
            break
    raise BadFormat("no table of exports is found")


def _rows(image: bytes, shape: Shape, agreement: Agreement) -> list[Row]:
    """The longest rows of entries that agree, longest first."""
    agree = _everywhere(image, shape, agreement)
    rows: list[Row] = []
    for phase in range(shape.words):
        padded = np.concatenate(([False], agree[phase :: shape.words], [False]))
        ends = np.flatnonzero(padded[1:] != padded[:-1])
        starts, lengths = ends[::2], ends[1::2] - ends[::2]
        long = np.flatnonzero(lengths >= SHORTEST)
        for i in long[np.argsort(lengths[long])[: -SEEDS - 1 : -1]].tolist():
            length, middle = int(lengths[i]), int(starts[i]) + int(lengths[i]) // 2
            rows.append(Row(length, middle * shape.size + phase * shape.word))
    return sorted(rows, reverse=True)[:SEEDS]


def _everywhere(image: bytes, shape: Shape, agreement: Agreement) -> Mask:
    """For each word of the image: whether an entry that began there would agree with the one after it."""
    span = 2 * shape.words - 1
    words = np.frombuffer(image, f"{shape.order}u{shape.word}", len(image) // shape.word)
    agree = np.zeros(max(len(words) - span, 0), np.bool_)
    for at in range(0, len(agree), CHUNK):
        part = words[at : at + CHUNK + span].astype(f"u{shape.word}", copy=False)
        count = len(part) - span
        agree[at : at + count] = agreement([part[i : i + count] for i in range(2 * shape.words)], shape)
    return agree


def _same_namespace(words: Sequence[Words], shape: Shape) -> Mask:
    """Another name but the same namespace: nearly all share the one empty string. Differences of words wrap around,
    as the kernel's do."""
    _, name, space, _, next_name, next_space = words
    apart = shape.size if shape.relative else 0
    agree: Mask = (space - next_space == apart) & (name - next_name != apart)
    if not shape.relative:
        agree &= space - name + NEAR < 2 * NEAR
    return agree


def _near_names(words: Sequence[Words], shape: Shape) -> Mask:
    """Names near each other, and no namespace: there is no word for it (up to v5.3) or 0 in it (v5.4 to v5.6)."""
    name, next_name = words[1], words[1 + shape.words]
    apart = shape.size if shape.relative else 0
    agree: Mask = (name - next_name - apart + NEAR < 2 * NEAR) & (name - next_name != apart) & (name != 0)
    if shape.words == 3:
        agree &= (words[2] == 0) & (words[5] == 0)
    return agree


SEARCHES: tuple[tuple[Agreement, Shape], ...] = (
    *((_same_namespace, shape) for shape in SHAPES),
    *((_near_names, shape._replace(words=2)) for shape in SHAPES),
    *((_near_names, shape) for shape in SHAPES),
)


def _tables(image: bytes, shape: Shape, row: Row) -> Iterator[Table]:
    """Tables that the middle of the row may be a part of, likeliest first."""
    before = min(row.middle // shape.size, MOST)
    start = row.middle - before * shape.size
    count = min((len(image) - start) // shape.size, 2 * MOST)
    entries = columns(image, start, count, start, shape)
    good = _plausible(entries, before, row.middle if shape.relative else LOWEST)
    if not good[before]:
        return
    low = before + 1 - int(np.argmin(np.append(good[before::-1], False)))
    high = before + int(np.argmin(np.append(good[before:], False)))
    for begin in range(low, min(low + FALSE_ENTRIES, before) + 1):
        least = max(before - begin, row.length // 2) + 1
        yield from _ends(entries.part(begin, high), start + begin * shape.size, shape, least)


def _plausible(entries: Columns, sample: int, lowest: int) -> Mask:
    """Which entries have their strings near those of a sample, and not below `lowest`."""
    name = int(entries.names[sample])

    def near(addresses: npt.NDArray[np.int64]) -> Mask:
        return (addresses - name < NEAR) & (name - addresses < NEAR) & (addresses.view(np.uint64) >= lowest)

    return near(entries.names) & (near(entries.namespaces) | ~entries.has_namespace)


def _ends(entries: Columns, offset: int, shape: Shape, least: int) -> Iterator[Table]:
    """Tables of at least so many of these entries, that end where the first of their strings says.

    Where words are addresses, it is not known which place in the file the first string's is: all ends are tried.
    """
    spaces = np.where(entries.has_namespace, entries.namespaces, entries.names)
    strings = np.minimum.accumulate(np.minimum(entries.names, spaces))
    counts = np.arange(1, len(strings) + 1)
    between = strings - offset - counts * shape.size
    possible = counts >= max(least, 0 if shape.relative else len(counts) - FALSE_ENTRIES)
    fits = {gap: possible & (between == counts * sum(gap)) if shape.relative else possible for gap in GAPS}
    for index in np.flatnonzero(np.logical_or.reduce(list(fits.values())))[::-1].tolist():
        part = entries.part(0, index + 1)
        for gap in GAPS:
            if fits[gap][index]:
                crcs = offset + (index + 1) * shape.size
                yield Table(part, gap, crcs, int(strings[index]) - crcs - (index + 1) * sum(gap))


def _begins_well(image: bytes, table: Table) -> bool:
    """Whether the first entries have names that are in order."""
    try:
        names, _ = strings(image, table.start, table.entries.part(0, SAMPLE))
    except BadFormat:
        return False
    return len(_drops(names)) < 2


def _read(image: bytes, shape: Shape, table: Table) -> tuple[Export, ...]:
    """The table's exports; none if it is not one."""
    try:
        names, spaces = strings(image, table.start, table.entries)
    except BadFormat:
        return ()
    count, width = len(names), table.gap.crc
    flags = table.crcs + count * width
    kinds = _kinds(names, image[flags : flags + count] if table.gap.flags else None)
    if not kinds or not _all_strings(image, table.entries, table.start):
        return ()
    return tuple(records(names, spaces, _crcs(image, shape, table.crcs, count, width), kinds))


def _all_strings(image: bytes, entries: Columns, start: int) -> bool:
    """Whether each string, from the first to the last that the entries have, is one of theirs."""
    theirs = np.union1d(entries.names, entries.namespaces[entries.has_namespace]) - start
    first, last = int(theirs[0]), image.index(b"\0", int(theirs[-1]))
    ends = np.flatnonzero(np.frombuffer(image, np.uint8, last - first, first) == 0)
    return bool(np.isin(ends + first + 1, theirs).all())


def _drops(names: list[str]) -> list[int]:
    """Where the names, which are sorted within a section, start again."""
    return [i for i, (one, other) in enumerate(pairwise(names), 1) if other < one]


def _kinds(names: list[str], flags: bytes | None) -> list[str]:
    """Export types; none if the names are not in order. Without flags, the second section is that of GPL exports."""
    drops = _drops(names)
    if flags is not None:
        return [] if drops else kinds_of_flags(flags)
    if len(drops) > 1:
        return []
    plain = drops[0] if drops else len(names)
    return [PLAIN] * plain + [GPL] * (len(names) - plain)


def _crcs(image: bytes, shape: Shape, offset: int, count: int, width: int) -> list[int | None]:
    if not width:
        return [None] * count
    words = np.frombuffer(image, f"{shape.order}u{width}", count, offset)
    return crc_values(_followed(image, words, offset) if width == 4 else words)


def _followed(image: bytes, words: Words, offset: int) -> Words:
    """The CRCs that `words` lead to if all of them are distances into the image (CONFIG_MODULE_REL_CRCS, v4.11 to
    v5.18), else the words themselves: CRCs are spread over all 32 bits."""
    targets = offset + 4 * np.arange(len(words), dtype=np.int64) + words.astype(np.int32)
    if len(words) <= FEW or targets.min() < 0 or targets.max() + 4 > len(image):
        return words
    content = np.frombuffer(image, np.uint8)
    found: Words = content[targets[:, None] + np.arange(4)].view(words.dtype)[:, 0]
    return found
