# SPDX-License-Identifier: GPL-2.0-or-later
"""Import sets as columns."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from abidb import importset
from abidb.errors import BadFormat
from abidb.outoftree import Use


@pytest.mark.parametrize("symbol", ["a\tb", "a\nb"])
def test_a_name_that_would_make_two_sets_look_alike_is_refused(symbol) -> None:
    with pytest.raises(BadFormat, match="a tab or a line break"):
        importset.digest([Use(symbol, 1, True)])


def test_a_symbol_that_stands_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="stands twice"):
        importset.pack([Use("a", 1, True), Use("a", 2, True)], {"a": 1})


@pytest.mark.parametrize(
    ("columns", "reason"),
    [
        ((b"\1\0\0\0", None, b""), "columns of 4, 0 and 0 bytes"),
        ((b"\1\0\0\0", b"\1", b"\1"), "columns of 4, 1 and 1 bytes"),
        ((bytes(4), None, b"\1"), "ids do not ascend"),
        ((b"\1\0\0\0", None, b"\4"), "a flag that is none"),
    ],
)
def test_damaged_columns_are_refused(columns, reason) -> None:
    with pytest.raises(BadFormat, match=reason):
        importset.unpack(*columns)


def test_an_id_without_a_name_is_refused() -> None:
    with pytest.raises(BadFormat, match="2 symbols that are in no dictionary"):
        importset.uses(importset.unpack(struct.pack("<3i", 1, 1, 1), None, bytes(3)), {2: "a"})


def test_a_set_without_any_crc_has_no_column_of_them() -> None:
    assert importset.pack([Use("a", None, True)], {"a": 3}) == (struct.pack("<i", 3), None, b"\1")


def test_the_digest_is_of_the_sorted_lines() -> None:
    found = [Use("b", None, False), Use("a", 5, True), Use("c", 6, True, weak=True)]
    assert importset.digest(found) == importset.digest_of_lines([b"a\t1\t5", b"b\t0\t", b"c\t3\t6"])
    assert importset.digest([]) != importset.digest(found)


USES = st.lists(
    st.builds(
        Use,
        st.text("ab_1", min_size=1, max_size=5),
        st.none() | st.integers(1, 2**32 - 1),
        st.booleans(),
        st.booleans(),
    ),
    unique_by=lambda use: use.symbol,
)


@given(USES, st.randoms())
def test_what_is_packed_comes_back(found, random) -> None:
    ids = {use.symbol: number for number, use in enumerate(random.sample(found, len(found)), 1)}
    names = {number: symbol for symbol, number in ids.items()}
    stored = importset.unpack(*importset.pack(found, ids))
    assert importset.uses(stored, names) == tuple(sorted(found, key=lambda use: use.symbol))
