# SPDX-License-Identifier: GPL-2.0-or-later
"""What is kept of the archives: their Release files, indexes by content, offers, and what could not be had."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable
from dataclasses import astuple
from typing import Any

from django.db import transaction

from abidb.records import BuildKey, OfferRow, ReleaseRow
from abidb.store.rows import columns, run, send

_RELEASE = ("roots", "folders", "sha256s", "dates", "askeds", "contents")


@transaction.atomic
def put_release_files(releases: Iterable[ReleaseRow]) -> None:
    """Keep verified Release files. One that is older than the kept one changes nothing but when it was asked for."""
    run("raise_generation")
    newest: dict[tuple[str, str], ReleaseRow] = {}
    for release in sorted(releases, key=lambda r: (r.root, r.folder, r.date, r.asked)):
        newest[release.root, release.folder] = release
    run("put_release_files", **columns([astuple(release) for release in newest.values()], _RELEASE))


@transaction.atomic
def put_index(key: str, content: list[Any]) -> None:
    """Keep what is of interest in an index or another answer of an archive: anything fit for JSON, without NUL."""
    run("put_index", sha256=key, packages=json.dumps(content))


@transaction.atomic
def touch_indexes(sha256s: Iterable[str]) -> None:
    """Note that these contents are still listed."""
    run("touch_indexes", sha256s=sorted(set(sha256s)))


@transaction.atomic
def forget_indexes(older_than: dt.timedelta) -> int:
    """Drop contents that were not listed for that long; returns how many."""
    return run("forget_indexes", older_than=older_than)


@transaction.atomic
def put_offers(offers: Iterable[OfferRow]) -> None:
    """Make these the builds that archives have: rows that differ are written, those not among them go.

    Of several offers of one build the last counts.
    """
    run("raise_generation")
    kept = {offer.key: offer for offer in offers}
    send("incoming_offers", "incoming_offer", ((n, *_offer(o)) for n, o in enumerate(kept.values())))
    run("drop_offers")
    run("add_offers")


def _offer(offer: OfferRow) -> tuple[Any, ...]:
    return *astuple(offer.key), offer.kernel_release, list(offer.suites), json.dumps(offer.content)


@transaction.atomic
def note_attempt(key: BuildKey, kernel_release: str, reason: str, wait: dt.timedelta | None = None) -> None:
    """Note that a build could not be had, or not as well as it is listed, and when to try again.

    Without `wait` after a day, then two, four, at most 64.
    """
    run("raise_generation")
    run("note_attempt", kernel_release=kernel_release, reason=reason, wait=wait, **_named(key))


@transaction.atomic
def forget_attempt(key: BuildKey) -> None:
    """Note that a build was had after all. Nothing happens where nothing was noted."""
    run("raise_generation")
    run("forget_attempt", **_named(key))


@transaction.atomic
def note_absent(name: str, version: str, arch: str, reason: str) -> None:
    """Note a deb that is listed and not to be had."""
    run("note_absent", name=name, version=version, arch=arch, reason=reason)


def _named(key: BuildKey) -> dict[str, str]:
    return {"source": key.source, "version": key.version, "arch": key.arch, "flavour": key.flavour}
