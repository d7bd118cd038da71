# SPDX-License-Identifier: GPL-2.0-or-later
"""The newest Release of a suite that ever verified: the archive's, or, where that is not to be had or older, the kept.

An archive that goes back in time is a mirror that lost its way or somebody who replays old files; either way what
is kept is nearer the truth.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from abidb.errors import BadArchive, NotThere, Unavailable
from abidb.records import ReleaseRow
from ingest.archive.client import Client
from ingest.archive.memory import Memory
from ingest.archive.problem import Problem
from ingest.archive.release import Release, fetch_release, kept_release
from ingest.archive.roots import Root

SELDOM = dt.timedelta(days=30)  # how often suites of ended releases are asked for
LOST = dt.timedelta(days=90)  # after so long a suite that the archive answers with 404 is gone, and no problem
ABSENT = "absent "  # begins the keys of suites that are known not to be there


def newest_release(
    root: Root, folder: str, kept: ReleaseRow | None, ended: bool, *, client: Client, now: dt.datetime
) -> tuple[Release | None, tuple[Problem, ...]]:
    """The Release of a suite, None where there is none in order, and what is to be said of it.

    `kept` is the one that verified before; of an `ended` release it serves for a month. It stands in for whatever is
    not in order, for a 404 during three months.
    """
    if kept and ended and now - kept.asked < SELDOM:
        return kept_release(root, kept), ()
    try:
        found = fetch_release(root, folder, client, ended=ended, now=now)
    except NotThere as error:
        return (None, ()) if kept is None or now - kept.asked > LOST else _instead(root, folder, kept, str(error))
    except (BadArchive, Unavailable) as error:
        return _instead(root, folder, kept, str(error))
    if kept and found.date < kept.date:
        reason = f"its Release is of {found.date:%Y-%m-%d %H:%M}, older than one seen before: not used"
        return _instead(root, folder, kept, reason)
    return found, tuple(_remarks(found, now))


def known_absent(root: Root, folder: str, memory: Memory, now: dt.datetime) -> bool:
    """Whether note_absent() was told of a suite less than a month ago."""
    noted = memory.index(f"{ABSENT}{root.name} {folder}")
    return noted is not None and now - dt.datetime.fromisoformat(noted[0]) < SELDOM


def note_absent(root: Root, folder: str, memory: Memory, now: dt.datetime) -> None:
    """Remember that a suite of an ended release is not there."""
    memory.remember(f"{ABSENT}{root.name} {folder}", [now.isoformat()])


def _instead(
    root: Root, folder: str, kept: ReleaseRow | None, reason: str
) -> tuple[Release | None, tuple[Problem, ...]]:
    if kept is None:
        return None, (Problem(root.name, folder, "", reason, refused=True),)
    message = f"{reason}; the one of {kept.date:%Y-%m-%d %H:%M} stands in"
    return kept_release(root, kept), (Problem(root.name, folder, "", message, refused=True),)


def _remarks(release: Release, now: dt.datetime) -> Iterator[Problem]:
    for remark in release.remarks:
        yield Problem(release.root, release.suite, "", f"{remark}: accepted, the release has ended", refused=False)
    if release.expired(now):
        message = f"past its Valid-Until, {release.valid_until:%Y-%m-%d}: a suite or a mirror that stands still"
        yield Problem(release.root, release.suite, "", message, refused=False)
