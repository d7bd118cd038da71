# SPDX-License-Identifier: GPL-2.0-or-later
import numpy as np
import pytest

from abidb.errors import BadFormat
from abidb.exportset import crc_of, difference, digest, pack, unpack, without
from abidb.records import Export

A = Export("a", "vmlinux", 1, "EXPORT_SYMBOL", "")
B = Export("b", "lib/b", 2, "EXPORT_SYMBOL_GPL", "NS")


def a_set(rows: dict[int, int | None]):
    return unpack("all", *pack(list(rows), list(rows.values())))


@pytest.mark.parametrize(("exports", "crc"), [(b"123", None), (b"1234", b"123"), (b"1234", b"12345678")])
def test_columns_that_are_not_whole_are_refused(exports: bytes, crc: bytes | None) -> None:
    with pytest.raises(BadFormat, match="stored export set"):
        unpack("all", exports, crc)


def test_an_export_cannot_stand_twice_in_a_set() -> None:
    with pytest.raises(ValueError, match="twice"):
        pack([7, 7], [1, 1])


def test_a_set_comes_back_sorted_by_export_id() -> None:
    back = a_set({9: 90, 3: None, 5: 50})
    assert (back.ids.tolist(), back.crcs.tolist()) == ([3, 5, 9], [0, 50, 90])
    assert [crc_of(back.crcs, i) for i in range(3)] == [None, 50, 90]


def test_a_set_without_any_crc_has_no_crc_column() -> None:
    back = a_set({1: None, 2: None})
    assert back.crcs is None
    assert crc_of(back.crcs, 0) is None


def test_an_empty_set_can_be_stored() -> None:
    assert a_set({}).ids.tolist() == []


def test_the_digest_depends_on_content_and_not_on_order() -> None:
    assert digest([A, B], "all") == digest([B, A], "all")
    others = [
        digest([A], "all"),
        digest([A, B], "vmlinux"),
        digest([A, Export("b", "lib/b", None, B.kind, "NS")], "all"),
    ]
    assert len({digest([A, B], "all"), *others}) == 4


def test_difference_tells_rows_apart() -> None:
    d = difference(a_set({1: 10, 2: 20, 3: 30, 4: None}), a_set({2: 20, 3: 31, 4: 40, 5: 50}))
    assert d.changed.tolist() == [3]
    assert (d.old_crcs.tolist(), d.new_crcs.tolist(), d.unknown, d.same, d.measurable) == ([30], [31], 1, 2, True)


def test_without_common_crcs_nothing_is_called_equal_or_changed_by_crc() -> None:
    d = difference(a_set({1: 10, 2: 20}), a_set({1: None, 2: None}))
    assert (d.changed.tolist(), d.same, d.measurable) == ([], 2, False)


def test_a_set_without_some_exports_keeps_the_crcs_of_the_rest() -> None:
    less = without(a_set({1: 10, 2: 20, 3: 30}), np.array([2, 9], dtype=np.int32))
    assert (less.ids.tolist(), less.crcs.tolist()) == ([1, 3], [10, 30])
    assert without(a_set({1: None}), np.array([], dtype=np.int32)).crcs is None


@pytest.mark.parametrize("name", ["a\tlib/b", "a\nb"])
def test_a_name_that_would_make_two_sets_look_alike_is_refused(name: str) -> None:
    with pytest.raises(BadFormat, match="tab or a line break"):
        digest([Export(name, "vmlinux", 1, "EXPORT_SYMBOL", "")], "all")


def test_ids_are_32_bit() -> None:
    assert a_set({1: 1}).ids.dtype == np.int32
