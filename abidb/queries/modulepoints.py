# SPDX-License-Identifier: GPL-2.0-or-later
"""A module of the kernel, found by its name, and what each build of some lanes has of it."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

import numpy as np
import numpy.typing as npt
from django.db import connection

from abidb.answers import BuildRef, LaneName
from abidb.comparison import ids_of_sets
from abidb.dictionary import Declarations, declarations
from abidb.errors import UnknownName
from abidb.exportset import IdArray, unpack
from abidb.queries.kept import Kept
from abidb.queries.lanebuilds import lane_builds
from abidb.queries.rows import rows
from abidb.records import VMLINUX

SAME_NAME = 100  #: paths of one name that are looked at
NEAR = 12  #: names that are offered instead of one that there is not
ALIKE = 500  #: among which one is sought that looks like a name
_SIGNS = re.compile(r"[%_\\]")  # of a pattern of LIKE
ESCAPED = r"\\\g<0>"
_SUFFIX = re.compile(r"\.ko(?:\.[a-z0-9]+)?$")
_members = Kept(400)  # fact sets, of up to 30 kB each


@dataclass(frozen=True, slots=True, eq=False)
class Wanted:
    """What a name means: modules of the record by id."""

    paths: dict[int, str]
    facts: dict[int, int]  #: what builds state of them: the module by the id of a row of module_fact

    @property
    def name(self) -> str:
        """As a running kernel has it."""
        return name_of(next(iter(self.paths.values())))


@dataclass(frozen=True, slots=True, eq=False)
class Point:
    """What one build tells of the modules."""

    build: BuildRef
    here: bool | None  #: None: it cannot tell
    paths: tuple[str, ...]
    own: IdArray  #: what they export
    all: IdArray  #: what the build exports


@dataclass(frozen=True, slots=True, eq=False)
class LanePoints:
    """The builds of a lane that were looked at, oldest first."""

    lane: LaneName
    points: tuple[Point, ...]
    older: int


def name_of(path: str) -> str:
    """The name under which a running kernel has a module: `net/netfilter/nf-x` is `nf_x`."""
    return path.rpartition("/")[2].replace("-", "_")


def wanted(text: str) -> Wanted:
    """The modules of that name, in which - and _ are the same, or the one at that path, with or without `kernel/` and
    the file's suffix. Raises UnknownName with paths that look similar.
    """
    path = _SUFFIX.sub("", text.strip().strip("/")).removeprefix("kernel/")
    folder, slash, name = path.rpartition("/")
    pattern = _SIGNS.sub(ESCAPED, folder + slash) + _pattern(name)
    patterns = [pattern] if slash else [pattern, f"%/{pattern}"]
    alike = rows("modules_named", patterns=patterns, limit=SAME_NAME) if name else []
    found = {row_id: at for row_id, at in alike if name_of(at) == name_of(name)}
    if not found:
        raise UnknownName(f"no build of the record has a module {text!r}", _near(name))
    return Wanted(found, dict(rows("module_facts_of", modules=list(found))))


def _pattern(name: str) -> str:
    """A pattern of LIKE in which - and _ are the same: _ stands for any sign."""
    return re.sub(r"[%\\]", ESCAPED, name).replace("-", "_")


def _near(name: str) -> list[str]:
    """Paths of modules whose names hold this one, else of those that begin alike and differ least."""
    holding = rows("modules_named", patterns=[f"%{_pattern(name)}%"], limit=ALIKE) if name else []
    if holding:
        return sorted((path for _, path in holding), key=len)[:NEAR]
    start = f"%/{_pattern(name[: min(len(name) // 2, 3)])}%"
    paths = {name_of(path): path for _, path in rows("modules_named", patterns=[start], limit=ALIKE)}
    return [paths[each] for each in get_close_matches(name_of(name), paths, n=NEAR)]


def points(sought: Wanted, lanes: Sequence[int], newest: int) -> Iterator[LanePoints]:
    """Each lane's newest builds, in the order of line, architecture, flavour."""
    found = lane_builds(lanes, newest)
    sets = ids_of_sets({each.exports for lane in found for each in lane.builds})
    members = _members_of({each.modules for lane in found for each in lane.builds if each.modules is not None})
    met = declarations(*sets.values())
    paths = {row_id: _of_facts(sought, ids) for row_id, ids in members.items()}
    mine = np.isin(met.module, list(sought.paths))
    own = {set_id: _own(sought, met, mine, ids) for set_id, ids in sets.items()}
    for lane in found:
        told = (
            _point(one.build, *own[one.exports], sets[one.exports], paths.get(one.modules or 0, ()))
            for one in lane.builds
        )
        yield LanePoints(lane.lane, tuple(told), lane.older)


def _own(
    sought: Wanted, met: Declarations, mine: npt.NDArray[np.bool_], ids: IdArray
) -> tuple[IdArray, tuple[str, ...]]:
    """The exports of a set that are the modules' own, as `mine` tells by id, and the paths of those that have any."""
    here = ids[mine[ids]]
    having = sought.paths.keys() if len(sought.paths) == 1 else np.unique(met.module[here]).tolist()
    return here, tuple(sought.paths[row_id] for row_id in having) if here.size else ()


def _of_facts(sought: Wanted, ids: IdArray) -> tuple[str, ...]:
    facts = np.fromiter(sought.facts, dtype=np.int32)
    return tuple(sought.paths[sought.facts[each]] for each in facts[np.isin(facts, ids)].tolist())


def _point(
    build: BuildRef, own: IdArray, exporting: tuple[str, ...], every: IdArray, shipped: tuple[str, ...]
) -> Point:
    paths = tuple(sorted({*exporting, *shipped}))
    return Point(build, True if paths else None if build.covers == VMLINUX else False, paths, own, every)


def _members_of(sets: Collection[int]) -> dict[int, IdArray]:
    """What fact sets hold; those asked for last are kept, for they never change."""
    database = str(connection.settings_dict["NAME"])
    found = {each: ids for each in sets if (ids := _members.get((database, each))) is not None}
    for row_id, packed in rows("fact_members", sets=[each for each in sets if each not in found]):
        found[row_id] = _members[database, row_id] = unpack("all", bytes(packed), None).ids
    return found


def forget() -> None:
    """Drop the sets that this process keeps."""
    _members.clear()
