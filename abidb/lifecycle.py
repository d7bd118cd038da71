# SPDX-License-Identifier: GPL-2.0-or-later
"""Which Debian release is stable, oldstable, LTS or ended: from its Release file and distro-info-data."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

#: Words of `status`, in the order in which people look for them.
ORDER = ("stable", "oldstable", "lts", "testing", "unstable", "experimental", "planned", "unknown", "ended")


@dataclass(frozen=True, slots=True)
class DebianRelease:
    """One line of debian.csv of distro-info-data."""

    codename: str  #: as suites are named: bookworm
    version: str  #: "12"; "" for sid and experimental
    created: dt.date | None
    released: dt.date | None
    eol: dt.date | None  #: the security team's last day; what follows is LTS
    eol_lts: dt.date | None
    eol_elts: dt.date | None = None  #: a company's support, outside Debian


def status(release: DebianRelease, today: dt.date, alias: str = "") -> str:
    """One word of ORDER for where a release stands.

    `alias` is the Suite field of its Release file ("" where none was read): it is what tells stable from oldstable;
    the days tell the rest. Extended support outside Debian counts as ended.
    """
    if release.codename in ("sid", "experimental"):
        return "unstable" if release.codename == "sid" else "experimental"
    if release.released is None or release.released > today:
        return "testing" if alias == "testing" or (release.created or dt.date.max) <= today else "planned"
    if release.eol is None or today <= release.eol:
        return "oldstable" if alias.startswith("old") else "stable"
    return "lts" if release.eol_lts is not None and today <= release.eol_lts else "ended"
