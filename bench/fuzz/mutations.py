# SPDX-License-Identifier: GPL-2.0-or-later
"""One input in, a broken or lying one out; the same random numbers give the same one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Literal

KEPT = 0.8  # share of mutations that leave the magic as it was, so that most get past it
LARGEST_PIECE = 4096


@dataclass(frozen=True, slots=True)
class Field:
    """Where an input says a length, an offset or a count, and how it writes it."""

    offset: int
    size: int
    form: Literal["little", "big", "decimal", "octal"]

    def encode(self, value: int) -> bytes:
        if self.form == "decimal":
            return f"{value:<{self.size}}".encode()[: self.size]
        if self.form == "octal":
            return f"{value:0{self.size - 1}o}\\0".encode()[-self.size :]
        return (value % (1 << 8 * self.size)).to_bytes(self.size, self.form)

    def decode(self, data: bytes | bytearray) -> int:
        """The number there; 0 for one that a mutation has spoilt."""
        text = bytes(data[self.offset : self.offset + self.size])
        if self.form == "little" or self.form == "big":
            return int.from_bytes(text, self.form)
        digits = text.strip(b" \\0")
        return int(digits, 8 if self.form == "octal" else 10) if digits.isdigit() and b"9" not in digits else 0


@dataclass(frozen=True, slots=True)
class Input:
    """A valid input, the ranges by which it is known, and the fields in which it can lie."""

    data: bytes
    magic: tuple[tuple[int, int], ...] = ()
    fields: tuple[Field, ...] = ()
    repair: Callable[[bytearray], None] | None = None  #: makes checksums fit, so that what they guard is read


def mutate(sample: Input, chance: Random) -> bytes:
    """`sample` with one to three changes."""
    data = bytearray(sample.data)
    for _ in range(chance.choice((1, 1, 2, 3))):
        chance.choice(CHANGES)(data, sample, chance)
    if chance.random() < KEPT:
        for start, end in sample.magic:
            if len(data) < end:
                data[len(data) :] = sample.data[len(data) : end]
            data[start:end] = sample.data[start:end]
        if sample.repair:
            sample.repair(data)
    return bytes(data)


def _flip_bits(data: bytearray, _: Input, chance: Random) -> None:
    for _ in range(chance.choice((1, 1, 2, 8)) if data else 0):
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)


def _overwrite(data: bytearray, _: Input, chance: Random) -> None:
    part = _part(data, chance, 16)
    size = part.stop - part.start
    data[part] = chance.choice((bytes(size), b"\xff" * size, chance.randbytes(size)))


def _cut_short(data: bytearray, _: Input, chance: Random) -> None:
    del data[chance.randrange(len(data) + 1) :]


def _take_out(data: bytearray, _: Input, chance: Random) -> None:
    del data[_part(data, chance, LARGEST_PIECE)]


def _repeat(data: bytearray, _: Input, chance: Random) -> None:
    piece = data[_part(data, chance, LARGEST_PIECE)]
    at = chance.randrange(len(data) + 1)
    data[at:at] = piece


def _lie(data: bytearray, sample: Input, chance: Random) -> None:
    """Another number in a field that says a length or an offset; without such fields, in any word."""
    for _ in range(chance.choice((1, 1, 2))):
        field = chance.choice(sample.fields) if sample.fields and chance.random() < 0.8 else _word(data, chance)
        if field.offset + field.size <= len(data):
            value = chance.choice(LIES)(field.decode(data), len(data), chance)
            data[field.offset : field.offset + field.size] = field.encode(value)


def _part(data: bytearray, chance: Random, most: int) -> slice:
    at = chance.randrange(len(data) + 1)
    return slice(at, min(at + chance.randint(1, most), len(data)))


def _word(data: bytearray, chance: Random) -> Field:
    size = chance.choice((2, 4, 8))
    return Field(size * chance.randrange(len(data) // size + 1), size, chance.choice(("little", "big")))


CHANGES = (_flip_bits, _flip_bits, _overwrite, _cut_short, _take_out, _repeat, _lie, _lie, _lie)
#: what a field may say instead of `old`, in an input of `size` bytes
LIES = (
    lambda old, size, chance: old + chance.choice((-8, -4, -1, 1, 4, 8)),
    lambda old, size, chance: old * 2,
    lambda old, size, chance: old // 2,
    lambda old, size, chance: size + chance.randint(-8, 8),
    lambda old, size, chance: chance.randrange(size + 1),
    lambda old, size, chance: (1 << chance.choice((7, 8, 15, 16, 31, 32, 63, 64))) - chance.randint(0, 2),
    lambda old, size, chance: chance.randrange(4),
    lambda old, size, chance: chance.getrandbits(64),
)
