# SPDX-License-Identifier: GPL-2.0-or-later
"""Module packages: all of them, one of them in a lane, the log of an attempt to build it."""

from __future__ import annotations

from collections.abc import Sequence

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from abidb import packagejson, queries
from abidb.answers import LaneName
from abidb.errors import UnknownName
from abidb.packageanswers import BinaryPackage, UsedSymbol
from dashboard.addresses import address
from dashboard.pages import page_of, places, whole
from dashboard.unknown import LONGEST, Offer, offering

PAGE = 100  #: packages shown at a time
KERNELS = 30  #: of a lane, shown at a time in the matrix
SYMBOLS = 100  #: used ones, shown at a time


@require_safe
@cache_control(public=True, max_age=60)
def packages(request: HttpRequest) -> HttpResponse:
    """All source packages that bring modules, with what became of building them."""
    found = queries.packages()
    text = request.GET.get("text", "").strip()[:LONGEST]
    fits = [row for row in found if text.lower() in " ".join((row.source, *row.packages)).lower()]
    if request.GET.get("format") == "json":
        return JsonResponse(packagejson.packages_json(fits))
    shown, pages = page_of(fits, whole(request.GET.get("offset", "")), PAGE)
    return render(request, "packages.html", {"text": text, "packages": shown, "all": len(found), **pages})


@require_safe
@cache_control(public=True, max_age=60)
def package(request: HttpRequest, name: str) -> HttpResponse:
    """One source package in a lane; the name of a binary package leads to its source."""
    wanted = name[:LONGEST]
    with offering(package_address):
        source = queries.source_of(wanted)
    if source != name:
        query = request.GET.urlencode()
        return redirect(package_address(source) + (f"?{query}" if query else ""))
    lane, start = lane_of(request.GET.get("lane", "")), whole(request.GET.get("offset", ""))
    as_json = request.GET.get("format") == "json"
    shown = (0, None) if as_json else (start, KERNELS)
    try:
        found = queries.package(source, lane, offset=shown[0], limit=shown[1])
    except UnknownName as error:
        raise Offer(error, lambda text: address("package", source, query={"lane": text})) from error
    if as_json:
        return JsonResponse(packagejson.package_json(found))
    rows = max((len(each.rows) for each in found.binaries), default=0)
    symbols, only = whole(request.GET.get("symbols", "")), "gpl" if request.GET.get("only") == "gpl" else ""
    context = {
        "package": found,
        "lane": "/".join((found.lane.line, found.lane.arch, found.lane.flavour)),
        "uses": [(each, *page_of(wanted_uses(each, only), symbols, SYMBOLS)) for each in found.binaries],
        "only": only,
        "scanned": any(each.scanned for each in found.binaries),
        "broken": any(each.breaks for each in found.binaries),
        "start": start,
        "symbols": symbols,
        **places(start, rows, found.kernels, KERNELS),
    }
    return render(request, "package.html", context)


@require_safe
@cache_control(public=True, max_age=300)
def log(request: HttpRequest, name: str, number: int) -> HttpResponse:
    """What dkms and make said of one attempt; as plain text with ?format=text."""
    if number > 2**31 - 1:
        raise UnknownName(f"no attempt {number}")
    found = queries.attempt_page(number)
    if found.source != name:
        return redirect("package_log", found.source, number)
    if request.GET.get("format") == "text":
        return HttpResponse(found.text, "text/plain; charset=utf-8")
    return render(request, "package_log.html", {"log": found})


def wanted_uses(each: BinaryPackage, only: str) -> Sequence[UsedSymbol]:
    """The symbols that a package uses, all or the GPL-only ones."""
    return [use for use in each.uses if use.gpl_only] if only else each.uses


def package_address(name: str) -> str:
    return address("package", name)


def lane_of(text: str) -> LaneName | None:
    """The lane that LINE/ARCH/FLAVOUR names; None where it has not that shape."""
    parts = text.strip()[:LONGEST].split("/")
    return LaneName(*parts) if len(parts) == 3 and all(parts) else None
