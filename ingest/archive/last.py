# SPDX-License-Identifier: GPL-2.0-or-later
"""The last content of an index that was read in order: it stands in while the newest is not to be had.

What a look notes here goes into the record behind the listings that follow from it; so an index whose note is new is
one whose listings are not all in the record yet, whatever became of the looks before.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from abidb.records import Listing
from ingest.archive.memory import Memory
from ingest.archive.release import Release
from ingest.archive.remembered import Stanzas, key_of, remembered

LAST = "last "  # begins the keys of what is noted


def listing_of(release: Release, index: str) -> Listing:
    """Who vouches for what the index at this path of a suite lists."""
    return Listing(release.root, release.suite, index, release.sha256, release.date)


def note_read(release: Release, index: str, memory: Memory) -> None:
    """Remember that the index at this path was read as this Release lists it."""
    key, note = _key(release, index), [key_of(release, index), release.sha256, release.date.isoformat()]
    if note[0] and memory.index(key) != note:
        memory.remember(key, note)


def last_read(release: Release, index: str, memory: Memory) -> tuple[Stanzas, Listing] | None:
    """The stanzas of the index as they were read last, and who vouched for them; None where they are not known."""
    content, sha256, date = memory.index(_key(release, index)) or ("", "", "")
    found = remembered(content, memory) if content else None
    if found is None:
        return None
    return found, Listing(release.root, release.suite, index, sha256, dt.datetime.fromisoformat(date))


def releases_noted(notes: Mapping[str, list[Any]]) -> frozenset[str]:
    """SHA-256 of the Releases of all notes among what is to be remembered."""
    return frozenset(note[1] for key, note in notes.items() if key.startswith(LAST))


def _key(release: Release, index: str) -> str:
    return f"{LAST}{release.root} {release.folder} {index}"
