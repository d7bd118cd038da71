# SPDX-License-Identifier: GPL-2.0-or-later
"""Frozen records of what abidb.queries answers. No Django, no database."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from abidb.compat import Change, Counts, Outcome
from abidb.records import Deb, Export
from abidb.versions import BuildName


@dataclass(frozen=True, slots=True)
class BuildRef:
    """One build of the record, as far as lists and headings need it."""

    id: int
    kernel_release: str
    source: str
    version: str
    arch: str
    flavour: str
    abi_name: str
    covers: str  #: "all" or "vmlinux"
    status: str  #: "good", or "apart" where the self-check failed
    date: dt.datetime | None  #: of the upload's changelog entry

    @property
    def name(self) -> str:
        """The permanent name: release, version and architecture."""
        return str(BuildName(self.kernel_release, self.version, self.arch))


@dataclass(frozen=True, slots=True)
class LaneName:
    """A release line on one architecture and flavour."""

    line: str
    arch: str
    flavour: str


@dataclass(frozen=True, slots=True)
class Step:
    """Two neighbours of a lane and what changed between them; `old` is None for the lane's first build."""

    new: BuildRef
    old: BuildRef | None
    counts: Counts | None  #: None for the first build
    scope: str | None  #: "all", or "vmlinux" where one side is partial

    @property
    def renamed(self) -> bool:
        return self.old is not None and self.old.abi_name != self.new.abi_name


@dataclass(frozen=True, slots=True)
class Lane:
    """A lane and its steps, oldest first; builds set apart are not in it."""

    name: LaneName
    codename: str
    status: str  #: stable, oldstable, lts, testing, unstable, experimental, ended, ...
    ended: bool
    steps: tuple[Step, ...]
    as_of: dt.datetime | None  #: date of the newest Release file that any of its builds was seen in


@dataclass(frozen=True, slots=True)
class SuiteSeen:
    suite: str
    first: dt.datetime
    last: dt.datetime


@dataclass(frozen=True, slots=True)
class BuildFacts:
    """All that is known of one build but its exports."""

    ref: BuildRef
    exports: int
    modules: int  #: modules with an export
    has_crcs: bool
    digest: str  #: of the export set, hexadecimal
    signed: bool
    local: bool  #: there is a deb of it that no verified index lists
    vermagic: str
    config_options: int
    modules_shipped: int
    imports_checked: int
    mismatches: tuple[str, ...]
    extractor: int
    ingested: dt.datetime
    debs: tuple[Deb, ...]
    suites: tuple[SuiteSeen, ...]
    lanes: tuple[LaneName, ...]
    same_exports: tuple[BuildRef, ...]  #: other builds with the very same export set
    shared: tuple[str, ...]  #: symbols that more than one module of the build exports


@dataclass(frozen=True, slots=True)
class Neighbours:
    """The builds before and after one in a lane."""

    lane: LaneName
    previous: BuildRef | None
    next: BuildRef | None


@dataclass(frozen=True, slots=True)
class ExportPage:
    """A page of a build's exports in order of symbol, module; `after` continues behind the last."""

    exports: tuple[Export, ...]
    total: int  #: that fit the filter
    after: str | None  #: symbol to pass on for the next page, None at the end


@dataclass(frozen=True, slots=True)
class Facet:
    value: str
    n: int


@dataclass(frozen=True, slots=True)
class Diff:
    """What changed between two builds. `changes` is the asked-for page of them."""

    old: BuildRef
    new: BuildRef
    counts: Counts
    scope: str
    outcome: Outcome
    old_vermagic: str
    new_vermagic: str
    flags_differ: bool
    changes: tuple[Change, ...]
    total: int  #: changed exports that fit the filter


@dataclass(frozen=True, slots=True)
class SymbolPoint:
    """One symbol in one build of a lane: no export at all where it was not exported."""

    build: BuildRef
    exports: tuple[Export, ...]
    changed: tuple[str, ...]  #: kinds of change against the build before, as in abidb.compat
    measured: bool = True  #: whether that comparison had a CRC on both sides; else a change of type would not show


@dataclass(frozen=True, slots=True)
class SymbolLane:
    lane: LaneName
    points: tuple[SymbolPoint, ...]  #: oldest first


@dataclass(frozen=True, slots=True)
class Found:
    """What a search found."""

    symbols: tuple[str, ...]
    modules: tuple[str, ...]
    builds: tuple[BuildRef, ...]


@dataclass(frozen=True, slots=True)
class RunState:
    """The newest sync: how far it is."""

    started: dt.datetime
    updated: dt.datetime
    finished: dt.datetime | None
    total: int
    done: int
    failed: int
    current: str
    problems: tuple[tuple[str, str], ...]  #: subject and reason of the last ones


@dataclass(frozen=True, slots=True)
class Status:
    """Size and age of the record."""

    builds: int
    apart: int
    export_sets: int
    symbols: int
    generation: int
    at: dt.datetime | None
    absent: int


@dataclass(frozen=True, slots=True)
class Known:
    """What decides whether an archive's offer of a build is better than what the record has."""

    listed: bool  #: a verified index lists every deb of it
    covers: str
    signed: bool
    extractor: int
    sha256: frozenset[str]  #: of its debs
