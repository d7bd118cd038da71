# SPDX-License-Identifier: GPL-2.0-or-later
"""Tables as files to keep."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain

from django.http import HttpResponse

from abidb import csvtable


def csv_file(name: str, columns: Iterable[str], rows: Iterable[Iterable[object]]) -> HttpResponse:
    """A table with a header as a file of that name."""
    response = HttpResponse(csvtable.lines(chain([columns], rows)), "text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
