# SPDX-License-Identifier: GPL-2.0-or-later
"""The script that draws charts."""

import gzip
import hashlib
import re
from importlib.util import find_spec
from pathlib import Path

from django.conf import settings

FOLDER = settings.BASE_DIR / "dashboard/static/plotly"
BUNDLE = FOLDER / "plotly-basic.min.js"
VERSION = re.compile(rb"plotly\.js (?:\(basic - minified\) )?v([0-9.]+)")


def test_the_bundle_is_the_one_that_the_readme_tells_of() -> None:
    assert hashlib.sha256(BUNDLE.read_bytes()).hexdigest() in (FOLDER / "README").read_text()


def test_figures_are_checked_by_the_version_that_draws_them() -> None:
    package = find_spec("plotly")
    assert package is not None and package.submodule_search_locations
    whole = Path(package.submodule_search_locations[0]) / "package_data/plotly.min.js"
    versions = [VERSION.search(path.read_bytes()[:300])[1] for path in (BUNDLE, whole)]  # type: ignore[index]
    assert versions[0] == versions[1]


def test_a_page_with_a_chart_costs_at_most_450_kb_more() -> None:
    scripts = (BUNDLE, settings.BASE_DIR / "dashboard/static/abidb/chart.js")
    assert sum(len(gzip.compress(path.read_bytes(), 9)) for path in scripts) < 450_000


def test_the_style_that_the_page_keeps_out_is_the_one_of_this_bundle() -> None:
    """plotly's map library would add an inline style, against the policy, were there no element with this id."""
    page = (settings.BASE_DIR / "templates/components/plotly.html").read_text()
    ids = [part.split('"')[0] for part in page.split('id="')[1:]]
    bundle = BUNDLE.read_text()
    assert len(ids) == 2
    assert [f'getElementById("{ids[1]}")' in bundle, "plotly.js-style-" in bundle] == [True, True]
