# SPDX-License-Identifier: GPL-2.0-or-later
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles import finders

from dashboard.finders import PlotlyFinder


def test_other_files_of_the_package_are_not_served() -> None:
    assert finders.find("widgetbundle.js") is None
    assert PlotlyFinder().find("widgetbundle.js", find_all=True) == []


def test_plotly_js_comes_out_of_the_python_package() -> None:
    assert Path(finders.find("plotly.min.js")).name == "plotly.min.js"
    assert [name for name, _ in PlotlyFinder().list(None)] == ["plotly.min.js"]
    assert len(finders.find("plotly.min.js", find_all=True)) == 1


def test_the_style_that_the_page_keeps_out_is_the_one_of_this_bundle() -> None:
    """plotly's map library would add an inline style, against the policy, were there no element with this id."""
    page = (settings.BASE_DIR / "templates/components/plotly.html").read_text()
    ids = [part.split('"')[0] for part in page.split('id="')[1:]]
    bundle = Path(finders.find("plotly.min.js")).read_text()
    assert len(ids) == 2
    assert [f'getElementById("{ids[1]}")' in bundle, "plotly.js-style-" in bundle] == [True, True]
