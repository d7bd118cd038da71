# SPDX-License-Identifier: GPL-2.0-or-later
"""What goes wrong in a call, as problem details (RFC 9457)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from ninja import Schema
from ninja.errors import ValidationError
from pydantic import Field

from abidb.errors import UnknownName
from dashboard.api.shapes.common import said
from dashboard.failures import RETRY_SECONDS
from dashboard.unknown import Offer

MEDIA_TYPE = "application/problem+json"
HELP = "/api/#"  #: where each type is told of


@dataclass(frozen=True, slots=True)
class Sort:
    """A type of problem."""

    status: int
    name: str
    title: str
    means: str


SORTS = (
    Sort(400, "bad-request", "Bad request", "The request cannot be understood, or a file that it brings be read."),
    Sort(404, "unknown", "Not found", "There is no such call, or nothing of that name; `candidates` are the nearest."),
    Sort(405, "method", "Method not allowed", "The call takes the methods that `Allow` lists."),
    Sort(408, "too-slow", "Too slow", "A file has to be here within a minute."),
    Sort(409, "ambiguous", "Ambiguous name", "Several builds have that name; `candidates` are their whole names."),
    Sort(413, "too-large", "Too large", "The file has more than 64 MiB, or its answer would take too long."),
    Sort(422, "parameter", "Parameter out of bounds", "`errors` says which, where it stands and what it may be."),
    Sort(429, "busy", "Too many at a time", "Try again after `Retry-After` seconds."),
    Sort(500, "failure", "Failure", "A mistake of abidb's own."),
    Sort(503, "unavailable", "Record not available", "The database does not answer: try again after `Retry-After`."),
)
OF_STATUS = {sort.status: sort for sort in SORTS}


class Wrong(Schema):
    """A parameter that is out of bounds."""

    where: str = said("path, query or body", "query")
    name: str = said("Of the parameter", "limit")
    detail: str = said("What it may be", "Input should be less than or equal to 500")


class Problem(Schema):
    """What went wrong (RFC 9457)."""

    type: str = said("The sort of problem, an address that tells of it", "/api/#unknown")
    title: str = said("Of the sort", "Not found")
    status: int = said("Of the answer", 404)
    detail: str = said("Of this very case", "no build 6.1.0-57-amd64 in the record")
    candidates: list[str] = Field([], description="Names that would have fitted, best first")
    errors: list[Wrong] = Field([], description="Parameters that are out of bounds")


def problem(status: int, detail: str = "", **more: Any) -> HttpResponse:
    """The answer to a call that went wrong; `more` are further members."""
    sort = OF_STATUS.get(status) or Sort(status, "bad-request", f"HTTP {status}", "")
    told = {"type": HELP + sort.name, "title": sort.title, "status": status, "detail": detail or sort.means, **more}
    response = JsonResponse(told, status=status, content_type=MEDIA_TYPE)
    if status >= 429:
        response["Cache-Control"] = "no-store"
    return response


def unknown(_request: HttpRequest, error: UnknownName) -> HttpResponse:
    """404 with the nearest names, 409 where several fit and more of the name is needed."""
    status = 409 if isinstance(error, Offer) and error.several else 404
    return problem(status, str(error), candidates=list(error.candidates))


def unavailable(_request: HttpRequest, _error: Exception) -> HttpResponse:
    response = problem(503)
    response["Retry-After"] = str(RETRY_SECONDS)
    return response


def invalid(_request: HttpRequest, error: ValidationError) -> HttpResponse:
    """422 with each parameter that is not as it may be."""
    return out_of_bounds([wrong(each) for each in error.errors])


def out_of_bounds(errors: Sequence[dict[str, str]]) -> HttpResponse:
    names = ", ".join(dict.fromkeys(each["name"] for each in errors))
    return problem(422, f"out of bounds: {names}", errors=list(errors))


def wrong(told: Mapping[str, Any]) -> dict[str, str]:
    """One complaint of pydantic's."""
    where, *names = (str(part) for part in told["loc"])
    return {"where": where, "name": names[0] if names else where, "detail": str(told["msg"])}


def instead_of(response: HttpResponse) -> HttpResponse:
    """The same failure as a problem, where another than a call has said so."""
    told = problem(response.status_code)
    for name in ("Allow", "Retry-After"):
        if name in response.headers:
            told[name] = response[name]
    return told
