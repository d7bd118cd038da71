# SPDX-License-Identifier: GPL-2.0-or-later
"""One build from an archive into the record: fetch its debs, read them, store what they show."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Lock

from abidb import store
from abidb.errors import BadArchive, BadFormat, BuildFailed, NotThere, Unavailable
from abidb.rank import Known
from abidb.records import EXTRACTOR, Kernel, Listing, Snapshot
from ingest.archive.builds import ListedBuild, ListedDeb
from ingest.archive.client import CHUNK, Client
from ingest.archive.debs import fetch_deb
from ingest.archive.fetch import Progress
from ingest.archive.roots import Root
from ingest.kernel import read_kernel

LOST = "listed, but no longer to be had; another deb of the same build stands in"
NO_BETTER = "what is listed was read and is no better than what the record has"
_READING = Lock()  # one kernel at a time takes a process's memory and core; another may be fetched meanwhile


@dataclass(slots=True)
class Meter:
    """How many bytes were downloaded."""

    total: int = 0

    def watch(self, _name: str) -> Progress:
        """What to tell of one file's progress."""
        last: int | None = None

        def heard(done: int, _in_all: int) -> None:
            nonlocal last
            self.total += min(done, CHUNK) if last is None or done < last else done - last
            last = done

        return heard


@dataclass(frozen=True, slots=True)
class Sources:
    """Where debs come from."""

    roots: Sequence[Root]
    client: Client
    snapshot: str = ""  #: address of the snapshot service
    meter: Meter = field(default_factory=Meter)


@dataclass(frozen=True, slots=True)
class Fetched:
    """The debs of one build on disk, and those that were listed and not to be had."""

    debs: Mapping[Path, ListedDeb]
    absent: Sequence[tuple[ListedDeb, str]]  #: each with why

    @property
    def listings(self) -> Mapping[Path, tuple[Listing, ...]]:
        """Where each deb is listed."""
        return {path: deb.deb().listings for path, deb in self.debs.items()}

    @property
    def snapshots(self) -> Mapping[Path, Snapshot]:
        """What vouches for debs that only the snapshot service has."""
        return {path: found for path, deb in self.debs.items() if (found := deb.deb().snapshot)}


@dataclass(frozen=True, slots=True)
class Done:
    """What became of a build ("new", "better", "known"), and what of it could not be had, a reason each."""

    outcome: str
    lacking: tuple[str, ...] = ()


def ingest(build: ListedBuild, known: Known | None, sources: Sources) -> Done:
    """Bring one build into the record, which has it as `known` if at all.

    Headers that cannot be used are no reason to do without the kernel. Raises Unavailable (and NotThere), BadArchive,
    BadFormat, BuildFailed, MemoryError.
    """
    try:
        return _ingest(build, known, sources)
    except (BadArchive, BadFormat, BuildFailed) as error:
        if not build.headers:
            raise
        done = _ingest(replace(build, headers=()), known, sources)
        return replace(done, lacking=(*done.lacking, str(error)))


def _ingest(build: ListedBuild, known: Known | None, sources: Sources) -> Done:
    fetched = fetch_build(build, sources.roots, sources.client, sources.meter.watch, sources.snapshot)
    for deb, reason in fetched.absent:
        store.note_absent(deb.name, deb.version, deb.arch, reason)
    lacking = tuple(dict.fromkeys(reason for _, reason in fetched.absent))
    if not fetched.debs:
        raise NotThere("; ".join(lacking))
    if known and _is_known(fetched, known):
        return Done("known", lacking)  # what would have been better is not to be had
    with _READING:
        outcome = store.save(_read(fetched)).outcome
    if known and outcome == "known" and not lacking:
        lacking = (NO_BETTER,)  # or every look would ask for it again
    return Done(outcome, lacking)


def _is_known(fetched: Fetched, known: Known) -> bool:
    """Whether the record was made from these very debs, by an extractor as good, and something vouches for it."""
    held = all(known.holds(deb.name, deb.size, deb.sha256) for deb in fetched.debs.values())
    return held and known.merits.provenance > 0 and known.merits.extractor >= EXTRACTOR


def _read(fetched: Fetched) -> Kernel:
    """The build; what is wrong with a deb is said under the deb's name, not under the cache's."""
    try:
        return read_kernel(tuple(fetched.debs), fetched.listings, fetched.snapshots)
    except BadFormat as error:
        names = {path.name: f"{deb.name}_{deb.version}_{deb.arch}.deb" for path, deb in fetched.debs.items()}
        file, *inner = error.where or ("",)
        raise BadFormat(error.what, error.offset, (names.get(file, file), *inner)) from None
    except FileNotFoundError as error:
        raise Unavailable("a deb left the cache before it was read: ABIDB_CACHE_GB is too small") from error


def fetch_build(
    build: ListedBuild, roots: Sequence[Root], client: Client, watch: Callable[[str], Progress], snapshot: str = ""
) -> Fetched:
    """Fetch what a build is read from, of each part the best choice that is there.

    Nothing is fetched of a build whose vmlinuz is not to be had. Raises Unavailable and BadArchive.
    """
    debs: dict[Path, ListedDeb] = {}
    absent: list[tuple[ListedDeb, str]] = []
    for number, choices in enumerate(build.parts):
        try:
            chosen, path = fetch_deb(choices, roots, client, watch(choices[0].name), snapshot)
        except NotThere as error:
            absent += [(deb, str(error)) for deb in choices]
        else:
            debs[path] = chosen
            absent += [(deb, LOST) for deb in choices[: choices.index(chosen)]]
        if number == 0 and not debs:
            break
    return Fetched(debs, absent)
