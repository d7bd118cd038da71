# SPDX-License-Identifier: GPL-2.0-or-later
from dashboard.sketches import PALETTE, Block, letters, sparkline, strip
from tests.builders.records import make_export
from tests.dashboard.answers import make_counts, make_life, make_step


def test_a_lane_without_a_step_is_said_in_words() -> None:
    drawn = sparkline([make_step(0)])
    assert (drawn.blocks, drawn.said) == ((), "No upload to compare with yet.")


def test_what_a_sparkline_shows_is_said_in_words() -> None:
    counts = (make_counts(crc_changed=9_000), make_counts(), make_counts(crc_changed=None))
    assert sparkline([make_step(n, each) for n, each in enumerate(counts, 1)]).said == (
        "The last 3 steps: 1 without change, 1 of which a part could not be compared, "
        "the largest 9,000 changes in 6.1.1-1."
    )


def test_one_step_and_one_change_are_said_as_one() -> None:
    assert sparkline([make_step(1, make_counts(added=1))]).said == (
        "The last step: 0 without change, the largest 1 change in 6.1.1-1."
    )


def test_of_many_steps_a_sparkline_shows_the_last() -> None:
    assert len(sparkline([make_step(n) for n in range(1, 60)]).blocks) == 30


def test_columns_of_a_sparkline_are_of_one_scale_and_coloured_by_what_breaks() -> None:
    counts = (make_counts(crc_changed=30_000), make_counts(added=9), make_counts(), make_counts(crc_changed=None))
    drawn = sparkline([make_step(n, each) for n, each in enumerate(counts, 1)])
    assert (drawn.width, drawn.blocks) == (
        16,
        (
            Block(0, 0, 20, "breaking"),
            Block(4, 16, 4, "harmless"),
            Block(8, 19, 1, "unchanged"),
            Block(12, 18, 2, "unmeasured"),
        ),
    )


def test_no_column_leaves_a_sparkline() -> None:
    most = make_counts(removed=90_000, crc_changed=None)
    assert sparkline([make_step(1, most)]).blocks == (Block(0, 0, 17, "breaking"), Block(0, 18, 2, "unmeasured"))


def test_crcs_are_lettered_in_order_of_appearance_without_end() -> None:
    named = letters([7, 7, 5, *range(100, 130)])
    assert [named[7], named[5], named[123], named[124]] == ["A", "B", "Z", "A1"]


def test_a_strip_tells_a_crc_an_unknown_one_an_absence_and_a_build_that_cannot_tell() -> None:
    known, unknown = (make_export(),), (make_export(crc=None),)
    cells = strip(make_life(known, unknown, (), None).points, {1: "A"})
    assert [(cell.x, cell.label, cell.fill) for cell in cells] == [
        (0, "A", PALETTE[0][0]),
        (26, "?", "none"),
        (52, "", "none"),
        (78, "…", "none"),
    ]


def test_crcs_of_one_colour_are_told_apart_by_a_line_under_their_letters() -> None:
    names = {crc: str(crc) for crc in range(100)}
    cells = strip(make_life(*((make_export(crc=crc),) for crc in (0, 12, 24, 96))).points, names)
    assert [(cell.fill, cell.turn, cell.band) for cell in cells] == [
        (PALETTE[0][0], 0, 1),
        (PALETTE[0][0], 1, 2),
        (PALETTE[0][0], 2, 3),
        (PALETTE[0][0], 8, 4),
    ]
