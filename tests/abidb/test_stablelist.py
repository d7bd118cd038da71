# SPDX-License-Identifier: GPL-2.0-or-later
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from abidb.stablelist import Gap, ListCoverage, Point, cost_curve, coverage, listed

USES = {
    "big": frozenset("abcdef"),
    "middle": frozenset("abx"),
    "small": frozenset("ab"),
    "twin": frozenset("ab"),
    "empty": frozenset(),
}
packages = st.dictionaries(
    st.text("pqrs", min_size=1, max_size=3), st.frozensets(st.sampled_from("abcdefgh")), max_size=7
)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", ()),
        ("# only a comment\n\n", ()),
        ("kfree # why\nkmalloc, kfree\tprintk", ("kfree", "kmalloc", "printk")),
        ("0x12345678\tkfree\tvmlinux\tEXPORT_SYMBOL\t\n0x00000000\tx\tlib/x\tEXPORT_SYMBOL_GPL\tNS", ("kfree", "x")),
        ("0x12345678", ()),
        (f"{'x' * 513} {'y' * 512}", ("y" * 512,)),
    ],
)
def test_a_list_is_read_from_words_or_lines_of_a_symvers_file(text: str, found: tuple[str, ...]) -> None:
    assert listed(text) == found


def test_an_empty_list_keeps_only_what_uses_nothing() -> None:
    assert coverage((), {"a": frozenset("xy"), "b": frozenset()}) == ListCoverage(
        symbols=0, needed=0, idle=(), whole=("b",), gaps=(Gap("a", 2, ("x", "y")),)
    )


def test_no_package_is_no_error() -> None:
    assert coverage(("x",), {}) == ListCoverage(1, 0, ("x",), (), ())
    assert cost_curve({}) == ()


def test_a_list_is_told_by_what_it_keeps_whole_and_what_each_other_package_lacks() -> None:
    assert coverage(["b", "a", "a", "z"], USES) == ListCoverage(
        symbols=3,
        needed=2,
        idle=("z",),
        whole=("empty", "small", "twin"),
        gaps=(Gap("middle", 3, ("x",)), Gap("big", 6, ("c", "d", "e", "f"))),
    )
    assert coverage("ab", USES).packages == 5


def test_a_list_grows_by_what_costs_least_and_of_equals_by_name() -> None:
    assert cost_curve(USES) == (
        Point("empty", 0, 0, 1, None),
        Point("small", 2, 2, 2, None),
        Point("twin", 0, 2, 3, None),
        Point("middle", 1, 3, 4, None),
        Point("big", 4, 7, 5, None),
    )


def test_where_installations_are_known_the_most_for_a_symbol_come_first() -> None:
    assert cost_curve(USES, {"big": 600, "middle": 3, "twin": 5}) == (
        Point("empty", 0, 0, 1, 0),
        Point("big", 6, 6, 2, 600),
        Point("small", 0, 6, 3, 600),
        Point("twin", 0, 6, 4, 605),
        Point("middle", 1, 7, 5, 608),
    )


@given(packages)
def test_every_point_of_the_curve_is_what_coverage_says_of_its_list(uses: dict[str, frozenset[str]]) -> None:
    taken: set[str] = set()
    for point in cost_curve(uses):
        before = len(taken)
        taken |= uses[point.package]
        assert (point.added, point.symbols) == (len(taken) - before, len(taken))
        assert point.package in coverage(taken, uses).whole
    assert taken == set().union(*uses.values())


@given(packages)
def test_the_curve_takes_every_package_once_in_the_same_order_however_they_are_given(uses) -> None:
    backwards = dict(reversed(uses.items()))
    assert cost_curve(uses) == cost_curve(backwards)
    assert sorted(point.package for point in cost_curve(uses)) == sorted(uses)
    assert [point.packages for point in cost_curve(uses)] == list(range(1, len(uses) + 1))


@given(packages)
def test_no_step_could_have_been_cheaper(uses: dict[str, frozenset[str]]) -> None:
    taken: set[str] = set()
    rest = dict(uses)
    for point in cost_curve(uses):
        assert point.added == min(len(needs - taken) for needs in rest.values())
        taken |= rest.pop(point.package)


@given(packages)
def test_the_first_package_and_the_whole_are_as_cheap_as_can_be(uses: dict[str, frozenset[str]]) -> None:
    """Between them the curve is a bound: the smallest list for so many packages may be smaller."""
    for point in cost_curve(uses):
        cheapest = min(len(frozenset().union(*(uses[p] for p in some))) for some in combinations(uses, point.packages))
        assert cheapest <= point.symbols
        if point.packages in (1, len(uses)):
            assert cheapest == point.symbols


@given(packages, st.frozensets(st.sampled_from("abcdefgh")), st.sampled_from("abcdefgh"))
def test_a_longer_list_never_keeps_less_whole(uses, symbols: frozenset[str], more: str) -> None:
    assert set(coverage(symbols, uses).whole) <= set(coverage(symbols | {more}, uses).whole)
