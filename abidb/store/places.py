# SPDX-License-Identifier: GPL-2.0-or-later
"""Where debs are listed, and what is known of Debian's releases: both decide which lanes a build is in."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, astuple

from django.db import transaction

from abidb.lifecycle import DebianRelease
from abidb.records import Listing
from abidb.store.lanes import enter_lanes
from abidb.store.rows import run, send


@transaction.atomic
def put_listings(listings: Iterable[tuple[str, Listing]]) -> None:
    """Keep where debs (by SHA-256) are listed now; builds of the record enter the suites and lanes that follow."""
    run("raise_generation")
    see(listings)
    enter_lanes()


@transaction.atomic
def put_releases(releases: Iterable[DebianRelease], suites: dict[str, str]) -> None:
    """Keep what distro-info-data says of each release, and the suite name of its Release file by codename.

    Where their dates are new, builds change lanes.
    """
    run("raise_generation")
    for release in releases:
        run("put_release", alias=suites.get(release.codename, ""), **asdict(release))
    enter_lanes()


def see(listings: Iterable[tuple[str, Listing]], build: int | None = None) -> None:
    """Keep these listings, and when suites held this build, or any: also from a Release older than the kept one."""
    add_listings(listings)
    run("see_in_suites", builds=None if build is None else [build])


def add_listings(listings: Iterable[tuple[str, Listing]]) -> None:
    """The rows, and that no deb of them is vouched for by its hash alone any more.

    They also stay in the temporary table for the rest of the transaction.
    """
    send("incoming_listings", "incoming_listing", ((sha256, *astuple(listing)) for sha256, listing in listings))
    run("add_listings")
    run("vouch_by_index")
