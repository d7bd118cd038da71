# SPDX-License-Identifier: GPL-2.0-or-later
"""Frozen records of what abidb.queries answers about new ABI names. No Django, no database."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from abidb.compat import Counts, Outcome, outcome
from abidb.records import VMLINUX
from abidb.versions import BuildName

# What a flavour's two builds say of each other.
SAME, CHANGED = "unchanged", "changed"
NO_CRCS, NO_CRC_OF_SOME, PARTIAL = "no CRCs", "some without CRC", "partial"
APART, NO_OLD, NO_NEW, NOT_YET = "apart", "no old build", "no new build", "not compared yet"
#: Why a flavour is not measurable, what weighs most first.
REASONS = (NO_CRCS, NO_CRC_OF_SOME, PARTIAL, APART, NO_OLD, NO_NEW, NOT_YET)
UNKNOWN = "unknown"  #: of a whole new name: no flavour was measurable


def measured(counts: Counts, scope: str) -> str:
    """What a comparison says: SAME, CHANGED, or one of REASONS. A change that was seen is one, also where the
    rest could not be seen.
    """
    if counts.breaking or counts.compatible:
        return CHANGED
    if outcome(counts, scope=scope) is Outcome.SAME:
        return SAME
    if counts.crc_changed is None:
        return NO_CRCS
    return PARTIAL if scope == VMLINUX else NO_CRC_OF_SOME


@dataclass(frozen=True, slots=True)
class NamedUpload:
    """An upload of the kernel and the ABI names of its builds."""

    source: str
    version: str
    date: dt.datetime | None
    abi_names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FlavourStep:
    """One flavour from the upload before to the one with the new name."""

    arch: str
    flavour: str
    state: str  #: SAME, CHANGED, or why it is not measurable: one of REASONS
    old: BuildName | None  #: None: the record has no such build of that upload
    new: BuildName | None
    counts: Counts | None  #: None where the two were not compared
    scope: str  #: "all", or "vmlinux" where one side is partial; "" where not compared


@dataclass(frozen=True, slots=True)
class NewName:
    """An upload that has an ABI name which the one before it in its release line has not."""

    key: str  #: LINE/SOURCE/VERSION
    lines: tuple[str, ...]  #: release lines in which the one upload follows the other
    old: NamedUpload
    new: NamedUpload
    unchanged: int  #: flavours, each of an architecture
    changed: int
    unmeasured: int
    flavours: tuple[FlavourStep, ...] = ()  #: not given where only numbers are asked for
    between: int = 0  #: uploads of the line between the two, of which no build of the line is on record

    @property
    def measured(self) -> int:
        return self.unchanged + self.changed

    @property
    def verdict(self) -> str:
        """SAME where every flavour that could be measured is, CHANGED, or UNKNOWN where none could be measured."""
        if self.changed:
            return CHANGED
        return SAME if self.unchanged else UNKNOWN


@dataclass(frozen=True, slots=True)
class NameCounts:
    """New names of a release line, or of all ("")."""

    line: str
    names: int
    unchanged: int
    unknown: int


@dataclass(frozen=True, slots=True)
class NamesPage:
    """A page of new names, newest first; `before` is the key to go on with, "" at the end."""

    names: tuple[NewName, ...]
    total: int  #: that fit the question
    counts: NameCounts  #: of the line asked for, or of all, whatever the filter
    by_line: tuple[NameCounts, ...]  #: all lines that have a new name
    before: str
