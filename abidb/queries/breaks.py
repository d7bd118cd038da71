# SPDX-License-Identifier: GPL-2.0-or-later
"""Kernel updates that stopped packages from compiling."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from abidb.answers import BuildRef, LaneName
from abidb.outoftree import NOT_APPLICABLE, Target
from abidb.packageanswers import COMPILES, NOT_TRIED, Break, Breaks, StepTried, VersionSeen, compiles
from abidb.queries.kernels import lane_sides
from abidb.queries.lanes import Found, found_lanes, headline_order
from abidb.queries.presence import in_release, suites_of, was_there
from abidb.queries.stock import Stock, Try, stock

_EARLY = dt.datetime.min.replace(tzinfo=dt.UTC)


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


def breaks(line: str = "") -> Breaks:
    """All breaks of a release line, or of all, newest kernel first.

    Of the lanes of a line the one that people look for first tells; others add what it does not have.
    """
    known = stock()
    key = ("breaks", line)
    if key not in known.kept:
        known.kept[key] = _breaks(known, line)
    found: Breaks = known.kept[key]
    return found


def _breaks(known: Stock, line: str) -> Breaks:
    tried = {(target.source, target.arch, target.flavour) for _, target in known.tries}
    lanes = [
        one for one in found_lanes(line=line) if any(each[1:] == (one.name.arch, one.name.flavour) for each in tried)
    ]
    found: dict[tuple[str, str, str, str], Break] = {}
    steps: dict[tuple[str, str], StepTried] = {}
    for one in sorted(lanes, key=lambda each: headline_order(each.name)):
        series = series_of(one)
        for each in lane_breaks(known, series):
            found.setdefault((one.name.line, each.package, each.version, each.kernel.version), each)
        for step in _steps(known, series):
            steps.setdefault((one.name.line, step.kernel.version), step)
    newest = sorted(found.values(), key=lambda each: (each.package, each.lane.line))
    newest.sort(key=lambda each: each.kernel.date or _EARLY, reverse=True)
    return Breaks(tuple(newest), tuple(sorted(steps.values(), key=lambda s: s.kernel.date or _EARLY, reverse=True)))


def series_of(one: Found) -> Series:
    """The kernels of a lane."""
    found = lane_sides(one.name.line, one.name.arch, one.name.flavour)
    place = {side.target: n for n, side in enumerate(found)}
    return Series(one.name, one.codename, tuple(side.ref for side in found), place)


def lane_breaks(known: Stock, series: Series, packages: Sequence[str] = ()) -> tuple[Break, ...]:
    """The breaks of these packages, or all, in one lane. Of versions that break at one kernel the newest tells."""
    found: dict[tuple[str, int], Break] = {}
    for package in packages or sorted(known.by_package):
        versions = in_release(known, package, series.suites)
        for seen in versions:
            for before, after in _stops(known, seen, series):
                at = series.place[after.target]
                if not _superseded(seen, versions, series, series.kernels[at].date):
                    found[package, at] = _break(known, seen, versions, series, (before, after))
    return tuple(found.values())


def _stops(known: Stock, seen: VersionSeen, series: Series) -> Iterator[tuple[Try, Try]]:
    """Attempts of a version that succeeded with the next that did not."""
    told = told_tries(known, seen, series)
    for before, after in pairwise(told):
        if compiles(before.outcome) == COMPILES != compiles(after.outcome) != NOT_APPLICABLE:
            yield before, after


def told_tries(known: Stock, seen: VersionSeen, series: Series) -> list[Try]:
    """The attempts of a version in a lane that say something of its source, oldest kernel first."""
    here = [each for each in known.tries_of.get(seen.id, ()) if each.target in series.place]
    told = [each for each in here if compiles(each.outcome) != NOT_TRIED]
    return sorted(told, key=lambda each: series.place[each.target])


def _superseded(seen: VersionSeen, versions: Sequence[VersionSeen], series: Series, when: dt.datetime | None) -> bool:
    """Whether a newer version is known to have been there at that time."""
    newer = versions[versions.index(seen) + 1 :]
    return when is not None and any(
        suite in series.suites and first <= when for other in newer for suite, first, _ in other.suites
    )


def _break(
    known: Stock, seen: VersionSeen, versions: Sequence[VersionSeen], series: Series, stop: tuple[Try, Try]
) -> Break:
    before, after = (series.place[each.target] for each in stop)
    kernel, newer = series.kernels[after], versions[versions.index(seen) + 1 :]
    until = next((each.key.version for each in newer if _builds_from(known, each, series, after) is not None), "")
    again = _builds_from(known, seen, series, after + 1)
    return Break(
        lane=series.lane,
        source=seen.source,
        package=seen.key.package,
        version=seen.key.version,
        assumed=not was_there(known, seen, series.suites, kernel.date),
        before=series.kernels[before],
        kernel=kernel,
        between=after - before - 1,
        compiles=compiles(stop[1].outcome),
        why=stop[1].reason,
        log=stop[1].id,
        until=until,
        again=None if again is None else series.kernels[again],
        reporting=known.popcon.get(seen.key.package),
    )


def _builds_from(known: Stock, seen: VersionSeen, series: Series, start: int) -> int | None:
    """The first kernel from a place of the lane on, on which a version compiles."""
    places = (
        series.place[each.target] for each in told_tries(known, seen, series) if compiles(each.outcome) == COMPILES
    )
    return next((place for place in places if place >= start), None)


def _steps(known: Stock, series: Series) -> list[StepTried]:
    tried: Counter[int] = Counter()
    stopped: Counter[int] = Counter()
    for package in known.by_package:
        survived: dict[int, bool] = {}
        for seen in in_release(known, package, series.suites):
            told = told_tries(known, seen, series)
            for before, after in pairwise(told):
                if compiles(before.outcome) == COMPILES and compiles(after.outcome) != NOT_APPLICABLE:
                    survived[series.place[after.target]] = compiles(after.outcome) == COMPILES
        tried.update(survived.keys())
        stopped.update(place for place, did in survived.items() if not did)
    return [StepTried(series.lane, series.kernels[n], tried[n], stopped[n]) for n in sorted(tried)]
