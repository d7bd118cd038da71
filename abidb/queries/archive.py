# SPDX-License-Identifier: GPL-2.0-or-later
"""What archives offer, what the record has of it, and the queue that brings the rest."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Collection, Iterable, Iterator
from dataclasses import asdict
from typing import Any

from abidb.answers import Coverage, QueueState, Waiting
from abidb.queries.rows import rows
from abidb.queries.wholerecord import of_whole_record
from abidb.rank import Known, Merits
from abidb.records import BuildKey, OfferRow, ReleaseRow
from abidb.versions import BuildName


def known_builds() -> dict[BuildKey, Known]:
    """All builds of the record."""
    return {BuildKey(*row[:4]): _known(row[4:]) for row in rows("known_builds")}


def known_build(key: BuildKey) -> Known | None:
    """What the record has of one build; None where it has none."""
    return next((_known(row) for row in rows("known_build", **asdict(key))), None)


def _known(row: tuple[Any, ...]) -> Known:
    *merits, names, sizes, sha256s = row
    return Known(Merits(*merits), frozenset(zip(names, sizes, sha256s, strict=True)))


def offers(keys: Collection[BuildKey] | None = None) -> Iterator[OfferRow]:
    """What archives offer, or these builds of it."""
    wanted = None if keys is None else frozenset(keys)
    found = (_offer(row) for row in rows("offers"))
    return (one for one in found if wanted is None or one.key in wanted)


def offer(key: BuildKey) -> OfferRow | None:
    """What an archive offers of one build; None where it is not offered any more."""
    return next((_offer(row) for row in rows("offer", **asdict(key))), None)


def _offer(row: tuple[Any, ...]) -> OfferRow:
    *key, kernel_release, suites, content = row
    return OfferRow(BuildKey(*key), kernel_release, tuple(suites), json.loads(content))


def attempts() -> tuple[Waiting, ...]:
    """The builds that could not be had, those tried again first in front."""
    return of_whole_record("attempts", _attempts)


def _attempts() -> tuple[Waiting, ...]:
    return tuple(
        Waiting(str(BuildName(release, version, arch)), *rest) for release, version, arch, *rest in rows("attempts")
    )


def next_tries() -> dict[BuildKey, dt.datetime]:
    """When each of them is tried again."""
    return {BuildKey(*key): at for *key, at in rows("next_tries")}


def release_files() -> tuple[ReleaseRow, ...]:
    """The newest verified Release files."""
    return tuple(ReleaseRow(*row) for row in rows("release_files"))


def index_packages(sha256s: Iterable[str]) -> dict[str, list[Any]]:
    """What is of interest in those of these contents of indexes that were read before."""
    return {sha256: json.loads(packages) for sha256, packages in rows("index_packages", sha256s=list(sha256s))}


def coverage() -> tuple[Coverage, ...]:
    """What each suite offers on each architecture, and how much of it the record has.

    The suite "" stands for what no suite holds any more and the snapshot service still has.
    """
    return of_whole_record("coverage", lambda: tuple(Coverage(*row) for row in rows("coverage")))


def paused() -> bool:
    """Whether workers are to take no job."""
    return any(stopped for stopped, _ in rows("switch"))


def queue_state() -> QueueState:
    """Jobs by what became of them, and the workers."""
    jobs = dict(rows("queue_jobs"))
    ((stopped, reason),) = rows("switch") or [(False, "")]
    ((workers,),) = rows("queue_workers")
    ended = sum(jobs.get(status, 0) for status in ("failed", "aborted", "cancelled"))
    return QueueState(
        stopped, reason, jobs.get("todo", 0), jobs.get("doing", 0), ended, jobs.get("succeeded", 0), workers
    )
