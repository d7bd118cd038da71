# SPDX-License-Identifier: GPL-2.0-or-later
"""What builds of modules leave on the disk: files that no build of the record names, and roots nobody builds in."""

from __future__ import annotations

import fcntl
import time
from pathlib import Path

from django.conf import settings

from ingest import queue
from ingest.outoftree import rootfs
from ingest.outoftree.files import SHA256

UNNAMED = 86400  #: seconds that a module file may wait for the build that names it
UNUSED = 30 * 86400  #: seconds after which a root that nobody built in goes; the next build makes it anew


def tidy() -> None:
    """Remove what is of no more use; what is being worked on stays."""
    modules(Path(settings.ABIDB_DATA) / "modules")
    for folder in Path(settings.ABIDB_DATA).glob("roots/*/"):
        root(folder)


def modules(store: Path) -> None:
    """Remove the files that no build names, once those who built them have had time to say so."""
    old = [path for path in store.glob("??/*") if _age(path) > UNNAMED]
    named = queue.modules_named([path.name for path in old if SHA256.fullmatch(path.name)])
    for path in old:
        if path.name not in named:
            path.unlink(missing_ok=True)


def root(folder: Path) -> None:
    """Remove older bases, what builds left that broke off, and where nobody built for long all of it."""
    with (folder / "lock").open("a") as lock:  # who prepares a build truncates it: its time is that of the last use
        unused = _age(folder / "lock") > UNUSED
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return
        newest = max(folder.glob("base-*[0-9]"), key=lambda path: -_age(path), default=None)
        rootfs.remove_old(folder, newest)
        if unused:
            for path in folder.iterdir():
                if path.name != "lock":
                    rootfs.remove(path)


def _age(path: Path) -> float:
    try:
        return time.time() - path.stat().st_mtime
    except FileNotFoundError:
        return 0.0
