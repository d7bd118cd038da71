# SPDX-License-Identifier: GPL-2.0-or-later
"""How many processes there are, what memory they hold, as /proc tells it (proc(5)), and how they end with ours."""

from __future__ import annotations

import os
import shutil
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

PROC = Path("/proc")
HELD = ("Pss_Anon:", "Pss_Shmem:")  #: of smaps_rollup: a page that several have mapped counts for its part
MAPPED = ("RssAnon:", "RssShmem:")  #: of status, which anybody may read: it counts for each of them

# The kernel ends the first process of a pid namespace with its parent, and with it all the others.
OF_ROOT = ("setpriv", "--pdeathsig", "KILL", "--", "unshare", "--pid", "--fork", "--kill-child", "--")
OF_OTHERS = ("bwrap", "--dev-bind", "/", "/", "--unshare-pid", "--die-with-parent", "--")


def mortal(command: Sequence[str]) -> list[str]:
    """`command` so that it and all that it starts is ended by the kernel when the thread that starts it ends, killed or
    not. As it is where there are no tools for that.
    """
    wrapper = OF_ROOT if os.geteuid() == 0 else OF_OTHERS
    there = all(shutil.which(name) for name in {"setpriv", "unshare", "bwrap"}.intersection(wrapper))
    return [*(wrapper if there else ()), *command]


@dataclass(frozen=True, slots=True)
class Tree:
    """A process and all that descend from it."""

    number: int
    memory: int  #: bytes that they hold together, also what they share; not what is of files on disk


def tree(pid: int) -> Tree:
    """The tree below and with `pid`; one whose parent has ended belongs to whom it was handed on to."""
    children = defaultdict(list)
    for child, parent in _parents():
        children[parent].append(child)
    found, waiting = [], [pid]
    while waiting:
        found.append(waiting.pop())
        waiting += children.pop(found[-1], [])
    return Tree(len(found), sum(map(_memory, found)))


def of_user(uid: int) -> int:
    """How many processes and threads a user has."""
    number = 0
    for folder in PROC.glob("[0-9]*"):
        with suppress(OSError):
            if folder.stat().st_uid == uid:
                number += sum(1 for _ in (folder / "task").iterdir())
    return number


def _parents() -> Iterator[tuple[int, int]]:
    for folder in PROC.glob("[0-9]*"):
        with suppress(OSError):
            fields = (folder / "stat").read_bytes().rpartition(b")")[2].split()  # a command's name may hold anything
            yield int(folder.name), int(fields[1])


def machine() -> tuple[int, int]:
    """Bytes of memory that the machine has, and that can still be had."""
    told = _fields(PROC / "meminfo", ("MemTotal:", "MemAvailable:"))
    return told[0], told[1]


def _memory(pid: int) -> int:
    for name, keys in (("smaps_rollup", HELD), ("status", MAPPED)):
        with suppress(OSError):
            if len(told := _fields(PROC / str(pid) / name, keys)) == len(keys):
                return sum(told)
    return 0


def _fields(path: Path, keys: Collection[str]) -> list[int]:
    """Values of a file of /proc, which has them in units of 1024 bytes, as bytes."""
    lines = (line.split() for line in path.read_text().splitlines())
    return [int(words[1]) << 10 for words in lines if words and words[0] in keys]
