# SPDX-License-Identifier: GPL-2.0-or-later
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as some

from ingest.publish.spans import Members, spans

SIZE = 6
ALL_BUT_0 = np.array([False, True, True, True, True, True])


def members(of: dict[int, int] | None, told=None) -> Members:
    """A build that has these ids, each with its CRC; None: one of which nothing is known."""
    if of is None:
        return Members(np.zeros(0, np.int32), None, np.zeros(SIZE, bool))
    ids = np.array(sorted(of), np.int32)
    return Members(ids, np.array([of[each] for each in sorted(of)], np.uint32), told)


def found(*builds: Members) -> list[tuple[int, int, int, int]]:
    """Id, CRC, first and last place of each span, in order."""
    ended = spans(builds, SIZE)
    return sorted(
        row
        for each in ended
        for row in zip(*(column.tolist() for column in (each.ids, each.crcs, each.first, each.last)), strict=True)
    )


def test_a_lane_without_builds_has_no_spans() -> None:
    assert found() == []


def test_what_stays_is_one_span_and_what_changes_are_several() -> None:
    assert found(members({1: 7, 2: 7}), members({1: 7, 2: 8}), members({1: 7, 2: 7})) == [
        (1, 7, 0, 2),
        (2, 7, 0, 0),
        (2, 7, 2, 2),
        (2, 8, 1, 1),
    ]


def test_what_comes_and_goes_has_a_span_for_each_time() -> None:
    assert found(members({1: 7}), members({}), members({1: 7})) == [(1, 7, 0, 0), (1, 7, 2, 2)]


def test_kernels_without_crcs_have_spans_of_their_own() -> None:
    none = Members(np.array([1], np.int32), None)
    assert found(members({1: 7}), none, none) == [(1, 0, 1, 2), (1, 7, 0, 0)]


def test_a_build_of_which_a_member_is_not_known_neither_ends_its_span_nor_is_its_last() -> None:
    partial = members({1: 7}, told=ALL_BUT_0)
    assert found(members({0: 5, 1: 7, 2: 9}), partial, members({0: 5, 1: 7})) == [
        (0, 5, 0, 2),
        (1, 7, 0, 2),
        (2, 9, 0, 0),
    ]
    assert found(members({0: 5}), partial) == [(0, 5, 0, 0), (1, 7, 1, 1)]
    assert found(members({0: 5}), members(None), members({0: 5})) == [(0, 5, 0, 2)]


@settings(deadline=None)
@given(some.lists(some.dictionaries(some.integers(0, SIZE - 1), some.integers(1, 2)), max_size=6))
def test_each_member_of_each_build_is_in_just_one_span(builds: list[dict[int, int]]) -> None:
    rows = found(*(members(each) for each in builds))
    told = sorted((place, number, crc) for number, crc, first, last in rows for place in range(first, last + 1))
    assert told == sorted((place, *pair) for place, each in enumerate(builds) for pair in each.items())
