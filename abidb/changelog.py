# SPDX-License-Identifier: GPL-2.0-or-later
"""What the changelogs say between two builds. Records; no Django, no database."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import Enum


class Way(Enum):
    """How one changelog leads from the old build's upload to the new one's, if it does."""

    FORWARD = "forward"
    BACK = "back"  #: the new build is of the older upload
    SAME = "same"  #: both are of one upload
    SOURCES = "sources"  #: they are of different source packages
    BRANCHES = "branches"  #: of one source package, but in no release line together


@dataclass(frozen=True, slots=True)
class Fixes:
    """What an upload's changelog says it fixes: the first by name, and how many there are."""

    first: tuple[str, ...] = ()
    total: int = 0

    @property
    def more(self) -> int:
        return self.total - len(self.first)


@dataclass(frozen=True, slots=True)
class Entry:
    """One upload between two builds."""

    source: str
    version: str
    date: dt.datetime | None
    distribution: str  #: where it was aimed; "" unknown
    cves: Fixes
    bugs: Fixes


@dataclass(frozen=True, slots=True)
class Between:
    """The uploads between two builds, above the older up to the newer one, newest first."""

    way: Way
    entries: tuple[Entry, ...] = ()  #: the newest of them
    uploads: int = 0
    cves: int = 0  #: of all uploads, each once
    bugs: int = 0
