# SPDX-License-Identifier: GPL-2.0-or-later
"""Frozen records of what abidb.queries answers about the churn of lanes. No Django, no database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from abidb.answers import LaneName, Step
from abidb.channels import Channel


@dataclass(frozen=True, slots=True)
class Arrival:
    """How an upload came into a lane."""

    distribution: str  #: where its changelog aims it; "" unknown
    urgency: str  #: "" unknown
    suites: tuple[str, ...]  #: of the lane's line that were seen to hold the build
    channels: tuple[Channel, ...]  #: none: not known


@dataclass(frozen=True, slots=True)
class Lasting:
    """The exports that all builds of a lane have and that never broke a module."""

    symbols: tuple[str, ...] = field(repr=False)  #: what most packages use first, then by name
    users: Mapping[str, int] = field(repr=False)  #: how many packages use a symbol, of all that any uses
    builds: int
    measured: int  #: steps in which all CRCs could be compared
    partial: bool  #: some builds are of vmlinux alone, so that nothing can be said of exports of modules


@dataclass(frozen=True, slots=True)
class FlavourStep:
    """One flavour of an upload against the build before it in a lane."""

    lane: LaneName
    step: Step
    broken: int | None  #: symbols that modules can no longer use; None: not all could be measured
    only: int  #: of them, those that broke in no other measured flavour
    only_first: tuple[str, ...]  #: the first of those, by name


@dataclass(frozen=True, slots=True)
class ArchOnly:
    """Symbols that broke in all measured flavours of one architecture and on no other."""

    arch: str
    symbols: int
    first: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Spread:
    """An upload's flavours in one release line beside each other."""

    line: str
    rows: tuple[FlavourStep, ...]
    measured: int  #: rows of which all changes could be measured
    broken: int  #: symbols that broke in any of them
    everywhere: int  #: in all of them
    everywhere_first: tuple[str, ...]  #: the first of those, by name
    single: int  #: in one alone
    arches: tuple[ArchOnly, ...]  #: where more than one architecture was measured
