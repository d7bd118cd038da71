# SPDX-License-Identifier: GPL-2.0-or-later
import dataclasses
import json

import pytest
from plotly.graph_objects import Figure

from dashboard import charts
from tests.dashboard.answers import make_counts, make_step

BROKEN = make_counts(removed=2, crc_changed=18_272, gpl_tightened=1, namespace_changed=3, added=19, moved=5)
STEPS = (make_step(0), make_step(1), make_step(2, BROKEN), make_step(3, make_counts(crc_changed=None, added=1)))


def series(figure: charts.Figure) -> dict[str, tuple[list[str], list[int | None]]]:
    return {trace["name"]: (trace["x"], trace["y"]) for trace in figure["data"]}


def test_a_lane_without_a_step_gives_an_empty_chart() -> None:
    figure = charts.churn(STEPS[:1])
    assert [trace["y"] for trace in figure["data"]] == [[], [], [], [], []]
    assert figure["layout"]["annotations"] == []


def test_churn_is_stacked_by_kind_and_the_unmeasured_part_is_null_not_nought() -> None:
    versions = ["6.1.1-1", "6.1.2-1", "6.1.3-1"]
    assert series(charts.churn(STEPS)) == {
        "removed": (versions, [0, 2, 0]),
        "CRC changed": (versions, [0, 18_272, None]),
        "tightened (GPL or namespace)": (versions, [0, 4, 0]),
        "moved or relaxed": (versions, [0, 5, 0]),
        "added": (versions, [0, 19, 1]),
        "nothing changed": (["6.1.1-1"], [0]),
        "types not measurable by CRC": (["6.1.3-1"], [0]),
    }


def test_a_bar_says_its_total_and_what_of_it_is_unknown() -> None:
    labels = charts.churn((*STEPS, make_step(4, make_counts(crc_changed=None))))["layout"]["annotations"]
    assert [(label["x"], label["text"]) for label in labels] == [
        ("6.1.2-1", "18,302"),
        ("6.1.3-1", "1 + ?"),
        ("6.1.4-1", "?"),
    ]


@pytest.mark.parametrize(
    ("counts", "scope", "said"),
    [
        (make_counts(), "all", ""),
        (make_counts(moved=2), "all", "2"),
        (make_counts(), "vmlinux", "?"),
        (make_counts(crc_unknown=1), "all", "?"),
    ],
)
def test_only_what_was_compared_whole_counts_as_unchanged(counts, scope: str, said: str) -> None:
    step = dataclasses.replace(make_step(1, counts), scope=scope)
    assert (charts.label(step), charts.unchanged(step)) == (said, not said)


def test_labels_of_many_bars_stand_upright() -> None:
    few, many = ([make_step(n, BROKEN) for n in range(length)] for length in (9, 10))
    assert [charts.churn(steps)["layout"]["annotations"][0]["textangle"] for steps in (few, many)] == [0, -90]


def test_plotly_knows_every_property_of_the_figure() -> None:
    figure = charts.churn(STEPS)
    assert json.loads(json.dumps(figure)) == figure
    assert len(Figure(figure).data) == 7  # raises ValueError on a property or value that it does not know


def test_what_may_only_have_moved_is_not_drawn_as_removed() -> None:
    step = dataclasses.replace(make_step(1, make_counts(removed=5, untold=4)), scope="vmlinux")
    assert series(charts.churn([step]))["removed"] == (["6.1.1-1"], [1])
    assert charts.label(step) == "1 + ?"
