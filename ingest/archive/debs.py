# SPDX-License-Identifier: GPL-2.0-or-later
"""A listed deb, or what stands in for it, from wherever it is still to be had."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from abidb.errors import BadArchive, NotThere
from ingest.archive.builds import ListedDeb
from ingest.archive.client import Client
from ingest.archive.fetch import Progress, fetch, unheard
from ingest.archive.index import address_of
from ingest.archive.roots import Root
from ingest.archive.sources import ListedSource


def fetch_deb(
    choices: Sequence[ListedDeb],
    roots: Iterable[Root],
    client: Client,
    progress: Progress = unheard,
    snapshot: str = "",
) -> tuple[ListedDeb, Path]:
    """The first of `choices` that is there, and where the cache has it.

    Each is asked for where an index lists it, then, by its hash, at `snapshot`, the snapshot service's address.
    Raises NotThere naming all of them where every place answers so; Unavailable and BadArchive as fetch() does.
    """
    addresses = {root.name: root for root in roots}
    for deb in choices:
        if path := _first(_urls(deb, addresses, snapshot), deb.size, deb.digest, client, progress):
            return deb, path
    names = " and ".join(f"{deb.name} {deb.version}" for deb in choices)
    raise NotThere(f"{names}: listed, but no longer to be had")


def fetch_source(
    listed: ListedSource, roots: Iterable[Root], client: Client, progress: Progress = unheard, snapshot: str = ""
) -> Path:
    """Where the cache has the debian.tar of a source package, fetched as fetch_deb() does; raises the same."""
    urls = _urls(listed, {root.name: root for root in roots}, snapshot)
    if path := _first(urls, listed.size, listed.digest, client, progress):
        return path
    raise NotThere(f"{listed.filename}: listed, but no longer to be had")


def _urls(listed: ListedDeb | ListedSource, roots: Mapping[str, Root], snapshot: str) -> list[str]:
    """Where to ask for a file, in this order."""
    places = [address_of(root, place.filename) for place in listed.places if (root := roots.get(place.listing.root))]
    return [*places, f"{snapshot}/file/{listed.snapshot.sha1}"] if listed.snapshot and snapshot else places


def _first(urls: Sequence[str], size: int, digest: str, client: Client, progress: Progress) -> Path | None:
    """The file from the first place that has it in order; None where every one answers that it is not there."""
    bad: BadArchive | None = None
    for url in urls:
        try:
            return fetch(url, size=size, digest=digest, client=client, progress=progress)
        except NotThere:
            continue
        except BadArchive as error:
            bad = bad or error
    if bad:
        raise bad
    return None
