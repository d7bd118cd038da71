# SPDX-License-Identifier: GPL-2.0-or-later
"""Stanzas of an index by the SHA-256 that its Release gives it: fetched and read once, then remembered.

What is remembered begins with the number of the way in which it was read; what stands under another is read anew.
An index that a mirror has not, or has with other content than its Release lists, is remembered as refused. The next
look asks for it once more, as a mirror may send wrong bytes once; from then on it is asked for after growing intervals.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from functools import partial
from typing import Any

from abidb.errors import BadArchive, NotThere
from ingest.archive.client import Client
from ingest.archive.fetch import Progress, unheard
from ingest.archive.index import fetch_index, find_package, kernel_stanzas, smallest_form
from ingest.archive.memory import Memory
from ingest.archive.release import Release
from ingest.archive.roots import Root
from ingest.archive.sources import source_stanzas

AT_ONCE = 4  # indexes that are fetched and read; sid's takes 200 MB meanwhile
READER = 1  #: raised when packages() or sources() find something else in the same index
LONGEST = 16 * 24  # hours until what was refused is tried again
Stanzas = list[dict[str, str]]


def packages(index: bytes) -> Stanzas:
    """What is kept of a Packages index: kernels, and the package that knows Debian's releases."""
    releases = find_package(index, "distro-info-data")
    return [*kernel_stanzas(index), *([releases] if releases else [])]


def sources(index: bytes) -> Stanzas:
    """What is kept of a Sources index."""
    return list(source_stanzas(index))


def reader(index: str) -> Callable[[bytes], Stanzas]:
    """What reads the index at this path."""
    return sources if index.endswith("/Sources") else packages


def stanzas_of(
    root: Root, release: Release, index: str, *, client: Client, memory: Memory, now: dt.datetime
) -> Stanzas:
    """The stanzas of interest of the index at this path of a suite; raises Unavailable and BadArchive."""
    (promise,) = promised(root, release, [index], client=client, memory=memory, now=now)
    return promise()


def promised(
    root: Root,
    release: Release,
    indexes: Sequence[str],
    *,
    client: Client,
    memory: Memory,
    now: dt.datetime,
    progress: Progress = unheard,
) -> Iterator[Callable[[], Stanzas]]:
    """For each of the indexes at these paths of a suite a function that does as stanzas_of() of it.

    Those that are not remembered are fetched and read a few at a time.
    """
    read = partial(_read, root, release, client=client, progress=progress)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        forms = [(index, smallest_form(release, index)) for index in indexes]
        yield from [_promise(index, form, pool, read, memory=memory, now=now) for index, form in forms]


def _read(root: Root, release: Release, index: str, client: Client, progress: Progress) -> Stanzas:
    return reader(index)(fetch_index(root, release, index, client, progress))


def _promise(
    index: str,
    form: tuple[str, int, str] | None,
    pool: Executor,
    read: Callable[[str], Stanzas],
    *,
    memory: Memory,
    now: dt.datetime,
) -> Callable[[], Stanzas]:
    if form is None:
        return list
    digest = form[0]
    kept = memory.index(digest) or [None]
    refused = kept[1] if kept[0] == READER and is_refusal(kept) else {}
    if kept[0] == READER and not refused:
        return lambda: kept[1:]
    if refused and now < dt.datetime.fromisoformat(refused["again"]):
        return partial(_refuse, refused)
    return partial(_settled, pool.submit(read, index), digest, int(refused.get("tries", "0")), memory, now)


def _refuse(refused: dict[str, str]) -> Stanzas:
    raise BadArchive(f"{refused['refused']}; it is asked for again from {refused['again'][:16]} on")


def _settled(future: Future[Stanzas], digest: str, tries: int, memory: Memory, now: dt.datetime) -> Stanzas:
    """What became of fetching an index, remembered."""
    try:
        found = future.result()
    except (BadArchive, NotThere) as error:
        memory.remember(digest, [READER, _refusal(str(error), tries + 1, now)])
        raise
    memory.remember(digest, [READER, *found])
    return found


def is_refusal(content: list[Any]) -> bool:
    """Whether what is remembered says that an index could not be had in order."""
    return len(content) == 2 and isinstance(content[1], dict) and "refused" in content[1]


def _refusal(reason: str, tries: int, now: dt.datetime) -> dict[str, str]:
    again = now + dt.timedelta(hours=min(2 ** (tries - 2), LONGEST) if tries > 1 else 0)
    return {"refused": reason, "tries": str(tries), "again": again.isoformat()}


def digests(releases: Iterable[Release], indexes: Iterable[str]) -> list[str]:
    """By what the indexes at these paths are remembered."""
    forms = (smallest_form(release, index) for release in releases for index in indexes)
    return [form[0] for form in forms if form]
