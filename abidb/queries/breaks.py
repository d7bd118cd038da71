# SPDX-License-Identifier: GPL-2.0-or-later
"""Kernel updates that stopped packages from compiling.

Only an attempt with the kernel's own headers that says something of the source counts: not a failure of ours, not a
dependency that could not be had, not a kernel that the package excludes.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import astuple, dataclass, replace
from itertools import pairwise

from abidb.answers import BuildRef, LaneName
from abidb.outoftree import NO_COMPILE, NOT_APPLICABLE, Target
from abidb.packageanswers import COMPILES, PARTIAL, Break, Breaks, StepTried, VersionSeen, compiles
from abidb.queries.lanes import Found, found_lanes, headline_order, lane
from abidb.queries.presence import at_time, in_release, suites_of
from abidb.queries.stock import Stock, Try, kept, stock

_EARLY = dt.datetime.min.replace(tzinfo=dt.UTC)
_WORTH = {NO_COMPILE: 0, PARTIAL: 1, COMPILES: 2}


@dataclass(frozen=True, slots=True, eq=False)
class Series:
    """The kernels of a lane, oldest first, and the release whose packages its users have."""

    lane: LaneName
    release: str
    kernels: tuple[BuildRef, ...]
    place: dict[Target, int]

    @property
    def suites(self) -> tuple[str, ...]:
        return suites_of(self.release, self.lane.line)


@dataclass(frozen=True, slots=True, eq=False)
class Move:
    """One version of a package on two kernels of a lane; none between them says anything of its source."""

    seen: VersionSeen
    before: Try
    after: Try
    assumed: bool = False  #: that this version was in the suite when the newer kernel came

    @property
    def words(self) -> tuple[str, str]:
        """What its source does on each."""
        return compiles(self.before.outcome), compiles(self.after.outcome)

    @property
    def worse(self) -> bool:
        before, after = self.words
        return _WORTH[after] < _WORTH[before]


def breaks(line: str = "") -> Breaks:
    """All breaks of a release line, or of all, newest kernel first.

    Of the lanes of a line the one that people look for first tells; others add what it does not have.
    """
    known = stock()
    return kept(known, ("breaks", line), lambda: _breaks(known, line))


def lane_steps(lane: LaneName) -> tuple[StepTried, ...]:
    """What each kernel of one lane did to the packages that were tried there, oldest first."""
    known = stock()
    return kept(known, ("lane steps", lane), lambda: _lane_steps(known, lane))


def _lane_steps(known: Stock, lane: LaneName) -> tuple[StepTried, ...]:
    lanes = found_lanes(line=lane.line, arch=lane.arch, flavour=lane.flavour)
    return tuple(step for one in lanes for step in _steps(known, series_of(one)))


def _breaks(known: Stock, line: str) -> Breaks:
    tried = {(target.source, target.arch, target.flavour) for _, target in known.tries}
    lanes = [
        one for one in found_lanes(line=line) if any(each[1:] == (one.name.arch, one.name.flavour) for each in tried)
    ]
    found: dict[tuple[str, str, str], Break] = {}
    steps: dict[tuple[str, str], StepTried] = {}
    for one in sorted(lanes, key=lambda each: headline_order(each.name)):
        series = series_of(one)
        for each in lane_breaks(known, series):
            found.setdefault((one.name.line, each.package, each.kernel.version), each)
        for step in _steps(known, series):
            steps.setdefault((one.name.line, step.kernel.version), step)
    newest = sorted(found.values(), key=lambda each: (each.package, each.lane.line))
    newest.sort(key=lambda each: each.kernel.date or _EARLY, reverse=True)
    return Breaks(tuple(newest), tuple(sorted(steps.values(), key=lambda s: s.kernel.date or _EARLY, reverse=True)))


def series_of(one: Found) -> Series:
    """The kernels of a lane."""
    kernels = tuple(step.new for step in lane(*astuple(one.name)).steps)
    targets = (Target(ref.source, ref.version, ref.arch, ref.flavour, ref.kernel_release) for ref in kernels)
    return Series(one.name, one.codename, kernels, {target: n for n, target in enumerate(targets)})


def lane_breaks(known: Stock, series: Series, packages: Sequence[str] = ()) -> tuple[Break, ...]:
    """The breaks of these packages, or all, in one lane: of each the version that was in the suite at that time."""
    return tuple(
        _break(known, move, series)
        for package in packages or sorted(known.by_package)
        for _, move in sorted(_moves(known, package, series).items())
        if move.worse
    )


def _moves(known: Stock, package: str, series: Series) -> dict[int, Move]:
    """By the place of the newer kernel: the version of a package that its users had then, where it was tried."""
    versions = in_release(known, package, series.suites)
    found: dict[int, list[Move]] = defaultdict(list)
    for seen in versions:
        for before, after in pairwise(told_tries(known, seen, series)):
            found[series.place[after.target]].append(Move(seen, before, after))
    chosen = ((n, _in_suite(known, versions, series, n, moves)) for n, moves in found.items())
    return {n: move for n, move in chosen if move}


def _in_suite(
    known: Stock, versions: Sequence[VersionSeen], series: Series, place: int, moves: Sequence[Move]
) -> Move | None:
    """That of the version which was in the suite when a kernel came. Where that is not known: of those that no newer
    one had replaced by then the first that was seen there, of several the newest.
    """
    when = series.kernels[place].date
    present = at_time(known, versions, series.suites, when)
    if present and not present.assumed:
        return next((move for move in moves if move.seen == present.seen), None)
    left = [move for move in reversed(moves) if not _superseded(move.seen, versions, series, when)]
    first = min(left, key=lambda move: first_seen(move.seen, series), default=None)
    return first and replace(first, assumed=True)


def told_tries(known: Stock, seen: VersionSeen, series: Series) -> list[Try]:
    """The attempts of a version in a lane that say how much of its source compiles, oldest kernel first."""
    here = [each for each in known.tries_of.get(seen.id, ()) if each.target in series.place]
    told = [each for each in here if each.exact and compiles(each.outcome) in _WORTH]
    return sorted(told, key=lambda each: series.place[each.target])


def first_seen(seen: VersionSeen, series: Series) -> dt.datetime:
    """When the suites of a lane's users are first known to have held a version."""
    return min(first for suite, first, _ in seen.suites if suite in series.suites)


def _superseded(seen: VersionSeen, versions: Sequence[VersionSeen], series: Series, when: dt.datetime | None) -> bool:
    """Whether a newer version is known to have been there before that time."""
    newer = versions[versions.index(seen) + 1 :]
    return when is not None and any(first_seen(other, series) <= when for other in newer)


def _break(known: Stock, move: Move, series: Series) -> Break:
    seen, (compiled, now) = move.seen, move.words
    before, after = (series.place[each.target] for each in (move.before, move.after))
    again = next(_as_good(known, seen, series, move, after + 1), None)
    until, until_on = _until(known, move, series, after)
    ends = [until and first_seen(until, series), None if again is None else series.kernels[again].date]
    return Break(
        lane=series.lane,
        source=seen.source,
        package=seen.key.package,
        version=seen.key.version,
        assumed=move.assumed,
        before=series.kernels[before],
        kernel=series.kernels[after],
        between=after - before - 1 - _excluded(known, seen, series, range(before + 1, after)),
        compiles=now,
        why=move.after.reason,
        log=move.after.id,
        until=until.key.version if until else "",
        again=None if again is None else series.kernels[again],
        reporting=known.popcon.get(seen.key.package),
        compiled=compiled,
        until_on=until_on,
        first_seen=first_seen(seen, series),
        ended=max((end for end in ends if end), default=None),
    )


def _excluded(known: Stock, seen: VersionSeen, series: Series, places: range) -> int:
    """How many of these kernels a version excludes by its dkms.conf."""
    here = [each for each in known.tries_of.get(seen.id, ()) if series.place.get(each.target, -1) in places]
    return sum(compiles(each.outcome) == NOT_APPLICABLE for each in here)


def _until(known: Stock, move: Move, series: Series, after: int) -> tuple[VersionSeen | None, BuildRef | None]:
    """The first newer version that compiles as it did before on the kernel that broke it; or on a later one, if it was
    not tried there, and which one.
    """
    versions = in_release(known, move.seen.key.package, series.suites)
    for newer in versions[versions.index(move.seen) + 1 :]:
        there = [each for each in told_tries(known, newer, series) if series.place[each.target] == after]
        place = next(_as_good(known, newer, series, move, after), None)
        if place == after:
            return newer, None
        if place is not None and not there:
            return newer, series.kernels[place]
    return None, None


def _as_good(known: Stock, seen: VersionSeen, series: Series, move: Move, start: int) -> Iterator[int]:
    """The kernels from a place of the lane on, on which a version compiles as well as before a break."""
    for each in told_tries(known, seen, series):
        if series.place[each.target] >= start and _WORTH[compiles(each.outcome)] >= _WORTH[move.words[0]]:
            yield series.place[each.target]


def _steps(known: Stock, series: Series) -> list[StepTried]:
    found: dict[int, Counter[tuple[str, str]]] = defaultdict(Counter)
    for package in known.by_package:
        for place, move in _moves(known, package, series).items():
            found[place][move.words] += 1
    steps = [_step(series, place, words) for place, words in sorted(found.items())]
    return [step for step in steps if step.tried or step.lost]


def _step(series: Series, place: int, words: Counter[tuple[str, str]]) -> StepTried:
    return StepTried(
        lane=series.lane,
        kernel=series.kernels[place],
        tried=sum(n for (before, _), n in words.items() if before == COMPILES),
        stopped=words[COMPILES, NO_COMPILE],
        partly=words[COMPILES, PARTIAL],
        lost=words[PARTIAL, NO_COMPILE],
    )
