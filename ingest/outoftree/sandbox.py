# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs a stranger's code in a root of its own with bubblewrap: no network, no rights, nothing of the host to be seen.

Its system is read-only; it may write to /scratch, /tmp, /var/tmp and folders that are emptied for it, which live in
memory and end with it, and to its standard output. It has no memory but what its processes have mapped. Limits on
time, memory, processes, files and output hold for the whole tree of processes, which is gone when run() returns,
whatever it did. Where abidb runs as root it gives up root before: the kernel binds no limit on processes to user 0.
"""

from __future__ import annotations

import json
import os
import resource
import select
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from abidb.errors import Unavailable
from ingest.outoftree import processes, seccomp

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
SCRATCH = "/scratch"
GIFTS = f"{SCRATCH}/in"  #: where files that are handed in are found
LOOK = 0.25  #: seconds between looks at the tree of processes
MOURNING = 30.0  #: seconds that the kernel may take to end a tree of processes
ERRORS = 64 << 10  #: bytes of standard error that are kept
NOBODY = 61184, 4096  #: first and number of user ids that belong to nobody (systemd's for dynamic users)
FLOOR = 32  #: a run ends where less than this part of the machine's memory is left
DESCRIPTORS = 512  #: that a process may have open
STRAY = "sandbox: its processes did not end"


@dataclass(frozen=True, slots=True)
class Limits:
    """What one run may take. More ends it."""

    seconds: float = 3600.0
    memory: int = 4 << 30  #: bytes that its processes hold together, files in memory apart
    scratch: int = 4 << 30  #: bytes of files in /scratch and in folders that are emptied, together
    temporary: int = 512 << 20  #: bytes of files in each of /tmp and /var/tmp
    file: int = 1 << 30  #: bytes of one file
    processes: int = 512
    output: int = 1 << 30  #: bytes of standard output


@dataclass(frozen=True, slots=True)
class Ran:
    """How a run ended. `output` is a file without a name, at its beginning."""

    status: int  #: exit status of the command; negative: the signal that ended it
    broke: str  #: the limit that was broken, as words; "" where none was
    errors: str  #: end of standard error
    seconds: float
    output: IO[bytes] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Emptied:
    """A folder of the root that is empty and may be written to."""

    place: str  #: its path
    original: str  #: path below SCRATCH where what the root has there can be read
    share: float  #: its part of the limit on files in /scratch, which has the rest


@dataclass(frozen=True, slots=True)
class Cell:
    """Where a command runs."""

    root: Path  #: becomes /, read-only; it has folders for all that is mounted
    readable: Mapping[str, Path] = field(default_factory=dict)  #: further folders of the host, by path inside
    writable: Mapping[str, Path] = field(default_factory=dict)  #: the same; where there are any, root is kept
    gifts: Mapping[str, bytes] = field(default_factory=dict)  #: files below GIFTS, by name
    environment: Mapping[str, str] = field(default_factory=dict)
    emptied: Sequence[Emptied] = ()


def missing_tools() -> tuple[str, ...]:
    """Programs that are needed here and not there."""
    needed = ["bwrap", "prlimit", *(["unshare", "mount", "setpriv"] if os.geteuid() == 0 else [])]
    return tuple(name for name in needed if not shutil.which(name))


@contextmanager
def run(cell: Cell, command: Sequence[str], limits: Limits = Limits()) -> Iterator[Ran]:
    """Run `command` in `cell` and see how it ends; raises Unavailable where bubblewrap is missing or not allowed."""
    if missing := missing_tools():
        raise Unavailable(f"{' and '.join(missing)} missing: `make system-tools` installs what builds need")
    with ExitStack() as stack:
        output = stack.enter_context(tempfile.TemporaryFile())
        errors = stack.enter_context(tempfile.TemporaryFile())
        start = time.monotonic()
        status, broke = _supervised(cell, command, limits, output, errors)
        output.seek(0)
        errors.seek(max(0, errors.seek(0, os.SEEK_END) - ERRORS))
        text = errors.read().decode(errors="replace").strip()
        yield Ran(status, broke, text, time.monotonic() - start, output)


def _supervised(
    cell: Cell, command: Sequence[str], limits: Limits, output: IO[bytes], errors: IO[bytes]
) -> tuple[int, str]:
    with ExitStack() as stack:
        gifts = {name: stack.enter_context(_memory(data)) for name, data in cell.gifts.items()}
        calls = stack.enter_context(_memory(seccomp.program(os.uname().machine)))
        told, tell = os.pipe()
        stack.callback(os.close, told)
        with os.fdopen(tell, "wb") as tell_file:
            number = tell_file.fileno()
            numbers = {name: gift.fileno() for name, gift in gifts.items()}
            arguments = _arguments(cell, command, limits, numbers, (number, calls.fileno()))
            process = subprocess.Popen(
                arguments,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                pass_fds=[number, calls.fileno(), *numbers.values()],
                cwd="/",
                env={"PATH": PATH, "LC_ALL": "C"},
                start_new_session=True,
            )
        with process:
            init = _init(told, limits.seconds)
            try:
                broke = _watch(process, limits, output, errors)
            finally:
                _end(process, init)
        if init is None and process.returncode:
            errors.seek(0)
            raise Unavailable(f"bubblewrap cannot work here: {errors.read(2000).decode(errors='replace').strip()}")
        return process.returncode, broke


@contextmanager
def _memory(data: bytes) -> Iterator[IO[bytes]]:
    with os.fdopen(os.memfd_create("gift"), "w+b") as file:
        file.write(data)
        file.seek(0)
        yield file


def _arguments(
    cell: Cell, command: Sequence[str], limits: Limits, gifts: Mapping[str, int], told: tuple[int, int]
) -> list[str]:
    """The whole command line: a way to drop root where there is need, limits, bubblewrap, the command.

    `told` are the descriptors that bubblewrap tells its status on and has the filter of system calls from.
    """
    status, calls = told
    dropped = os.geteuid() == 0 and not cell.writable
    root = "/mnt" if dropped else str(cell.root)
    bubble = ["bwrap", "--unshare-all", "--unshare-user", "--disable-userns", "--die-with-parent", "--new-session"]
    bubble += ["--clearenv", "--cap-drop", "ALL", "--uid", "0", "--gid", "0", "--hostname", "sandbox"]
    bubble += [
        "--json-status-fd",
        str(status),
        *_filter(calls),
        "--ro-bind",
        root,
        "/",
        "--proc",
        "/proc",
        "--dev",
        "/dev",
    ]
    bubble += ["--remount-ro", "/dev"]  # else it is a file system in memory without a limit
    rest = int(limits.scratch * (1 - sum(one.share for one in cell.emptied)))
    for place, size in ((SCRATCH, rest), ("/tmp", limits.temporary), ("/var/tmp", limits.temporary)):  # noqa: S108
        bubble += ["--perms", "1777", "--size", str(size), "--tmpfs", place]
    for one in cell.emptied:
        bubble += ["--perms", "0755", "--size", str(int(limits.scratch * one.share)), "--tmpfs", one.place]
        bubble += ["--ro-bind", f"{root}{one.place}", f"{SCRATCH}/{one.original}"]
    for place, folder in cell.readable.items():
        bubble += ["--ro-bind", str(folder), place]
    for place, folder in cell.writable.items():
        bubble += ["--bind", str(folder), place]
    for name, number in gifts.items():
        bubble += ["--perms", "0555", "--ro-bind-data", str(number), f"{GIFTS}/{name}"]
    environment = {"PATH": PATH, "LC_ALL": "C", "HOME": SCRATCH, "TERM": "dumb", **cell.environment}
    for name, value in environment.items():
        bubble += ["--setenv", name, value]
    limited = [*_limits(limits, dropped), *bubble, "--chdir", SCRATCH, "--", *command]
    return _as_nobody(cell, limited) if dropped else limited


def _filter(descriptor: int) -> list[str]:
    return ["--seccomp", str(descriptor)] if seccomp.program(os.uname().machine) else []


def _limits(limits: Limits, dropped: bool) -> list[str]:
    """Limits of each process. A worker's own on its data must not bind a compiler."""
    others = 0 if dropped else processes.of_user(os.getuid())
    return [
        "prlimit",
        f"--data={resource.getrlimit(resource.RLIMIT_DATA)[1]}",
        f"--as={limits.memory + (1 << 30)}",
        f"--fsize={limits.file}",
        f"--nofile={DESCRIPTORS}",
        f"--nproc={limits.processes + others}",
        f"--cpu={int(limits.seconds) + 1}",
        "--core=0",
        "--",
    ]


def _as_nobody(cell: Cell, command: Sequence[str]) -> list[str]:
    """`command` as a user of nobody's who sees the root at /mnt: its way there may be closed to all but root."""
    if cell.readable:
        raise ValueError("folders of the host may be read only where root is kept")
    user = str(NOBODY[0] + os.getpid() % NOBODY[1])
    nobody = ["setpriv", "--reuid", user, "--regid", user, "--clear-groups", "--inh-caps=-all", "--no-new-privs", "--"]
    script = 'mount --bind -- "$0" /mnt && exec "$@"'
    private = ["unshare", "--mount", "--propagation", "private", "--"]
    return [*private, "sh", "-c", script, str(cell.root), *nobody, *command]


def _init(told: int, patience: float) -> int | None:
    """A descriptor of the first process inside, as bubblewrap tells it; None where it did not come that far."""
    words = b""
    deadline = time.monotonic() + min(patience, 60.0)
    while b"\n" not in words and select.select([told], [], [], max(0.0, deadline - time.monotonic()))[0]:
        piece = os.read(told, 4096)
        if not piece:
            return None
        words += piece
    try:
        return os.pidfd_open(json.loads(words.splitlines()[0])["child-pid"])
    except (IndexError, KeyError, ValueError, ProcessLookupError):
        return None


def _watch(process: subprocess.Popen[bytes], limits: Limits, output: IO[bytes], errors: IO[bytes]) -> str:
    """Take what it writes until it has ended or a limit is broken; the words for that limit."""
    assert process.stdout and process.stderr
    deadline = time.monotonic() + limits.seconds
    sinks = {process.stdout.fileno(): (output, limits.output), process.stderr.fileno(): (errors, 64 * ERRORS)}
    next_look = 0.0
    while sinks or process.poll() is None:
        if not sinks:
            time.sleep(LOOK)
        for source in select.select(list(sinks), [], [], LOOK)[0] if sinks else ():
            sink, most = sinks[source]
            piece = os.read(source, 1 << 16)
            if not piece:
                del sinks[source]
            elif sink.tell() + len(piece) > most:
                return f"more than {most:,} bytes of output"
            sink.write(piece)
        now = time.monotonic()
        if now > deadline:
            return f"more than {limits.seconds:,.0f} seconds"
        if now >= next_look:
            next_look = now + LOOK
            if broke := _too_much(process.pid, limits):
                return broke
    return ""


def _too_much(pid: int, limits: Limits) -> str:
    tree = processes.tree(pid)
    if tree.number > limits.processes:
        return f"more than {limits.processes:,} processes"
    if tree.memory > limits.memory:
        return f"more than {limits.memory:,} bytes of memory"
    whole, left = processes.machine()
    if left < whole // FLOOR:
        return f"less than 1/{FLOOR} of the machine's memory left"
    return ""


def _end(process: subprocess.Popen[bytes], init: int | None) -> None:
    """See to it that nothing is left: when the first process of a pid namespace has ended, all the others have."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    if init is not None:
        try:
            with suppress(ProcessLookupError):
                signal.pidfd_send_signal(init, signal.SIGKILL)
            if not select.select([init], [], [], MOURNING)[0]:
                raise Unavailable(STRAY)
        finally:
            os.close(init)
