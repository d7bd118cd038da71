# SPDX-License-Identifier: GPL-2.0-or-later
"""The symbols that packages of a release use, and how far a list of symbols covers them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, fields

from django.core.files.uploadhandler import MemoryFileUploadHandler
from django.http import HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.shortcuts import render
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_http_methods, require_safe

from abidb import queries, stablelist, usejson, usewords
from abidb.answers import LaneName
from abidb.stablelist import ListCoverage, Point
from abidb.useanswers import ReleaseUses
from dashboard import costchart
from dashboard.addresses import address
from dashboard.csvfile import csv_file
from dashboard.pages import whole
from dashboard.unknown import LONGEST, offering
from dashboard.views.packages import lane_of

PAGE = 200  #: symbols shown at a time
LONGEST_LIST = 1_000_000  #: bytes of a list that is sent
LONGEST_LINK = 2_000  #: characters of a list that an address holds
SORTS = {"packages": "most packages", "broke": "broke most often", "symbol": "name"}
KINDS = {"": "any", "gpl": "GPL-only", "EXPORT_SYMBOL": "EXPORT_SYMBOL", "gone": "not exported now"}


def place(given: QueryDict) -> tuple[str, LaneName | None]:
    """The release asked for, "" where none was, and the lane where it is one of that release's own, or where the lane
    alone was asked for; None means the usual one.
    """
    release, lane = (given.get(name, "").strip()[:LONGEST] for name in ("release", "lane"))
    if not release and lane:
        wanted = lane_of(lane)
        return "", wanted if wanted in queries.lane_names() else None
    own = {"/".join((one.line, one.arch, one.flavour)): one for one in queries.lanes_of(release)} if lane else {}
    return release, own.get(lane)


@require_safe
@cache_control(public=True, max_age=60)
def in_use(request: HttpRequest) -> HttpResponse:
    """A page of the symbols in use; all of them for programs, as JSON or CSV."""
    text, package, kind, sort, after, form = (
        request.GET.get(name, "").strip() for name in ("text", "package", "kind", "sort", "after", "format")
    )
    wanted = {"text": text, "package": package, "kind": kind, "sort": sort}
    limit = None if form in {"json", "csv"} else PAGE
    with offering(release_address):
        found = queries.in_use(*place(request.GET), **wanted, after=after, limit=limit)
    if form == "json":
        return JsonResponse(usejson.in_use_json(found))
    if form == "csv":
        names = ("symbol", "named_by", "broke", "kind", "namespace")
        rows = ((len(r.packages), *(getattr(r, name) for name in names), " ".join(r.packages)) for r in found.rows)
        return csv_file("symbols-in-use.csv", ("packages", *names, "names"), rows)
    context = {
        "found": found,
        "said": usewords.in_use_sentence(found),
        **where(found.uses),
        **wanted,
        "sort": sort if sort in SORTS else "packages",
        "sorts": SORTS,
        "kinds": KINDS,
        "begun": bool(after),
    }
    return render(request, "inuse.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def coverage(request: HttpRequest) -> HttpResponse:
    """How many packages a list keeps whole, what the others lack, and what longer lists cost.

    The list is the field `symbols`, a file, or a body of text/plain; nothing of it is kept.
    """
    if whole(str(request.META.get("CONTENT_LENGTH", ""))) > LONGEST_LIST:
        return render(request, "inuse_coverage.html", {"too_long": LONGEST_LIST}, status=413)
    given, text = sent(request)
    form, by = given.get("format", ""), given.get("by", "")
    with offering(lambda name: address("coverage", query={"release": name})):
        uses = queries.release_uses(*place(given))
    symbols = stablelist.listed(text)
    found = stablelist.coverage(symbols, uses.by_package) if symbols else None
    weighed = by == "systems" and uses.systems is not None
    curve = stablelist.cost_curve(uses.by_package, uses.systems if weighed else None)
    if form == "json":
        return JsonResponse(usejson.coverage_json(uses, found, curve))
    if form == "csv":
        names = [field.name for field in fields(Point)]
        return csv_file("cost-of-a-stable-list.csv", names, (asdict(point).values() for point in curve))
    if form == "svg":
        drawn = {"sketch": costchart.sketch(curve, found, weighed=weighed), "standalone": True}
        return render(request, "components/cost_drawing.html", drawn, content_type="image/svg+xml")
    return render(request, "inuse_coverage.html", told(uses, found, curve, text, weighed=weighed))


def sent(request: HttpRequest) -> tuple[QueryDict, str]:
    """The fields of a request and the list in it. A file is held in memory alone."""
    if request.method != "POST":
        return request.GET, request.GET.get("symbols", "")
    if request.content_type == "text/plain":
        return request.GET, request.body.decode(errors="replace")
    request.upload_handlers = [MemoryFileUploadHandler(request)]
    file = request.FILES.get("file")
    content = file.read().decode(errors="replace") if file else ""
    return request.POST, f"{request.POST.get('symbols', '')}\n{content}"


def told(
    uses: ReleaseUses, found: ListCoverage | None, curve: Sequence[Point], text: str, *, weighed: bool
) -> dict[str, object]:
    """What the page of a coverage shows."""
    listed = "\n".join(text.split())
    query = {"release": uses.release, "symbols": " ".join(text.split())}
    return {
        "found": found,
        "said": usewords.coverage_sentence(found) if found else "",
        "idle": usewords.idle_sentence(found) if found else "",
        "text": listed if len(text) <= LONGEST_LIST else "",
        "link": address("coverage", query=query) if found and len(listed) <= LONGEST_LINK else "",
        "curve": curve,
        "symbols": query["symbols"] if found and len(listed) <= LONGEST_LINK else "",
        "total": curve[-1].symbols if curve else 0,
        "weighed": weighed,
        "chart": costchart.chart(curve, found, weighed=weighed),
        "sketch": costchart.sketch(curve, found, weighed=weighed),
        "means": usewords.WEIGHED_MEANS if weighed else usewords.CURVE_MEANS,
        **where(uses),
    }


def where(uses: ReleaseUses) -> dict[str, object]:
    """The release and lane that a page is about, and the others to choose from."""
    return {
        "uses": uses,
        "about": usewords.release_sentence(uses),
        "lanes": queries.lanes_of(uses.release),
        "lane": "/".join((uses.lane.line, uses.lane.arch, uses.lane.flavour)) if uses.lane else "",
    }


def release_address(name: str) -> str:
    return address("in_use", query={"release": name})
