# SPDX-License-Identifier: GPL-2.0-or-later
import datetime as dt

import pytest
from django.template import Context, Template

from abidb.answers import LaneName
from tests.dashboard.answers import make_ref, make_step

MOMENT = dt.datetime(2026, 11, 3, 4, 5, tzinfo=dt.UTC)


def render(text: str, **context: object) -> str:
    return Template("{% load abidb %}" + text).render(Context(context))


@pytest.mark.parametrize("component", ["when moment", "build_link ref", "lane_link name", "marks ref"])
def test_components_in_a_line_of_text_bring_no_space_of_their_own(component: str) -> None:
    name = LaneName("bookworm", "amd64", "cloud-amd64")
    shown = render(f"{{% {component} %}},", moment=MOMENT, ref=make_ref(1), name=name)
    assert shown == shown.strip() and ">\n" not in shown and not shown.endswith(" ,")


def test_a_moment_is_shown_as_its_day_and_told_to_the_minute() -> None:
    assert render("{% when moment %}", moment=MOMENT) == (
        '<time datetime="2026-11-03T04:05:00+00:00" title="2026-11-03 04:05 UTC">2026-11-03</time>'
    )
    assert render("{% when moment %}", moment=None) == '<span class="quiet">unknown</span>'


@pytest.mark.parametrize(("crc", "text"), [(None, "unknown"), (0x1F, "0x0000001f"), (0xFFFFFFFF, "0xffffffff")])
def test_a_crc_is_written_as_module_symvers_does_and_an_unknown_one_in_words(crc: int | None, text: str) -> None:
    assert render("{{ crc|crc }}", crc=crc) == text


@pytest.mark.parametrize(
    ("lane", "title"),
    [
        (LaneName("bookworm", "amd64", "cloud-amd64"), "bookworm cloud-amd64"),
        (LaneName("trixie", "armhf", "armmp"), "trixie armmp (armhf)"),
    ],
)
def test_a_lane_s_title_has_the_architecture_once(lane: LaneName, title: str) -> None:
    assert render("{{ lane|lane_title }}", lane=lane) == title


def test_a_query_holds_only_what_is_set() -> None:
    assert render("{% query 'a=1' b='x y' c='' d=None e=0 %}") == "?a=1&amp;b=x+y&amp;e=0"
    assert render("{% query '' %}") == "?"


@pytest.mark.parametrize(("step", "weight"), [(make_step(0), "unknown"), (make_step(1), "same")])
def test_a_step_has_the_weight_of_its_outcome(step, weight: str) -> None:
    assert render("{{ step|step_weight }}", step=step) == weight


@pytest.mark.parametrize(
    ("name", "shown"),
    [("a\nb", "<a >"), ("", "<a >"), ("..", "<a >"), ("'\"<", '<a href="/symbol/&#x27;%22%3C/?b=1#c">')],
)
def test_a_link_to_a_name_that_makes_no_address_is_plain_text(name: str, shown: str) -> None:
    assert render("<a {% href 'symbol' name a='' b='1' fragment='c' %}>", name=name) == shown
