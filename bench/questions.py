# SPDX-License-Identifier: GPL-2.0-or-later
"""Every question of abidb.queries, asked with arguments that vary, and how long each may take."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import cycle

from abidb import comparison, queries
from abidb.answers import BuildRef, LaneName
from abidb.records import BuildKey

CALLS, WARM_UP = 40, 3
USUAL, ALL_ROWS, MOST_CHANGED = 60.0, 150.0, 100.0  #: milliseconds


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked; `ask` takes other arguments each time. `limit` is for the 95th percentile, in a process that has
    answered before; None for what no page asks.
    """

    name: str
    limit: float | None
    ask: Callable[[], object]


@dataclass(frozen=True, slots=True)
class Took:
    """Milliseconds of one question: half of the calls, and 95 of 100, were answered in that; `cold` with nothing kept
    in the process.
    """

    question: Question
    p50: float
    p95: float
    cold50: float
    cold95: float


def measured(question: Question) -> Took:
    """Ask CALLS times warm and as often cold."""
    for _ in range(WARM_UP):
        question.ask()
    warm = _times(question.ask)
    cold = _times(question.ask, comparison.forget)
    return Took(question, _of(warm, 0.50), _of(warm, 0.95), _of(cold, 0.50), _of(cold, 0.95))


def _times(ask: Callable[[], object], before: Callable[[], object] = lambda: None) -> list[float]:
    found = []
    for _ in range(CALLS):
        before()
        start = time.perf_counter()
        ask()
        found.append(1000 * (time.perf_counter() - start))
    return sorted(found)


def _of(times: list[float], part: float) -> float:
    return times[min(len(times) - 1, round(part * len(times)))]


def questions(seed: int) -> Iterator[Question]:
    """All of them, for the record as it is now."""
    chance = random.Random(seed)
    names = queries.lane_names()
    lanes = {name: [step.new for step in queries.lane(*_fields(name)).steps] for name in _some(chance, names, 12)}
    longest = max(lanes, key=lambda name: len(lanes[name]))
    builds = cycle([chance.choice(steps) for steps in cycle_over(chance, list(lanes.values()), 400)])
    usual = cycle([name for name in lanes if len(lanes[name]) <= 250] or list(lanes))
    every = {name: steps for name, steps in lanes.items() if len(steps) > 2}
    yield from _of_lanes(chance, names, usual, longest)
    yield from _of_builds(builds)
    yield from _of_pairs(chance, list(every.values()))
    yield from _of_names(chance, builds, usual, lanes, longest)
    yield from _of_uploads(names, builds)
    yield from _of_record(builds)


def cycle_over(chance: random.Random, lists: list[list[BuildRef]], count: int) -> Iterator[list[BuildRef]]:
    return (chance.choice(lists) for _ in range(count))


def _some(chance: random.Random, names: tuple[LaneName, ...], count: int) -> list[LaneName]:
    """Some lanes, the long one among them where it is there."""
    long = [name for name in names if (name.line, name.flavour) == ("sid", "cloud-amd64")]
    return [*long, *chance.sample([name for name in names if name not in long], min(count, len(names) - len(long)))]


def _fields(name: LaneName) -> tuple[str, str, str]:
    return name.line, name.arch, name.flavour


def _of_lanes(
    chance: random.Random, names: tuple[LaneName, ...], usual: Iterator[LaneName], longest: LaneName
) -> Iterator[Question]:
    line = cycle(chance.sample([name.line for name in names], len(names)))
    yield Question("lanes (home)", USUAL, queries.lanes)
    yield Question("lanes, ended ones too", USUAL, lambda: queries.lanes(ended=True))
    yield Question("lane", USUAL, lambda: queries.lane(*_fields(next(usual))))
    yield Question("lane, the longest", USUAL, lambda: queries.lane(*_fields(longest)))
    yield Question("lane_names", USUAL, queries.lane_names)
    yield Question("lane_names of a line", USUAL, lambda: queries.lane_names(next(line)))
    yield Question("volatile", MOST_CHANGED, lambda: queries.volatile(*_fields(next(usual))))
    yield Question("volatile, the longest lane", None, lambda: queries.volatile(*_fields(longest)))


def _of_builds(builds: Iterator[BuildRef]) -> Iterator[Question]:
    yield Question("one_build", USUAL, lambda: queries.one_build(next(builds).name))
    yield Question("find_builds", USUAL, lambda: queries.find_builds(text=next(builds).version[:4], limit=200))
    yield Question("build", USUAL, lambda: queries.build(next(builds).id))
    yield Question("neighbours", USUAL, lambda: queries.neighbours(next(builds).id))
    yield Question("exports", USUAL, lambda: queries.exports(next(builds).id))
    yield Question("exports with a text", USUAL, lambda: queries.exports(next(builds).id, text="lock"))
    yield Question("facets", USUAL, lambda: queries.facets(next(builds).id))
    yield Question("all_exports", ALL_ROWS, lambda: queries.all_exports(next(builds).id))
    yield Question("config", USUAL, lambda: queries.config(next(builds).id))


def _of_pairs(chance: random.Random, lanes: list[list[BuildRef]]) -> Iterator[Question]:
    near = cycle([_beside(chance, chance.choice(lanes)) for _ in range(200)])
    far = cycle([tuple(b.id for b in chance.sample(chance.choice(lanes), 2)) for _ in range(200)])
    across = cycle([tuple(chance.choice(lane).id for lane in chance.choices(lanes, k=2)) for _ in range(200)])
    yield Question("diff of neighbours", USUAL, lambda: queries.diff(*next(near)))
    yield Question("diff within a lane", USUAL, lambda: queries.diff(*next(far)))
    yield Question("diff across lanes", USUAL, lambda: queries.diff(*next(across)))
    yield Question("diff with a text", USUAL, lambda: queries.diff(*next(far), text="lock"))
    yield Question("diff, removed alone", USUAL, lambda: queries.diff(*next(far), kinds=("removed",)))
    yield Question("diff, all rows", ALL_ROWS, lambda: queries.diff(*next(far), limit=None))
    yield Question("diff across lanes, all rows", ALL_ROWS, lambda: queries.diff(*next(across), limit=None))
    yield Question("config_diff", USUAL, lambda: queries.config_diff(*next(across)))


def _beside(chance: random.Random, lane: list[BuildRef]) -> tuple[int, int]:
    at = chance.randrange(len(lane) - 1)
    return lane[at].id, lane[at + 1].id


def _of_names(
    chance: random.Random,
    builds: Iterator[BuildRef],
    usual: Iterator[LaneName],
    lanes: dict[LaneName, list[BuildRef]],
    longest: LaneName,
) -> Iterator[Question]:
    chosen = {name: _symbols(chance, steps) for name, steps in lanes.items()}
    symbol = cycle([name for names in chosen.values() for name in names])
    text = cycle(["lock", "alloc_", "bus_queue", "drm", "snd", "register", "zzzz", "inode_get", "6.1", "e"])

    def in_lane(name: LaneName) -> object:
        return queries.symbol(chance.choice(chosen[name]), line=name.line, arch=name.arch, flavour=name.flavour)

    yield Question("symbol", USUAL, lambda: queries.symbol(next(symbol)))
    yield Question("symbol in a lane", USUAL, lambda: in_lane(next(usual)))
    yield Question("symbol in the longest lane", None, lambda: in_lane(longest))
    yield Question("search", USUAL, lambda: queries.search(next(text)))


def _symbols(chance: random.Random, steps: list[BuildRef]) -> list[str]:
    return [chance.choice(queries.all_exports(steps[-1].id)).symbol for _ in range(20)]


def _of_uploads(names: tuple[LaneName, ...], builds: Iterator[BuildRef]) -> Iterator[Question]:
    line = cycle(sorted({name.line for name in names}))
    yield Question("uploads", USUAL, queries.uploads)
    yield Question("uploads of a line", USUAL, lambda: queries.uploads(line=next(line)))
    yield Question("upload", USUAL, lambda: queries.upload(*_upload(next(builds))))
    yield Question("upload_notes", USUAL, lambda: queries.upload_notes(*_upload(next(builds))))
    yield Question("uploads_without_policy", None, queries.uploads_without_policy)


def _upload(ref: BuildRef) -> tuple[str, str]:
    return ref.source, ref.version


def _of_record(builds: Iterator[BuildRef]) -> Iterator[Question]:
    yield Question("status", USUAL, queries.status)
    yield Question("coverage", USUAL, queries.coverage)
    yield Question("queue_state", USUAL, queries.queue_state)
    yield Question("apart", USUAL, queries.apart)
    yield Question("attempts", USUAL, queries.attempts)
    yield Question("run_state", USUAL, queries.run_state)
    yield Question("release_ages", USUAL, queries.release_ages)
    yield Question("known_build (a job)", USUAL, lambda: queries.known_build(_key(next(builds))))
    yield Question("known_builds (a sync)", None, queries.known_builds)
    yield Question("offers (a sync)", None, lambda: list(queries.offers()))


def _key(ref: BuildRef) -> BuildKey:
    return BuildKey(ref.source, ref.version, ref.arch, ref.flavour)
