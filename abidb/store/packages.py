# SPDX-License-Identifier: GPL-2.0-or-later
"""Packages that bring source of kernel modules: where they are listed, and how many systems report them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

from django.db import transaction

from abidb.outoftree import DkmsPackage
from abidb.store.rows import columns, run, send
from abidb.versions import version_key

#: Of a listing: package, version and architecture, root, suite, index, SHA-256 of the Release, first and last date.
ListingColumns = tuple[Any, ...]


@transaction.atomic
def put_packages(packages: Iterable[DkmsPackage], whole: bool) -> None:
    """Keep packages as archives list them now, and since when. Of several of one key the last counts, and all listings.

    `whole`: these are all that archives have, so others of the record are said to be gone. Nothing is deleted.
    """
    run("raise_generation")
    found = list(packages)
    add_packages({package.key: package for package in found}.values())
    run("tell_dkms_packages")
    if whole:
        run("lose_dkms_packages")
    add_package_listings(
        (
            *(package.key.package, package.key.version, package.key.arch),
            *(listing.root, listing.suite, listing.index, listing.release_sha256),
            *(listing.release_date, listing.release_date),
        )
        for package in found
        for listing in package.listings
    )


def add_packages(packages: Iterable[DkmsPackage]) -> None:
    """Keep those that the record lacks. They also stay in the temporary table for the rest of the transaction."""
    send("incoming_dkms_packages", "incoming_dkms_package", map(_columns, packages))
    run("add_dkms_packages")


def add_package_listings(listings: Iterable[ListingColumns]) -> None:
    """Keep where packages of the record were listed and when, from the dates of the Release files."""
    merged: dict[tuple[Any, ...], tuple[str, dt.datetime, dt.datetime]] = {}
    for *place, release, first, last in listings:
        known, since, until = merged.get(tuple(place), (release, first, last))
        merged[tuple(place)] = (release if last >= until else known, min(since, first), max(until, last))
    send("incoming_dkms_listings", "incoming_dkms_listing", ((*place, *span) for place, span in merged.items()))
    run("add_dkms_listings")
    run("tell_dkms_listings")


@transaction.atomic
def put_popcon(reporting: Mapping[str, int], at: dt.datetime) -> None:
    """Keep how many systems report each package, as told at that time. An older telling changes nothing."""
    run("raise_generation")
    add_popcon((package, count, at) for package, count in reporting.items())


def add_popcon(told: Iterable[tuple[str, int, dt.datetime]]) -> None:
    """The rows."""
    run("put_popcon", **columns(told, ("packages", "reporting", "ats")))


def _columns(package: DkmsPackage) -> tuple[Any, ...]:
    key = package.key
    return (
        *(key.package, key.version, version_key(key.version), key.arch, package.source, package.source_version),
        *(package.component, package.depends, package.filename, package.size, package.sha256),
    )
