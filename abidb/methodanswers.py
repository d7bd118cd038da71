# SPDX-License-Identifier: GPL-2.0-or-later
"""What the page about the method tells: figures of the record, and facts about Debian that no record has."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DebianFact:
    """What an upload of the kernel changed for all that follow, by its own changelog."""

    version: str
    date: dt.date


#: "Sign modules using an ephemeral key" (debian/changelog of linux), first in experimental, then in bookworm.
EPHEMERAL_KEY = DebianFact("6.6.3-1~exp1", dt.date(2023, 12, 2))
EPHEMERAL_KEY_BOOKWORM = DebianFact("6.1.148-1", dt.date(2025, 8, 26))
EPHEMERAL_KEY_BUG = "1040901"
#: "Include target Debian release number in ABI name", "Add suffix to ABI name to distinguish Debian versions".
NAME_OF_VERSION = DebianFact("6.15.2-1~exp1", dt.date(2025, 6, 10))
#: "module: Disable MODVERSIONS, MODULE_ALLOW_BTF_MISMATCH".
NO_MODVERSIONS = DebianFact("6.18.1-1~exp1", dt.date(2025, 12, 15))
#: Since then each upload to a supported release has a name of its own.
NAME_EACH_UPLOAD = dt.date(2025, 9, 1)


@dataclass(frozen=True, slots=True)
class Figures:
    """The record in numbers of builds, and what its checks compared."""

    builds: int
    without_crcs: int
    partial: int
    apart: int
    imports: int  #: CRCs that modules import, compared with what their kernel exports
    with_headers: int  #: builds compared with the Module.symvers of their headers
    symvers_lines: int  #: lines of those
    uploads_since: int  #: of NAME_EACH_UPLOAD, that follow another in their line
    renamed_since: int  #: of them, with a new ABI name
