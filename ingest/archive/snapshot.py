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
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from abidb.errors import AbidbError, BadArchive, NotThere, Unavailable
from abidb.records import Snapshot
from abidb.versions import kernel_source
from ingest.archive import snapshot_answers as answers
from ingest.archive.client import Client, read, shown
from ingest.archive.memory import Memory
from ingest.archive.problem import Problem
from ingest.archive.snapshot_answers import SOURCE, moment
from ingest.archive.sources import ListedSource

A_SECOND = 2.0  # requests; the service turns away those who ask much faster
LIMIT = 64 << 20  # bytes of an answer; that of a version of linux with 1,500 files has half a megabyte
SETTLED = dt.timedelta(days=90)  # after its last file was seen no further architecture is expected to build a version
GIVEN_UP = 3  # failures one after the other: the service is down


@dataclass(frozen=True, slots=True)
class Service:
    """The snapshot service, and how it is asked."""

    address: str = field(repr=False)  #: without trailing slash; it may hold credentials
    client: Client
    memory: Memory
    pace: Callable[[], None]  #: called before each request

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


@dataclass(frozen=True, slots=True)
class _Failure:
    what: str
    error: AbidbError


@dataclass(frozen=True, slots=True)
class _Look:
    """One look at the service."""

    asked: Service
    now: dt.datetime
    used: list[str]  #: keys of what was remembered or is from now on

    def key(self, path: str, until: str) -> str:
        """By which the answer to `path` is remembered."""
        return hashlib.sha256(f"snapshot 1\n{self.asked.name}\n{path}\n{until}".encode()).hexdigest()


def service(address: str, client: Client, memory: Memory, a_second: float = A_SECOND) -> Service:
    """The service at `address`, asked at most `a_second` times a second."""
    return Service(address.rstrip("/"), client, memory, pacer(a_second, client.pause))


def pacer(
    a_second: float, pause: Callable[[float], None], now: Callable[[], float] = time.monotonic
) -> Callable[[], None]:
    """A function that returns at most `a_second` times a second; until then it calls `pause` with seconds."""
    free = now()

    def wait() -> None:
        nonlocal free
        at = now()
        if at < free:
            pause(free - at)
        free = max(at, free) + 1 / a_second

    return wait


def kernel_files(asked: Service, now: dt.datetime) -> Iterator[SnapshotDeb | ListedSource | Problem]:
    """Every kernel deb and every kernel source's debian.tar that the service has, of all architectures.

    Only what may have changed is asked: the names of source packages once a week, their versions and the files of
    young versions once a day, the files of settled ones never again. What cannot be had is a Problem. If the service
    fails several times in a row the look ends; the next one goes on from what was remembered.
    """
    look = _Look(asked, now, [])
    failures = 0
    for found in _found(look):
        if isinstance(found, _Failure):
            yield Problem(asked.name, found.what, "", str(found.error), refused=True)
            failures += isinstance(found.error, Unavailable) and not isinstance(found.error, NotThere)
        else:
            yield found
            failures = 0
        if failures == GIVEN_UP:
            break
    asked.memory.used(look.used)


def sightings(asked: Service, sha1: str) -> tuple[Sighting, ...]:
    """The archives where the service saw a file, in the order in which it did; raises Unavailable, BadArchive."""
    found = _ask(asked, f"/mr/file/{sha1}/info", answers.sightings)
    return tuple(Sighting(archive, moment(seen)) for seen, archive in found)


def _found(look: _Look) -> Iterator[SnapshotDeb | ListedSource | _Failure]:
    week, day = look.now.strftime("%G-W%V"), look.now.strftime("%Y-%m-%d")
    try:
        names = _answer(look, "/mr/package/", answers.kernel_sources, week)
    except (Unavailable, BadArchive) as error:
        yield _Failure("", error)
        return
    for source in names:
        try:
            versions = _answer(look, f"/mr/package/{quote(source)}/", answers.versions, day)
        except (Unavailable, BadArchive) as error:
            yield _Failure(source, error)
            continue
        for version in versions:
            try:
                yield from _files(look, source, version, day)
            except (Unavailable, BadArchive) as error:
                yield _Failure(f"{source} {version}", error)


def _files(look: _Look, source: str, version: str, day: str) -> Iterator[SnapshotDeb | ListedSource]:
    path = f"/mr/package/{quote(source)}/{quote(version, safe='')}/allfiles?fileinfo=1"

    def settled(rows: list[Any]) -> bool:
        return moment(rows[0]) < look.now - SETTLED

    _, *rows = _answer(look, path, answers.kernel_files, day, settled)
    for name, its_version, arch, size, sha1, seen in rows:
        snapshot = Snapshot(sha1, moment(seen))
        if arch != SOURCE:
            yield SnapshotDeb(name, its_version, arch, source, size, snapshot)
        elif kernel_source(source) == source:  # signed ones hold no policy
            yield ListedSource(source, version, name, size, "", (), snapshot)


def _answer(
    look: _Look,
    path: str,
    read: Callable[[Any], list[Any]],
    until: str,
    lasting: Callable[[list[Any]], bool] = lambda found: False,
) -> list[Any]:
    """What `read` makes of the answer to `path`, remembered for ever if `lasting`, else while `until` is the same."""
    memory = look.asked.memory
    for key in (look.key(path, ""), look.key(path, until)):
        if (known := memory.index(key)) is not None:
            look.used.append(key)
            return known
    found = _ask(look.asked, path, read)
    look.used.append(look.key(path, "" if lasting(found) else until))
    memory.remember(look.used[-1], found)
    return found


def _ask(asked: Service, path: str, read_answer: Callable[[Any], list[Any]]) -> list[Any]:
    asked.pace()
    data = read(asked.address + path, limit=LIMIT, client=asked.client)
    try:
        return read_answer(json.loads(data))
    except (ValueError, RecursionError) as error:  # nested without end
        raise BadArchive(f"{asked.name}{path} is no JSON: {type(error).__name__}") from None
    except BadArchive as error:
        raise BadArchive(f"{asked.name}{path}: {error}") from None
