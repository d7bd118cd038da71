# SPDX-License-Identifier: GPL-2.0-or-later
import pytest
from django.template import Context, Template

from abidb.answers import LaneName

LANES = (LaneName("bookworm", "amd64", "cloud-amd64"), LaneName("sid", "arm64", "rt&"))


@pytest.mark.parametrize(
    ("name", "items"),
    [
        ("..", "<li>bookworm cloud-amd64</li><li>sid rt&amp; (arm64)</li>"),
        (
            "it's",
            '<li><a href="/symbol/it&#x27;s/?line=bookworm&amp;arch=amd64&amp;flavour=cloud-amd64">'
            "bookworm cloud-amd64</a></li>"
            '<li><a href="/symbol/it&#x27;s/?line=sid&amp;arch=arm64&amp;flavour=rt%26">sid rt&amp; (arm64)</a></li>',
        ),
    ],
)
def test_lanes_to_choose_from_lead_to_a_name_where_it_makes_an_address(name: str, items: str) -> None:
    told = Template("{% load names %}{% lane_choices 'symbol' name lanes %}").render(
        Context({"name": name, "lanes": LANES})
    )
    assert told == items
