# SPDX-License-Identifier: GPL-2.0-or-later
import dataclasses

import pytest

from abidb.answers import LaneName
from abidb.channels import Channel
from abidb.churnanswers import ArchOnly, Arrival, FlavourStep, Lasting, Spread
from abidb.churnwords import (
    CHANNEL_WORDS,
    arch_only_sentence,
    arrival_sentence,
    churn_sentence,
    flavour_only_sentence,
    lasting_sentence,
    spread_sentence,
    still_sentence,
    unchanged,
)
from tests.dashboard.answers import make_counts, make_step

ONE = ("kfree",)
ROW = FlavourStep(LaneName("bookworm", "amd64", "cloud-amd64"), make_step(1), 2, 1, ("kfree",))


def make_spread(**fields) -> Spread:
    given = {
        "line": "bookworm",
        "rows": (ROW,) * 3,
        "measured": 3,
        "broken": 9,
        "everywhere": 4,
        "everywhere_first": (),
        "single": 2,
        "arches": (),
    }
    return Spread(**{**given, **fields})


def test_every_way_has_its_words() -> None:
    assert set(CHANNEL_WORDS) == set(Channel)


def test_how_an_upload_came_is_empty_where_it_is_not_known() -> None:
    both = Arrival("bookworm-security", "high", ("bookworm",), (Channel.SECURITY, Channel.POINT))
    said = [arrival_sentence(each) for each in (None, dataclasses.replace(both, channels=()), both)]
    assert said == ["", "", "security update, point release"]


def test_a_step_is_said_without_its_name() -> None:
    not_compared = dataclasses.replace(make_step(1), counts=None, scope=None)
    steps = (make_step(0), not_compared, make_step(1, make_counts(added=2)))
    assert [churn_sentence(step) for step in steps] == ["the first upload here", "not compared yet", "2 exports added"]


def test_only_what_was_measured_counts_as_still() -> None:
    unknown = make_step(2, make_counts(crc_changed=None))
    assert [unchanged(step) for step in (make_step(0), make_step(1), unknown)] == [False, True, False]
    assert [still_sentence(steps) for steps in ([make_step(0)], [make_step(1)], [make_step(1), unknown])] == [
        "no upload could be compared with the one before it",
        "1 of 1 upload changed no export",
        "1 of 2 uploads changed no export; of 1 it cannot be told",
    ]


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (
            Lasting((), {}, 4, 0, False),
            "whether exports kept their CRC cannot be told: no two uploads in a row have CRCs",
        ),
        (
            Lasting(ONE, {}, 4, 3, False),
            "1 export is in all 4 uploads and never changed its CRC in 3 steps",
        ),
        (
            Lasting(ONE, {}, 4, 1, True),
            "1 export of vmlinux is in all 4 uploads and never changed its CRC in the 1 of 3 steps in which all "
            "CRCs could be compared",
        ),
    ],
)
def test_what_lasts_is_said_with_the_steps_that_tell_it(found: Lasting, said: str) -> None:
    assert lasting_sentence(found) == said


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        (
            {"measured": 0},
            "in no flavour could all changes be measured, so nothing can be said of what they have in common",
        ),
        ({"broken": 0}, "nothing that modules use broke in all 3 flavours"),
        ({"measured": 1, "rows": (ROW,)}, "9 symbols broke in the only flavour"),
        ({}, "of 9 symbols that broke, 4 did so in all 3 flavours and 2 in one only"),
        (
            {"measured": 2},
            "of 9 symbols that broke, 4 did so in the 2 flavours of 3 that could be measured and 2 in one only",
        ),
    ],
)
def test_how_changes_spread_is_said_of_measured_flavours_alone(fields, said: str) -> None:
    assert spread_sentence(make_spread(**fields)) == said


def test_what_one_has_to_itself_names_it() -> None:
    octeon = dataclasses.replace(ROW, lane=LaneName("bookworm", "mipsel", "octeon"))
    assert [
        arch_only_sentence(ArchOnly("arm64", 1, ())),
        flavour_only_sentence(ROW),
        flavour_only_sentence(octeon),
    ] == [
        "In all measured flavours of arm64, and on no other architecture",
        "In cloud-amd64 alone",
        "In octeon (mipsel) alone",
    ]
