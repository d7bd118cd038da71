# SPDX-License-Identifier: GPL-2.0-or-later
"""The debs that hold the image and the modules of a build of the record: from the cache, else from the archives."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from django.conf import settings

from abidb import queries
from abidb.answers import BuildRef
from abidb.errors import BadArchive, NotThere
from abidb.records import BuildKey, Deb
from ingest import configured
from ingest.archive.cache import cached
from ingest.archive.fetch import unheard
from ingest.archive.listed import listed_from_json
from ingest.build import fetch_build

WITHOUT = ("linux-headers-", "linux-base-")


def debs_of(ref: BuildRef) -> tuple[Path, ...]:
    """Where they lie. Raises NotThere where no archive has them any more, else as a fetch does."""
    known = [deb for deb in queries.build(ref.id).debs if not deb.name.startswith(WITHOUT)]
    return _in_cache(known) or _fetched(ref)


def _in_cache(debs: Sequence[Deb]) -> tuple[Path, ...]:
    """All of them or none."""
    cache = settings.ABIDB_DATA / "cache"
    found = [cached(cache, deb.sha256) for deb in debs if deb.sha256]
    return tuple(path for path in found if path) if all(found) and len(found) == len(debs) else ()


def _fetched(ref: BuildRef) -> tuple[Path, ...]:
    offer = queries.offer(BuildKey(ref.source, ref.version, ref.arch, ref.flavour))
    if offer is None:
        raise NotThere(f"{ref.name}: no archive has it any more")
    build = replace(listed_from_json(offer.content), headers=(), base=())
    client = configured.cached_client()
    fetched = fetch_build(build, configured.roots(), client, lambda name: unheard, settings.ABIDB_SNAPSHOT)
    if not fetched.debs:
        raise NotThere(f"{ref.name}: listed, but no longer to be had")
    if (not build.partial) and ref.covers == "all" and len(fetched.debs) < len(build.parts):
        raise BadArchive(f"{ref.name}: its modules are not to be had")
    return tuple(fetched.debs)
