# SPDX-License-Identifier: GPL-2.0-or-later
"""Worker processes and who looks after them: real ones, killed, paused and ended, on a database of their own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest
from django import db
from django.conf import settings

from abidb import postgres, queries, store
from abidb.records import BuildKey, OfferRow
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
    how = {"env": environment, "cwd": settings.BASE_DIR, "text": True, "capture_output": True, "timeout": LIMIT}
    done = subprocess.run([sys.executable, "manage.py", *command], **how, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def ask(environment: dict[str, str], query: str) -> list[tuple]:
    """What the record answers; it may be on its way back."""
    server = postgres.ensure_running(Path(environment["ABIDB_DATA"]))
    with postgres.connect(server, postgres.OWNER) as connection:
        found = connection.execute(query)
        return found.fetchall() if found.description else []


@contextmanager
def working(environment: dict[str, str], *options: str) -> Iterator[subprocess.Popen[str]]:
    how = {"env": environment, "cwd": settings.BASE_DIR, "text": True, "stderr": subprocess.PIPE}
    process = subprocess.Popen([sys.executable, "manage.py", "worker", *options], **how)
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


def slow(server) -> None:
    """Each deb takes a while to come."""
    for n in (1, 2):
        server.fault(f"debian/{whole(n).filename}", Fault(stall=2.0), lasting=True)


BOTH = ["6.1.0-1-amd64", "6.1.0-2-amd64"]
WORKERS = "SELECT id FROM procrastinate_workers ORDER BY id"  # a row for each queue that a process takes from


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


def test_workers_look_at_the_archives_when_it_is_time_and_bring_what_they_have(environment) -> None:
    with working({**environment, "ABIDB_LOOK_HOURS": "1"}) as process:
        until(lambda: builds(environment) == BOTH and not busy(environment))
    assert (process.returncode, len(ask(environment, "SELECT id FROM run"))) == (0, 1)


def test_a_worker_whose_supervisor_was_gone_before_it_began_takes_no_job() -> None:
    workers.work(1, os.getpid())


@pytest.fixture
def started(monkeypatch) -> list[subprocess.Popen[bytes]]:
    """The processes that a crew starts in place of workers."""
    found = []

    def start(_crew: workers.Crew) -> workers.Member:
        found.append(subprocess.Popen(["sleep", "60"]))
        return workers.Member(found[-1], time.monotonic())

    monkeypatch.setattr(workers.Crew, "_start", start)
    return found


@pytest.mark.django_db
def test_a_worker_that_was_killed_is_replaced_and_its_jobs_are_put_back_at_once(monkeypatch, started) -> None:
    recovered = []
    monkeypatch.setattr(workers, "HASTE", 0.0)
    monkeypatch.setattr(workers, "recover", lambda: recovered.append(len(started)))
    with workers.crew(1) as crew:
        for _ in range(3):
            crew.tend()
        started[0].kill()
        started[0].wait()
        crew.tend()
    assert (recovered, len(started)) == ([0, 1, 1], 2)


@pytest.mark.django_db
def test_while_work_is_paused_no_worker_is_kept(started) -> None:
    with workers.crew(2) as crew:
        crew.tend()
        store.pause("the mirror is being moved")
        crew.tend()
        assert [process.wait() for process in started] == [-signal.SIGTERM] * 2
        crew.tend()
        assert len(started) == 2
        store.resume()
        crew.tend()
    assert len(started) == 4


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("error", "said"),
    [
        (MemoryError(), "abidb: a worker ends, for it cannot show that it lives: MemoryError()\n"),
        (db.OperationalError("gone\n"), "abidb: a worker ends, for it lost the database: gone\n"),
    ],
)
@pytest.mark.parametrize("step", ["present", "living"])
def test_a_worker_that_cannot_show_that_it_lives_ends(monkeypatch, capsys, step: str, error, said: str) -> None:
    def fail() -> None:
        raise error

    ended = []
    monkeypatch.setattr(workers, "WATCH", 0.0)
    monkeypatch.setattr(queue, "present", lambda: None)
    monkeypatch.setattr(queue, step, fail)
    monkeypatch.setattr(workers.os, "_exit", ended.append)
    workers._be_present(threading.Event(), os.getppid())
    assert (ended, capsys.readouterr().err) == ([1], said)


def test_a_worker_gives_signs_of_life_as_long_as_its_last_job_takes(monkeypatch) -> None:
    beaten: list[int] = []

    def beat(number: int) -> None:
        beaten.append(number)
        if len(beaten) == 3:
            raise MemoryError

    monkeypatch.setattr(workers, "WATCH", 0.0)
    monkeypatch.setattr(queue, "present", lambda: None)
    monkeypatch.setattr(queue, "living", lambda: 1)
    monkeypatch.setattr(queue, "beat", beat)
    monkeypatch.setattr(workers.os, "_exit", lambda status: None)
    gone, there = SimpleNamespace(worker_id=None), SimpleNamespace(worker_id=7)
    workers._be_present(threading.Event(), os.getppid(), [gone, there])
    assert beaten == [7, 7, 7]


@pytest.mark.django_db
def test_a_sign_of_life_is_noted_with_the_worker() -> None:
    taken()
    with db.connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_workers SET last_heartbeat = '2000-01-01' RETURNING id")
        ((worker,),) = cursor.fetchall()
        queue.beat(worker)
        cursor.execute("SELECT last_heartbeat > '2001-01-01' FROM procrastinate_workers")
        assert cursor.fetchall() == [(True,)]


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
        until(lambda: len(ask(environment, WORKERS)) == len(workers.taken_from(workers._arch())))
        known = ask(environment, WORKERS)
        assert "2 ingested" in manage(environment, "sync")
        assert ask(environment, WORKERS) == known


@pytest.mark.django_db
def test_what_ended_all_its_workers_is_noted() -> None:
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


@pytest.fixture
def kept(settings, tmp_path) -> Path:
    """A file in a cache of its own."""
    settings.ABIDB_DATA = tmp_path
    workers.make_room()  # there is no cache yet
    path = path_of(tmp_path / "cache", "ab" * 32)
    path.parent.mkdir(parents=True)
    path.write_bytes(b"x")
    return path


@pytest.mark.parametrize("gigabytes", [0, 1])
def test_the_cache_stays_within_its_limit(settings, kept: Path, gigabytes: int) -> None:
    settings.ABIDB_CACHE_GB = gigabytes
    workers.make_room()
    assert kept.exists() == (gigabytes > 0)


def test_a_file_that_leaves_the_cache_meanwhile_is_no_matter(kept: Path, monkeypatch) -> None:
    """The part files of fetches that go on are renamed and removed at any time."""
    kept.unlink()
    monkeypatch.setattr(Path, "glob", lambda folder, pattern: [kept])
    monkeypatch.setattr(Path, "exists", lambda path: True)  # it was, a moment ago
    workers.make_room()


def test_the_cache_leaves_some_of_its_disk_free(kept: Path, monkeypatch) -> None:
    full = workers.shutil._ntuple_diskusage(8 << 30, 8 << 30, 0)
    monkeypatch.setattr("shutil.disk_usage", lambda folder: full)
    workers.make_room()
    assert not kept.exists()


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
        "workers.work(1, workers.os.getppid())"
    )
    limited = {**environment, "ABIDB_WORKER_MB": "1234"}
    done = subprocess.run(
        [sys.executable, "-c", code], env=limited, cwd=settings.BASE_DIR, text=True, capture_output=True, check=True
    )
    assert done.stdout == "1234\n"
