# SPDX-License-Identifier: GPL-2.0-or-later
"""Which Debian release is stable, oldstable, LTS or ended: from its Release file and distro-info-data."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from abidb import versions

#: Words of `status`, in the order in which people look for them.
ORDER = ("stable", "oldstable", "lts", "testing", "unstable", "experimental", "planned", "unknown", "ended")

_ROLLING = {"unstable": "sid", "sid": "sid", "experimental": "experimental", "rc-buggy": "experimental"}
_ROLE = re.compile(r"(?P<role>(?:old)*stable|testing|frozen)(?P<pocket>(-[a-z]+)*)$")
_OWN = re.compile(r"(-security|-updates|-proposed-updates|-lts|/updates)?$")


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


def aimed(distribution: str, date: dt.date | None, releases: Collection[DebianRelease]) -> tuple[str, ...]:
    """The suites that the Distribution of a changelog entry names (deb-changelog(5)), by codename.

    `stable`, `oldstable-security`, `testing-proposed-updates`, ... mean what they meant on the entry's date. A word
    that names no known release aims nowhere; UNRELEASED is such a word.
    """
    found = (_suite(word, date, releases) for word in distribution.replace(",", " ").split())
    return tuple(dict.fromkeys(suite for suite in found if suite))


def _suite(word: str, date: dt.date | None, releases: Collection[DebianRelease]) -> str:
    if word in _ROLLING:
        return _ROLLING[word]
    if versions.codename(word) in {release.codename for release in releases}:
        return word
    role = _ROLE.match("stable-proposed-updates" if word == "proposed-updates" else word)
    name = _codename(role["role"], date, releases) if role and date else ""
    return f"{name}{role['pocket']}" if role and name else ""


def _codename(role: str, date: dt.date, releases: Collection[DebianRelease]) -> str:
    """Which release was stable, oldstable, oldoldstable, ... or testing on a day; "" where that is not known."""
    out = sorted((r.released, r.codename) for r in releases if r.released and r.released <= date)
    if role.endswith("stable"):
        back = 1 + role.count("old")
        return out[-back][1] if back <= len(out) else ""
    rolling = ("sid", "experimental")
    coming = [
        (r.created, r.codename)
        for r in releases
        if r.created and r.created <= date and r.codename not in rolling and not (r.released and r.released <= date)
    ]
    return min(coming)[1] if coming else ""


def starts(suite: str, releases: Collection[DebianRelease], today: dt.date) -> dt.date | None:
    """The day from which on what one of a release's own suites holds is in the release's line: that of the release.

    None where no such day counts: the release is still to come, or the suite is none of its own.
    """
    for release in releases:
        rest = suite.removeprefix(release.codename)
        if rest != suite and _OWN.fullmatch(rest) and release.released and release.released <= today:
            return release.released
    return None


def lines_of(
    source: str, seen: Iterable[tuple[str, dt.date | None]], releases: Collection[DebianRelease], today: dt.date
) -> set[str]:
    """The release lines that a build of `source` is in.

    `seen` are the suites that held it, each with the last day, and those that its upload was aimed at, with the day of
    the upload. A release's own line begins with the release.
    """
    found = set()
    for suite, last in seen:
        since = starts(suite, releases, today)
        if since is None or (last is not None and last >= since):
            found.add(versions.line(suite, source))
    return found
