# SPDX-License-Identifier: GPL-2.0-or-later
import dataclasses
import json
import math

import pytest
from plotly.graph_objects import Figure

from abidb.channels import Channel
from abidb.churnanswers import Arrival
from abidb.churnwords import unchanged
from dashboard import charts
from tests.dashboard.answers import make_counts, make_step

BROKEN = make_counts(removed=2, crc_changed=18_272, gpl_tightened=1, namespace_changed=3, added=19, moved=5)
STEPS = (make_step(0), make_step(1), make_step(2, BROKEN), make_step(3, make_counts(crc_changed=None, added=1)))


def series(figure: charts.Figure) -> dict[str, tuple[list[str], list[int | None]]]:
    return {trace["name"]: (trace["x"], trace["y"]) for trace in figure["data"]}


def test_a_lane_without_a_step_gives_an_empty_chart() -> None:
    for linear, kinds in ((True, 5), (False, 1)):
        figure = charts.churn(STEPS[:1], linear=linear)
        assert [trace["y"] for trace in figure["data"]] == [[]] * kinds
    assert charts.churn(STEPS[:1], linear=True)["layout"]["annotations"] == []


@pytest.mark.parametrize("linear", [True, False])
def test_churn_is_told_by_kind_and_the_unmeasured_part_is_null_not_nought(linear: bool) -> None:
    versions = ["6.1.1-1", "6.1.2-1", "6.1.3-1"]
    assert series(charts.churn(STEPS, linear=linear)) == {
        "removed": (versions, [0, 2, 0]),
        "CRC changed": (versions, [0, 18_272, None]),
        "tightened (GPL or namespace)": (versions, [0, 4, 0]),
        "moved or relaxed": (versions, [0, 5, 0]),
        "added": (versions, [0, 19, 1]),
        "nothing changed": (["6.1.1-1"], [0]),
        "not all measurable": (["6.1.3-1"], [0]),
    }


def test_rows_have_logarithmic_axes_of_one_range_and_bars_of_one_a_height() -> None:
    figure = charts.churn(STEPS)
    axes = [figure["layout"][f"yaxis{n}"] for n in ("", 2, 3, 4, 5)]
    assert {(axis["type"], *axis["range"]) for axis in axes} == {("log", math.log10(0.5), 5.739)}
    assert axes[0]["ticktext"] == ["1", "100", "10,000"]
    assert [(trace["name"], trace["yaxis"]) for trace in figure["data"]] == [
        *(("removed", "y"), ("CRC changed", "y2"), ("tightened (GPL or namespace)", "y3"), ("moved or relaxed", "y4")),
        *(("added", "y5"), ("nothing changed", "y6"), ("not all measurable", "y6")),
    ]
    assert [note["text"] for note in figure["layout"]["annotations"]] == [name for _, name, _, _ in charts.SERIES]


def test_a_kind_of_change_that_no_upload_has_needs_no_row() -> None:
    told = [make_step(1, make_counts(added=3))]
    assert [trace["name"] for trace in charts.churn(told)["data"]] == ["added"]
    assert charts.absent(told) == ("removed", "CRC changed", "tightened (GPL or namespace)", "moved or relaxed")


def test_how_an_upload_came_is_a_mark_and_without_knowledge_there_is_none() -> None:
    arrivals = {
        1: Arrival("bookworm-security", "high", ("bookworm",), (Channel.SECURITY, Channel.POINT)),
        2: Arrival("", "", (), ()),
    }
    marks = charts.churn(STEPS, arrivals)["data"][5:]
    assert [(mark["name"], mark["x"], mark["marker"]["symbol"]) for mark in marks] == [
        ("security update", ["6.1.1-1"], "triangle-up"),
        ("nothing changed", ["6.1.1-1"], "circle-open"),
        ("not all measurable", ["6.1.3-1"], "x-thin-open"),
    ]
    assert set(charts.SYMBOLS) == set(Channel)


def test_of_many_uploads_the_newest_are_in_view_and_few_are_not_blown_up() -> None:
    def view(n: int) -> list[float]:
        return charts.churn([make_step(at) for at in range(n + 1)])["layout"]["xaxis"]["range"]

    assert [view(n) for n in (2, 60, 300)] == [[-0.5, 11.5], [-0.5, 59.5], [239.5, 299.5]]


def test_a_bar_says_its_total_and_what_of_it_is_unknown() -> None:
    labels = charts.churn((*STEPS, make_step(4, make_counts(crc_changed=None))), linear=True)["layout"]["annotations"]
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
    assert (charts.label(step), unchanged(step)) == (said, not said)


def test_labels_of_many_bars_stand_upright_and_of_more_there_are_none() -> None:
    few, many, most = ([make_step(n, BROKEN) for n in range(length)] for length in (9, 10, 26))
    angles = [charts.churn(steps, linear=True)["layout"]["annotations"][0]["textangle"] for steps in (few, many)]
    assert angles == [0, -90]
    assert charts.churn(most, linear=True)["layout"]["annotations"] == []
    assert ["texttemplate" in charts.churn(steps)["data"][0] for steps in (few, most)] == [True, False]


@pytest.mark.parametrize("linear", [True, False])
def test_plotly_knows_every_property_of_the_figure(linear: bool) -> None:
    figure = charts.churn(STEPS, linear=linear)
    assert json.loads(json.dumps(figure)) == figure
    assert len(Figure(figure).data) == 7  # raises ValueError on a property or value that it does not know


def test_what_may_only_have_moved_is_not_drawn_as_removed() -> None:
    step = dataclasses.replace(make_step(1, make_counts(removed=5, untold=4)), scope="vmlinux")
    assert series(charts.churn([step]))["removed"] == (["6.1.1-1"], [1])
    assert charts.label(step) == "1 + ?"
