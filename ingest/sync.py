# SPDX-License-Identifier: GPL-2.0-or-later
"""From the archives into the record: look, choose, fetch ahead, read, store. One build's failure is not another's."""

from __future__ import annotations

import datetime as dt
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from abidb import queries, store
from abidb.answers import Known
from abidb.errors import AbidbError, BadFormat, BuildFailed, NotThere
from abidb.records import Kernel, Listing
from ingest.archive.builds import ListedBuild, ListedDeb
from ingest.archive.client import Client
from ingest.archive.debs import fetch_deb
from ingest.archive.fetch import Progress
from ingest.archive.roots import Root
from ingest.kernel import EXTRACTOR, read_kernel
from ingest.offers import is_needed

LOST = "listed, but no longer to be had; another deb of the same build stands in"
AHEAD = 2  # builds whose debs are fetched while one is read


class Display(Protocol):
    """Who watches a sync."""

    def begin(self, total: int) -> None:
        """So many builds are to be ingested."""

    def fetching(self, name: str) -> Progress:
        """What to call with bytes done and in all while a deb is fetched."""

    def finished(self, build: ListedBuild, outcome: str) -> None:
        """A build is done: new, better, known, or why it failed."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """The debs of one build on disk, and those that were listed and not to be had."""

    debs: Mapping[Path, ListedDeb]
    absent: Sequence[tuple[ListedDeb, str]]  #: each with why

    @property
    def paths(self) -> Mapping[Path, tuple[Listing, ...]]:
        """Where the debs lie, with what lists each."""
        return {path: deb.deb().listings for path, deb in self.debs.items()}


@dataclass(frozen=True, slots=True)
class Result:
    """What a sync did: how many builds are new or better, how many it had as good already, how many failed."""

    ingested: int
    known: int
    failed: int


def sync(builds: Sequence[ListedBuild], roots: Sequence[Root], client: Client, display: Display, run: int) -> Result:
    """Bring these builds into the record, on the account of `run`; those it has as good are passed over."""
    known, now = queries.known_builds(), dt.datetime.now(dt.UTC)
    todo = [build for build in builds if is_needed(build, known, {}, EXTRACTOR, now)]
    display.begin(len(todo))
    failed = ingested = 0
    for done, (build, future) in enumerate(_fetched_ahead(todo, roots, client, display)):
        store.step_run(run, total=len(todo), done=done - failed, failed=failed, current=build.kernel_release)
        outcome = _ingest(future, known.get(build.key))
        if isinstance(outcome, AbidbError):
            failed += 1
            store.add_problem(run, f"{build.kernel_release}={build.version}:{build.arch}", str(outcome))
        ingested += outcome in ("new", "better")
        display.finished(build, str(outcome))
    store.step_run(run, total=len(todo), done=len(todo) - failed, failed=failed, current="")
    return Result(ingested, len(builds) - ingested - failed, failed)


def _fetched_ahead(
    builds: Sequence[ListedBuild], roots: Sequence[Root], client: Client, display: Display
) -> Iterator[tuple[ListedBuild, Future[Fetched]]]:
    """Each build with the promise of its debs; the next ones are fetched meanwhile, no more than AHEAD."""
    with ThreadPoolExecutor(1) as pool:
        waiting: deque[tuple[ListedBuild, Future[Fetched]]] = deque()
        try:
            for build in builds:
                waiting.append((build, pool.submit(fetch_build, build, roots, client, display.fetching)))
                if len(waiting) > AHEAD:
                    yield waiting.popleft()
            yield from waiting
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def _ingest(future: Future[Fetched], known: Known | None) -> str | AbidbError:
    """Read and store one build; what it did, or why it could not."""
    try:
        fetched = future.result()
        for deb, reason in fetched.absent:
            store.note_absent(deb.name, deb.version, deb.arch, reason)
        if not fetched.debs:
            raise BuildFailed("; ".join(dict.fromkeys(reason for _, reason in fetched.absent)))
        sha256 = {deb.sha256 for deb in fetched.debs.values()}
        if known and known.extractor >= EXTRACTOR and sha256 == known.sha256:
            return "known"  # what would have been better is not to be had
        return store.save(_read(fetched)).outcome
    except AbidbError as error:
        return error


def _read(fetched: Fetched) -> Kernel:
    """The build; what is wrong with a deb is said under the deb's name, not under the cache's."""
    try:
        return read_kernel(tuple(fetched.debs), fetched.paths)
    except BadFormat as error:
        names = {path.name: f"{deb.name}_{deb.version}_{deb.arch}.deb" for path, deb in fetched.debs.items()}
        file, *inner = error.where or ("",)
        raise BadFormat(error.what, error.offset, (names.get(file, file), *inner)) from None


def fetch_build(build: ListedBuild, roots: Sequence[Root], client: Client, watch: Callable[[str], Progress]) -> Fetched:
    """Fetch what a build is read from, of each part the best choice that is there.

    Nothing is fetched of a build whose vmlinuz is not to be had. Raises Unavailable and BadArchive.
    """
    debs: dict[Path, ListedDeb] = {}
    absent: list[tuple[ListedDeb, str]] = []
    for number, choices in enumerate(build.parts):
        try:
            chosen, path = fetch_deb(choices, roots, client, watch(choices[0].name))
        except NotThere as error:
            absent += [(deb, str(error)) for deb in choices]
        else:
            debs[path] = chosen
            absent += [(deb, LOST) for deb in choices[: choices.index(chosen)]]
        if number == 0 and not debs:
            break
    return Fetched(debs, absent)
