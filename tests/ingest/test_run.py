# SPDX-License-Identifier: GPL-2.0-or-later
"""`manage.py run` as a process: it serves at once, fills the record, goes on serving, and ends when it is told to."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import takewhile
from pathlib import Path

import pytest
import requests
from django.conf import settings

from abidb.transfer import envelope
from abidb.transfer.writer import Writer
from tests.builders.archive import write_suite
from tests.builders.outoftree import make_attempt, make_package
from tests.ingest.test_sync import info_deb, whole

LIMIT = 60  # seconds until something that must happen has happened


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def environment(server, folder, key):
    """A data directory of its own, and a mirror with one kernel."""
    write_suite(folder / "debian", key, [info_deb()], folder="sid", Suite="unstable", Codename="sid", Version="")
    write_suite(folder / "debian", key, [whole(1)], folder="bookworm")
    with tempfile.TemporaryDirectory(prefix="abidb-run-", dir="/tmp") as data:
        Path(data).chmod(0o755)
        given = {
            **os.environ,
            "ABIDB_DATA": data,
            "ABIDB_MIRROR": f"{server.address}/debian",
            "ABIDB_KEYRING": str(key.public),
            "ABIDB_PORT": str(free_port()),
            "DJANGO_SETTINGS_MODULE": "abidb.settings",
        }
        yield given
        subprocess.run([sys.executable, "manage.py", "postgres", "stop"], env=given, check=True, capture_output=True)


@contextmanager
def running(environment: dict[str, str], *arguments: str) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "manage.py", "run", *arguments],
        env=environment,
        cwd=settings.BASE_DIR,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=LIMIT)


def page(environment: dict[str, str], path: str, until: str) -> str:
    """The page once it holds the text."""
    end = time.monotonic() + LIMIT
    said = ""
    while time.monotonic() < end:
        try:
            said = requests.get(f"http://127.0.0.1:{environment['ABIDB_PORT']}{path}", timeout=10).text
        except requests.ConnectionError:
            said = "no connection"
        if until in said:
            return said
        time.sleep(0.2)
    raise AssertionError(f"{path} never held {until!r}, but: {said[:2000]}")


def test_run_serves_and_fills_until_it_is_ended(environment) -> None:
    with running(environment, "--flavour", "amd64") as process:
        assert "6.1.0-1" in page(environment, "/", "6.1.0-1")
        assert "kfree" in page(environment, "/symbol/kfree/", "0x00001234")
        assert process.poll() is None
    assert process.returncode == 0


def test_run_serves_even_where_no_archive_answers(environment) -> None:
    with running({**environment, "ABIDB_MIRROR": "file:///nonexistent"}) as process:
        assert page(environment, "/", "<h1>")
        assert process.poll() is None


def exported(file: Path) -> Path:
    with envelope.written(file) as sink:
        writer = Writer(sink)
        writer.put(make_package(listings=()))
        writer.put(make_attempt(log=""))
        writer.close()
    return file


def test_run_imports_what_is_known_of_modules_once(environment, tmp_path) -> None:
    file = exported(tmp_path / "modules.abidb")
    told = []
    for _ in range(2):
        with running(environment, "--no-sync", "--data", str(file)) as process:
            said = takewhile(lambda line: not line.startswith("serving on"), iter(process.stdout.readline, ""))
            told.append([line for line in said if line.startswith("attempts at packages")])
        assert process.returncode == 0
    assert told == [["attempts at packages of modules: 1 new, 0 better, 0 known\n"], []]


def test_run_serves_even_where_the_file_that_it_imports_is_damaged(environment, tmp_path) -> None:
    file = exported(tmp_path / "modules.abidb")
    file.write_bytes(file.read_bytes()[:-1])
    with running(environment, "--no-sync", "--data", str(file)) as process:
        assert "modules.abidb: not an export as it was written" in process.stderr.readline()
        assert page(environment, "/", "<h1>")


def test_run_on_a_port_that_is_taken_says_so(environment) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", int(environment["ABIDB_PORT"])))
        taken.listen()
        done = subprocess.run(
            [sys.executable, "manage.py", "run", "--no-sync"],
            env=environment,
            cwd=settings.BASE_DIR,
            text=True,
            capture_output=True,
            timeout=LIMIT,
            check=False,
        )
    assert done.returncode == 1
    assert done.stderr == (
        f"abidb: cannot listen on 127.0.0.1, port {environment['ABIDB_PORT']}: Address already in use; "
        "ABIDB_BIND and ABIDB_PORT name others\n"
    )
