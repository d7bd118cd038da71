# SPDX-License-Identifier: GPL-2.0-or-later
"""The description of all calls (OpenAPI 3.1), made once: ninja's, with what can go wrong in each."""

from __future__ import annotations

from functools import cache
from typing import Any

from dashboard.api.problems import HELP, MEDIA_TYPE, SORTS, Problem
from dashboard.api.v1 import api

LICENSE = {"name": "GPL-2.0-or-later", "identifier": "GPL-2.0-or-later"}
ALWAYS = (400, 422, 500, 503)
NAMED = (404, 409)  #: of calls that name something
SENT = (404, 408, 413, 429)  #: of calls that take a file
RETRIED = {429, 503}
HEADERS = {
    "ETag": {"description": "Changes with the record", "schema": {"type": "string"}},
    "Last-Modified": {"description": "When an answer may last have changed", "schema": {"type": "string"}},
}
LINK = {"description": 'The next page: `<...>; rel="next"`', "schema": {"type": "string"}}
RETRY = {"Retry-After": {"description": "Seconds", "schema": {"type": "integer"}}}


@cache
def document() -> dict[str, Any]:
    """All of it. Servers are relative: it is true wherever it is served."""
    told: dict[str, Any] = dict(api.get_openapi_schema(path_prefix="/"))
    told["servers"] = [{"url": "/api/v1", "description": "Where this document is"}]
    told["info"] |= {"license": LICENSE, "summary": "Exports of Debian's kernels, and what each upload changed of them"}
    told["components"]["schemas"]["Problem"] = _problem(told["components"]["schemas"])
    told["components"]["responses"] = {str(sort.status): _response(sort.status) for sort in SORTS}
    told["paths"] = {path: _methods(path, methods) for path, methods in told["paths"].items()}
    return told


def _problem(schemas: dict[str, Any]) -> dict[str, Any]:
    schema = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas |= schema.pop("$defs")
    return schema


def _response(status: int) -> dict[str, Any]:
    (sort,) = [each for each in SORTS if each.status == status]
    example = {"type": HELP + sort.name, "title": sort.title, "status": status, "detail": sort.means}
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}, "example": example}}
    return {"description": sort.means, "content": content, **({"headers": RETRY} if status in RETRIED else {})}


def _methods(path: str, methods: dict[str, Any]) -> dict[str, Any]:
    """HEAD is what HTTP says it is, and no call of its own."""
    return {method: _call(path, method, told) for method, told in methods.items() if method != "head"}


def _call(path: str, method: str, told: dict[str, Any]) -> dict[str, Any]:
    parameters = [_parameter(each) for each in told["parameters"]]
    names = {each["name"] for each in parameters}
    more = SENT if method == "post" else NAMED if names - {"limit", "text"} else ()
    statuses = sorted({*ALWAYS, *more})
    problems = {str(status): {"$ref": f"#/components/responses/{status}"} for status in statuses}
    found = told["responses"][200]
    if method == "get":
        found = {**found, "headers": {**HEADERS, **({"Link": LINK} if "after" in names else {})}}
    description = told["description"].removeprefix(told["summary"] + ".").strip()
    rest = {"parameters": parameters, "responses": {"200": found, **problems}, "description": description}
    return {**told, **rest}


def _parameter(told: dict[str, Any]) -> dict[str, Any]:
    """Examples of a parameter are named in OpenAPI; the first is enough beside those of its schema."""
    examples = told.get("examples") or [None]
    rest = {name: value for name, value in told.items() if name != "examples"}
    return rest if examples[0] in (None, "") else {**rest, "example": examples[0]}
