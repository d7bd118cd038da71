# SPDX-License-Identifier: GPL-2.0-or-later
"""The call that takes a file."""

from __future__ import annotations

from typing import Annotated, Any

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router
from ninja.decorators import decorate_view

from abidb import checkanswers
from dashboard.api import bounds
from dashboard.api.calls import knowing
from dashboard.api.problems import problem
from dashboard.api.shapes.checks import Checked
from dashboard.check import MULTIPART
from dashboard.views.check import REFUSED_FOR, RETRY_SECONDS, answered, everything, told

router = Router(tags=["Check"])
Skip = Annotated[int, Query(ge=0, le=10_000_000, description="Of each lane leave out so many of the newest")]
All = Annotated[int, Query(ge=0, le=1, description="1: every reason; needs `kernel`. Else 20 of a kernel")]
BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "A module (.ko, also compressed), a package (.deb) or the text of "
        "`modprobe --dump-modversions`, of at most 64 MiB; or a form with one file",
        "content": {
            "application/octet-stream": {"schema": {"type": "string", "format": "binary"}},
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {"file": {"type": "string", "format": "binary"}},
                }
            },
        },
    }
}


@router.post(
    "/check",
    response=Checked,
    by_alias=True,
    exclude_unset=True,
    operation_id="check",
    summary="What each kernel answers to a module that you have",
    openapi_extra=BODY,
)
@decorate_view(knowing(frozenset({"arch", "line", "flavour", "kernel", "skip", "all"})))
def check(
    request: HttpRequest,
    *,
    arch: bounds.Arch = "",
    line: bounds.Line = "",
    flavour: bounds.Flavour = "",
    kernel: bounds.Release = "",
    skip: Skip = 0,
    all: All = 0,
) -> Any:
    """Nothing is kept of the file. Answers are about the ABI alone, not about signatures or what a driver does.

    Kernels of the architecture of the modules answer, or those that are asked for: of each lane the newest.
    """
    try:
        found = answered(request, MULTIPART)
    except REFUSED_FOR as error:
        return refusal(error)
    return checkanswers.checked_json(found, everything=everything(request))


def refusal(error: Exception) -> HttpResponse:
    """What is wrong with the file."""
    status, message = told(error)
    response = problem(status, message)
    if status == 429:
        response["Retry-After"] = str(RETRY_SECONDS)
    return response
