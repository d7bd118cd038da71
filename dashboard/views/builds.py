# SPDX-License-Identifier: GPL-2.0-or-later
"""One build: its facts, provenance and exports."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from abidb import queries
from abidb import symvers as symvers_lines
from abidb.answers import BuildRef
from dashboard.addresses import address
from dashboard.pages import page_of, whole
from dashboard.unknown import one_build

PAGE = 200  #: exports shown at a time
LISTED = 50  #: symbols of several modules that are listed; a good build has hardly any
NO_NAMESPACE = "-"  #: how the form writes the filter "exports without a namespace": an empty field means any


@dataclass(frozen=True, slots=True)
class Filter:
    """Which exports of a build are wanted, as the form's fields say; "" for any."""

    text: str
    module: str
    kind: str
    namespace: str

    @classmethod
    def of(cls, fields: QueryDict) -> Filter:
        return cls(*(fields.get(name, "").strip() for name in ("text", "module", "kind", "namespace")))

    @property
    def query(self) -> str:
        """The fields that are set, as the query of an address."""
        return urlencode({name: value for name in self.__slots__ if (value := getattr(self, name))})


@require_safe
@cache_control(public=True, max_age=300)
def build(request: HttpRequest, spec: str) -> HttpResponse:
    """All that is known of a build; a short name redirects to the permanent one, where that makes an address."""
    ref = one_build(spec, lambda name: address("build", name))
    if ref.name != spec and (there := address("build", ref.name)):
        return permanent(request, there)
    wanted = Filter.of(request.GET)
    facts = queries.build(ref.id)
    context = {
        "facts": facts,
        "upload": queries.upload(ref.source, ref.version),
        "shared": frozenset(facts.shared),
        "shared_shown": facts.shared[:LISTED],
        "neighbours": queries.neighbours(ref.id),
        "facets": queries.facets(ref.id),
        "wanted": wanted,
        "page": queries.exports(
            ref.id,
            text=wanted.text,
            module=wanted.module,
            kind=wanted.kind,
            namespace="" if wanted.namespace == NO_NAMESPACE else wanted.namespace or None,
            after=request.GET.get("after", ""),
            limit=PAGE,
        ),
        "continued": "after" in request.GET,
    }
    return render(request, "build.html", context)


@require_safe
@cache_control(public=True, max_age=300)
def config(request: HttpRequest, spec: str) -> HttpResponse:
    """The options that a build's configuration sets; as a file to keep with ?format=text."""
    ref = one_build(spec, lambda name: address("config", name))
    if ref.name != spec and (there := address("config", ref.name)):
        return permanent(request, there)
    options = queries.config(ref.id)
    if request.GET.get("format") == "text":
        response = HttpResponse((f"{name}={value}\n" for name, value in options), "text/plain; charset=utf-8")
        response["Content-Disposition"] = f'attachment; filename="{filename(ref, "config")}"'
        return response
    text = request.GET.get("text", "").strip()
    fits = [option for option in options if text.lower() in "=".join(option).lower()]
    shown, places = page_of(fits, whole(request.GET.get("offset", "")), PAGE)
    return render(request, "config.html", {"ref": ref, "options": len(options), "text": text, "shown": shown, **places})


@require_safe
@cache_control(public=True, max_age=3600)
def symvers(request: HttpRequest, spec: str) -> HttpResponse:
    """The build's Module.symvers, as a file to keep."""
    ref = one_build(spec, lambda name: address("symvers", name))
    if ref.name != spec and (there := address("symvers", ref.name)):
        return permanent(request, there)
    response = HttpResponse(symvers_lines.lines(queries.all_exports(ref.id)), "text/plain; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{filename(ref, "Module.symvers")}"'
    return response


def filename(ref: BuildRef, what: str) -> str:
    """A name for a file of the build, with nothing in it that a header or a file system reads as more than a name."""
    return re.sub(r"[^\w.+~-]", "_", f"{what}-{ref.kernel_release}_{ref.version}_{ref.arch}", flags=re.ASCII)


def permanent(request: HttpRequest, there: str) -> HttpResponse:
    """Go to the permanent address with the same query. Not for ever: the short name may come to fit more builds."""
    query = request.GET.urlencode()
    return HttpResponseRedirect(f"{there}?{query}" if query else there)
