# SPDX-License-Identifier: GPL-2.0-or-later
from dashboard.coverage import Cell, Matrix, Row, cell, matrix
from tests.dashboard.answers import DAY, make_coverage


def test_of_nothing_there_is_an_empty_table() -> None:
    assert matrix((), {}) == Matrix((), ())


def test_what_is_not_whole_is_told_apart() -> None:
    found = make_coverage(offered=1_009, whole=2, partial=1, apart=1, waiting=3)
    parts = ("1 partial", "1 apart", "3 missing", "1,002 to come")
    assert (cell(found), cell(found).complete) == (Cell(found, 2, 1_009, parts), False)


def test_a_suite_of_which_all_is_whole_is_complete() -> None:
    assert cell(make_coverage(offered=4, whole=4)).complete


def test_suites_keep_their_order_and_amd64_stands_first() -> None:
    found = [
        make_coverage("sid", "arm64", offered=1),
        make_coverage("sid", "amd64", offered=1),
        make_coverage("bookworm", "arm64", offered=1),
    ]
    assert matrix(found, {"bookworm": DAY}) == Matrix(
        ("amd64", "arm64"),
        (Row("sid", None, (cell(found[1]), cell(found[0]))), Row("bookworm", DAY, (None, cell(found[2])))),
    )
