# SPDX-License-Identifier: GPL-2.0-or-later
"""From a look at the archives to jobs: what they offer is noted, and what the record lacks of it is queued."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from typing import Any

from django.conf import settings

from abidb import queries, store
from abidb.errors import AbidbError, UnknownName
from abidb.records import EXTRACTOR, BuildKey, OfferRow, Snapshot
from abidb.versions import BuildName
from ingest import configured, queue, snapshots
from ingest.archive.builds import ListedBuild, Place
from ingest.archive.listed import listed_to_json, listing_from_json, listing_to_json
from ingest.archive.sources import ListedSource
from ingest.look import Sight, look
from ingest.offers import Wish, is_needed, ranked, refuse_unknown

LAST, FIRST = -(10**6), 10**6  #: priorities of policies, and of a look; builds lie between, by rank
Warn = Callable[[str], object]


@dataclass(frozen=True, slots=True)
class Planned:
    """What a look led to: jobs in the queue, and builds that need none. A job that another sync queued counts."""

    builds: Mapping[int, ListedBuild]  #: by job
    policies: tuple[int, ...]  #: jobs
    known: int  #: so many builds the record has
    waiting: int = 0  #: so many it lacks, whose next try is not due


@contextmanager
def account() -> Iterator[int]:
    """A sync's account, closed at the end whatever happens; what ends it is noted. Raises Unavailable."""
    run = store.start_run()
    try:
        yield run
    except AbidbError as error:
        store.add_problem(run, "sync", str(error))
        raise
    finally:
        store.finish_run(run)


def plan(
    wish: Wish, *, run: int, warn: Warn, supported: bool = False, retry: bool = False, reextract: bool = False
) -> Planned:
    """Look at the configured archives and queue what is wished for and needed.

    `supported` leaves out releases that have ended; `retry` does not wait with what could not be had; `reextract` asks
    only for what an older extractor read. What of the archives was refused is noted and said to `warn`. Raises
    Unavailable where no archive can be had, UnknownName where the wish names what they have not.
    """
    store.step_run(run, total=0, done=0, failed=0, current="reading the archive's indexes")
    client, memory = configured.cached_client(), configured.memory()
    arches = wish.arches or settings.ARCHITECTURES
    sight = look(configured.roots(), client, arches, wish.suites, memory, retry=retry)
    sight = snapshots.beside(sight, client, memory)
    _note(sight, run, warn)
    builds = sight.catalogue.builds
    ended = [name for name, word in sight.words.items() if word == "ended"] if supported else []
    wish = replace(wish, suites=_suites(wish, sight), ended=ended)
    refuse_unknown(wish, builds)
    _offer(builds, wish)
    for key in queue.bygone():
        store.forget_attempt(key)
    return _queue(ranked(builds, wish), sight.sources, run, retry=retry, reextract=reextract)


def _queue(
    chosen: list[tuple[int, ListedBuild]], sources: Iterable[ListedSource], run: int, *, retry: bool, reextract: bool
) -> Planned:
    known, tries, now = queries.known_builds(), queries.next_tries(), dt.datetime.now(dt.UTC)
    needed = {
        queue.lock_of(build.key): (rank, build)
        for rank, build in chosen
        if is_needed(build, known, tries, EXTRACTOR, now, retry=retry, reextract=reextract)
    }
    let_be = {build.key for _, build in chosen if queue.lock_of(build.key) not in needed}
    wanted = {(build.source, build.version) for _, build in chosen}
    lacking = wanted - queue.policies_read(wanted)
    policies = [
        _policy_job(found, run)
        for found in sources
        if (found.source, found.version) in lacking and (retry or tries.get(policy_key(found), now) <= now)
    ]
    ids = queue.defer([*(_build_job(lock, *found, run) for lock, found in needed.items()), *policies])
    return Planned(
        builds={ids[lock]: build for lock, (_, build) in needed.items() if lock in ids},
        policies=tuple(ids[job.lock] for job in policies if job.lock in ids),
        known=len(let_be & known.keys()),
        waiting=len((let_be & tries.keys()) - known.keys()),
    )


def _build_job(lock: str, rank: int, build: ListedBuild, run: int) -> queue.Job:
    return queue.Job("ingest_build", lock, -rank, {**asdict(build.key), "run": run})


def _policy_job(found: ListedSource, run: int) -> queue.Job:
    lock = f"policy {found.source} {found.version}"
    return queue.Job("read_policy", lock, LAST, {"listed": source_to_json(found), "run": run})


def policy_key(found: ListedSource) -> BuildKey:
    """As what a source package is noted whose policy could not be had."""
    return BuildKey(found.source, found.version, "source", "")


def look_job() -> queue.Job:
    """A look at all archives."""
    return queue.Job("look_again", "look", FIRST, {})


def _suites(wish: Wish, sight: Sight) -> list[str]:
    """The wished-for suites by the names that listings go by: stable is trixie. Raises UnknownName."""
    names = {
        name: found.suite for found in sight.catalogue.releases for name in (found.folder, found.alias, found.suite)
    }
    for suite in wish.suites:
        if suite not in names:
            raise UnknownName(f"no suite {suite} in the archives", sorted(set(names.values())))
    return [names[suite] for suite in wish.suites]


def _note(sight: Sight, run: int, warn: Warn) -> None:
    configured.note(sight)
    for problem in sight.catalogue.problems:
        subject = f"{problem.root} {problem.suite} {problem.index}".strip()
        store.add_problem(run, subject, problem.message)
        warn(f"abidb: {subject}: {problem.message}")


def _offer(builds: Iterable[ListedBuild], wish: Wish) -> None:
    """Keep what archives have. Of a look at some suites or architectures nothing follows for the others."""
    seen = {build.key: _row(build) for build in builds}
    if not (wish.suites or wish.arches):
        store.put_offers(seen.values())
        return
    kept = {row.key: row for row in queries.offers() if row.key in seen or not _looked_at(row, wish)}
    for key, row in seen.items():
        if old := kept.get(key):
            seen[key] = replace(row, suites=tuple(sorted({*old.suites, *row.suites})))
    store.put_offers((kept | seen).values())


def _looked_at(row: OfferRow, wish: Wish) -> bool:
    """Whether a look at these suites and architectures would have found the build, were it still there."""
    in_suites = not wish.suites or set(row.suites) <= set(wish.suites)
    return in_suites and (not wish.arches or row.key.arch in wish.arches)


def _row(build: ListedBuild) -> OfferRow:
    return OfferRow(build.key, build.kernel_release, build.suites, listed_to_json(build))


def name_of(build: ListedBuild) -> str:
    """RELEASE=VERSION:ARCH."""
    return str(BuildName(build.kernel_release, build.version, build.arch))


def source_to_json(found: ListedSource) -> dict[str, Any]:
    """All that source_from_json() needs to make the same record."""
    places = [[*listing_to_json(place.listing), place.filename] for place in found.places]
    return {
        **{"source": found.source, "version": found.version, "filename": found.filename, "size": found.size},
        **{"sha256": found.sha256, "places": places},
        "snapshot": [found.snapshot.sha1, found.snapshot.first_seen.isoformat()] if found.snapshot else None,
    }


def source_from_json(content: Mapping[str, Any]) -> ListedSource:
    """The source package that source_to_json() was given."""
    places = tuple(Place(listing_from_json(*listing), filename) for *listing, filename in content["places"])
    seen = content["snapshot"]
    plain = {name: content[name] for name in ("source", "version", "filename", "size", "sha256")}
    snapshot = Snapshot(seen[0], dt.datetime.fromisoformat(seen[1])) if seen else None
    return ListedSource(**plain, places=places, snapshot=snapshot)
