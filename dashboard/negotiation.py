# SPDX-License-Identifier: GPL-2.0-or-later
"""Whether who asks reads a page or lines of text."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers

HTML, TEXT = "text/html", "text/plain"
TERMINALS = ("curl/", "wget/")  #: programs that take anything and show it in a terminal
LONGEST = 2_000  #: of an Accept header that is looked at


def wants_text(request: HttpRequest) -> bool:
    """Whether Accept prefers text to HTML; of what names neither, a program of the terminal does.

    A crawler that makes a preview of a link takes anything, too, and wants the page.
    """
    accepts = request.headers.get("Accept", "")[:LONGEST]
    if HTML not in accepts.lower() and TEXT not in accepts.lower():
        return from_terminal(request) and (not accepts or request.accepts(TEXT))
    return bool(request.get_preferred_type([HTML, TEXT]) == TEXT)


def from_terminal(request: HttpRequest) -> bool:
    """Whether the program that asks says it is one of TERMINALS."""
    return request.headers.get("User-Agent", "").lower().startswith(TERMINALS)


def varies(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Say what the form of an answer hung on: on the program only where Accept did not decide."""
    accepts = request.headers.get("Accept", "").lower()
    named = HTML in accepts or TEXT in accepts
    patch_vary_headers(response, ["Accept"] if named else ["Accept", "User-Agent"])
    return response
