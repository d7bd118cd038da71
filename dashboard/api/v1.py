# SPDX-License-Identifier: GPL-2.0-or-later
"""Version 1 of the API: all its calls, and what they answer when something goes wrong."""

from __future__ import annotations

from ninja import NinjaAPI
from ninja.errors import ValidationError

from abidb.errors import UnknownName
from dashboard.api import builds, checks, diffs, lanes, packages, symbols
from dashboard.api.problems import invalid, unavailable, unknown
from dashboard.failures import LOST

api = NinjaAPI(
    title="abidb",
    version="1",
    description="The history of the Debian kernel's module ABI: what each build exports, and what each upload changed.",
    openapi_url=None,  # dashboard.api.openapi makes it
    docs_url=None,  # it would load scripts from elsewhere
    urls_namespace="v1",
)
for each in (lanes, builds, diffs, symbols, packages, checks):
    api.add_router("", each.router)
api.add_exception_handler(UnknownName, unknown)
api.add_exception_handler(ValidationError, invalid)
for kind in LOST:
    api.add_exception_handler(kind, unavailable)
