# SPDX-License-Identifier: GPL-2.0-or-later
"""A listed file, by address, size and digest, into the cache: resumed where it broke off, never more than listed."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from io import BufferedRandom
from pathlib import Path

from abidb.errors import BadArchive
from ingest.archive.cache import cached, claimed, discard, forget, publish
from ingest.archive.client import Answer, Client, Passing, answer, patiently, shown

NAMES = {"sha256": "SHA-256", "sha1": "SHA-1"}
Progress = Callable[[int, int], None]  #: bytes done, bytes in all


def unheard(done: int, total: int) -> None:
    """Progress that nobody watches."""


@dataclass(frozen=True, slots=True)
class _File:
    url: str
    size: int
    digest: str

    @property
    def algorithm(self) -> str:
        return "sha256" if len(self.digest) == 64 else "sha1"


def fetch(url: str, *, size: int, digest: str, client: Client, progress: Progress = unheard) -> Path:
    """Where the client's cache has the file of `size` bytes; fetched from `url` first where it has not.

    `digest` is its SHA-256 or, from the snapshot service, its SHA-1, in hexadecimal. Raises NotThere, Unavailable
    (server or disk), and BadArchive where the file is not the one that was listed.
    """
    cache = client.cache
    if found := cached(cache, digest):
        if found.stat().st_size == size:
            return found
        forget(cache, digest)  # a damaged file system: the name promises what is not there
    with claimed(cache, digest) as part:
        if found := cached(cache, digest):  # fetched by someone else while we waited
            return found
        try:
            _fill(part, _File(url, size, digest), client, progress)
            return publish(part, cache, digest)
        except (BadArchive, OSError):  # wrong bytes, or a full disk: worth nothing, or needed by others
            discard(part, cache, digest)
            raise


def _fill(part: BufferedRandom, file: _File, client: Client, progress: Progress) -> None:
    """Bring `part` to the listed content; raises BadArchive where the server has something else."""
    pieced = _transfer(part, file, client, progress)
    found = _digest(part, file)
    if found != file.digest and pieced:  # the pieces may stem from different files: once more in one go
        part.truncate(0)
        _transfer(part, file, client, progress)
        found = _digest(part, file)
    if found != file.digest:
        raise BadArchive(f"{shown(file.url)} has {NAMES[file.algorithm]} {found}, but is listed with {file.digest}")


def _transfer(part: BufferedRandom, file: _File, client: Client, progress: Progress) -> bool:
    """Fill `part` up to the listed size; says whether its bytes came in more than one answer."""
    if _length(part) > file.size:
        part.truncate(0)

    def attempt() -> bool:
        start = _length(part)
        if 0 < start == file.size:
            return True
        with answer(file.url, client, start) as got:
            part.truncate(got.start)
            _append(part, file, got, progress)
        return got.start > 0

    return patiently(attempt, client)


def _append(part: BufferedRandom, file: _File, got: Answer, progress: Progress) -> None:
    if got.size is not None and got.size != file.size:
        raise BadArchive(f"{shown(file.url)} has {got.size:,} bytes, but is listed with {file.size:,}")
    done = part.seek(0, os.SEEK_END)
    for piece in got.pieces:
        done += len(piece)
        if done > file.size:
            raise BadArchive(f"{shown(file.url)} goes on after the {file.size:,} bytes that are listed")
        part.write(piece)
        progress(done, file.size)
    part.flush()
    if done < file.size:
        raise Passing(f"{shown(file.url)} broke off after {done:,} of {file.size:,} bytes")


def _length(part: BufferedRandom) -> int:
    part.flush()
    return os.fstat(part.fileno()).st_size


def _digest(part: BufferedRandom, file: _File) -> str:
    part.flush()
    part.seek(0)
    return hashlib.file_digest(part, file.algorithm).hexdigest()
