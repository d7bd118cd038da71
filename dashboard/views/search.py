# SPDX-License-Identifier: GPL-2.0-or-later
"""The search box: what a text may mean, and what the box offers while one writes."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from abidb import queries, searchtext
from abidb.answers import BuildRef, Named
from abidb.errors import UnknownName
from dashboard.addresses import address
from dashboard.unknown import LONGEST, search_link

SUGGESTED = 10
MOST = 40  #: of a kind, as queries.search finds
#: What somebody calls the kinds of queries.equal.
KIND_WORDS = {
    "line": "release line",
    "package": "module package",
    "abi_name": "ABI name",
    "build": "kernel",
    "module": "module",
    "symbol": "symbol",
    "version": "source version",
}
#: Pages whose address is the name alone.
PAGES = {"line": "line", "package": "package", "build": "build", "module": "module", "symbol": "symbol"}


@require_safe
@cache_control(public=True, max_age=60)
def search(request: HttpRequest) -> HttpResponse:
    """What a text may mean. What alone bears that very name is gone to at once."""
    text = request.GET.get("q", "").strip()[: searchtext.LONGEST]
    if not text:
        return render(request, "search.html", {"q": ""})
    if there := only_meaning(text):
        return redirect(there)
    found = queries.search(text)
    near = [(each, KIND_WORDS[each.kind], named_address(each)) for each in found.near]
    return render(request, "search.html", {"q": text, "found": found, "near": near, "most": MOST})


@require_safe
@cache_control(public=True, max_age=60)
def suggest(request: HttpRequest) -> JsonResponse:
    """Names that hold a text, each with its address: `{"suggestions": [{"name", "kind", "address"}]}`."""
    found = queries.suggestions(request.GET.get("q", "")[:LONGEST], SUGGESTED)
    offers = [{"name": one.name, "kind": KIND_WORDS[one.kind], "address": named_address(one)} for one in found]
    return JsonResponse({"suggestions": [offer for offer in offers if offer["address"]]})


def only_meaning(text: str) -> str:
    """The address of the one thing of that name, "" where there is none or several."""
    if ref := build_of_that_name(text):
        return address("build", ref.name) or address("build", text)
    met = queries.equal(text)
    if len(met) != 1:
        return ""
    if met[0].kind in PAGES:
        return named_address(met[0])
    uploads = queries.uploads_named(met[0])
    return address("upload", uploads[0].source, uploads[0].version) if len(uploads) == 1 else ""


def named_address(named: Named) -> str:
    """The page of a name, else what leads there without a question to the database."""
    return address(PAGES[named.kind], named.name) if named.kind in PAGES else search_link(named.name)


def build_of_that_name(text: str) -> BuildRef | None:
    """The one build that `text` names, or tells of; the file of a module tells of the module, not of its build."""
    told = searchtext.asked(text)
    names = (text[:LONGEST], told.build if told.build.startswith(told.text) else "")
    for name in dict.fromkeys(filter(of_a_release, names)):
        try:
            return queries.one_build(name)
        except UnknownName:
            continue
    return None


def of_a_release(name: str) -> bool:
    """Whether RELEASE of RELEASE[=VERSION][:ARCH] is one of the record."""
    release = name.partition("=")[0].partition(":")[0]
    return release[:1].isdigit() and Named("build", release) in queries.equal(release)
