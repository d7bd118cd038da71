# SPDX-License-Identifier: GPL-2.0-or-later
"""How many processes there are, and what memory they hold, as /proc tells it (proc(5))."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

PROC = Path("/proc")
PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True, slots=True)
class Tree:
    """A process and all that descend from it."""

    number: int
    memory: int  #: bytes that they hold for themselves: resident pages that are not of files


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


def _memory(pid: int) -> int:
    try:
        fields = (PROC / str(pid) / "statm").read_bytes().split()
    except OSError:
        return 0
    return (int(fields[1]) - int(fields[2])) * PAGE if len(fields) > 2 else 0
