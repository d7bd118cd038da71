# SPDX-License-Identifier: GPL-2.0-or-later
"""One build: its facts, provenance, exports and modules."""

from __future__ import annotations

from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from abidb import queries
from dashboard.addresses import address
from dashboard.pages import page_of, whole
from dashboard.unknown import one_build
from dashboard.views.buildfiles import Filter, config_file, permanent

PAGE = 100  #: exports, modules or options shown at a time
OFFERED = 100  #: modules that the form offers, those with most exports; any may be asked for
LISTED = 50  #: symbols of several modules that are listed; a good build has hardly any
NOTED = 24  #: CVEs, and bugs, of its upload that are listed, the newest first


@require_safe
@cache_control(public=True, max_age=300)
def build(request: HttpRequest, spec: str) -> HttpResponse:
    """All that is known of a build; a short name redirects to the permanent one, where that makes an address."""
    ref = one_build(spec, lambda name: address("build", name))
    if ref.name != spec and (there := address("build", ref.name)):
        return permanent(request, there)
    wanted = Filter.of(request.GET)
    facts, notes = queries.build(ref.id), queries.upload_notes(ref.source, ref.version)
    context = {
        "facts": facts,
        "upload": queries.upload(ref.source, ref.version),
        "cves": notes.cves[: -NOTED - 1 : -1],
        "bugs": notes.bugs[: -NOTED - 1 : -1],
        "siblings": queries.builds_of_upload(ref.source, ref.version),
        "shared": frozenset(facts.shared),
        "shared_shown": facts.shared[:LISTED],
        "neighbours": queries.neighbours(ref.id),
        "facets": (facets := queries.facets(ref.id)),
        "offered": facets.modules[:OFFERED],
        "wanted": wanted,
        "page": queries.exports(
            ref.id,
            text=wanted.text,
            module=wanted.module,
            kind=wanted.kind,
            namespace=wanted.space,
            after=request.GET.get("after", ""),
            limit=PAGE,
        ),
        "continued": "after" in request.GET,
    }
    return render(request, "build.html", context)


@require_safe
@cache_control(public=True, max_age=300)
def modules(request: HttpRequest, spec: str) -> HttpResponse:
    """The modules that a build ships, with their licenses and how much they export."""
    ref = one_build(spec, lambda name: address("build_modules", name))
    if ref.name != spec and (there := address("build_modules", ref.name)):
        return permanent(request, there)
    found = queries.build_modules(ref.id)
    text, license, after = (request.GET.get(name, "").strip() for name in ("text", "license", "after"))
    fits = [each for each in found if text.lower() in each.path.lower() and license in ("", each.license)]
    shown = [each for each in fits if each.path > after][: PAGE + 1]
    context = {
        "ref": ref,
        "modules": len(found),
        "licenses": sorted({each.license for each in found}),
        "wanted": {"text": text, "license": license},
        "query": urlencode({name: value for name, value in (("text", text), ("license", license)) if value}),
        "total": len(fits),
        "shown": shown[:PAGE],
        "after": shown[PAGE - 1].path if len(shown) > PAGE else "",
        "continued": bool(after),
    }
    return render(request, "modules.html", context)


@require_safe
@cache_control(public=True, max_age=300)
def config(request: HttpRequest, spec: str) -> HttpResponse:
    """The options that a build's configuration sets, as a page."""
    ref = one_build(spec, lambda name: address("config", name))
    if ref.name != spec and (there := address("config", ref.name)):
        return permanent(request, there)
    options = queries.config(ref.id)
    if request.GET.get("format") == "text":
        return config_file(ref, options)
    text = request.GET.get("text", "").strip()
    fits = [option for option in options if text.lower() in "=".join(option).lower()]
    shown, places = page_of(fits, whole(request.GET.get("offset", "")), PAGE)
    return render(request, "config.html", {"ref": ref, "options": len(options), "text": text, "shown": shown, **places})
