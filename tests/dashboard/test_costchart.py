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


def test_the_drawing_of_no_package_is_a_point() -> None:
    drawn = costchart.sketch(())
    assert (drawn.path, drawn.mark) == ("M56.0 272.0", None)


def test_the_drawing_climbs_as_the_figure_does() -> None:
    drawn = costchart.sketch(cost_curve(USES), coverage("abz", USES))
    assert (drawn.path, drawn.mark) == ("M56.0 272.0H616.0V142.0H896.0V12.0", (896.0, 142.0))
    assert [text for _, text in drawn.across] == ["0", "1", "2", "3"]
    weighed = costchart.sketch(cost_curve(USES, {"bee": 900}), coverage("abz", USES), weighed=True)
    assert (weighed.mark, [text for _, text in weighed.up]) == (
        None,
        ["0", "100", "200", "300", "400", "500", "600", "700", "800", "900"],
    )


def test_the_files_of_the_chart_have_a_name() -> None:
    said = [costchart.chart((), None, weighed=weighed)["title"] for weighed in (False, True)]
    assert said == [f"{what} kept whole as a list of symbols grows" for what in ("Packages", "Installations")]
