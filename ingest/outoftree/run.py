# SPDX-License-Identifier: GPL-2.0-or-later
"""A run of builds: the archives are looked at, pairs are queued and watched until they have ended, round by round.

A round's outcomes tell where to look next: between a kernel that a package compiles on and one that it does not.
"""

from __future__ import annotations

import datetime as dt
import time
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import TypeVar

from django.conf import settings

from abidb import store
from abidb.errors import Unavailable
from abidb.outoftree import HARNESS, NO_DEPENDENCY, OUTCOMES, DkmsPackage
from ingest import configured, queue
from ingest.archive.catalogue import Question
from ingest.look import known_releases
from ingest.outoftree import find, jobs, known
from ingest.outoftree.plan import AGAIN, REASONS, Pair, Wish, minutes, pairs
from ingest.sync import BROKE, STEP, Tended
from ingest.workers import crew, patience

T = TypeVar("T")
Say = Callable[[str], object]
Ended = Mapping[Pair, tuple[str, str]]  # outcome and reason


def look(arch: str, warn: Say) -> tuple[DkmsPackage, ...]:
    """The packages that archives have, noted in the record; where no archive can be had, those noted before."""
    client, memory, now = configured.cached_client(), configured.memory(), dt.datetime.now(dt.UTC)
    try:
        roots = configured.roots()
        question = Question((arch,), known_releases(roots, client, memory, now), settings.SUITE_POCKETS, now)
    except Unavailable as error:
        warn(f"abidb: {error}")
        return tuple(jobs.packages())
    found = find.packages(roots, question, client, memory)
    for problem in found.problems:
        if problem.refused:
            warn(f"abidb: {' '.join((problem.root, problem.suite, problem.index))}: {problem.message}")
    if not found.releases:
        return tuple(jobs.packages())
    others = [package for package in jobs.packages() if package.key.arch not in (arch, "all")]  # not looked for
    store.put_packages([*found.packages, *others], found.whole)
    return found.packages


def plan(packages: Iterable[DkmsPackage], arch: str, wish: Wish) -> list[Pair]:
    """What is to be built as the record stands now; raises UnknownName."""
    return pairs(packages, known.record(arch, wish.flavours), wish)


def costs(found: Iterable[Pair], cores: int) -> list[tuple[str, int, float]]:
    """Each reason with its number of pairs and minutes."""
    by_reason: dict[str, list[Pair]] = defaultdict(list)
    for pair in found:
        by_reason[pair.why].append(pair)
    return [(why, len(by_reason[why]), minutes(by_reason[why], cores)) for why in REASONS if why in by_reason]


def hands(size: int, arch: str) -> AbstractContextManager[Tended]:
    """Who works: `size` processes, unless others that build for that architecture do already."""
    return crew(size, "--quiet", spare=lambda: queue.builders(arch))


def rounds(planned: Callable[[], Sequence[Pair]], arch: str, size: int, say: Say, limit: int | None = None) -> Ended:
    """Build what is planned, and what then is, until nothing new is or `limit` pairs were built.

    By the workers that run and can build for `arch`, else by `size` own ones.
    """
    ended: dict[Pair, tuple[str, str]] = {}
    met: set[tuple[object, object]] = set()
    while True:
        room = None if limit is None else limit - len(met)
        new = [pair for pair in planned() if (pair.package, pair.target) not in met][:room]
        if not new:
            return ended
        met |= {(pair.package, pair.target) for pair in new}
        say(f"{len(new)} builds")
        ended |= work_off(jobs.defer(new), outcomes, name_of, hands(size, arch), say)


def work_off(
    waiting: Mapping[int, T],
    told: Callable[[Collection[T]], Mapping[T, tuple[str, str]]],
    name: Callable[[T], str],
    by: AbstractContextManager[Tended],
    say: Say,
) -> dict[T, tuple[str, str]]:
    """Have the queue worked on until these jobs have ended; what became of each, said as it ends.

    `told` has the record's word for those that ended: outcome and reason.
    """
    left, ended = dict(waiting), dict[T, tuple[str, str]]()
    with by as workers:
        while left:
            with patience():
                workers.tend()
                done = {number: left[number] for number in sorted(queue.ended(left))}
                for one, outcome in told(list(done.values())).items() if done else ():
                    ended[one] = outcome
                    say(f"[{len(ended)}/{len(waiting)}] {name(one)}  {': '.join(filter(None, outcome))}")
                left = {number: one for number, one in left.items() if number not in done}
            if left:
                time.sleep(STEP)
    return ended


def outcomes(done: Collection[Pair]) -> dict[Pair, tuple[str, str]]:
    """What became of builds; what left no trace broke off, unless the package was gone before its turn came: then what
    the record has of a failure is no word about it.
    """
    told, there = jobs.outcomes(done), {package.key for package in jobs.packages()}
    found = {pair: told.get((pair.package, pair.target), (HARNESS, BROKE)) for pair in done}
    return {
        pair: (NO_DEPENDENCY, jobs.GONE) if pair.package not in there and outcome[0] in AGAIN else outcome
        for pair, outcome in found.items()
    }


def name_of(pair: Pair) -> str:
    """PACKAGE VERSION on KERNEL RELEASE."""
    return f"{pair.package.package} {pair.package.version} on {pair.target.kernel_release}"


def table(ended: Ended) -> list[tuple[str, ...]]:
    """How many builds came to which outcome, by kernel release; a header row in front."""
    counts: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for pair, (outcome, _) in ended.items():
        counts[pair.target.kernel_release][outcome] += 1
    shown = [outcome for outcome in OUTCOMES if any(outcome in row for row in counts.values())]
    rows = [(release, *(str(row[outcome]) for outcome in shown)) for release, row in counts.items()]
    return [("kernel", *shown), *rows]
