# SPDX-License-Identifier: GPL-2.0-or-later
"""Stanzas of an index by what it is and the SHA-256 that its Release gives it: fetched and read once, then remembered.

What is remembered begins with the number of the way in which it was read; what stands under another is read anew.
An index that a root has not, or has with other content than its Release lists, is remembered as refused by that root.
The next look asks for it once more, as a mirror may send wrong bytes once; from then on it is asked for after growing
intervals.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from functools import partial

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
REFUSED = "refused "  # begins the keys of refusals
LONGEST = 16 * 24  # hours until what was refused is tried again
Stanzas = list[dict[str, str]]


def packages(index: bytes) -> Stanzas:
    """What is kept of a Packages index: kernels, and the package that knows Debian's releases."""
    releases = find_package(index, "distro-info-data")
    return [*kernel_stanzas(index), *([releases] if releases else [])]


def sources(index: bytes) -> Stanzas:
    """What is kept of a Sources index."""
    return list(source_stanzas(index))


def key_of(release: Release, index: str) -> str | None:
    """By what the index at this path is remembered; None where the Release lists none, or an empty one.

    One content may be listed as Packages here and, by somebody else, as Sources there: each is read in its own way.
    """
    form = smallest_form(release, index)
    return f"{'sources' if _is_sources(index) else 'packages'} {form[0]}" if form else None


def remembered(key: str, memory: Memory) -> Stanzas | None:
    """The stanzas by a key of key_of(); None where they are not known."""
    number, *found = memory.index(key) or [None]
    return found if number == READER else None


def _is_sources(index: str) -> bool:
    return index.endswith("/Sources")


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
        keys = [(index, key_of(release, index)) for index in indexes]
        yield from [_promise(root, index, key, pool, read, memory=memory, now=now) for index, key in keys]


def _read(root: Root, release: Release, index: str, client: Client, progress: Progress) -> Stanzas:
    data = fetch_index(root, release, index, client, progress)
    found = sources(data) if _is_sources(index) else packages(data)
    if any("\0" in value for stanza in found for value in stanza.values()):
        raise BadArchive(f"{root.name}/dists/{release.folder}/{index} has a NUL in the stanza of a kernel")
    return found


def _promise(
    root: Root,
    index: str,
    key: str | None,
    pool: Executor,
    read: Callable[[str], Stanzas],
    *,
    memory: Memory,
    now: dt.datetime,
) -> Callable[[], Stanzas]:
    if key is None:
        return list
    if (known := remembered(key, memory)) is not None:
        return lambda: known
    refusal = f"{REFUSED}{root.name} {key}"
    (refused,) = memory.index(refusal) or [{}]
    if refused and now < dt.datetime.fromisoformat(refused["again"]):
        return partial(_refuse, refused)
    tries = int(refused.get("tries", "0"))
    return partial(_settled, pool.submit(read, index), key, (refusal, tries), memory=memory, now=now)


def _refuse(refused: dict[str, str]) -> Stanzas:
    raise BadArchive(f"{refused['refused']}; it is asked for again from {refused['again'][:16]} on")


def _settled(
    future: Future[Stanzas], key: str, refused: tuple[str, int], *, memory: Memory, now: dt.datetime
) -> Stanzas:
    """What became of fetching an index, remembered; `refused` has the key of a refusal, and how many there were."""
    try:
        found = future.result()
    except (BadArchive, NotThere) as error:
        memory.remember(refused[0], [_refusal(str(error), refused[1] + 1, now)])
        raise
    memory.remember(key, [READER, *found])
    return found


def _refusal(reason: str, tries: int, now: dt.datetime) -> dict[str, str]:
    again = now + dt.timedelta(hours=min(2 ** (tries - 2), LONGEST) if tries > 1 else 0)
    return {"refused": reason, "tries": str(tries), "again": again.isoformat()}
