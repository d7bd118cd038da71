# SPDX-License-Identifier: GPL-2.0-or-later
"""What of a build can be kept as a file: its exports, as Module.symvers or CSV, and its configuration."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from abidb import queries
from abidb import symvers as symvers_lines
from abidb.answers import BuildRef
from abidb.records import Export
from dashboard.addresses import address
from dashboard.csvfile import csv_file
from dashboard.unknown import one_build

NO_NAMESPACE = "-"  #: how the form writes the filter "exports without a namespace": an empty field means any
COLUMNS = ("symbol", "module", "crc", "kind", "namespace")  #: of a CSV of exports


@dataclass(frozen=True, slots=True)
class Filter:
    """Which exports of a build are wanted, as the form's fields say; "" for any."""

    text: str
    module: str
    kind: str
    namespace: str

    @classmethod
    def of(cls, fields: QueryDict) -> Filter:
        return cls(*(fields.get(name, "").strip() for name in ("text", "module", "kind", "namespace")))

    @property
    def query(self) -> str:
        """The fields that are set, as the query of an address."""
        return urlencode({name: value for name in self.__slots__ if (value := getattr(self, name))})

    @property
    def space(self) -> str | None:
        """The namespace that is wanted; None for any."""
        return "" if self.namespace == NO_NAMESPACE else self.namespace or None

    def fits(self, export: Export) -> bool:
        return (
            self.text.lower() in export.symbol.lower()
            and self.module in ("", export.module)
            and self.kind in ("", export.kind)
            and self.space in (None, export.namespace)
        )


@require_safe
@cache_control(public=True, max_age=3600)
def symvers(request: HttpRequest, spec: str) -> HttpResponse:
    """The build's Module.symvers, as a file to keep."""
    ref = one_build(spec, lambda name: address("symvers", name))
    if ref.name != spec and (there := address("symvers", ref.name)):
        return permanent(request, there)
    response = HttpResponse(symvers_lines.lines(queries.all_exports(ref.id)), "text/plain; charset=utf-8")
    return kept_as(response, filename(ref, "Module.symvers"))


@require_safe
@cache_control(public=True, max_age=3600)
def exports(request: HttpRequest, spec: str) -> HttpResponse:
    """The exports that fit the same fields as on the build's page, as CSV."""
    ref = one_build(spec, lambda name: address("exports", name))
    if ref.name != spec and (there := address("exports", ref.name)):
        return permanent(request, there)
    wanted = Filter.of(request.GET)
    found = (_row(export) for export in queries.all_exports(ref.id) if wanted.fits(export))
    return csv_file(f"{filename(ref, 'exports')}.csv", COLUMNS, found)


def _row(export: Export) -> tuple[str, ...]:
    """A CRC as Module.symvers writes it, nothing where it is not known."""
    crc = "" if export.crc is None else f"0x{export.crc:08x}"
    return export.symbol, export.module, crc, export.kind, export.namespace


def config_file(ref: BuildRef, options: Iterable[tuple[str, str]]) -> HttpResponse:
    """A build's configuration as a .config."""
    response = HttpResponse((f"{name}={value}\n" for name, value in options), "text/plain; charset=utf-8")
    return kept_as(response, filename(ref, "config"))


def kept_as(response: HttpResponse, name: str) -> HttpResponse:
    """The response as a file to keep under that name."""
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def filename(ref: BuildRef, what: str) -> str:
    """A name for a file of the build, with nothing in it that a header or a file system reads as more than a name."""
    return re.sub(r"[^\w.+~-]", "_", f"{what}-{ref.kernel_release}_{ref.version}_{ref.arch}", flags=re.ASCII)


def permanent(request: HttpRequest, there: str) -> HttpResponse:
    """Go to the permanent address with the same query. Not for ever: the short name may come to fit more builds."""
    query = request.GET.urlencode()
    return HttpResponseRedirect(f"{there}?{query}" if query else there)
