# SPDX-License-Identifier: GPL-2.0-or-later
"""Check my module: what each kernel of the record answers to a module that somebody has."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import BadRequest, RequestDataTooBig, SuspiciousOperation
from django.http import HttpRequest, HttpResponse, JsonResponse, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from django.shortcuts import render
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from abidb import checkanswers, queries, verdictwords
from abidb.checkanswers import Checked, LaneAnswer, Run
from abidb.checked import CARRIED, DUMP, dumped
from abidb.errors import AbidbError, BadFormat, TooMuch, UnknownName
from abidb.verdict import LOADS, REFUSED, UNCHECKED, UNSAID
from dashboard.check import FORMS, Busy, TooLarge, TooSlow, in_memory, place, read, receive, refuse_large
from dashboard.pages import whole

STATUS = {TooLarge: 413, TooMuch: 413, RequestDataTooBig: 413, TooSlow: 408, Busy: 429, UnknownName: 422}
#: What is wrong with a request; that the database is lost is not among it.
REFUSED_FOR = (
    *(BadFormat, UnknownName, TooLarge, TooMuch, TooSlow, Busy),
    *(MultiPartParserError, BadRequest, SuspiciousOperation, UnreadablePostError),
)
RETRY_SECONDS = 5
MOST = 20  #: reasons of a kind, and untold symbols, that a verdict keeps here; the others are counted
MODULES = 20  #: of a package that are told one by one
SECONDS = 10.0  #: of answering
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
    def of(cls, request: HttpRequest, forms: frozenset[str] = FORMS) -> Asked:
        """From the address, and the form where there is one."""
        fields = request.GET.copy()
        if request.content_type in forms:
            fields.update(request.POST)
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


def answered(request: HttpRequest, forms: frozenset[str] = FORMS) -> Checked:
    """Take the file, let it be read, ask the record."""
    refuse_large(request)
    with in_memory() as file:
        carried = receive(request, file, forms)
        asked = Asked.of(request, forms)
        if everything(request) and not asked.release:
            raise BadFormat("every reason is told of one kernel: ?all=1 needs ?kernel=")
        with place():
            return queries.check(
                read(file, carried=carried),
                arch=asked.arch,
                line=asked.line,
                flavour=asked.flavour,
                release=asked.release,
                skip=asked.skip,
                most=None if everything(request) else MOST,
                seconds=SECONDS,
            )


def everything(request: HttpRequest) -> bool:
    """Whether every reason is asked for."""
    return request.GET.get("all") == "1"


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
    return JsonResponse(checkanswers.checked_json(found, everything=everything(request)))


@never_cache
def _refusal(request: HttpRequest, error: Exception) -> HttpResponse:
    """What is wrong with the file, with the status that says so."""
    status, message = told(error)
    if wants_json(request):
        response: HttpResponse = JsonResponse({"error": message}, status=status)
    else:
        response = render(request, "check.html", {**_choices(), "wrong": message}, status=status)
    if status == STATUS[Busy]:
        response["Retry-After"] = str(RETRY_SECONDS)
    return response


def told(error: Exception) -> tuple[int, str]:
    """The status that says what is wrong with a request, one of REFUSED_FOR, and what is wrong in words."""
    status = next((status for kind, status in STATUS.items() if isinstance(error, kind)), 400)
    return status, str(error) if isinstance(error, AbidbError) else "the form is not whole, or too long for one"


@never_cache
def _page(request: HttpRequest, found: Checked) -> HttpResponse:
    names = checkanswers.names(found.file)
    carried, asked = dumped(found.file), Asked.of(request)
    context = {
        **_choices(),
        "found": found,
        "said": verdictwords.answers_sentence(found.counts),
        "modules": [
            (name, module, verdictwords.signature_sentence(module.signature))
            for name, module in zip(names, found.file.modules, strict=True)
        ],
        "lanes": [(lane, _rows(lane, names)) for lane in found.best_first],
        "older": _older(found, asked) if len(carried) < CARRIED else 0,
        "asked": asked,
        "carried": carried,
        "btf": any(module.candidate.btf for module in found.file.modules),
        "dump": found.file.kind == DUMP,
        "siblings": any(module.candidate.siblings for module in found.file.modules),
        "words": {
            "abi": verdictwords.ABOUT_ABI,
            "dump": verdictwords.DUMP_LACKS,
            "siblings": verdictwords.SIBLINGS,
            "btf": verdictwords.BTF_LIMIT,
            "means": [(verdictwords.ANSWER_WORDS[answer], verdictwords.ANSWER_MEANS[answer]) for answer in WEIGHT],
        },
    }
    return render(request, "check.html", context)


def _older(found: Checked, asked: Asked) -> int:
    """How many of each lane the next page leaves out; 0 where this is the last one."""
    longest = max((len(lane.kernels) for lane in found.lanes), default=0)
    return asked.skip + longest if any(lane.builds > asked.skip + len(lane.kernels) for lane in found.lanes) else 0


def _rows(lane: LaneAnswer, names: Sequence[str]) -> list[tuple[Run, str, tuple[str, ...]]]:
    """A lane's runs with the weight of each and what its newest kernel says in full."""
    return [
        (run, WEIGHT[run.answer], checkanswers.full(run.kernels[0], names, modules=MODULES))
        for run in checkanswers.runs(lane.kernels, names)
    ]
