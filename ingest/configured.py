# SPDX-License-Identifier: GPL-2.0-or-later
"""The archives and the client as the settings have them, and the record as their memory."""

from __future__ import annotations

import datetime as dt

from django.conf import settings

from abidb import VERSION, queries, store
from ingest.archive.client import Client, client
from ingest.archive.memory import Memory
from ingest.archive.pace import pacer
from ingest.archive.roots import Root
from ingest.archive.traffic import Traffic
from ingest.look import Sight, configured_roots
from ingest.offers import listings


def roots() -> tuple[Root, ...]:
    """The roots of ABIDB_MIRROR, else the host's, and those of ABIDB_SOURCES."""
    return configured_roots(settings.ABIDB_MIRROR, settings.ABIDB_KEYRING, settings.ABIDB_SOURCES)


UNUSED = dt.timedelta(days=180)  #: how long an index is remembered that no look came upon
#: What this process has downloaded; `traffic.bytes` before and after a job tells what the job did.
traffic = Traffic()
A_SECOND = 2.0  #: requests to the snapshot service by the workers of this machine: it turns away those who ask faster
_turn = pacer()


def cached_client(share: int = 1) -> Client:
    """A client whose cache is in the data directory. Of the machine's limits this process has one part in `share`."""
    traffic.limit = settings.ABIDB_DOWNLOAD_MB * 1e6 / share

    def before(url: str) -> None:
        if settings.ABIDB_SNAPSHOT and url.startswith(settings.ABIDB_SNAPSHOT):
            _turn(share / A_SECOND)

    return client(settings.ABIDB_DATA / "cache", VERSION, settings.ABIDB_CONTACT, traffic.arrived, before)


def memory() -> Memory:
    """What the record remembers of archives; to be used in the thread that asked for it."""
    kept = {(row.root, row.folder): row for row in queries.release_files()}
    return Memory(
        index=lambda digest: queries.index_packages([digest]).get(digest),
        remember=store.put_index,
        release=lambda root, folder: kept.get((root, folder)),
        used=store.touch_indexes,
        folders=lambda root: [folder for owner, folder in kept if owner == root],
    )


def note(sight: Sight) -> None:
    """Put what a look found into the record: releases, and where the debs of changed suites are listed.

    What is remembered of indexes and the Release files come last: what is kept is not looked at again. Of Release
    files only those of a look at all architectures are.
    """
    store.put_releases(sight.releases, sight.aliases)
    if sight.changed:
        store.put_listings(listings(sight.catalogue.builds, sight.changed))
    for key, content in sight.remembered.items():
        store.put_index(key, content)
    if set(sight.arches) >= set(settings.ARCHITECTURES) and sight.rows:
        store.forget_indexes(UNUSED)
        store.put_release_files(sight.rows)
