# SPDX-License-Identifier: GPL-2.0-or-later
"""The ways by which an upload comes into a release line: security, point release, backports, ... Pure.

They follow from where its changelog aims it and from the suites that were seen to hold it; without either, none is
known.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable
from enum import StrEnum

from abidb.lifecycle import DebianRelease
from abidb.versions import codename


class Channel(StrEnum):
    """One way, the one to show first in front."""

    SECURITY = "security"
    BACKPORTS = "backports"
    POINT = "point"
    RELEASE = "release"
    IN_RELEASE = "in-release"  #: the release itself or a point release: the day of the upload is not known
    UPDATES = "updates"
    PROPOSED = "proposed"
    ROLLING = "rolling"


ORDER = tuple(Channel)
_POCKETS = {
    "-security": Channel.SECURITY,
    "/updates": Channel.SECURITY,
    "-lts": Channel.SECURITY,
    "-backports": Channel.BACKPORTS,
    "-backports-sloppy": Channel.BACKPORTS,
    "-updates": Channel.UPDATES,
    "-proposed-updates": Channel.PROPOSED,
}


def channels(
    aimed: Iterable[str], seen: Iterable[str], date: dt.datetime | None, releases: Collection[DebianRelease]
) -> tuple[Channel, ...]:
    """The ways of an upload of that date that was aimed at suites and seen in suites, in the order of Channel.

    What a release's own suite holds went through proposed updates, so that is not told of it again.
    """
    known = {release.codename: release for release in releases}
    found = {channel for suite in aimed if (channel := _of(suite, None, date, known))}
    found |= {channel for suite in seen if (channel := _of(suite, suite, date, known))}
    if found & {Channel.POINT, Channel.RELEASE, Channel.IN_RELEASE}:
        found.discard(Channel.PROPOSED)
    if len(found) > 1:
        found.discard(Channel.ROLLING)
    return tuple(channel for channel in ORDER if channel in found)


def _of(suite: str, seen: str | None, date: dt.datetime | None, releases: dict[str, DebianRelease]) -> Channel | None:
    """The way that one suite stands for; None for a suite that says nothing of it."""
    release = releases.get(codename(suite))
    if release is None:
        return None
    if suite != release.codename:
        return _POCKETS.get(suite.removeprefix(release.codename))
    if release.released is None:
        return Channel.ROLLING
    if seen is None:
        return Channel.PROPOSED  # the way into a release that is out
    if date is None:
        return Channel.IN_RELEASE
    return Channel.RELEASE if date.date() < release.released else Channel.POINT
