# SPDX-License-Identifier: GPL-2.0-or-later
"""A listed deb, or what stands in for it, from wherever it is still to be had."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from abidb.errors import NotThere
from ingest.archive.builds import ListedDeb
from ingest.archive.client import Client
from ingest.archive.fetch import Progress, fetch, unheard
from ingest.archive.index import address_of
from ingest.archive.roots import Root


def fetch_deb(
    choices: Sequence[ListedDeb], roots: Iterable[Root], client: Client, progress: Progress = unheard
) -> tuple[ListedDeb, Path]:
    """The first of `choices` that is there, and where the cache has it.

    Raises NotThere naming all of them where every place answers so; Unavailable and BadArchive as fetch() does.
    """
    addresses = {root.name: root for root in roots}
    for deb in choices:
        for place in deb.places:
            if root := addresses.get(place.listing.root):
                try:
                    url = address_of(root, place.filename)
                    return deb, fetch(url, size=deb.size, sha256=deb.sha256, client=client, progress=progress)
                except NotThere:
                    continue
    names = " and ".join(f"{deb.name} {deb.version}" for deb in choices)
    raise NotThere(f"{names}: listed, but no longer to be had")
