# SPDX-License-Identifier: GPL-2.0-or-later
"""Uploads of the kernel's source package: where they were aimed, what they say of the ABI, what they fix."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from abidb import churnwords, queries
from dashboard.addresses import address
from dashboard.unknown import LONGEST, offering
from dashboard.views.lanes import unknown_line

PAGE = 100  #: uploads shown at a time


@require_safe
def uploads(request: HttpRequest, line: str) -> HttpResponse:
    """The uploads of a release line, newest first, also those of which the record has no build."""
    before = request.GET.get("before", "")[:LONGEST]
    found = queries.uploads(line=line, before=before, limit=PAGE + 1)
    if not found and not queries.lane_names(line):
        raise unknown_line(line, "")
    shown = found[:PAGE]
    context = {
        "line": line,
        "uploads": shown,
        "before": before,
        "later": shown[-1].version if len(found) > PAGE else "",
        "unbuilt": any(not upload.builds for upload in shown),
    }
    return render(request, "uploads.html", context)


@require_safe
def upload(request: HttpRequest, source: str, version: str) -> HttpResponse:
    """One upload: its flavours beside each other, the CVEs and bugs that its changelog closes, its builds."""
    with offering(lambda name: address("upload", *name.split("=", 1))):
        found = queries.upload(source, version)
    arrival = queries.arrival(found)
    context = {
        "upload": found,
        "notes": queries.upload_notes(source, version),
        "builds": queries.builds_of_upload(source, version),
        "arrival": arrival,
        "came": churnwords.arrival_sentence(arrival),
        "spread": queries.spread(source, version),
        "spread_means": churnwords.SPREAD_MEANS,
    }
    return render(request, "upload.html", context)
