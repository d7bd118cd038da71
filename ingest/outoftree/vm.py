# SPDX-License-Identifier: GPL-2.0-or-later
"""A kernel booted in an emulator: no network, no disk, nothing of the host but its console.

qemu emulates the processor itself (TCG), so that it needs neither KVM nor any right; what runs in it may crash, hang
or write without end. It ends with its time, its memory, what it may say, or with the process that started it.
"""

from __future__ import annotations

import os
import resource
import selectors
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from abidb.errors import Unavailable

QEMU = "qemu-system-x86_64"
OVERHEAD = 2 << 30  # bytes of address space that qemu takes besides the guest's memory; 1.1 GB seen
TRANSLATED = 128  # MiB for code that was translated
SAID = 32 << 20  # bytes; the console of a boot with 150 modules says 0.3 MB
#: `panic=-1 oops=panic`: whatever breaks ends the boot at once. `initcall_debug`: the kernel says which initialisation
#: it begins (init/main.c, do_one_initcall): then all its checks of a module are over. `printk.devkmsg=on`: what init
#: writes there is not held back.
COMMAND_LINE = (
    "console=ttyS0 quiet panic=-1 oops=panic initcall_debug printk.devkmsg=on printk.time=0 log_buf_len=4M "
    "mitigations=off nokaslr nowatchdog net.ifnames=0"
)
OFF, SILENT, LATE, LOUD = "off", "silent", "late", "loud"


@dataclass(frozen=True, slots=True)
class Limits:
    """How long a boot may take, in seconds, and how much memory it has, in MiB."""

    seconds: float = 600
    silence: float = 60  #: without a word on the console
    memory: int = 512


@dataclass(frozen=True, slots=True)
class Boot:
    """What a kernel said on its console from the first to the last, and how it ended."""

    console: str
    end: str  #: OFF (by itself: powered off, or panicked), SILENT (hung), LATE, or LOUD (said too much)
    seconds: float


def boot(vmlinuz: bytes, initramfs: bytes, limits: Limits) -> Boot:
    """Boot an amd64 kernel with /init of `initramfs`, until it ends or has to be ended.

    Raises Unavailable where the emulator is not installed or does not start.
    """
    if not shutil.which(QEMU):
        raise Unavailable(f"{QEMU} is not installed: `make system-tools` installs what load tests need")
    begin = time.monotonic()
    with _nameless(vmlinuz) as kernel, _nameless(initramfs) as ramdisk:
        command = _command(_path(kernel), _path(ramdisk), limits)
        with _started(command, (kernel, ramdisk), limits) as (process, stderr):
            assert process.stdout
            said, end = _heard(process.stdout.fileno(), limits)
            failed = end == OFF and process.wait(10) != 0
            stderr.seek(0)
            if failed:
                raise Unavailable(f"{QEMU} failed: {stderr.read(2000).decode(errors='replace').strip()}")
    return Boot(said.decode(errors="replace").replace("\r\n", "\n"), end, time.monotonic() - begin)


@contextmanager
def _nameless(data: bytes) -> Iterator[int]:
    """The descriptor of a file without a name: whatever ends this process, nothing of it is left."""
    with tempfile.TemporaryFile(prefix="abidb-vm-") as file:
        file.write(data)
        file.flush()
        yield file.fileno()


def _path(descriptor: int) -> Path:
    """How the emulator opens a file that it was given open."""
    return Path("/proc/self/fd", str(descriptor))


def _command(kernel: Path, ramdisk: Path, limits: Limits) -> list[str]:
    return [
        *("setpriv", "--pdeathsig", "KILL", "nice", "-n", "10"),
        *(QEMU, "-nodefaults", "-no-user-config", "-no-reboot", "-display", "none", "-serial", "stdio"),
        *("-machine", "pc", "-accel", f"tcg,tb-size={TRANSLATED}", "-cpu", "max", "-smp", "1"),
        *("-m", f"{limits.memory}M", "-nic", "none"),
        *("-sandbox", "on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny"),
        *("-kernel", str(kernel), "-initrd", str(ramdisk), "-append", COMMAND_LINE),
    ]


@contextmanager
def _started(
    command: list[str], files: tuple[int, ...], limits: Limits
) -> Iterator[tuple[subprocess.Popen[bytes], IO[bytes]]]:
    """The emulator in a process group of its own, which is gone at the end. It is given `files`, open."""
    with tempfile.TemporaryFile() as stderr:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=stderr,
            start_new_session=True,
            pass_fds=files,
        )
        try:
            _limit(process.pid, limits)
            yield process, stderr
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            if process.stdout:
                process.stdout.close()


def _limit(pid: int, limits: Limits) -> None:
    memory = (limits.memory << 20) + OVERHEAD
    wanted = {
        resource.RLIMIT_AS: memory,
        resource.RLIMIT_CPU: int(limits.seconds) + 60,
        resource.RLIMIT_FSIZE: SAID,
        resource.RLIMIT_CORE: 0,
    }
    with suppress(ProcessLookupError):  # it has failed already, and its status will say so
        for which, most in wanted.items():
            resource.prlimit(pid, which, (most, most))


def _heard(fd: int, limits: Limits, now: Callable[[], float] = time.monotonic) -> tuple[bytes, str]:
    """What comes out of `fd` until it is closed or a limit is reached."""
    pieces, size, last = list[bytes](), 0, now()
    end = last + limits.seconds
    with selectors.DefaultSelector() as selector:
        selector.register(fd, selectors.EVENT_READ)
        while (moment := now()) < end:
            if not selector.select(min(end, last + limits.silence) - moment):
                if now() >= last + limits.silence:
                    return b"".join(pieces), SILENT
                continue
            piece = os.read(fd, 1 << 16)
            if not piece:
                return b"".join(pieces), OFF
            pieces.append(piece)
            size, last = size + len(piece), now()
            if size > SAID:
                return b"".join(pieces), LOUD
    return b"".join(pieces), LATE
