# SPDX-License-Identifier: GPL-2.0-or-later
from dataclasses import replace

from dashboard.biography import lives
from tests.builders.records import make_export
from tests.dashboard.answers import make_life, make_ref

ONE, TWO, NO_CRC = (make_export(crc=1),), (make_export(crc=2),), (make_export(crc=None),)


def test_a_gap_is_a_stretch_between_two_uploads_that_have_the_symbol() -> None:
    (life,) = lives([make_life((), ONE, (), (), TWO, ())])
    assert (life.first, life.last) == (make_ref(1), make_ref(4))
    assert (life.gaps, life.gone, life.crcs) == (((make_ref(2), make_ref(3)),), True, 2)


def test_a_build_without_its_modules_makes_neither_a_gap_nor_an_end() -> None:
    (life,) = lives([make_life(ONE, None, ONE, None)])
    assert (life.gaps, life.gone, [row.known for row in life.rows]) == ((), False, [False, True, False, True])


def test_the_same_crc_has_the_same_letter_in_every_lane() -> None:
    told = lives([make_life(ONE, TWO), make_life(TWO, NO_CRC)])
    assert [[[letter for _, letter in row.exports] for row in life.rows] for life in told] == [
        [["B"], ["A"]],
        [[""], ["B"]],
    ]


def test_rows_are_newest_first_each_with_the_upload_before_it() -> None:
    (life,) = lives([make_life(ONE, ONE)])
    assert [(row.point.build.id, row.before and row.before.id) for row in life.rows] == [(1, 0), (0, None)]


def test_an_upload_is_compared_with_the_last_that_can_tell() -> None:
    (life,) = lives([make_life(ONE, None, TWO, (), ONE)])
    assert [row.before and row.before.id for row in reversed(life.rows)] == [None, 0, 0, 2, 3]


def test_a_symbol_of_two_modules_keeps_both_with_their_letters() -> None:
    (life,) = lives([make_life((make_export(crc=1), make_export(module="lib/x", crc=2)))])
    assert [(export.module, letter) for export, letter in life.rows[0].exports] == [("vmlinux", "A"), ("lib/x", "B")]


def test_the_last_change_is_that_of_the_newest_upload_that_changed_something() -> None:
    lane = make_life(ONE, TWO, TWO, ())
    changed = (("crc_changed",) if n == 1 else () for n in range(4))
    points = tuple(replace(point, changed=kinds) for point, kinds in zip(lane.points, changed, strict=True))
    (life,) = lives([replace(lane, points=points)])
    assert (life.changed and life.changed.point.build, life.now and life.now.point.build) == (make_ref(1), make_ref(2))
    assert (life.oldest, life.newest) == (make_ref(0), make_ref(3))
    assert lives([make_life(ONE, ONE)])[0].changed is None


def test_a_life_that_ends_without_crcs_is_not_measured_to_its_end() -> None:
    told = lives([make_life(ONE, TWO), make_life(ONE, NO_CRC), make_life(NO_CRC, ONE), make_life(())])
    assert [life.measured for life in told] == [True, False, True, False]


def test_a_first_upload_is_unsure_where_the_one_before_it_cannot_tell() -> None:
    told = lives([make_life(None, ONE), replace(make_life(ONE), older=3), make_life((), ONE), make_life(ONE)])
    assert [life.unsure for life in told] == [True, True, False, False]
    assert not lives([replace(make_life(()), older=3)])[0].unsure
