# SPDX-License-Identifier: GPL-2.0-or-later
"""Whole tables of the record: files that lie there, and are given out as they are."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.utils.http import http_date
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from abidb import publication, queries, tablewords
from abidb.errors import Unavailable
from abidb.publication import Publication, PublishedTable

PARQUET, CSV = "application/vnd.apache.parquet", "application/gzip"


@require_safe
@cache_control(no_cache=True)
def downloads(request: HttpRequest) -> HttpResponse:
    """What is published, of which state of the record, and what the columns hold."""
    found = _published()
    context = {
        "publication": found,
        "tables": [_told(table) for table in found.tables] if found else (),
        "generation": queries.generation().n,
        "now": timezone.now(),
    }
    return render(request, "download.html", context)


@require_safe
def file(request: HttpRequest, name: str) -> HttpResponseBase:
    """One of the files; 404 for any name that the publication does not tell of."""
    found = _published()
    told = found.file(name) if found else None
    if found is None or told is None:
        raise Http404
    etag, made = f'"{told.sha256}"', int(found.made.timestamp())
    known: HttpResponse | None = get_conditional_response(request, etag, made)
    if known is not None:
        return known
    try:
        content = (found.folder / told.name).open("rb")
    except OSError as error:
        raise Unavailable(f"{name} was replaced just now") from error
    response = FileResponse(content, content_type=PARQUET if name.endswith(".parquet") else CSV, filename=name)
    response["Content-Encoding"] = "identity"  # it is packed already: the middleware is not to do so once more
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["ETag"], response["Last-Modified"] = etag, http_date(made)
    response["Cache-Control"] = "public, no-cache"
    return response


def _told(table: PublishedTable) -> dict[str, Any]:
    """A table with what is said of it; nothing of one that another version of abidb has published."""
    said, columns = tablewords.TABLES.get(table.name, ("", {}))
    return {"table": table, "said": said, "columns": [(*each, columns.get(each[0], "")) for each in table.columns]}


def _published() -> Publication | None:
    """Raises Unavailable for a publication that cannot be read."""
    try:
        return publication.published(settings.ABIDB_PUBLISHED)
    except (OSError, ValueError) as error:
        raise Unavailable("what is published cannot be read") from error
