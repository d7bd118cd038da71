# SPDX-License-Identifier: GPL-2.0-or-later
"""The archives and the client as the settings have them."""

from __future__ import annotations

from django.conf import settings

from abidb import VERSION
from ingest.archive.client import Client, client
from ingest.archive.roots import Root
from ingest.look import configured_roots


def roots() -> tuple[Root, ...]:
    """The roots of ABIDB_MIRROR, else the host's."""
    return configured_roots(settings.ABIDB_MIRROR, settings.ABIDB_KEYRING)


def cached_client() -> Client:
    """A client whose cache is in the data directory."""
    return client(settings.ABIDB_DATA / "cache", VERSION, settings.ABIDB_CONTACT)
