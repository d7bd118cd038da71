# SPDX-License-Identifier: GPL-2.0-or-later
"""Frozen records of what abidb.queries answers about one module of the kernel. No Django, no database."""

from __future__ import annotations

from dataclasses import dataclass

from abidb.answers import BuildRef, LaneName


@dataclass(frozen=True, slots=True)
class ModuleLane:
    """A module in one lane, as far as the builds that were looked at tell."""

    lane: LaneName
    first: BuildRef | None  #: the oldest build that has it; None: none has
    last: BuildRef | None
    paths: tuple[str, ...]  #: that it had there, the newest first
    exports: int  #: of the last build that has it
    gone: bool  #: the newest build that can tell has it no more
    builds: int  #: that were looked at
    older: int  #: builds of the lane before those


@dataclass(frozen=True, slots=True)
class ModuleStep:
    """A module in one build of a lane, against the last build before it that can tell."""

    build: BuildRef
    before: BuildRef | None
    here: bool | None  #: None: a partial build cannot tell
    paths: tuple[str, ...]
    exports: int
    added: tuple[str, ...]  #: symbols that nothing exported before
    removed: tuple[str, ...]  #: symbols that nothing exports any more, as far as the build tells
    came: tuple[str, ...]  #: symbols that another module exported before
    left: tuple[str, ...]  #: symbols that another module exports now

    @property
    def changed(self) -> bool:
        return bool(self.added or self.removed or self.came or self.left)


@dataclass(frozen=True, slots=True)
class ModuleExport:
    """A symbol that a module exports or exported in one lane, as it declared it last."""

    symbol: str
    path: str
    kind: str
    namespace: str
    first: BuildRef
    last: BuildRef
    packages: int  #: out-of-tree packages that use the symbol, on any kernel


@dataclass(frozen=True, slots=True)
class ModuleUser:
    """A package outside of the kernel that uses what a module exports."""

    source: str
    package: str
    symbols: int  #: how many of the module's exports


@dataclass(frozen=True, slots=True)
class ModuleLife:
    """A module of the kernel: where it was, and in one lane what it exports and exported."""

    name: str  #: as a running kernel has it: nf_conntrack
    paths: tuple[str, ...]  #: of all builds, local ones too
    lanes: tuple[ModuleLane, ...]  #: the headline lane of every line
    lane: ModuleLane  #: whose steps and exports are given
    steps: tuple[ModuleStep, ...]  #: newest first
    exports: tuple[ModuleExport, ...]  #: the asked-for page, by symbol
    here: int  #: exports of the last build that has the module
    gone: int  #: exports that builds before it had
    after: str | None  #: symbol to go on with, None at the end
    users: tuple[ModuleUser, ...]  #: of what is exported now, those of most symbols first
    packages: int  #: out-of-tree packages of which what they use is known
