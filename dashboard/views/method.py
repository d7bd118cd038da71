# SPDX-License-Identifier: GPL-2.0-or-later
"""What is measured, how, and its limits."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from abidb import compat, methodanswers, methodwords, queries, words

SECTIONS = (
    ("exports", "What is measured"),
    ("crc", "What a CRC is, and what it overstates"),
    ("breaks", "What is a break"),
    ("unchanged", "When something is called unchanged"),
    ("no-crcs", "Kernels without CRCs"),
    ("partial", "Partial builds, and builds set apart"),
    ("abi-names", "ABI names, and why Debian renames all the same"),
    ("lines", "Release lines and their order"),
    ("packages", "Packages of modules"),
    ("provenance", "Where it comes from"),
    ("checked", "How it is checked"),
    ("limits", "What abidb cannot see"),
    ("cite", "How to cite"),
    ("repeat", "How to repeat a figure"),
    ("licence", "Licence"),
)


@require_safe
@cache_control(public=True, max_age=60)
def method(request: HttpRequest) -> HttpResponse:
    """The words to quote, with what the record itself can answer."""
    found = queries.figures()
    context = {
        "sections": SECTIONS,
        "facts": methodanswers,
        "record": queries.status(),
        "names": queries.new_names(limit=1).counts,
        "each_upload": methodwords.each_upload_sentence(found),
        "checked": methodwords.checked_sentence(found),
        "kept_apart": methodwords.kept_apart_sentence(found),
        "kinds": [(words.KIND_WORDS[kind], kind in compat.BREAKS) for kind in compat.KINDS],
        "provenance": words.PROVENANCE_WORDS.items(),
        "bug": f"{settings.BUG_TRACKER}{methodanswers.EPHEMERAL_KEY_BUG}",
    }
    return render(request, "method.html", context)
