# SPDX-License-Identifier: GPL-2.0-or-later
"""Rows of packages and attempts as the record has them, with the ids under which pages show them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from abidb.outoftree import BuiltModule, DkmsPackage, PackageKey, Target, Use


@dataclass(frozen=True, slots=True)
class PackageRow:
    """One version of a package."""

    id: int
    package: DkmsPackage  #: its listings with the date of the newest Release
    suites: Mapping[str, tuple[dt.datetime, dt.datetime]]  #: when each suite held it: first and last date of a Release
    gone: bool  #: no archive has it any more


@dataclass(frozen=True, slots=True)
class AttemptRow:
    """One attempt, without its modules and its log."""

    id: int
    key: PackageKey
    target: Target
    headers: str
    root: str
    outcome: str
    reason: str
    missing: tuple[str, ...]
    tools: str
    seconds: float
    at: dt.datetime
    builder: int
    log_size: int  #: bytes; 0 where there is none


@dataclass(frozen=True, slots=True)
class ModuleRow:
    """One module of an attempt."""

    attempt_id: int
    module: BuiltModule


@dataclass(frozen=True, slots=True)
class ScanRow:
    """What a package's source seems to use on a kernel, where nothing was built. It enters no headline figure."""

    key: PackageKey
    target: Target
    uses: tuple[Use, ...]


@dataclass(frozen=True, slots=True)
class PopconRow:
    """At least so many systems report a package, as told at that time."""

    package: str
    reporting: int
    at: dt.datetime
