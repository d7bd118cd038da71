# SPDX-License-Identifier: GPL-2.0-or-later
"""Worker processes and who looks after them: real ones, killed, paused and ended, on a database of their own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django import db
from django.conf import settings

from abidb import postgres, queries, store
from abidb.records import BuildKey
from ingest import queue, workers
from ingest.archive.cache import path_of
from tests.builders.archive import Fault, write_suite
from tests.builders.queue import taken
from tests.ingest.test_sync import info_deb, whole

LIMIT = 90  # seconds until something that must happen has happened


@pytest.fixture(scope="module")
def tables() -> Iterator[Path]:
    """A data directory with an empty record."""
    with tempfile.TemporaryDirectory(prefix="abidb-work-", dir="/tmp") as data:
        Path(data).chmod(0o755)
        environment = {**os.environ, "ABIDB_DATA": data, "DJANGO_SETTINGS_MODULE": "abidb.settings"}
        manage(environment, "migrate", "--verbosity", "0")
        yield Path(data)
        manage(environment, "postgres", "stop")


@pytest.fixture
def environment(tables: Path, server, folder, key) -> Iterator[dict[str, str]]:
    """An empty record, and a mirror with two kernels, one of which comes slowly."""
    write_suite(folder / "debian", key, [info_deb()], folder="sid", Suite="unstable", Codename="sid", Version="")
    write_suite(folder / "debian", key, [whole(1), whole(2)], folder="bookworm")
    given = {
        **os.environ,
        "ABIDB_DATA": str(tables),
        "ABIDB_MIRROR": f"{server.address}/debian",
        "ABIDB_KEYRING": str(key.public),
        "ABIDB_LOOK_HOURS": "0",
        "DJANGO_SETTINGS_MODULE": "abidb.settings",
    }
    manage(given, "flush", "--no-input", "--verbosity", "0")
    ask(given, "DELETE FROM procrastinate_jobs")
    for deb in (whole(1), whole(2)):
        path_of(tables / "cache", deb.sha256).unlink(missing_ok=True)
    yield given


def manage(environment: dict[str, str], *command: str) -> str:
    done = subprocess.run(
        [sys.executable, "manage.py", *command],
        env=environment,
        cwd=settings.BASE_DIR,
        text=True,
        capture_output=True,
        timeout=LIMIT,
        check=True,
    )
    return done.stdout


def ask(environment: dict[str, str], query: str) -> list[tuple]:
    """What the record answers; it may be on its way back."""
    server = postgres.ensure_running(Path(environment["ABIDB_DATA"]))
    with postgres.connect(server, postgres.OWNER) as connection:
        found = connection.execute(query)
        return found.fetchall() if found.description else []


@contextmanager
def working(environment: dict[str, str], *options: str) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "manage.py", "worker", *options],
        env=environment,
        cwd=settings.BASE_DIR,
        text=True,
        stderr=subprocess.PIPE,
    )
    try:
        yield process
    finally:
        process.terminate()
        process.communicate(timeout=LIMIT)


def until(condition: Callable[[], object]) -> None:
    end = time.monotonic() + LIMIT
    while not condition():
        assert time.monotonic() < end, "it never came to that"
        time.sleep(0.1)


def builds(environment: dict[str, str]) -> list[str]:
    return [row[0] for row in ask(environment, "SELECT kernel_release FROM build ORDER BY 1")]


def busy(environment: dict[str, str]) -> bool:
    return bool(ask(environment, "SELECT id FROM procrastinate_jobs WHERE status = 'doing'"))


def children(process: subprocess.Popen[str]) -> list[int]:
    return [int(pid) for pid in Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()]


def slow(server) -> None:
    """Each deb takes a while to come."""
    for n in (1, 2):
        server.fault(f"debian/{whole(n).filename}", Fault(stall=2.0), lasting=True)


BOTH = ["6.1.0-1-amd64", "6.1.0-2-amd64"]


def test_workers_do_what_is_queued_and_say_so(environment) -> None:
    assert "2 queued, 0 known" in manage(environment, "sync", "--queue")
    with working(environment) as process:
        until(lambda: builds(environment) == BOTH and not busy(environment))
    assert process.returncode == 0


def test_a_worker_that_is_killed_is_replaced_and_its_job_done(environment, server) -> None:
    slow(server)
    manage(environment, "sync", "--queue")
    with working(environment, "--processes", "1") as process:
        until(lambda: busy(environment))
        os.kill(children(process)[0], signal.SIGKILL)
        until(lambda: builds(environment) == BOTH)


def test_workers_outlive_the_database(environment, server) -> None:
    slow(server)
    manage(environment, "sync", "--queue")
    with working(environment, "--processes", "1") as process:
        until(lambda: busy(environment))
        data = Path(environment["ABIDB_DATA"])
        os.kill(int((data / "postgres/postmaster.pid").read_text().split()[0]), signal.SIGKILL)
        until(lambda: builds(environment) == BOTH)
        assert process.poll() is None


def test_a_worker_that_is_told_to_end_finishes_its_job(environment, server) -> None:
    slow(server)
    manage(environment, "sync", "--queue")
    with working(environment, "--processes", "1"):
        until(lambda: busy(environment))
    assert not busy(environment)
    assert builds(environment) != []


def test_workers_whose_supervisor_is_killed_take_no_further_job(environment) -> None:
    with working(environment, "--processes", "1") as process:
        until(lambda: ask(environment, "SELECT id FROM procrastinate_workers"))
        process.kill()
        until(lambda: not ask(environment, "SELECT id FROM procrastinate_workers"))


def test_while_work_is_paused_no_job_is_taken(environment) -> None:
    manage(environment, "pause", "the mirror is being moved")
    manage(environment, "sync", "--queue")
    with working(environment) as process:
        time.sleep(3)
        assert (children(process), builds(environment)) == ([], [])
        manage(environment, "resume")
        until(lambda: builds(environment) == BOTH)


def test_a_worker_looks_at_the_archives_when_it_is_time(environment) -> None:
    with working({**environment, "ABIDB_LOOK_HOURS": "1"}, "--processes", "1"):
        until(lambda: builds(environment) == BOTH)
    assert len(ask(environment, "SELECT id FROM run")) == 1


def test_a_sync_that_was_killed_is_completed_by_the_next(environment, server) -> None:
    slow(server)
    process = subprocess.Popen(
        [sys.executable, "manage.py", "sync"], env=environment, cwd=settings.BASE_DIR, stdout=subprocess.DEVNULL
    )
    until(lambda: busy(environment))
    process.kill()
    process.wait()
    assert manage(environment, "sync").endswith("0 failed\n")
    assert builds(environment) == BOTH


def test_a_sync_leaves_the_work_to_workers_that_run(environment) -> None:
    with working(environment, "--processes", "1"):
        until(lambda: ask(environment, "SELECT id FROM procrastinate_workers"))
        assert "2 ingested" in manage(environment, "sync")
        assert len(ask(environment, "SELECT id FROM procrastinate_workers")) == 1


@pytest.mark.django_db
def test_what_ended_all_its_workers_is_noted() -> None:
    from abidb.records import OfferRow

    key, run = BuildKey("linux", "6.1.1-1", "amd64", "amd64"), store.start_run()
    store.put_offers([OfferRow(key, "6.1.0-1-amd64", (), {})])
    arguments = {"source": "linux", "version": "6.1.1-1", "arch": "amd64", "flavour": "amd64", "run": run}
    queue.defer([queue.Job("ingest_build", "a", 0, arguments)])
    for _ in range(queue.LIVES):
        taken()
        workers.recover()
    (noted,) = queries.attempts()
    assert (noted.name, noted.reason) == ("6.1.0-1-amd64=6.1.1-1:amd64", workers.DIED)
    assert queries.run_state().problems == ((noted.name, workers.DIED),)


def test_the_cache_stays_within_its_limit(settings, tmp_path) -> None:
    settings.ABIDB_DATA, settings.ABIDB_CACHE_GB = tmp_path, 0
    workers.make_room()  # there is none yet
    path = path_of(tmp_path / "cache", "ab" * 32)
    path.parent.mkdir(parents=True)
    path.write_bytes(b"x")
    settings.ABIDB_CACHE_GB = 1
    workers.make_room()
    assert path.exists()
    settings.ABIDB_CACHE_GB = 0
    workers.make_room()
    assert not path.exists()


def test_the_cache_leaves_some_of_its_disk_free(settings, tmp_path, monkeypatch) -> None:
    settings.ABIDB_DATA = tmp_path
    path = path_of(tmp_path / "cache", "ab" * 32)
    path.parent.mkdir(parents=True)
    path.write_bytes(b"x")
    full = workers.shutil._ntuple_diskusage(8 << 30, 8 << 30, 0)
    monkeypatch.setattr("shutil.disk_usage", lambda folder: full)
    workers.make_room()
    assert not path.exists()


@pytest.mark.django_db
def test_a_database_that_is_away_is_waited_for(monkeypatch, caplog) -> None:
    monkeypatch.setattr(workers, "WATCH", 0.0)
    with workers.patience():
        raise db.OperationalError("the server is starting up")
    assert "the database is away: the server is starting up" in caplog.text


def test_a_worker_takes_no_more_memory_than_it_may(environment) -> None:
    """The limit is the process's: what asks for more gets MemoryError."""
    code = (
        "import django, resource; django.setup()\n"
        "from ingest import workers\n"
        "workers.threading.Thread = lambda **given: exit(print(resource.getrlimit(resource.RLIMIT_DATA)[0] >> 20))\n"
        "workers.work(1)"
    )
    limited = {**environment, "ABIDB_WORKER_MB": "1234"}
    done = subprocess.run(
        [sys.executable, "-c", code], env=limited, cwd=settings.BASE_DIR, text=True, capture_output=True, check=True
    )
    assert json.loads(done.stdout) == 1234
