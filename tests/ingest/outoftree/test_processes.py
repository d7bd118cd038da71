# SPDX-License-Identifier: GPL-2.0-or-later
"""What is started ends with the one who started it, even one that is killed."""

import os
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from ingest.outoftree import processes

pytestmark = [pytest.mark.tool("bwrap"), pytest.mark.tool("unshare"), pytest.mark.tool("setpriv")]
ROOT = Path(__file__).parents[3]
PATIENCE = 60.0  # seconds until something is taken to stay as it is
# How a worker starts something; {} is a program of the shell.
STARTED = {
    "mortal": "subprocess.run(processes.mortal(['bash', '-c', {}]))",
    "mmdebstrap": "bootstrap._in_time(['bash', '-c', {}], b'', tempfile.TemporaryFile())",
}


def sleeping(number):
    """Processes that sleep for so many seconds."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if (folder / "cmdline").read_bytes() == f"sleep\0{number}\0".encode():
                found.append(int(folder.name))
    return found


def until(condition):
    deadline = time.monotonic() + PATIENCE
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.05)
    return condition()


@pytest.mark.parametrize("how", STARTED)
def test_nothing_is_left_of_what_a_worker_started_that_was_killed(how):
    number = 100_000_000 + os.getpid()
    setsid = "setsid " if how == "mortal" else ""
    call = STARTED[how].format(repr(f"sleep {number} & {setsid}sleep {number} & sleep {number}; true"))
    program = f"import subprocess, tempfile\nfrom ingest.outoftree import bootstrap, processes\n{call}"
    worker = subprocess.Popen([sys.executable, "-c", program], cwd=ROOT)
    try:
        assert until(lambda: len(sleeping(number)) == 3)
    finally:
        worker.send_signal(signal.SIGKILL)
        worker.wait()
    assert until(lambda: sleeping(number) == [])


def test_without_the_tools_a_command_is_as_it_was(monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda name: None)
    assert processes.mortal(["cp"]) == ["cp"]


def test_an_ordinary_users_commands_are_ended_by_bubblewrap(monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert processes.mortal(["cp"]) == [*processes.OF_OTHERS, "cp"]
