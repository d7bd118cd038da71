# SPDX-License-Identifier: GPL-2.0-or-later
"""Watching the jobs of a sync until all of them have ended, whoever works on them."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from abidb import queries, store
from abidb.records import BuildKey
from ingest import queue
from ingest.archive.builds import ListedBuild
from ingest.plan import Planned, name_of
from ingest.workers import crew, patience

STEP = 1.0  #: seconds between looks at the queue
BROKE = "it broke off; the worker's log says why"


class Display(Protocol):
    """Who watches a sync."""

    def begin(self, total: int) -> None:
        """So many builds are to be ingested."""

    def working(self, names: Collection[str], paused: bool) -> None:
        """What is worked on now."""

    def finished(self, name: str, outcome: str) -> None:
        """A build is done: new, better, known, or why it failed."""


class Tended(Protocol):
    """Workers that do what is queued."""

    def tend(self) -> None:
        """See to it that they go on."""


@dataclass(frozen=True, slots=True)
class Result:
    """What a sync did: how many builds are new or better, as good as they can be, failed, wait for their next try."""

    ingested: int
    known: int
    failed: int
    waiting: int = 0


class Watch:
    """The builds of a sync and what became of them."""

    def __init__(self, planned: Planned, run: int, display: Display) -> None:
        self._waiting = dict(planned.builds)
        self._policies = set(planned.policies)
        self._before = queue.traces([build.key for build in planned.builds.values()])
        self._run, self._display, self._total = run, display, len(planned.builds)
        self._ingested = self._failed = 0
        self._known, self._idle = planned.known, planned.waiting
        display.begin(self._total)

    @property
    def result(self) -> Result:
        return Result(self._ingested, self._known, self._failed, self._idle)

    def look(self) -> bool:
        """Say what has ended since the last look; whether anything is left."""
        ended = queue.ended([*self._waiting, *self._policies])
        builds = {number: self._waiting[number] for number in ended if number in self._waiting}
        outcomes = self._outcomes(builds, ended)
        for number, build in builds.items():
            self._display.finished(name_of(build), outcomes[number])
            del self._waiting[number]
        self._policies -= ended.keys()
        self._say()
        return bool(self._waiting or self._policies)

    def _outcomes(self, builds: Mapping[int, ListedBuild], broken: Mapping[int, bool]) -> dict[int, str]:
        reasons = queue.reasons(self._run, [name_of(build) for build in builds.values()])
        after = queue.traces([build.key for build in builds.values()])
        return {number: self._outcome(build, reasons, after, broken[number]) for number, build in builds.items()}

    def _outcome(
        self, build: ListedBuild, reasons: Mapping[str, str], after: Mapping[BuildKey, queue.Trace], broken: bool
    ) -> str:
        reason = reasons.get(name_of(build)) or (BROKE if broken else None)
        if reason:
            self._failed += 1
            return reason
        before, now = self._before.get(build.key), after.get(build.key)
        if before == now or now is None:
            self._known += 1
            return "known"
        self._ingested += 1
        if before is None:
            return "new"
        return "better, with the same exports" if before.exports == now.exports else "better, with other exports"

    def _say(self) -> None:
        names = {build.key: name_of(build) for build in self._waiting.values()}
        current = [names[key] for key in queue.at_work() if key in names]
        done = self._total - len(self._waiting) - self._failed
        store.step_run(self._run, total=self._total, done=done, failed=self._failed, current=", ".join(current))
        self._display.working(current, queries.paused())


def work_off(planned: Planned, run: int, display: Display, size: int) -> Result:
    """Have the queue worked on until the jobs of this sync have ended, by the workers that run, else by `size` own."""
    watch = Watch(planned, run, display)
    if not (planned.builds or planned.policies):
        return watch.result
    with hands(size) as workers:
        left = True
        while left:
            with patience():
                workers.tend()
                left = watch.look()
            if left:
                time.sleep(STEP)
    return watch.result


def hands(size: int) -> AbstractContextManager[Tended]:
    """Who works: `size` processes, unless others do already."""
    return crew(size, "--quiet", spare=queue.living)
