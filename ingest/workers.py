# SPDX-License-Identifier: GPL-2.0-or-later
"""Worker processes, and who looks after them.

A worker takes jobs from the queue: one at a time is read, the debs of the next are fetched meanwhile. Where modules can
be built it also builds, one at a time: those have a queue of their own, so that none is begun that cannot go on.
It ends as soon as it loses the database, so that nobody works on what others have been given; its supervisor starts
another one.
"""

from __future__ import annotations

import asyncio
import logging
import os
import resource
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from django import db
from django.conf import settings
from django.db import connection
from procrastinate import App, PsycopgConnector
from procrastinate.contrib.django import app
from procrastinate.contrib.django.utils import connector_params
from procrastinate.worker import Worker

from abidb import queries, store
from abidb.errors import Unavailable
from abidb.records import BuildKey
from ingest import queue
from ingest.archive.cache import prune
from ingest.outoftree import able, disk, jobs
from ingest.tasks import SHARE

AT_ONCE = 2  #: kernels of one process: one is read, one is fetched
BUILDS = 1  #: builds of modules of one process
POLL = 2.0  #: seconds between questions for a job
WATCH = 2.0  #: seconds between looks at whether the database and the supervisor are there
HASTE = 5.0  #: seconds; a worker that ended sooner is not replaced at once
RECOVERY, ROOM, TIDYING = 10.0, 20.0, 3600.0  #: seconds between looks for orphans, at the cache, for old jobs
SPARE = 1 << 30  #: bytes that the cache leaves free on its disk
DATABASE_AWAY = (db.OperationalError, db.InterfaceError, Unavailable)
DIED = f"{queue.LIVES} times it was begun, and never ended: its workers died of it"
Count = Callable[[], int]
logger = logging.getLogger(__name__)


def processors() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0))


def work(share: int, supervisor: int) -> None:
    """Be one of `share` workers of this machine until SIGTERM or SIGINT: then what has been begun is finished.

    `supervisor` is the process that started this one, by its id; where it is gone already nothing is begun.
    """
    if os.getppid() != supervisor:
        return
    limit = settings.ABIDB_WORKER_MB << 20
    if limit:
        # Of this process alone: a compiler that it starts gets limits of its own.
        resource.setrlimit(resource.RLIMIT_DATA, (limit, resource.getrlimit(resource.RLIMIT_DATA)[1]))
    threading.Thread(
        target=_be_present, args=(begun := threading.Event(), supervisor, own := list[Worker](), _arch()), daemon=True
    ).start()
    begun.wait()
    connector = PsycopgConnector(kwargs=connector_params(), min_size=1, max_size=AT_ONCE + BUILDS)
    with app.replace_connector(connector) as members:
        own += [_worker(members, *one, share) for one in taken_from(_arch()).items()]
        asyncio.run(_run(members, own))


def _arch() -> str:
    """The architecture that modules can be built for here; "" where none can be."""
    return "" if able.missing() else able.here()


def taken_from(arch: str) -> dict[str, int]:
    """The queues that a process takes from, which can build modules for `arch`, each with how many jobs at once."""
    publishing = {queue.of_this_machine(): 1} if settings.ABIDB_PUBLISH_HOURS else {}
    return {queue.NAME: AT_ONCE, **({queue.of_builds(arch): BUILDS} if arch else {}), **publishing}


def _worker(members: App, name: str, at_once: int, share: int) -> Worker:
    return Worker(
        members,
        queues=[name],
        concurrency=at_once,
        fetch_job_polling_interval=POLL,
        abort_job_polling_interval=queue.STALLED,
        listen_notify=False,  # one connection less; there are jobs, or there is time
        update_heartbeat_interval=queue.HEARTBEAT,
        stalled_worker_timeout=queue.STALLED,
        additional_context={SHARE: share},
        install_signal_handlers=False,  # one's handlers would take the place of the other's
    )


async def _run(members: App, own: Sequence[Worker]) -> None:
    """Let workers of one process run until it is told to end, or one of them ends: then all finish what they began."""
    loop = asyncio.get_running_loop()

    def end() -> None:
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(number)  # told once more, it breaks off
        for worker in own:
            worker.stop()  # type: ignore[no-untyped-call]

    async with members.open_async():
        members.perform_import_paths()  # type: ignore[no-untyped-call]
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, end)
        running = [asyncio.create_task(worker.run()) for worker in own]  # type: ignore[no-untyped-call]
        await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
        end()
        await asyncio.gather(*running)


def _be_present(begun: threading.Event, supervisor: int, own: Sequence[Worker] = (), arch: str = "") -> None:
    """Show that this process lives. Without the database it ends; without its supervisor it takes no further job.

    The sign of life is given here, too: procrastinate gives none while it waits for its last jobs to end, and a build
    of modules may take longer than a dead worker is waited for.
    Nor may it go on where anything else ends this thread: without presence its jobs would be taken for orphans.
    """
    try:
        queue.present()
        if arch:
            queue.present_as_builder(arch)
        begun.set()
        while True:
            time.sleep(WATCH)
            queue.living()
            for number in filter(None, [worker.worker_id for worker in own]):
                queue.beat(number)
            if os.getppid() != supervisor:
                os.kill(os.getpid(), signal.SIGTERM)
                supervisor = os.getppid()
    except DATABASE_AWAY as error:
        print(f"abidb: a worker ends, for it lost the database: {error}".strip(), file=sys.stderr, flush=True)
    except BaseException as error:  # noqa: BLE001  whatever it is, this process must not go on
        print(f"abidb: a worker ends, for it cannot show that it lives: {error!r}", file=sys.stderr, flush=True)
    finally:
        os._exit(1)


@dataclass(slots=True)
class Member:
    """A worker process of this supervisor."""

    process: subprocess.Popen[bytes]
    started: float
    leaving: bool = False  # told to finish; told a second time it would break off


class Crew:
    """The worker processes of one supervisor."""

    def __init__(self, size: int, *options: str, spare: Count | None) -> None:
        self._size, self._options, self._spare = size, options, spare
        self._members: list[Member] = []
        self._not_before = 0.0
        self._due: dict[Callable[[], object], float] = {}

    def tend(self) -> None:
        """Start workers that are missing, or while work is paused let all of them finish; put the queue in order."""
        self._reap()
        self._regularly(recover, RECOVERY if self._members else 0)
        self._regularly(make_room, ROOM)
        self._regularly(queue.prune, TIDYING)
        self._regularly(disk.tidy, TIDYING)
        if queries.paused():
            self._tell_to_finish()
        elif time.monotonic() >= self._not_before and not (self._spare and self._spare() > len(self._members)):
            self._members += [self._start() for _ in range(self._size - len(self._members))]

    def dismiss(self) -> None:
        """Let all workers finish what they have begun."""
        self._tell_to_finish()
        for member in self._members:
            member.process.wait()

    def end(self) -> None:
        """End all workers at once. Their jobs are orphans, which whoever works next puts back."""
        for member in self._members:
            member.process.kill()
            member.process.wait()

    def _start(self) -> Member:
        how = ["--under", str(os.getpid()), "--processes", str(self._size), *self._options]
        command = [sys.executable, "manage.py", "worker", *how]
        return Member(subprocess.Popen(command, cwd=settings.BASE_DIR, start_new_session=True), time.monotonic())

    def _reap(self) -> None:
        now = time.monotonic()
        for member in [member for member in self._members if member.process.poll() is not None]:
            self._members.remove(member)
            if not member.leaving:
                logger.warning("a worker ended with %d after %.0f s", member.process.returncode, now - member.started)
                self._due.pop(recover, None)  # its jobs may be orphans
                if now - member.started < HASTE:
                    self._not_before = now + HASTE

    def _tell_to_finish(self) -> None:
        for member in self._members:
            if not member.leaving:
                member.leaving = True
                member.process.terminate()

    def _regularly(self, step: Callable[[], object], every: float) -> None:
        if time.monotonic() >= self._due.get(step, 0.0):
            step()
            self._due[step] = time.monotonic() + every


@contextmanager
def crew(size: int, *options: str, spare: Count | None = None) -> Iterator[Crew]:
    """So many workers, looked after by calls of tend(); none where others work, as `spare` counts them with these.

    At the end they are dismissed. Where that, or what comes before it, is interrupted, they are ended.
    """
    made = Crew(size, *options, spare=spare)
    try:
        yield made
        made.dismiss()
    except BaseException:
        made.end()
        raise


@contextmanager
def patience() -> Iterator[None]:
    """A database that is away is no end: it is said, and this round is left out."""
    try:
        yield
    except DATABASE_AWAY as error:
        logger.warning("the database is away: %s", str(error).strip())
        connection.close()
        time.sleep(WATCH)


def recover() -> None:
    """Put back the jobs of workers that are gone; what ended too many of them is given up and noted."""
    orphans = queue.recover()
    for arguments in orphans.module_builds:
        jobs.give_up(arguments, DIED)
    for arguments in orphans.comparisons:
        jobs.leave_uncompared(arguments, DIED)
    for arguments in orphans.given_up:
        key = BuildKey(*(arguments[name] for name in ("source", "version", "arch", "flavour")))
        if offer := queries.offer(key):
            store.note_attempt(key, offer.kernel_release, DIED)
            store.add_problem(arguments["run"], f"{offer.kernel_release}={key.version}:{key.arch}", DIED)


def make_room() -> None:
    """Keep the cache within ABIDB_CACHE_GB, and a little of its disk free: what was not used for longest goes."""
    cache = settings.ABIDB_DATA / "cache"
    if not cache.is_dir():
        return
    disk = shutil.disk_usage(cache)
    used = sum(map(_size, cache.glob("??/*")))
    prune(cache, min(settings.ABIDB_CACHE_GB << 30, max(0, used + disk.free - min(SPARE, disk.total // 8))))


def _size(path: Path) -> int:
    with suppress(FileNotFoundError):  # what is fetched gets its final name, or is removed, at any time
        return path.stat().st_size
    return 0
