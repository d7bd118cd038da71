# SPDX-License-Identifier: GPL-2.0-or-later
"""The emulator is a shell script here that says and does what a test needs; a real one is in tests/archive."""

import os
import resource
import signal
import subprocess
import time

import pytest

from abidb.errors import Unavailable
from ingest.outoftree import vm
from ingest.outoftree.vm import LATE, LOUD, OFF, SILENT, Limits, boot


@pytest.fixture
def emulator(tmp_path, monkeypatch):
    """Puts a script in the emulator's place."""

    def install(script):
        path = tmp_path / vm.QEMU
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)
        monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")

    return install


def test_without_an_emulator_it_is_said_what_installs_it(monkeypatch):
    monkeypatch.setattr("shutil.which", lambda tool: None)
    with pytest.raises(Unavailable, match="qemu-system-x86_64 is not installed: `make system-tools`"):
        boot(b"", b"", Limits())


def test_an_emulator_that_fails_is_told_with_its_words(emulator):
    emulator("echo 'no such machine' >&2; exit 1")
    with pytest.raises(Unavailable, match="qemu-system-x86_64 failed: no such machine"):
        boot(b"", b"", Limits())


def test_a_boot_is_what_the_console_said(emulator):
    emulator(r"printf 'Linux\r\nPower down\r\n'")
    assert boot(b"", b"", Limits()).console == "Linux\nPower down\n"


@pytest.mark.parametrize(
    ("script", "limits", "end"),
    [
        ("echo off", Limits(), OFF),
        ("echo hangs; sleep 60", Limits(silence=0.3), SILENT),
        ("while sleep 0.05; do echo a word; done", Limits(seconds=0.5), LATE),
        ("yes loud", Limits(), LOUD),
    ],
)
def test_a_boot_ends_by_itself_or_is_ended(emulator, monkeypatch, script, limits, end):
    monkeypatch.setattr(vm, "SAID", 100_000)
    emulator(script)
    assert boot(b"", b"", limits).end == end


def test_it_is_given_files_without_a_name_so_that_none_is_left_whatever_ends_it(emulator, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    emulator(f"ls {tmp_path}\nwhile [ $# -gt 0 ]; do case $1 in -kernel|-initrd) cat $2;; esac; shift; done")
    assert boot(b"vmlinuz\n", b"ramdisk\n", Limits()).console == f"{vm.QEMU}\nvmlinuz\nramdisk\n"


def test_nothing_is_left_of_what_an_emulator_started(emulator, tmp_path):
    emulator(f"sleep 60 & echo $! > {tmp_path}/child; echo up; wait")
    assert boot(b"", b"", Limits(silence=0.5)).end == SILENT
    child = int((tmp_path / "child").read_text())
    for _ in range(100):
        if not alive(child):
            return
        time.sleep(0.05)
    pytest.fail("what the emulator started lives on")


def alive(pid):
    """A zombie whose parent is gone as well is not."""
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_the_emulator_is_given_the_files_and_no_network(emulator):
    emulator("""echo "$@"; while [ $# -gt 0 ]; do case $1 in -kernel|-initrd) cat "$2"; esac; shift; done""")
    said = boot(b"the kernel;", b"the files", Limits()).console
    assert "-nic none" in said
    assert said.endswith("the kernel;the files")


def test_time_memory_and_files_of_the_emulator_are_limited():
    with subprocess.Popen(["sleep", "60"]) as process:
        vm._limit(process.pid, Limits(seconds=100, memory=64))
        which = (resource.RLIMIT_CPU, resource.RLIMIT_AS, resource.RLIMIT_FSIZE, resource.RLIMIT_CORE)
        assert [resource.prlimit(process.pid, each)[1] for each in which] == [160, (2048 + 64) << 20, vm.SAID, 0]
        process.kill()


def test_the_emulator_ends_with_the_process_that_started_it(emulator, tmp_path):
    emulator(f"echo $$ > {tmp_path}/emulator; sleep 60")
    code = "from ingest.outoftree import vm; vm.boot(b'', b'', vm.Limits())"
    parent = subprocess.Popen([os.sys.executable, "-c", code], cwd=os.getcwd())
    written = tmp_path / "emulator"
    for _ in range(200):
        if written.exists() and written.read_text().strip():
            break
        time.sleep(0.05)
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    pid = int(written.read_text())
    for _ in range(100):
        if not alive(pid):
            return
        time.sleep(0.05)
    pytest.fail("the emulator lives on")


def test_limits_are_not_set_for_a_process_that_has_failed_already(monkeypatch):
    def gone(*_):
        raise ProcessLookupError

    monkeypatch.setattr(resource, "prlimit", gone)
    vm._limit(1, Limits())
