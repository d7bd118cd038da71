# SPDX-License-Identifier: GPL-2.0-or-later
"""The queue in the database: what waits, who works, what became of it. Nothing else knows procrastinate's tables.

A job is known by its lock: of one lock there is never more than one job waiting or worked on. A job that is worked on
by nobody is put back: each living worker process holds an advisory lock (`present`), so where none does, every such
job is an orphan at once; else a worker that gave no sign of life for STALLED seconds has lost its jobs, and so has one
whose row is gone, which procrastinate prunes by itself.
"""

from __future__ import annotations

import json
import socket
import zlib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction
from procrastinate.contrib.django.django_connector import DjangoConnector
from procrastinate.jobs import Job as QueuedJob
from procrastinate.manager import JobManager

from abidb import sql
from abidb.records import BuildKey

SQL = sql.blocks("queue")
NAME = "ingest"
HEARTBEAT, STALLED = 10.0, 60.0  #: seconds between signs of life, and after which a worker is taken for dead
LIVES = 8  #: a job whose worker died so often ends its workers: it is given up
KEPT = 3  #: days that finished jobs are kept
BATCH = 1000
PRESENCE, DEFERRING = 0x61626964_00000001, 0x61626964_00000002  #: advisory locks
BUILDERS = 0x61626965 << 32  #: the same of those who build modules, by architecture


@dataclass(frozen=True, slots=True)
class Job:
    """One step of work, by the name of its task and the arguments for it."""

    task: str
    lock: str
    priority: int  #: greater goes first
    arguments: Mapping[str, Any]
    queue: str = NAME  #: which workers may take it


@dataclass(frozen=True, slots=True)
class Orphans:
    """Jobs whose worker is gone: how many were put back, and the arguments of builds that were given up."""

    again: int = 0
    given_up: tuple[Mapping[str, Any], ...] = ()
    module_builds: tuple[Mapping[str, Any], ...] = ()  #: the same of builds of out-of-tree modules
    comparisons: tuple[Mapping[str, Any], ...] = ()  #: and of comparisons of those


@dataclass(frozen=True, slots=True)
class Trace:
    """One ingest of a build: another one has another `read`, and other `exports` only if it found others."""

    read: str
    exports: str  #: digest of its export set, hexadecimal


def lock_of(key: BuildKey) -> str:
    """The lock of the job that brings a build into the record."""
    return f"build {key.source} {key.version} {key.arch} {key.flavour}"


@transaction.atomic
def defer(jobs: Iterable[Job]) -> dict[str, int]:
    """Queue jobs, but those that are queued or worked on already; the ids of all of them, by lock."""
    by_lock: dict[str, Job] = {}
    for job in jobs:
        by_lock.setdefault(job.lock, job)
    _rows("alone", key=DEFERRING)
    known = unfinished(by_lock)
    new = [job for job in by_lock.values() if job.lock not in known]
    manager = JobManager(DjangoConnector())
    for start in range(0, len(new), BATCH):
        manager.batch_defer_jobs([_queued(job) for job in new[start : start + BATCH]])
    return unfinished(by_lock)


def _queued(job: Job) -> QueuedJob:
    return QueuedJob(
        queue=job.queue,
        task_name=job.task,
        lock=job.lock,
        queueing_lock=job.lock,
        priority=job.priority,
        task_kwargs=dict(job.arguments),
    )


def unfinished(locks: Iterable[str]) -> dict[str, int]:
    """The ids of jobs that wait or are worked on, by lock."""
    return dict(_rows("unfinished", locks=list(locks)))


def ended(ids: Iterable[int]) -> dict[int, bool]:
    """Those of the jobs that have ended, each with whether it broke."""
    return dict(_rows("ended", ids=list(ids)))


def at_work() -> list[BuildKey]:
    """The builds that are worked on, the longest first."""
    found = [_arguments(row[0]) for row in _rows("at_work")]
    return [BuildKey(a["source"], a["version"], a["arch"], a["flavour"]) for a in found]


def builds_left() -> bool:
    """Whether jobs wait, or are worked on, that bring builds into the record."""
    return bool(_rows("builds_left")[0][0])


def present() -> None:
    """Make this process known as a living worker, as long as this connection lasts."""
    _rows("presence", key=PRESENCE)


def living() -> int:
    """How many worker processes live, on all machines."""
    return int(_rows("living", key=PRESENCE)[0][0])


def of_builds(arch: str) -> str:
    """The queue of builds of modules for an architecture: only workers that can do them take from it."""
    return f"outoftree-{arch}"


def of_this_machine() -> str:
    """The queue of what leaves files on this machine: only its own workers take from it."""
    return f"files-{socket.gethostname()}"


def present_as_builder(arch: str) -> None:
    """Make this process known as one that takes from of_builds(arch), as long as this connection lasts."""
    _rows("presence", key=_builders(arch))


def builders(arch: str) -> int:
    """How many such processes live, on all machines."""
    return int(_rows("living", key=_builders(arch))[0][0])


def _builders(arch: str) -> int:
    return BUILDERS | zlib.crc32(arch.encode())


def beat(worker: int) -> None:
    """A sign of life of a worker, by the id of its row."""
    _run("beat", id=worker)


@transaction.atomic
def recover() -> Orphans:
    """Put back the jobs that nobody works on any more."""
    nobody = bool(_rows("nobody_works", key=PRESENCE)[0][0])
    given_up: dict[str, list[dict[str, Any]]] = {
        task: [] for task in ("ingest_build", "build_outoftree", "compare_rebuild")
    }
    again = 0
    for number, task, arguments, deaths, queued_again in _rows("orphans", all=nobody, stalled=STALLED):
        if queued_again or deaths >= LIVES:
            _rows("give_up", id=number)
            if task in given_up and not queued_again:
                given_up[task].append(_arguments(arguments))
        else:
            _run("take_back", id=number)
            again += 1
    _run("forget_workers", all=nobody, stalled=STALLED)
    return Orphans(again, *map(tuple, given_up.values()))


@transaction.atomic
def prune() -> int:
    """Forget jobs that ended more than KEPT days ago; returns how many."""
    return _run("prune", days=KEPT)


def traces(keys: Collection[BuildKey]) -> dict[BuildKey, Trace]:
    """What tells whether a build was replaced, of each of these that is in the record."""
    columns = {
        "sources": [key.source for key in keys],
        "versions": [key.version for key in keys],
        "arches": [key.arch for key in keys],
        "flavours": [key.flavour for key in keys],
    }
    return {BuildKey(*row[:4]): Trace(*row[4:]) for row in _rows("traces", **columns)}


def reasons(run: int, names: Iterable[str]) -> dict[str, str]:
    """Why builds of these names failed since the run began."""
    return dict(_rows("reasons", run=run, names=list(names)))


def policies_read(uploads: Collection[tuple[str, str]]) -> set[tuple[str, str]]:
    """Those of the uploads, each by source and version, whose ignore patterns have been read."""
    given = list(uploads)
    columns = {"sources": [source for source, _ in given], "versions": [version for _, version in given]}
    return {(source, version) for source, version in _rows("policies_read", **columns)}


def bygone() -> list[BuildKey]:
    """Of what it is noted that it could not be had, and no archive has it any more."""
    return [BuildKey(*row) for row in _rows("bygone")]


def modules_named(digests: Collection[str]) -> set[str]:
    """Those of the module files, by SHA-256, that builds of the record name."""
    return {digest for (digest,) in _rows("modules_named", digests=list(digests))}


def seconds_since_look() -> float | None:
    """How long ago a worker last looked at the archives, or was asked to; None: in the last KEPT days never."""
    found: float | None = _rows("last_look")[0][0]
    return found


def _arguments(found: Any) -> dict[str, Any]:
    arguments: dict[str, Any] = json.loads(found) if isinstance(found, str) else found
    return arguments


def _run(query: str, /, **parameters: Any) -> int:
    with connection.cursor() as cursor:
        cursor.execute(SQL[query], parameters)
        return int(cursor.rowcount)


def _rows(query: str, /, **parameters: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(SQL[query], parameters)
        return list(cursor.fetchall())
