# SPDX-License-Identifier: GPL-2.0-or-later
"""What changed between any two builds: a page, lines for a terminal, and files for programs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse, QueryDict, StreamingHttpResponse
from django.shortcuts import render
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from abidb import diffforms, difftext, diffwords, jsonform, queries, usejson
from abidb.answers import BuildRef
from abidb.changes import BY_KIND, BY_MODULE, SORTS, Wanted, chunks
from abidb.compat import KINDS
from dashboard import changerows
from dashboard.addresses import address
from dashboard.caching import etag
from dashboard.negotiation import varies, wants_text
from dashboard.unknown import Offer, one_build
from dashboard.views.buildfiles import filename, permanent

PAGE = 200  #: changes shown at a time
MODULES = 20  #: modules with changes shown at a time
LONGEST = 512  #: of a field that is looked at; a module's path or a symbol's name is shorter
LINES = 500  #: of the text form that are sent at once
PAGES = {"": "diff", "txt": "diff_txt", "csv": "diff_csv", "json": "diff_json"}  #: names in dashboard.urls by form


@dataclass(frozen=True, slots=True)
class Asked:
    """Which changes are wanted, as the form's fields say; "" for any."""

    kind: str
    text: str
    module: str
    sort: str

    @classmethod
    def of(cls, fields: QueryDict) -> Asked:
        kind, text, module, sort = (fields.get(name, "").strip()[:LONGEST] for name in cls.__slots__)
        return cls(kind if kind in KINDS else "", text, module, sort if sort in SORTS else "")

    def wanted(self, sort: str = BY_KIND) -> Wanted:
        return Wanted((self.kind,) if self.kind else (), self.text, self.module, self.sort or sort)

    @property
    def filters(self) -> bool:
        return bool(self.kind or self.text or self.module)

    @property
    def query(self) -> str:
        """The fields that are set, as the query of an address."""
        return urlencode({name: value for name in self.__slots__ if (value := getattr(self, name))})


@dataclass(frozen=True, slots=True)
class Pair:
    """The two builds that an address names."""

    old: BuildRef
    new: BuildRef

    def address(self, form: str = "") -> str:
        """The permanent one, "" where the names make none."""
        return address(PAGES[form], self.old.name, self.new.name)


@require_safe
@cache_control(public=True, max_age=300)
def diff(request: HttpRequest, old: str, new: str, form: str = "") -> HttpResponseBase:
    """All that is known of two builds beside each other; short names redirect to the permanent ones."""
    given, chosen = form, form or ("json" if request.GET.get("format") == "json" else "")
    text = not chosen and wants_text(request)
    try:
        pair = pair_of(old, new, given)
    except Offer as offer:
        if text or chosen:
            return varies(request, nothing(offer, chosen))
        raise
    there = pair.address(given)
    if there and (pair.old.name, pair.new.name) != (old, new):
        return varies(request, moved(request, there, text=text or chosen == "txt"))
    if text:
        return negotiated(request, FORMS["txt"](request, pair))
    return FORMS[chosen](request, pair) if chosen else varies(request, page(request, pair))


def pair_of(old: str, new: str, form: str) -> Pair:
    """The builds of an address; raises Offer."""
    first = one_build(old, lambda name: address(PAGES[form], name, new))
    second = one_build(new, lambda name: address(PAGES[form], old, name))
    return Pair(first, second)


def nothing(offer: Offer, form: str) -> HttpResponse:
    """Names that are not those of one build each, told to a program or a terminal."""
    status = 300 if offer.several else 404
    if form == "json":
        return JsonResponse({"error": str(offer), "candidates": list(offer.candidates)}, status=status)
    return HttpResponse(f"{offer.listing()}\n", "text/plain; charset=utf-8", status)


def moved(request: HttpRequest, there: str, *, text: bool) -> HttpResponse:
    """To the permanent address; a terminal is told, for it does not go there unasked."""
    response = permanent(request, there)
    if text:
        response["Content-Type"] = "text/plain; charset=utf-8"
        response.content = f"{request.build_absolute_uri(response['Location'])}\n(curl -L goes there)\n"
    return response


def negotiated(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    """Text at the address of a page: another representation has another ETag (RFC 9110, 8.8.3)."""
    if (now := getattr(request, "generation", None)) is not None:
        response["ETag"] = etag(now).replace('"', '"text-', 1)
    return varies(request, response)


def page(request: HttpRequest, pair: Pair) -> HttpResponse:
    """Counts, what they mean, what changed by module, and the first changes."""
    asked, after = Asked.of(request.GET), request.GET.get("after", "")[: 3 * LONGEST]
    sort = asked.sort or BY_MODULE
    compared = queries.compared(pair.old, pair.new, asked.wanted(sort))
    found, more = compared.page(after=after, limit=PAGE)
    hits, groups = queries.hits(pair.old.id, pair.new.id), compared.groups
    context = {
        "diff": found,
        "verdict": diffwords.verdict(found, hits),
        "kinds": KINDS,
        "sorts": SORTS,
        "asked": asked,
        "sort": sort,
        "hits": hits,
        "config": queries.config_diff(pair.old.id, pair.new.id),
        "everything": request.GET.get("config") == "all",
        "options_after": request.GET.get("options_after", "")[:LONGEST],
        "changelog": queries.changelog(pair.old, pair.new),
        "modules": changerows.modules(groups, request.GET.get("modules_after", "")[:LONGEST], MODULES, only=asked.kind),
        "sections": list(changerows.sections(found.changes, groups, sort)),
        "heads": changerows.HEADS[sort],
        "continued": bool(after),
        "after": more,
        "permanent": request.build_absolute_uri(pair.address() or request.path),
        "forms": [(form, there) for form in PAGES if form and (there := pair.address(form))],
    }
    return render(request, "diff.html", context)


def as_text(request: HttpRequest, pair: Pair) -> HttpResponseBase:
    """All of it in lines of 80 columns, the changes last."""
    compared = queries.compared(pair.old, pair.new, replace(Asked.of(request.GET).wanted(), sort=BY_MODULE))
    lines = difftext.lines(
        difftext.head(compared.diff),
        difftext.packages(queries.hits(pair.old.id, pair.new.id)),
        difftext.changelog(queries.changelog(pair.old, pair.new)),
        difftext.configuration(queries.config_diff(pair.old.id, pair.new.id), limit=difftext.OPTIONS),
        difftext.changes(
            (change for chunk in chunks(compared.listing) for change in chunk), compared.groups, compared.diff.total
        ),
    )
    return StreamingHttpResponse(some_at_a_time(lines), content_type="text/plain; charset=utf-8")


def some_at_a_time(lines: Iterator[str]) -> Iterator[str]:
    """Lines joined to parts worth sending."""
    for first in lines:
        yield "".join(f"{line}\n" for line in (first, *islice(lines, LINES)))


def as_csv(request: HttpRequest, pair: Pair) -> HttpResponseBase:
    """All changes as a table to keep."""
    compared = queries.compared(pair.old, pair.new, Asked.of(request.GET).wanted())
    parts = diffforms.csv_parts(chunks(compared.listing))
    response = StreamingHttpResponse(parts, content_type="text/csv; charset=utf-8; header=present")
    name = f"{filename(pair.old, 'diff')}__{filename(pair.new, '').lstrip('-')}"
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response


def as_json(request: HttpRequest, pair: Pair) -> HttpResponseBase:
    """The same object as `manage.py diff --json`; with ?config=all the configurations too."""
    compared = queries.compared(pair.old, pair.new, Asked.of(request.GET).wanted())
    more = {
        "changelog": jsonform.changelog_json(queries.changelog(pair.old, pair.new)),
        "packages": usejson.hits_json(queries.hits(pair.old.id, pair.new.id)),
    }
    if request.GET.get("config") == "all":
        more["config"] = jsonform.config_json(queries.config_diff(pair.old.id, pair.new.id))
    parts = diffforms.json_parts(compared.diff, chunks(compared.listing), **more)
    return StreamingHttpResponse(parts, content_type="application/json")


FORMS = {"txt": as_text, "csv": as_csv, "json": as_json}
