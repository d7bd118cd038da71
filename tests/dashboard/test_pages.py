# SPDX-License-Identifier: GPL-2.0-or-later
import pytest

from dashboard.pages import page_of, whole


@pytest.mark.parametrize(
    ("text", "place"), [("", 0), ("-1", 0), ("x", 0), ("²", 0), ("9" * 30, 0), ("9" * 12, 10_000_000), ("400", 400)]
)
def test_an_offset_is_a_whole_number_or_the_beginning(text: str, place: int) -> None:
    assert whole(text) == place


@pytest.mark.parametrize(
    ("start", "shown", "first", "end", "earlier", "later"),
    [
        (0, "ab", 1, 2, None, 2),
        (2, "cd", 3, 4, 0, 4),
        (4, "e", 5, 5, 2, None),
        (1, "bc", 2, 3, 0, 3),
        (9, "", 10, 9, 7, None),
    ],
)
def test_a_page_knows_the_pages_beside_it(start, shown, first, end, earlier, later) -> None:
    places = {"first": first, "end": end, "total": 5, "earlier": earlier, "later": later}
    assert page_of("abcde", start, 2) == (shown, places)
