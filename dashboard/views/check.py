# SPDX-License-Identifier: GPL-2.0-or-later
"""Check my module: what each kernel of the record answers to a module that somebody has."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import BadRequest, RequestDataTooBig, SuspiciousOperation
from django.http import HttpRequest, HttpResponse, JsonResponse, QueryDict, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from django.shortcuts import render
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from abidb import checkanswers, queries, verdictwords
from abidb.checkanswers import Checked, KernelAnswer, LaneAnswer, Run
from abidb.checked import DUMP, dumped
from abidb.errors import AbidbError, BadFormat, UnknownName
from abidb.queries.hosts import NEWEST
from abidb.verdict import LOADS, REFUSED, UNCHECKED, UNSAID
from dashboard.check import FORMS, MULTIPART, Busy, TooLarge, in_memory, place, read, receive, refuse_large
from dashboard.pages import whole

STATUS = {TooLarge: 413, RequestDataTooBig: 413, Busy: 429, UnknownName: 422}
#: What is wrong with a request; that the database is lost is not among it.
REFUSED_FOR = (
    *(BadFormat, UnknownName, TooLarge, Busy),
    *(MultiPartParserError, BadRequest, SuspiciousOperation, UnreadablePostError),
)
RETRY_SECONDS = 5
CARRIED = 2 << 20  #: bytes of an answer that a page carries on to its next pages
WEIGHT = {LOADS: "compatible", REFUSED: "breaks", UNCHECKED: "unknown", UNSAID: "unknown"}


@dataclass(frozen=True, slots=True)
class Asked:
    """Which kernels are asked for; "" for any."""

    arch: str
    line: str
    flavour: str
    release: str
    skip: int

    @classmethod
    def of(cls, fields: QueryDict) -> Asked:
        arch, line, flavour, release, skip = (
            fields.get(name, "").strip().replace("\0", "")[:200]
            for name in ("arch", "line", "flavour", "kernel", "skip")
        )
        return cls(arch, line, flavour, release, whole(skip))


@csrf_exempt  # it changes nothing
@require_http_methods(["GET", "HEAD", "POST"])
def check(request: HttpRequest) -> HttpResponse:
    """The form; what kernels answer to what it brings."""
    if request.method != "POST":
        return _form(request)
    try:
        found = answered(request)
    except REFUSED_FOR as error:
        return _refusal(request, error)
    return _json(request, found) if wants_json(request) else _page(request, found)


@csrf_exempt
@require_POST
def api(request: HttpRequest) -> HttpResponse:
    """The same for programs: the body is the file, also where curl calls it a form; or a form of several parts."""
    try:
        return _json(request, answered(request, MULTIPART))
    except REFUSED_FOR as error:
        return _refusal(request, error, as_json=True)


def answered(request: HttpRequest, forms: frozenset[str] = FORMS) -> Checked:
    """Take the file, let it be read, ask the record."""
    refuse_large(request)
    with place(), in_memory() as file:
        receive(request, file, forms)
        fields = request.GET.copy()
        if request.content_type in forms:
            fields.update(request.POST)
        module, asked = read(file), Asked.of(fields)
        return queries.check(
            module,
            arch=asked.arch,
            line=asked.line,
            flavour=asked.flavour,
            release=asked.release,
            skip=asked.skip,
        )


def wants_json(request: HttpRequest) -> bool:
    return request.GET.get("format") == "json" or (
        request.accepts("application/json") and not request.accepts("text/html")
    )


@cache_control(public=True, max_age=60)
def _form(request: HttpRequest) -> HttpResponse:
    return render(request, "check.html", _choices())


def _choices() -> dict[str, Any]:
    known = queries.architectures()
    return {"archs": known, "default": "amd64" if "amd64" in known else next(iter(known), "")}


@never_cache
def _json(request: HttpRequest, found: Checked) -> HttpResponse:
    return JsonResponse(checkanswers.checked_json(found, everything=request.GET.get("all") == "1"))


@never_cache
def _refusal(request: HttpRequest, error: Exception, *, as_json: bool = False) -> HttpResponse:
    """What is wrong with the file, with the status that says so."""
    status = next((status for kind, status in STATUS.items() if isinstance(error, kind)), 400)
    message = str(error) if isinstance(error, AbidbError) else "the form is not whole, or too long for one"
    if as_json or wants_json(request):
        response: HttpResponse = JsonResponse({"error": message}, status=status)
    else:
        response = render(request, "check.html", {**_choices(), "wrong": message}, status=status)
    if status == STATUS[Busy]:
        response["Retry-After"] = str(RETRY_SECONDS)
    return response


@never_cache
def _page(request: HttpRequest, found: Checked) -> HttpResponse:
    names = checkanswers.names(found.file)
    carried = dumped(found.file)
    context = {
        **_choices(),
        "found": found,
        "said": verdictwords.answers_sentence(found.counts),
        "modules": [
            (name, module, verdictwords.signature_sentence(module.signature))
            for name, module in zip(names, found.file.modules, strict=True)
        ],
        "lanes": [(lane, _rows(lane, names)) for lane in found.best_first],
        "longer": any(lane.builds > NEWEST for lane in found.lanes) and len(carried) < CARRIED,
        "carried": carried,
        "older": Asked.of(request.POST).skip + NEWEST,
        "dump": found.file.kind == DUMP,
        "siblings": any(module.candidate.siblings for module in found.file.modules),
        "words": {
            "abi": verdictwords.ABOUT_ABI,
            "dump": verdictwords.DUMP_LACKS,
            "siblings": verdictwords.SIBLINGS,
            "means": [(verdictwords.ANSWER_WORDS[answer], verdictwords.ANSWER_MEANS[answer]) for answer in WEIGHT],
        },
    }
    return render(request, "check.html", context)


def _rows(lane: LaneAnswer, names: Sequence[str]) -> list[tuple[Run, str, list[tuple[KernelAnswer, tuple[str, ...]]]]]:
    """A lane's runs with the weight of each and what each of its kernels says in full."""
    return [
        (run, WEIGHT[run.answer], [(one, checkanswers.full(one, names)) for one in run.kernels])
        for run in checkanswers.runs(lane.kernels, names)
    ]
