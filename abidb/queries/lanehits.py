# SPDX-License-Identifier: GPL-2.0-or-later
"""How many packages each step of a lane hits: all steps at once, from what is remembered of neighbours.

A package is hit where a module of it uses an export that it can no longer use, or where the kernel refuses all modules
by their vermagic. `hits` tells of one step, package by package and with the reasons.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np
import numpy.typing as npt
from django.db import connection

from abidb.answers import LaneName
from abidb.comparison import compare, stored_set
from abidb.compat import BREAKS, GPL_TIGHTENED, NAMESPACE_CHANGED, magic_flags
from abidb.dictionary import declarations
from abidb.exportset import IdArray
from abidb.outoftree import DIFFERENT, SAME, Target
from abidb.queries.accepted import Group, groups_of
from abidb.queries.lanebreaks import LaneBuild, lane_breaks
from abidb.queries.lanemodules import modules_along
from abidb.queries.lanes import found_lanes
from abidb.queries.presence import in_release, suites_of
from abidb.queries.stock import Stock, Try, kept, stock
from abidb.records import VMLINUX
from abidb.setdiff import BIT
from abidb.useanswers import StepHits
from abidb.verdict import Candidate, gpl_compatible, is_open

KEPT_STEPS = 2_000
_SOFT = BIT[GPL_TIGHTENED] | BIT[NAMESPACE_CHANGED]
_HARD = sum(BIT[kind] for kind in BREAKS) & ~_SOFT
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Columns:
    """The symbols of groups of modules, one group after the other."""

    groups: tuple[Group, ...]
    attempts: npt.NDArray[np.int64]  #: of each group
    flat: IdArray
    weak: Mask  #: of `flat`: the symbol may be missing
    starts: npt.NDArray[np.int64]


def lane_hits(line: str, arch: str, flavour: str) -> dict[int, StepHits]:
    """What each step does to packages, by the id of its new build. Empty where no package of the release was built."""
    known, name = stock(), LaneName(line, arch, flavour)
    return kept(known, ("lane hits", name), lambda: _lane_hits(known, name))


def _lane_hits(known: Stock, lane: LaneName) -> dict[int, StepHits]:
    codenames = [one.codename for one in found_lanes(line=lane.line, arch=lane.arch, flavour=lane.flavour)]
    if not (known.tries and codenames):
        return {}
    suites = suites_of(codenames[0], lane.line)
    versions = [found for package in known.by_package if (found := in_release(known, package, suites))]
    builds = lane_breaks(lane)
    near = {build.target: n for n, build in enumerate(builds)}
    along = [one for found in versions if (one := modules_along(known, found, suites, builds, near))]
    on = [[tried for tried in tries if tried] for tries in zip(*along, strict=True)]
    attempts = {tried.id: tried for tries in on for tried in tries}
    if not attempts:
        return {}
    columns = _columns(known, list(attempts.values()))
    return {pair[1].id: _step(known, columns, tries, pair) for tries, pair in zip(on, pairwise(builds), strict=True)}


def _columns(known: Stock, attempts: Sequence[Try]) -> Columns:
    found = [(each.id, group) for each in attempts for group in groups_of(each, known) if group.symbols.size]
    sizes = np.array([group.symbols.size for _, group in found], dtype=np.int64)
    return Columns(
        groups=tuple(group for _, group in found),
        attempts=np.array([attempt for attempt, _ in found], dtype=np.int64),
        flat=np.concatenate([group.symbols for _, group in found] or [np.zeros(0, dtype=np.int32)]),
        weak=np.concatenate(
            [np.isin(group.symbols, list(group.weak)) for _, group in found] or [np.zeros(0, dtype=bool)]
        ),
        starts=np.cumsum(sizes) - sizes,
    )


def _step(known: Stock, columns: Columns, on: Sequence[Try], pair: tuple[LaneBuild, LaneBuild]) -> StepHits:
    old, new = pair
    if _refuses_all(old, new):
        return _told(known, on, pair, among=len(on), whole=True)
    if new.broken is None:
        return StepHits(None, False, among=len(on))
    hit = _hit_groups(columns, old, new) if columns.groups else np.zeros(0, dtype=bool)
    attempts = set(columns.attempts[hit].tolist())
    measured = new.measured and VMLINUX not in (old.covers, new.covers)
    return _told(known, [each for each in on if each.id in attempts], pair, among=len(on), whole=measured)


def _told(known: Stock, hit: Sequence[Try], pair: tuple[LaneBuild, LaneBuild], *, among: int, whole: bool) -> StepHits:
    old, new = pair
    told = _rebuilds(known).get((old.target, new.target), {})
    rebuilds = [told.get(each.package_id, "") for each in hit]
    return StepHits(
        names=tuple(sorted(known.versions[each.package_id].key.package for each in hit)),
        whole=whole,
        compared=sum(outcome in (SAME, DIFFERENT) for outcome in rebuilds),
        same_code=rebuilds.count(SAME),
        among=among,
    )


def _rebuilds(known: Stock) -> dict[tuple[Target, Target], dict[int, str]]:
    """What rebuilds of each step gave, by version; kept beside the stock."""
    found: dict[tuple[Target, Target], dict[int, str]] | None = known.parts.get("rebuilds of steps")
    if found is None:
        found = defaultdict(dict)
        for (version, old, new), (outcome, _) in known.rebuilds.items():
            found[old, new][version] = outcome
        known.parts["rebuilds of steps"] = found
    return found


def _refuses_all(old: LaneBuild, new: LaneBuild) -> bool:
    """Whether vermagic alone refuses every module of the old build (same_magic(), kernel/module/main.c)."""
    with_crcs = old.has_crcs and new.has_crcs
    sides = [magic_flags(each.vermagic) if with_crcs else each.vermagic.rstrip() for each in (old, new)]
    return all(sides) and sides[0] != sides[1]


def _hit_groups(columns: Columns, old: LaneBuild, new: LaneBuild) -> Mask:
    """The groups that use an export which they can no longer use."""
    assert new.broken is not None
    mask = np.zeros(int(columns.flat.max()) + 1, dtype=bool)
    mask[new.broken[new.broken < mask.size]] = True
    database = str(connection.settings_dict["NAME"])
    told = _restricted(old.export_set, new.export_set, database) if new.restricted else ()
    restricted = [one for one in told if one[0] < mask.size]
    mask[[symbol for symbol, *_ in restricted]] = False
    used = mask[columns.flat]
    if (perhaps := used & columns.weak).any():
        used[perhaps] = np.isin(columns.flat[perhaps], _exported(new.export_set))
    hit: Mask = np.logical_or.reduceat(used, columns.starts)
    for symbol, gpl, namespace in restricted:
        at = np.flatnonzero(columns.flat == symbol)
        users = np.searchsorted(columns.starts, at, side="right") - 1
        for place, weak in zip(users.tolist(), columns.weak[at].tolist(), strict=True):
            hit[place] |= not _may_use(columns.groups[place], gpl, namespace, weak=weak)
    return hit


def _exported(set_id: int) -> IdArray:
    """The ids of the symbols that a set has."""
    ids = stored_set(set_id).ids
    return declarations(ids).symbol[ids]


def _may_use(group: Group, gpl: bool, namespace: str, *, weak: bool) -> bool:
    """Whether modules of a group may use an export that became GPL-only, or went into a namespace; to whom a GPL-only
    one is closed it is missing, which a `weak` one may be.
    """
    module = Candidate(group.name, group.licenses, group.vermagic, group.namespaces, ())
    if gpl and not gpl_compatible(module):
        return weak
    return is_open(namespace, module)


@lru_cache(maxsize=KEPT_STEPS)
def _restricted(old_set: int, new_set: int, database: str) -> tuple[tuple[int, bool, str], ...]:
    """Symbols that only became GPL-only or went into a namespace: id, whether GPL-only, the namespace."""
    found = compare(old_set, new_set)
    soft = found.rows[(found.rows.kinds & _SOFT > 0) & (found.rows.kinds & _HARD == 0)]
    met = declarations(soft.new_ids)
    return tuple(
        (int(met.symbol[new]), bool(kinds & BIT[GPL_TIGHTENED]), met.words[met.namespace[new]])
        for kinds, new in zip(soft.kinds.tolist(), soft.new_ids.tolist(), strict=True)
    )


def forget() -> None:
    """Drop what this process keeps of steps."""
    _restricted.cache_clear()
