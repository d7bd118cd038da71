# SPDX-License-Identifier: GPL-2.0-or-later
import json

from plotly.graph_objects import Figure

from abidb.stablelist import cost_curve, coverage
from dashboard import costchart

USES = {"ant": frozenset("ab"), "bee": frozenset("abc")}


def test_no_package_gives_a_curve_that_stays_on_the_ground() -> None:
    (trace,) = costchart.cost(())["data"]
    assert (trace["x"], trace["y"]) == ([0], [0])


def test_the_curve_climbs_a_package_at_a_time_and_the_list_is_a_mark() -> None:
    figure = costchart.cost(cost_curve(USES), coverage("abz", USES))
    assert [(trace["name"], trace["x"], trace["y"]) for trace in figure["data"]] == [
        ("growing list", [0, 2, 3], [0, 1, 2]),
        ("the list given", [3], [1]),
    ]
    assert figure["data"][0]["text"] == ["", "ant: 2 more", "bee: 1 more"]


def test_weighed_it_climbs_by_installations_without_a_mark() -> None:
    figure = costchart.cost(cost_curve(USES, {"bee": 9}), coverage("abz", USES), weighed=True)
    assert [(trace["x"], trace["y"]) for trace in figure["data"]] == [([0, 3, 3], [0, 9, 9])]
    assert figure["layout"]["yaxis"]["title"]["text"] == "installations kept whole"


def test_plotly_knows_every_property_of_the_figure() -> None:
    figure = costchart.cost(cost_curve(USES), coverage("a", USES))
    assert json.loads(json.dumps(figure)) == figure
    assert len(Figure(figure).data) == 2  # raises ValueError on a property or value that it does not know
