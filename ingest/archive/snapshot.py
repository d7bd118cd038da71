# SPDX-License-Identifier: GPL-2.0-or-later
"""Debian's snapshot service, asked by its machine-readable interface: which kernel debs and sources it has.

Its addresses and answers are described in ingest.archive.snapshot_answers. Besides there are /file/SHA-1, the file
itself (asked for by ingest.archive.debs), and /archive/NAME/TIMESTAMP/, an archive as it was then
(ingest.archive.snapshot_listings).
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from abidb.errors import BadArchive, NotThere, Unavailable
from abidb.records import Snapshot
from abidb.versions import kernel_source
from ingest.archive import snapshot_answers as answers
from ingest.archive.client import Client, read, shown
from ingest.archive.memory import Memory
from ingest.archive.problem import Problem
from ingest.archive.snapshot_answers import SOURCE, moment
from ingest.archive.sources import ListedSource

LIMIT = 64 << 20  # bytes of an answer; that of a version of linux with 1,500 files has half a megabyte
SETTLED = dt.timedelta(days=90)  # after its last file was seen no further architecture is expected to build a version
GIVEN_UP = 3  # failures one after the other: the service is down
NEWEST = "newest"  # stands for the time of an answer that is asked for anew one day


@dataclass(frozen=True, slots=True)
class Service:
    """The snapshot service, and how it is asked."""

    address: str = field(repr=False)  #: without trailing slash; it may hold credentials
    client: Client
    memory: Memory

    @property
    def name(self) -> str:
        """The address as it may be shown: without credentials."""
        return shown(self.address)


@dataclass(frozen=True, slots=True)
class SnapshotDeb:
    """One kernel deb that the service has."""

    name: str
    version: str
    arch: str
    source: str  #: source package, with "signed" where it is one
    size: int
    snapshot: Snapshot


@dataclass(frozen=True, slots=True)
class Sighting:
    """When the service first saw a file in one of the archives that it follows."""

    archive: str  #: debian, debian-security, debian-backports, debian-ports, …
    first_seen: dt.datetime


@dataclass(slots=True)
class _Look:
    """One look at the service."""

    asked: Service
    now: dt.datetime
    used: list[str] = field(default_factory=list)  #: keys of what was remembered or is from now on
    problems: list[Problem] = field(default_factory=list)
    failures: int = 0  #: one after the other

    def key(self, path: str, until: str) -> str:
        """By which the answer to `path` is remembered."""
        return hashlib.sha256(f"snapshot 1\n{self.asked.name}\n{path}\n{until}".encode()).hexdigest()


def service(address: str, client: Client, memory: Memory) -> Service:
    """The service at `address`."""
    return Service(address.rstrip("/"), client, memory)


def kernel_files(asked: Service, now: dt.datetime) -> Iterator[SnapshotDeb | ListedSource | Problem]:
    """Every kernel deb and every kernel source's debian.tar that the service has, of all architectures.

    Only what may have changed is asked: the names of source packages once a week, their versions and the files of
    young versions once a day, the files of settled ones never again. For what cannot be had stands what was remembered
    of it, and a Problem follows. If the service fails several times in a row it is not asked any more; the next look
    goes on from what was remembered.
    """
    look = _Look(asked, now)
    yield from _found(look)
    yield from look.problems
    asked.memory.used(look.used)


def sightings(asked: Service, sha1: str) -> tuple[Sighting, ...]:
    """The archives where the service saw a file, in the order in which it did; raises Unavailable, BadArchive."""
    found = _ask(asked, f"/mr/file/{sha1}/info", answers.sightings)
    return tuple(Sighting(archive, moment(seen)) for seen, archive in found)


def _found(look: _Look) -> Iterator[SnapshotDeb | ListedSource]:
    week, day = look.now.strftime("%G-W%V"), look.now.strftime("%Y-%m-%d")
    for source in _answer(look, "", "/mr/package/", answers.kernel_sources, until=week):
        for version in _answer(look, source, f"/mr/package/{quote(source)}/", answers.versions, until=day):
            yield from _files(look, source, version, day)


def _files(look: _Look, source: str, version: str, day: str) -> Iterator[SnapshotDeb | ListedSource]:
    path = f"/mr/package/{quote(source)}/{quote(version, safe='')}/allfiles?fileinfo=1"

    def settled(rows: list[Any]) -> bool:
        return moment(rows[0]) < look.now - SETTLED

    rows = _answer(look, f"{source} {version}", path, answers.kernel_files, until=day, lasting=settled)
    for name, its_version, arch, size, sha1, seen in rows[1:]:
        snapshot = Snapshot(sha1, moment(seen))
        if arch != SOURCE:
            yield SnapshotDeb(name, its_version, arch, source, size, snapshot)
        elif kernel_source(source) == source:  # signed ones hold no policy
            yield ListedSource(source, version, name, size, "", (), snapshot)


def _answer(
    look: _Look,
    what: str,
    path: str,
    read: Callable[[Any], list[Any]],
    *,
    until: str,
    lasting: Callable[[list[Any]], bool] = lambda found: False,
) -> list[Any]:
    """What `read` makes of the answer to `path`, remembered for ever if `lasting`, else while `until` is the same.

    Where it cannot be had, what it was before, else nothing; and a problem with `what`.
    """
    memory, settled, newest = look.asked.memory, look.key(path, ""), look.key(path, NEWEST)
    if (known := memory.index(settled)) is not None:
        look.used.append(settled)
        return known
    of, before = memory.index(newest) or ("", [])
    found = before if of == until else _asked(look, what, path, read)
    if found and lasting(found):
        look.used.append(settled)
        memory.remember(settled, found)
        return found
    if found is not None and of != until:
        memory.remember(newest, [until, found])
    if found is not None or of:
        look.used.append(newest)
    return before if found is None else found


def _asked(look: _Look, what: str, path: str, read: Callable[[Any], list[Any]]) -> list[Any] | None:
    """The answer to `path`; None where it cannot be had, or the service was found to be down before."""
    if look.failures == GIVEN_UP:
        return None
    try:
        found = _ask(look.asked, path, read)
    except (Unavailable, BadArchive) as error:
        look.problems.append(Problem(look.asked.name, what, "", str(error), refused=True))
        look.failures += isinstance(error, Unavailable) and not isinstance(error, NotThere)
        return None
    look.failures = 0
    return found


def _ask(asked: Service, path: str, read_answer: Callable[[Any], list[Any]]) -> list[Any]:
    data = read(asked.address + path, limit=LIMIT, client=asked.client)
    try:
        return read_answer(json.loads(data))
    except (ValueError, RecursionError) as error:  # nested without end
        raise BadArchive(f"{asked.name}{path} is no JSON: {type(error).__name__}") from None
    except BadArchive as error:
        raise BadArchive(f"{asked.name}{path}: {error}") from None
