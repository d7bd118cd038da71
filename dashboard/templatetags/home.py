# SPDX-License-Identifier: GPL-2.0-or-later
"""Components of the home page: `{% load home %}`."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import template

from abidb import lanewords
from abidb.overviewanswers import LaneNews, Overview
from dashboard.views.home import home_address

register = template.Library()


@register.inclusion_tag("components/lane_card.html")
def lane_card(news: LaneNews, now: dt.datetime) -> dict[str, Any]:
    """The newest upload of a lane: a word, a sentence, and the churn before it."""
    return {
        "lane": news.lane,
        "newest": news.step,
        "weight": lanewords.news_outcome(news).name.lower() if news.step.old else "first",
        "word": lanewords.verdict_word(news),
        "said": lanewords.verdict_sentence(news),
        "now": now,
    }


@register.inclusion_tag("components/lane_switch.html")
def lane_switch(overview: Overview, arch: str, flavour: str, ended: bool) -> dict[str, Any]:
    """Links to the other architectures and flavours; "" in front of those: what people look for first."""
    shown = {news.lane.name.arch for news in overview.news}, {news.lane.name.flavour for news in overview.news}
    return {
        "arches": [(each, home_address(each, ended=ended), shown[0] == {each}) for each in overview.arches],
        "flavours": [
            (each, home_address(arch or overview.news[0].lane.name.arch, each, ended=ended), shown[1] == {each})
            for each in overview.flavours
        ],
        "chosen": arch or flavour,
        "first": home_address(ended=ended),
    }


@register.simple_tag
def verdict_meanings() -> list[tuple[str, str, str]]:
    """CSS class, word and meaning of each verdict."""
    return [(each.name.lower(), *said) for each, said in lanewords.VERDICTS.items()]
