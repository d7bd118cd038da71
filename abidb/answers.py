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
    older: int = 0  #: its builds before those of `steps`: among other lanes only the newest are given


@dataclass(frozen=True, slots=True)
class ListedLane:
    """A lane in a list."""

    name: LaneName
    codename: str
    status: str  #: as Lane.status


@dataclass(frozen=True, slots=True)
class LaneList:
    """A page of lanes."""

    lanes: tuple[ListedLane, ...]
    total: int  #: that fit the question
    after: LaneName | None  #: behind which the next page begins; None at the end


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
    provenance: str  #: "signed index", "snapshot hash" (for one deb at least nothing else vouches), "local"
    vermagic: str
    config_options: int
    modules_shipped: int
    imports_checked: int
    mismatches: tuple[str, ...]
    symvers_lines: int | None  #: of the headers' Module.symvers; None: no headers were read
    symvers_differing: tuple[str, ...]
    extractor: int
    ingested: dt.datetime
    debs: tuple[Deb, ...]
    suites: tuple[SuiteSeen, ...]
    lanes: tuple[LaneName, ...]
    same_exports: tuple[BuildRef, ...]  #: other builds with the very same export set
    shared: tuple[str, ...]  #: symbols that more than one module of the build exports


@dataclass(frozen=True, slots=True)
class Neighbours:
    """A build in a lane, with the step from the build before it and the step to the one after it."""

    lane: LaneName
    build: BuildRef
    came: Step | None  #: None: it is the lane's first
    left: Step | None  #: None: it is the lane's newest

    @property
    def previous(self) -> BuildRef | None:
        return self.came.old if self.came else None

    @property
    def next(self) -> BuildRef | None:
        return self.left.new if self.left else None


@dataclass(frozen=True, slots=True)
class BuildModule:
    """A module that a build ships, by its path in the kernel's tree."""

    path: str
    license: str
    exports: int


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
    older: int = 0  #: builds of the lane before those, which were not looked at


@dataclass(frozen=True, slots=True)
class NamedUpload:
    """A name and the upload that it leads to."""

    name: str
    source: str
    version: str


@dataclass(frozen=True, slots=True)
class Named:
    """A name and of what it is one: `line`, `package`, `abi_name`, `build`, `module`, `symbol` or `version`."""

    kind: str
    name: str


@dataclass(frozen=True, slots=True)
class Found:
    """What a search found."""

    symbols: tuple[str, ...]
    modules: tuple[str, ...]
    builds: tuple[BuildRef, ...]
    lanes: tuple[LaneName, ...] = ()
    packages: tuple[str, ...] = ()  #: out-of-tree ones, source or binary
    abi_names: tuple[NamedUpload, ...] = ()  #: with the newest upload that has each
    versions: tuple[NamedUpload, ...] = ()  #: of the kernel's source packages
    near: tuple[Named, ...] = ()  #: where nothing holds the text: the names most like it

    @property
    def names(self) -> int:
        """How many things hold the text."""
        lists = (self.symbols, self.modules, self.builds, self.lanes, self.packages, self.abi_names, self.versions)
        return sum(map(len, lists))


@dataclass(frozen=True, slots=True)
class RunState:
    """The newest sync: how far its jobs are."""

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
class Generation:
    """How often the record was written to, and when last."""

    n: int
    at: dt.datetime | None  #: None: never


@dataclass(frozen=True, slots=True)
class Upload:
    """One version of a kernel's source package, whether or not the record has a build of it."""

    source: str
    version: str
    date: dt.datetime | None
    distribution: str  #: where its changelog aimed it; "" unknown
    urgency: str
    abi_names: tuple[str, ...]  #: of its builds; where there are none, what the changelog names, if it does
    from_changelog: bool  #: abi_names are the changelog's word
    builds: int
    abi: tuple[str, ...]  #: ABI bumps that its changelog states
    ignored: tuple[str, ...]  #: patterns of [abi] ignore-changes, "ARCH: PATTERN" where of one architecture
    policy_read: bool  #: whether those are known
    remarks: tuple[str, ...]  #: changelog lines about ignored ABI changes
    cves: int
    bugs: int


@dataclass(frozen=True, slots=True)
class UploadNotes:
    """What an upload's changelog says it fixes."""

    cves: tuple[str, ...]
    bugs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OptionChange:
    """One option of the kernel's configuration; None where it is not set."""

    name: str
    old: str | None
    new: str | None


@dataclass(frozen=True, slots=True)
class ConfigDiff:
    """How two builds' configurations differ; `measured` is False where one of them is not known."""

    old: BuildRef
    new: BuildRef
    measured: bool
    changes: tuple[OptionChange, ...]


@dataclass(frozen=True, slots=True)
class Coverage:
    """What one suite offers on one architecture, and how much of it the record has. Numbers of builds."""

    suite: str
    arch: str
    offered: int
    whole: int
    partial: int
    apart: int
    waiting: int  #: could not be had or read; tried again later
    exports: int  #: of the record's ones
    sets: int  #: distinct export sets of the record's ones


@dataclass(frozen=True, slots=True)
class ReleaseAge:
    """How old the newest verified Release file of a suite is that the record keeps."""

    root: str
    suite: str
    date: dt.datetime  #: its Date field
    asked: dt.datetime  #: when the archive was last asked for it


@dataclass(frozen=True, slots=True)
class Waiting:
    """A build that could not be had as it is listed."""

    name: str  #: RELEASE=VERSION:ARCH
    reason: str
    tries: int
    at: dt.datetime
    next_try: dt.datetime


@dataclass(frozen=True, slots=True)
class QueueState:
    """Jobs by what became of them, and whether workers take any. Jobs that were done are forgotten after some days."""

    paused: bool
    reason: str  #: why it is paused
    waiting: int
    doing: int
    failed: int
    succeeded: int
    workers: int  #: with a recent sign of life


@dataclass(frozen=True, slots=True)
class Volatile:
    """How often a symbol of a lane broke modules between neighbours."""

    symbol: str
    changes: int
