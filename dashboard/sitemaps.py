# SPDX-License-Identifier: GPL-2.0-or-later
"""What crawlers are led to (sitemaps.org): pages that stay few and answer most; the rest is linked from them."""

from __future__ import annotations

from collections import Counter

from django.contrib.sitemaps import Sitemap, views
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from abidb import queries
from dashboard.addresses import address

ALONE = ("home", "names", "packages", "breaks", "in_use", "check", "method", "method_out_of_tree", "api", "download")
MOST = 5_000  #: addresses


class Pages(Sitemap):
    """Addresses as they are."""

    def items(self) -> list[str]:
        lanes = queries.lane_names()
        lines = Counter(lane.line for lane in lanes)
        archs = Counter((lane.line, lane.arch) for lane in lanes)
        found = [
            *map(reverse, ALONE),
            *(address("line", line) for line, count in sorted(lines.items()) if count > 1),  # one alone leads to it
            *(address("line_arch", *each) for each, count in sorted(archs.items()) if count > 1),
            *(address("lane", lane.line, lane.arch, lane.flavour) for lane in lanes),
            *(address("package", source) for source in sorted({row.source for row in queries.packages()})),
        ]
        return [each for each in found if each][:MOST]

    def location(self, item: str) -> str:
        return item


@require_safe
def sitemap(request: HttpRequest) -> HttpResponse:
    """One file of all."""
    return views.sitemap(request, {"pages": Pages})
