# SPDX-License-Identifier: GPL-2.0-or-later
"""Which Debian release is stable, oldstable, LTS or ended: from its Release file and distro-info-data."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

#: Words of `status`, in the order in which people look for them.
ORDER = ("stable", "oldstable", "lts", "testing", "unstable", "experimental", "unknown", "ended")


@dataclass(frozen=True, slots=True)
class DebianRelease:
    """One line of debian.csv of distro-info-data."""

    codename: str
    version: str
    created: dt.date | None
    released: dt.date | None
    eol: dt.date | None
    eol_lts: dt.date | None


def status(codename: str, suite: str, eol: dt.date | None, eol_lts: dt.date | None, today: dt.date) -> str:
    """One word for a release. `suite` is what its Release file calls it (stable, oldoldstable, ...), '' if unread.

    A release past its end is in LTS until the end of that, then ended; a release without dates is what its Release
    file says.
    """
    if codename in ("sid", "experimental"):
        return {"sid": "unstable"}.get(codename, codename)
    if eol and today > eol:
        return "lts" if eol_lts and today <= eol_lts else "ended"
    return suite if suite in ORDER else "unknown"
