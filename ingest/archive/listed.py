# SPDX-License-Identifier: GPL-2.0-or-later
"""A listed build as JSON and back: what the record keeps of an archive's offer, so that any worker can fetch it.

{"build": [source, version, architecture, kernel release, flavour, suites, split],
 "listings": [[root, suite, index, SHA-256 of the Release, its date], ...],
 "debs": [[name, version, architecture, source, unsigned, size, SHA-256, [[listing, path], ...], SHA-1, first seen]],
 "image": [deb, ...], "binary": ..., "modules": ..., "base": ..., "headers": ...}

Listings and debs are named by their place in those lists. SHA-1 and first seen are the snapshot service's, or null.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from abidb.records import Listing, Snapshot
from ingest.archive.builds import ROLES, ListedBuild, ListedDeb, Place


def listed_to_json(build: ListedBuild) -> dict[str, object]:
    """All that listed_from_json() needs to make the same record."""
    debs = list(dict.fromkeys(deb for role in ROLES for deb in getattr(build, role)))
    listings = list(dict.fromkeys(place.listing for deb in debs for place in deb.places))
    number = {listing: n for n, listing in enumerate(listings)}
    return {
        "build": [
            *(build.source, build.version, build.arch, build.kernel_release, build.flavour),
            *(list(build.suites), build.split),
        ],
        "listings": [listing_to_json(listing) for listing in listings],
        "debs": [_deb_to_json(deb, number) for deb in debs],
        **{role: [debs.index(deb) for deb in getattr(build, role)] for role in ROLES if getattr(build, role)},
    }


def listing_to_json(found: Listing) -> list[str]:
    """The arguments of listing_from_json()."""
    return [found.root, found.suite, found.index, found.release_sha256, found.release_date.isoformat()]


def _deb_to_json(deb: ListedDeb, number: Mapping[Listing, int]) -> list[object]:
    places = [[number[place.listing], place.filename] for place in deb.places]
    seen = [deb.snapshot.sha1, deb.snapshot.first_seen.isoformat()] if deb.snapshot else [None, None]
    return [deb.name, deb.version, deb.arch, deb.source, deb.unsigned, deb.size, deb.sha256, places, *seen]


def listed_from_json(content: Mapping[str, Any]) -> ListedBuild:
    """The build that listed_to_json() was given."""
    listings = [listing_from_json(*entry) for entry in content["listings"]]
    debs = [_deb(listings, entry) for entry in content["debs"]]
    source, version, arch, kernel_release, flavour, suites, split = content["build"]
    roles = {role: tuple(debs[n] for n in content.get(role, ())) for role in ROLES}
    return ListedBuild(source, version, arch, kernel_release, flavour, tuple(suites), split, **roles)


def listing_from_json(root: str, suite: str, index: str, release_sha256: str, date: str) -> Listing:
    """The listing that listing_to_json() was given."""
    return Listing(root, suite, index, release_sha256, dt.datetime.fromisoformat(date))


def _deb(listings: list[Listing], entry: list[Any]) -> ListedDeb:
    name, version, arch, source, unsigned, size, sha256, places, sha1, seen = entry
    found = tuple(Place(listings[n], filename) for n, filename in places)
    snapshot = Snapshot(sha1, dt.datetime.fromisoformat(seen)) if sha1 else None
    return ListedDeb(name, version, arch, source, unsigned, size, sha256, found, snapshot)
