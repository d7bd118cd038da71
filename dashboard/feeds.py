# SPDX-License-Identifier: GPL-2.0-or-later
"""Atom feeds (RFC 4287) of new uploads and what each changed: of a lane, of a release line, of all.

Ids are the same in every installation, so that who follows two of them sees an entry once. `published` is the date of
the upload's changelog, `updated` when this record could first say what it says.
"""

from __future__ import annotations

import datetime as dt
from urllib.parse import quote

from django.contrib.syndication.views import Feed
from django.http import HttpRequest
from django.utils.feedgenerator import Atom1Feed
from django.utils.html import escape
from django.views.decorators.http import require_safe

from abidb import newswords, queries
from abidb.answers import LaneName
from abidb.newsanswers import LaneNews, LineNews
from dashboard.addresses import address
from dashboard.unknown import offering

ENTRIES = 30  #: of a feed
#: Ids of feeds and entries (RFC 4151). The authority is no host of an installation, but a name that nobody can ever
#: have (RFC 2606).
TAG = "tag:abidb.invalid,2026:"
NEVER = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


def tag(*parts: str) -> str:
    """The id of a feed, or of an entry of it."""
    return TAG + "/".join(quote(part, safe="+~:") for part in parts)


class Atom(Atom1Feed):
    """A feed without entries is as old as the record, not made just now."""

    def latest_post_date(self) -> dt.datetime:
        if self.items:
            return super().latest_post_date()
        return queries.generation().at or NEVER


class LaneFeed(Feed):
    """An entry for each of the newest uploads of a lane."""

    feed_type = Atom
    author_name = "abidb"
    description = subtitle = "New uploads of Debian’s kernel, and what each changed of its exports"

    def get_object(self, _request: HttpRequest, line: str, arch: str, flavour: str) -> tuple[LaneNews, ...]:
        with offering(_listed):
            return queries.lane_news(line, arch, flavour, limit=ENTRIES)

    def title(self, news: tuple[LaneNews, ...]) -> str:
        return f"abidb: {newswords.lane_title(news[0].lane)}"

    def link(self, news: tuple[LaneNews, ...]) -> str:
        return address("lane", *_parts(news[0].lane))

    def feed_guid(self, news: tuple[LaneNews, ...]) -> str:
        return tag("lane", *_parts(news[0].lane))

    def items(self, news: tuple[LaneNews, ...]) -> tuple[LaneNews, ...]:
        return news

    def item_title(self, item: LaneNews) -> str:
        return newswords.title_of_step(item)

    def item_description(self, item: LaneNews) -> str:
        return escape(newswords.step_news(item.step))  # the feed gives summaries as HTML

    def item_link(self, item: LaneNews) -> str:
        old, new = item.step.old, item.step.new
        return address("diff", old.name, new.name) if old else address("build", new.name)

    def item_guid(self, item: LaneNews) -> str:
        return tag("upload", *_parts(item.lane), item.step.new.source, item.step.new.version)

    def item_pubdate(self, item: LaneNews) -> dt.datetime | None:
        return item.step.new.date

    def item_updateddate(self, item: LaneNews) -> dt.datetime:
        return max(item.read, item.step.new.date or item.read)

    def item_categories(self, item: LaneNews) -> tuple[str, ...]:
        return tuple(dict.fromkeys(_parts(item.lane)))


class LineFeed(Feed):
    """An entry for each of the newest uploads of a release line, or of all, whatever their flavours."""

    feed_type = Atom
    author_name = "abidb"
    description = subtitle = LaneFeed.description

    def get_object(self, _request: HttpRequest, line: str = "") -> str:
        return line

    def title(self, line: str) -> str:
        return f"abidb: kernels of {line}" if line else "abidb: kernels of all releases"

    def link(self, line: str) -> str:
        return address("line", line) if line else address("home")

    def feed_guid(self, line: str) -> str:
        return tag("line", line) if line else tag("all")

    def items(self, line: str) -> tuple[LineNews, ...]:
        with offering(_listed):
            return queries.line_news(line, limit=ENTRIES)

    def item_title(self, item: LineNews) -> str:
        return newswords.title_of_upload(item)

    def item_description(self, item: LineNews) -> str:
        return escape(newswords.upload_news(item))

    def item_link(self, item: LineNews) -> str:
        """The difference of the flavour that is told of, else the upload with all its builds."""
        step = item.headline
        if step and step.old and step.new:
            return address("diff", str(step.old), str(step.new))
        return address("upload", item.upload.source, item.upload.version)

    def item_guid(self, item: LineNews) -> str:
        return tag("upload", item.line, item.upload.source, item.upload.version)

    def item_pubdate(self, item: LineNews) -> dt.datetime | None:
        return item.upload.date

    def item_updateddate(self, item: LineNews) -> dt.datetime:
        return max(item.read, item.upload.date or item.read)

    def item_categories(self, item: LineNews) -> tuple[str, ...]:
        return item.line, item.upload.source


def _parts(lane: LaneName) -> tuple[str, str, str]:
    return lane.line, lane.arch, lane.flavour


def _listed(name: str) -> str:
    """The address of the feed of a line, or of a lane."""
    parts = name.split("/")
    return address("lane_feed" if len(parts) > 1 else "line_feed", *parts)


lane_feed = require_safe(LaneFeed())
line_feed = require_safe(LineFeed())
