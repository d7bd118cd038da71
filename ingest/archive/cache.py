# SPDX-License-Identifier: GPL-2.0-or-later
"""Files by their SHA-256 or SHA-1 in one folder: whole under their final name, or not there.

CACHE/ab/abcd…         a verified file
CACHE/ab/abcd….part    one that is being fetched, or was when something broke; locked by who writes it
"""

from __future__ import annotations

import errno
import fcntl
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import BufferedRandom
from pathlib import Path

from abidb.errors import BadArchive, Unavailable

DIGEST = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")  # the snapshot service knows files by SHA-1


def path_of(cache: Path, digest: str) -> Path:
    """Where the file with this digest is or would be."""
    if not DIGEST.fullmatch(digest):
        raise BadArchive(f"{digest!r} is neither SHA-256 nor SHA-1")
    return cache / digest[:2] / digest


def cached(cache: Path, digest: str) -> Path | None:
    """The verified file with this digest, marked as used now; None where there is none."""
    path = path_of(cache, digest)
    try:
        os.utime(path)
    except (FileNotFoundError, NotADirectoryError):
        return None
    return path


@contextmanager
def claimed(cache: Path, digest: str) -> Iterator[BufferedRandom]:
    """The part file of a digest, open for this caller alone; others, in any process, wait for it.

    Raises Unavailable where the disk is full or the folder cannot be written.
    """
    path = path_of(cache, digest).with_suffix(".part")
    with _writable():
        path.parent.mkdir(parents=True, exist_ok=True)
        with _lock(path) as part:
            yield part


@contextmanager
def _lock(path: Path) -> Iterator[BufferedRandom]:
    while True:
        with path.open("a+b") as part:
            fcntl.flock(part, fcntl.LOCK_EX)
            if _is_at(part, path):  # who had the lock before may have published or discarded this very file
                yield part
                return


def _is_at(part: BufferedRandom, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(part.fileno()), path.stat())
    except FileNotFoundError:
        return False


@contextmanager
def _writable() -> Iterator[None]:
    """No message says where the cache is: it may be shown to anybody."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise Unavailable("no space left on the disk of the cache") from error
        if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR):
            raise Unavailable(f"the cache cannot be written: {error.strerror}") from error
        raise


def discard(part: BufferedRandom, cache: Path, digest: str) -> None:
    """Remove a claimed part file."""
    with suppress(OSError):
        part.truncate(0)
    path_of(cache, digest).with_suffix(".part").unlink(missing_ok=True)


def publish(part: BufferedRandom, cache: Path, digest: str) -> Path:
    """Give a claimed part file, whose digest the caller has checked, its final name."""
    path = path_of(cache, digest)
    part.flush()
    os.fsync(part.fileno())
    path.with_suffix(".part").replace(path)
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
    return path


def forget(cache: Path, digest: str) -> None:
    """Remove the file with this digest, if it is there."""
    path_of(cache, digest).unlink(missing_ok=True)


def prune(cache: Path, budget: int) -> int:
    """Remove what was not used for the longest time until `budget` bytes are left; returns the bytes freed.

    A part file that somebody is writing stays.
    """
    files = sorted((path for path in cache.glob("??/*") if DIGEST.fullmatch(path.stem)), key=_last_use)
    excess = sum(_size(path) for path in files) - budget
    freed = 0
    for path in files:
        if freed >= excess:
            break
        freed += _remove_unless_busy(path)
    return freed


def _last_use(path: Path) -> float:
    with suppress(FileNotFoundError):
        return path.stat().st_mtime
    return 0.0


def _size(path: Path) -> int:
    with suppress(FileNotFoundError):
        return path.stat().st_size
    return 0


def _remove_unless_busy(path: Path) -> int:
    with suppress(FileNotFoundError, BlockingIOError), path.open("rb") as file:
        if path.suffix == ".part":
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        size = _size(path)
        path.unlink()
        return size
    return 0
