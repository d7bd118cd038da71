# SPDX-License-Identifier: GPL-2.0-or-later
"""A thousand mutations a reader of what `make fuzz` tries 100,000 of; time and memory are measured there."""

import pytest

from abidb.errors import BadFormat
from bench.fuzz import trial
from bench.fuzz.mutations import Field, Input
from bench.fuzz.readers import READERS
from bench.fuzz.trial import Bounds, Reader, Tally, mutation, try_all

SEED = 20261123
SMALL = Input(b"magic" + bytes(100), ((0, 5),), (Field(8, 4, "big"),))


def check_finds(wrong, read):
    """Of ten trials each one is wrong in the same way."""
    tally = try_all(Reader(read, lambda: (SMALL,)), "made", 1, range(10), Bounds())
    assert tally.violations == [(f"made:{number}", wrong) for number in range(10)]


def refuse(data):
    raise BadFormat("not magic" if data[:5] != b"magic" else "too many zeros", 5)


@pytest.mark.parametrize("name", READERS)
def test_only_the_declared_error_comes_out_of(name):
    tally = try_all(READERS[name], name, SEED, range(1000), Bounds())
    assert (tally.trials, tally.violations) == (1000, [])
    assert tally.past_magic > 500


def test_another_error_is_found():
    check_finds("IndexError: index out of range", lambda data: b"".__getitem__(len(data)))


def test_a_warning_is_found():
    check_finds("UserWarning: careful", lambda data: __import__("warnings").warn("careful", stacklevel=1))


def test_a_reader_that_does_not_end_is_broken_off(monkeypatch):
    monkeypatch.setattr(trial, "HANG", 0.01)
    check_finds("Hang: no end after 0.01 s", lambda data: all(True for _ in iter(int, 1)))


def test_what_takes_too_long_is_found():
    tally = try_all(Reader(refuse, lambda: (SMALL,)), "made", 1, range(10), Bounds(seconds=-1.0))
    assert [name for name, _ in tally.violations] == [f"made:{number}" for number in range(10)]


def test_refusals_of_the_magic_are_counted():
    tally = try_all(Reader(refuse, lambda: (SMALL,), ("not magic",)), "made", 1, range(1000), Bounds())
    assert (tally.trials, tally.accepted, 500 < tally.past_magic < 1000) == (1000, 0, True)


def test_a_mutation_can_be_made_again_by_its_number():
    seen = []
    reader = Reader(seen.append, lambda: (SMALL,))
    assert try_all(reader, "made", 1, range(3), Bounds()).accepted == 3
    assert [mutation(reader, "made", 1, number) for number in range(3)] == seen


def test_tallies_add_up():
    tally = Tally(trials=1, slowest=0.5, violations=[("a:1", "wrong")])
    tally.add(Tally(trials=2, past_magic=1, accepted=1, slowest=0.1, megabytes=7))
    assert tally == Tally(3, 1, 1, 0.5, 7, [("a:1", "wrong")])
