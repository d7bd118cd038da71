# SPDX-License-Identifier: GPL-2.0-or-later
"""Frozen records of what abidb.queries answers about out-of-tree module packages. No Django, no database."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

from abidb.answers import BuildRef, LaneName
from abidb.outoftree import BUILT, NO_COMPILE, NOT_APPLICABLE, PARTLY, Difference, PackageKey, Target
from abidb.verdict import REFUSED, UNSAID, Reason

# Whether the source of a package compiles on a kernel.
COMPILES, NOT_TRIED = "compiles", "not tried"
PARTIAL = "partly"
#: Outcomes that say something about the source; the others are about us or the archive.
TELLING = {BUILT: COMPILES, PARTLY: PARTIAL, NO_COMPILE: NO_COMPILE, NOT_APPLICABLE: NOT_APPLICABLE}


def compiles(outcome: str | None) -> str:
    """What an attempt's outcome says of the source: "compiles", "partly", "does not compile", "not applicable", or
    "not tried" where there was no attempt, or one that failed for another reason.
    """
    return TELLING.get(outcome or "", NOT_TRIED)


def stops(before: str, after: str) -> str:
    """What a kernel does to a source that compiled whole before it: NO_COMPILE, PARTIAL, or "" where nothing is known
    to be lost. Both are words of compiles().
    """
    return after if before == COMPILES and after in (NO_COMPILE, PARTIAL) else ""


@dataclass(frozen=True, slots=True)
class Loading:
    """What a kernel itself answered to modules of one build, beside what is said of them here."""

    modules: int  #: of the build
    agreeing: int  #: of those that were loaded and of which something is said: the same, symbol by symbol
    otherwise: tuple[str, ...]  #: the others: name of the module and where both differ

    @property
    def confirmed(self) -> bool:
        return not self.otherwise


@dataclass(frozen=True, slots=True)
class PackageHit:
    """What a step from one kernel to another does to one package."""

    source: str
    package: str
    version: str
    answer: str  #: of abidb.verdict.ANSWERS: a module built on the old kernel, loaded into the new one
    reasons: tuple[Reason, ...]  #: of a refusal, the kernel's first first
    compiles: str  #: the source on the new kernel: "compiles", "partly", "does not compile", "not applicable", ...
    code: str  #: the rebuild's: "same", "different", "not compared"; "" nobody looked
    built_on: Target  #: the kernel on which the modules were built whose symbols this is about
    loading: Loading | None = None  #: None: no kernel was asked about any of its modules
    computed: bool = False  #: not built with the old kernel's headers: symbols of `built_on`, the old kernel's CRCs
    assumed: bool = False  #: which version was in the suite at that time is not known: the newest known one
    compiled: str = NOT_TRIED  #: the source on the old kernel
    why: str = ""  #: first line of what stands in the way where the source does not compile
    log: int | None = None  #: attempt whose log tells of that
    untold: tuple[str, ...] = ()  #: what could not be told
    differing: tuple[Difference, ...] = field(default=(), repr=False)  #: of a rebuild that gave other code
    about: tuple[str, ...] = ()  #: modules that the answer is about where others did not come out; () all of them
    headers: str = ""  #: kernel release whose headers stood in for the new one's: its source was not tried on that

    @property
    def confirmed(self) -> bool | None:
        """Whether loading showed the same of every module that was loaded; None: nothing to compare."""
        return None if self.loading is None else self.loading.confirmed

    @property
    def judged(self) -> bool:
        """Whether there is a module to load: its source builds on the old kernel, as far as is known."""
        return self.answer != UNSAID or bool(self.untold)

    @property
    def stopped(self) -> bool:
        """Whether it compiled on the old kernel and does not on the new one."""
        return stops(self.compiled, self.compiles) == NO_COMPILE

    @property
    def partly(self) -> bool:
        """Whether it compiled on the old kernel and does so on the new one only in part."""
        return stops(self.compiled, self.compiles) == PARTIAL


@dataclass(frozen=True, slots=True)
class Hits:
    """What a step from one kernel to another does to all packages of a release. Source scans are not in it."""

    release: str  #: codename whose packages these are; "" where neither build is in a lane
    packages: tuple[PackageHit, ...]  #: by name
    forced: int  #: packages whose modules an update refuses; 0 where it is none
    compared: int  #: of those: rebuilds whose code was compared
    same_code: int  #: of those: the same code
    stopped: int  #: packages that compiled on the old and do not on the new kernel
    survived: int  #: packages that compile on both
    tried: int  #: packages tried on both, of which it compiled on the old one
    partly: int = 0  #: of those: they compile on the new kernel only in part
    update: bool = True  #: from an older to a newer kernel of one flavour: what a machine may go through
    reason: str = ""  #: why no package is told of

    @property
    def refused(self) -> int:
        """Packages whose modules the new kernel refuses."""
        return sum(hit.answer == REFUSED for hit in self.packages)


@dataclass(frozen=True, slots=True)
class VersionSeen:
    """One version of a package, and when each suite held it."""

    id: int
    key: PackageKey
    source: str
    source_version: str
    component: str
    suites: tuple[tuple[str, dt.datetime, dt.datetime], ...]  #: suite, first and last seen


@dataclass(frozen=True, slots=True)
class PackageRow:
    """One source package in the list of all."""

    source: str
    packages: tuple[str, ...]  #: binary packages, in order
    components: tuple[str, ...]
    releases: tuple[tuple[str, str], ...]  #: codename and its newest version
    symbols: int | None  #: that its newest build imports; None: nothing of it was built
    outcomes: tuple[
        tuple[str, str, str], ...
    ]  #: release, kernel release of the newest attempt, what it said of the source, else its outcome
    scanned: bool  #: known from a scan of its source alone
    reporting: int | None  #: systems that report to popcon; None: not known


@dataclass(frozen=True, slots=True)
class UsedSymbol:
    """A symbol that a package uses, and how it behaved in a lane."""

    symbol: str
    broke: int  #: steps of the lane in which modules that use it broke
    gpl_only: bool
    namespace: str
    named: bool  #: in the package's own source; else it comes through a header or the compiler
    modules: tuple[str, ...]  #: modules of the package that use it
    exported: bool  #: by the newest kernel of the lane


@dataclass(frozen=True, slots=True)
class Cell:
    """One version of a package on one kernel: two answers that are never merged."""

    answer: str  #: of abidb.verdict.ANSWERS, for a module built on the kernel before; "" where nothing is known
    reason: Reason | None  #: the kernel's first
    reasons: int
    computed: bool  #: not built on the kernel before
    loading: Loading | None
    compiles: str
    why: str
    log: int | None  #: the attempt
    headers: str  #: kernel release whose headers stood in; "" where they were the kernel's own
    code: str
    about: tuple[str, ...] = ()  #: modules that the answer is about where others did not come out; () all of them

    @property
    def confirmed(self) -> bool | None:
        """Whether loading showed the same of every module that was loaded; None: nothing to compare."""
        return None if self.loading is None else self.loading.confirmed


@dataclass(frozen=True, slots=True)
class MatrixRow:
    """One kernel of a lane with a cell for each version."""

    kernel: BuildRef
    before: BuildRef | None
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Verdicts:
    """One version of a package on the kernels of a lane, newest first."""

    version: VersionSeen
    lane: LaneName
    lanes: tuple[LaneName, ...]  #: others that can be asked for
    rows: tuple[MatrixRow, ...]  #: each with one cell
    kernels: int  #: of the lane
    after: str | None  #: the kernel behind which the next page begins; None at the end


@dataclass(frozen=True, slots=True)
class Break:
    """A kernel update that stopped a package's source from compiling."""

    lane: LaneName
    source: str
    package: str
    version: str  #: that was in the suite at that time
    assumed: bool  #: that is not known: of those known, the first that was seen there
    before: BuildRef  #: the last kernel on which it compiled
    kernel: BuildRef  #: the first on which it does not
    between: int  #: kernels between them that were not tried with their own headers
    compiles: str  #: what it does there: "does not compile" or "partly"
    why: str  #: first line of the error
    log: int  #: the attempt
    until: str  #: first newer version of the package that compiles there; "" none known
    again: BuildRef | None  #: first later kernel on which the same version compiles again
    reporting: int | None
    compiled: str  #: what it did before: "compiles", or "partly" where now nothing of it does
    until_on: BuildRef | None  #: the later kernel on which `until` was seen to compile; None: on this very one
    first_seen: dt.datetime  #: when the release's suites are first known to have held the version
    ended: dt.datetime | None  #: when the newest of what ended it came; None: nothing did, or that is not known


@dataclass(frozen=True, slots=True)
class StepTried:
    """A kernel of a lane on which packages were tried that had compiled on one before it."""

    lane: LaneName
    kernel: BuildRef
    tried: int  #: packages that compiled on the kernel before it on which they were tried
    stopped: int  #: of those: they do not compile on this one
    partly: int = 0  #: of those: not all of their modules compile on this one
    lost: int = 0  #: others, of which only a part compiled before: now nothing of them does

    @property
    def worse(self) -> int:
        """Packages that fare worse than before."""
        return self.stopped + self.partly + self.lost


@dataclass(frozen=True, slots=True)
class Breaks:
    """What updates of kernels stopped from compiling, newest first, and which updates packages survived."""

    breaks: tuple[Break, ...]
    steps: tuple[StepTried, ...]


@dataclass(frozen=True, slots=True)
class BinaryPackage:
    """One binary package of a source in a lane's release: its versions, uses and matrix."""

    package: str
    versions: tuple[VersionSeen, ...]  #: newest first
    uses: tuple[UsedSymbol, ...]  #: of the newest build in the lane, else of the newest anywhere
    used_on: Target | None  #: whose build that is
    used_version: str
    scanned: bool  #: uses are from a scan of the source: nothing was built
    rows: tuple[MatrixRow, ...]  #: newest kernel first
    breaks: tuple[Break, ...]


@dataclass(frozen=True, slots=True)
class Package:
    """All of one source package in one lane."""

    source: str
    lane: LaneName
    lanes: tuple[LaneName, ...]  #: others that can be asked for
    binaries: tuple[BinaryPackage, ...]
    kernels: int  #: of the lane, also those that the page does not show
    reporting: tuple[tuple[str, int], ...]  #: binary packages with the systems that report them


@dataclass(frozen=True, slots=True)
class LogPage:
    """The log of one attempt."""

    id: int
    key: PackageKey
    source: str
    target: Target
    headers: str
    root: str
    outcome: str
    reason: str
    tools: str
    seconds: float
    at: dt.datetime
    missing: tuple[str, ...]
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Building:
    """How far the building of module packages is. Jobs that were done are forgotten after some days."""

    outcomes: tuple[tuple[str, int], ...]  #: attempts by what became of them, the most frequent first
    last: dt.datetime | None  #: when the newest attempt was
    waiting: int  #: jobs
    doing: int
    failed: int

    @property
    def attempts(self) -> int:
        return sum(n for _, n in self.outcomes)
