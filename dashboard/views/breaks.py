# SPDX-License-Identifier: GPL-2.0-or-later
"""Kernel updates that stopped packages from compiling: a page and a feed."""

from __future__ import annotations

import datetime as dt

from django.contrib.syndication.views import Feed
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.html import escape
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from abidb import packagejson, packagewords, queries
from abidb.packageanswers import Break
from dashboard.addresses import address
from dashboard.feeds import Atom, tag
from dashboard.pages import page_of, whole
from dashboard.views.lanes import unknown_line

PAGE = 50  #: breaks shown at a time
STEPS = 30  #: updates of which it is told how many packages they stopped
ENTRIES = 50  #: of the feed


@require_safe
@cache_control(public=True, max_age=60)
def breaks(request: HttpRequest, line: str = "") -> HttpResponse:
    """The breaks of a line, or of all, newest first, and the updates that packages survived."""
    if line and not queries.lane_names(line):
        raise unknown_line(line, "")
    found = queries.breaks(line)
    if request.GET.get("format") == "json":
        return JsonResponse(packagejson.breaks_json(found))
    shown, pages = page_of(found.breaks, whole(request.GET.get("offset", "")), PAGE)
    context = {
        "line": line,
        "lines": list(dict.fromkeys(each.lane.line for each in found.steps)),
        "breaks": shown,
        "steps": found.steps[:STEPS],
        "notes": (packagewords.POSTINST, packagewords.NO_HEADERS),
        "assumed": any(each.assumed for each in shown),
        **pages,
    }
    return render(request, "breaks.html", context)


class BreaksFeed(Feed):
    """An entry for each break (RFC 4287); it is updated when what ends the break becomes known."""

    feed_type = Atom
    author_name = "abidb"
    description = subtitle = "Updates of Debian’s kernels after which the source of a module package does not compile"

    def get_object(self, _request: HttpRequest, line: str = "") -> str:
        if line and not queries.lane_names(line):
            raise unknown_line(line, "")
        return line

    def title(self, line: str) -> str:
        return f"abidb: kernel updates that stop packages from compiling{f' ({line})' if line else ''}"

    def link(self, line: str) -> str:
        return address("line_breaks", line) if line else address("breaks")

    def feed_guid(self, line: str) -> str:
        return tag("breaks", *([line] if line else []))

    def items(self, line: str) -> tuple[Break, ...]:
        return queries.breaks(line).breaks[:ENTRIES]

    def item_title(self, item: Break) -> str:
        return packagewords.title_of_break(item)

    def item_description(self, item: Break) -> str:
        said = packagewords.break_sentence(item)
        return escape(f"{said}: {item.why}" if item.why else said)  # the feed gives summaries as HTML

    def item_link(self, item: Break) -> str:
        return address("package_log", item.source, str(item.log))

    def item_guid(self, item: Break) -> str:
        kernel = item.kernel
        return tag("break", item.lane.line, item.package, item.version, kernel.source, kernel.version)

    def item_pubdate(self, item: Break) -> dt.datetime:
        """When the kernel came; where that is not known, when the package was first seen."""
        return item.kernel.date or item.first_seen

    def item_updateddate(self, item: Break) -> dt.datetime:
        published = self.item_pubdate(item)
        return max(published, item.ended or published)

    def item_categories(self, item: Break) -> tuple[str, ...]:
        return item.lane.line, item.source


feed = require_safe(cache_control(public=True, max_age=300)(BreaksFeed()))
