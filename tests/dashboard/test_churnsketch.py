# SPDX-License-Identifier: GPL-2.0-or-later
import pytest

from abidb.answers import LaneName
from abidb.channels import Channel
from abidb.churnanswers import Arrival
from dashboard import churnsketch
from dashboard.churnsketch import CROSS, RING, Part, draw, keys, said_of, title
from tests.dashboard.answers import DAY, make_counts, make_step

SECURITY = Arrival("bookworm-security", "high", ("bookworm",), (Channel.SECURITY, Channel.POINT))
STEPS = (
    make_step(0),
    make_step(1, make_counts(crc_changed=18_272, added=1), date=DAY),
    make_step(2),
    make_step(3, make_counts(crc_changed=None)),
)


@pytest.mark.parametrize("linear", [True, False])
def test_a_lane_without_a_step_gives_a_drawing_without_columns(linear: bool) -> None:
    drawing = draw(STEPS[:1], {}, linear=linear)
    assert (drawing.columns, drawing.said) == (
        (),
        "What 0 uploads changed, oldest first; a table holds the same",
    )


def test_a_handful_beside_thousands_is_drawn_in_a_row_of_its_own() -> None:
    drawing = draw(STEPS, {1: SECURITY})
    first, second, third = drawing.columns
    assert first.parts == (
        Part("M58 19.7h28V61h-28z", "crc", "#0072B2"),
        Part("M58 119.3h28V122h-28z", "added", "#009E73"),
    )
    assert [name for _, name in drawing.names] == ["CRC changed", "added"]
    assert [text for _, text in drawing.lines] == ["1", "100", "10,000"] * 2
    assert (second.parts, third.parts) == ((), ())
    assert first.href == "/diff/6.1.0-0-amd64=6.1.0-1:amd64/6.1.0-1-amd64=6.1.1-1:amd64/"


def test_columns_are_marked_by_how_they_came_and_by_what_could_be_told() -> None:
    drawing = draw(STEPS, {1: SECURITY})
    paths = [[mark.path for mark in column.marks] for column in drawing.columns]
    assert paths == [[churnsketch.SYMBOLS[Channel.SECURITY][1]], [RING], [CROSS]]
    assert [name for _, name, _ in keys(STEPS, {1: SECURITY})] == [
        *("security update", "nothing changed", "not all measurable"),
    ]


def test_the_linear_drawing_is_stacked() -> None:
    drawing = draw(STEPS, {}, linear=True)
    crc, added = drawing.columns[0].parts
    assert (crc.path, added.path) == ("M58 17.0h28V267.0h-28z", "M58 17.0h28V17.0h-28z")
    assert [text for _, text in drawing.lines] == ["0", "5,000", "10,000", "15,000"]


def test_only_the_last_columns_are_drawn_where_so_many_are_wanted() -> None:
    steps = [make_step(n, make_counts(added=n)) for n in range(1, 400)]
    drawing, newest = draw(steps, {}), draw(steps, {}, last=60)
    assert (len(drawing.columns), newest.columns[-1].version, len(newest.columns)) == (399, "6.1.399-1", 60)
    assert all(column.x + drawing.bar <= drawing.width for column in drawing.columns)
    assert drawing.width < 399 * 14 + 80


def test_an_upload_is_said_with_its_day_and_how_it_came() -> None:
    assert [said_of(STEPS[1], SECURITY), said_of(STEPS[2], None)] == [
        "6.1.1-1 (2026-11-01, security update, point release): 18,272 of 0 CRCs changed (0 %), 1 export added",
        "6.1.2-1: no export changed",
    ]


def test_a_picture_says_what_it_is_of() -> None:
    name = LaneName("bookworm", "amd64", "cloud-amd64")
    assert title(name) == "What each upload of bookworm changed for modules (amd64, cloud-amd64)"


def test_a_picture_that_is_alone_brings_its_key() -> None:
    log, linear = (churnsketch.picture_keys(STEPS, {1: SECURITY}, linear=linear) for linear in (False, True))
    assert [(x, said) for x, _, _, said in log] == [
        (58, "security update"),
        (187, "nothing changed"),
        (316, "not all measurable"),
    ]
    assert [said for *_, said in linear][:5] == [name for _, name, _, _ in churnsketch.SERIES]
    assert [fill for _, _, fill, _ in log] == [churnsketch.INK, "", ""]
