# SPDX-License-Identifier: GPL-2.0-or-later
"""Uploads: what changelogs tell of them, and the ignore patterns of their source packages.

A changelog tells of all uploads before it, so the same upload is told of many times, and not always alike. Its own
changelog's word stands over all others; among those a newer reader's over an older one's, then that of the smallest
version. So the record is the same in whatever order builds arrive.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any

from django.db import transaction

from abidb.records import ChangelogEntry, Kernel, UploadFact
from abidb.store.rows import columns, rows, run, value
from abidb.versions import version_key

_ENTRY = ("sources", "versions", "keys", "dates", "distributions", "urgencies", "abi_names")
_FACT = ("uploads", "kinds", "arches", "texts")


def add_upload(kernel: Kernel) -> int:
    """The id of a build's upload, which takes the date of the debs as long as no changelog tells one."""
    names = {"source": kernel.source, "version": kernel.version}
    date = min((deb.built for deb in kernel.debs if deb.built), default=None)
    run("add_upload", version_key=version_key(kernel.version), date=date, **names)
    upload = int(value("upload_id", **names))
    run("date_upload", upload=upload, date=date)
    return upload


def tell(kernel: Kernel) -> list[int]:
    """Keep what a build's changelog says better than the record has it; the ids of the uploads that it was told of."""
    better = list(_better(kernel))
    if not better:
        return []
    entries = [
        (e.source, e.version, version_key(e.version), e.date, e.distribution, e.urgency, e.abi_name) for e in better
    ]
    told = rows("tell_uploads", told_by=kernel.version, told_with=kernel.extractor, **columns(entries, _ENTRY))
    ids = {(source, version): upload for upload, source, version in told}
    run("forget_facts", uploads=list(ids.values()), policy=False)
    _add_facts((ids[e.source, e.version], fact) for e in better for fact in e.facts)
    return list(ids.values())


def _better(kernel: Kernel) -> Iterator[ChangelogEntry]:
    entries = {(e.source, e.version): e for e in reversed(kernel.changelog)}  # of two alike the newest counts
    names = columns(list(entries), ("sources", "versions"))
    known = {(source, version): told for source, version, *told in rows("told", **names)} if entries else {}
    own = kernel.source, kernel.version
    for name, entry in entries.items():
        by, with_ = known.get(name, ("", 0))
        mine = telling(name == own, kernel.extractor, kernel.version)
        if not by or mine < telling(by == name[1], with_, by):
            yield entry


def telling(own: bool, extractor: int, teller: str) -> tuple[bool, int, str]:
    """What makes one changelog's word of an upload better than another's: the smaller the better."""
    return not own, -extractor, _key(teller)


@lru_cache(maxsize=1000)
def _key(version: str) -> str:
    return version_key(version)


@transaction.atomic
def put_policy(source: str, version: str, patterns: Iterable[tuple[str, str]]) -> None:
    """Keep the ignore patterns of a source version: (architecture or featureset, "" for all; pattern).

    None at all is an answer too.
    """
    run("raise_generation")
    run("add_upload", version_key=version_key(version), date=None, source=source, version=version)
    upload = int(value("upload_id", source=source, version=version))
    run("read_policy", upload=upload)
    run("forget_facts", uploads=[upload], policy=True)
    _add_facts((upload, UploadFact("ignore", arch, pattern)) for arch, pattern in patterns)


def _add_facts(facts: Iterable[tuple[int, UploadFact]]) -> None:
    found: list[tuple[Any, ...]] = [(upload, fact.kind, fact.arch, fact.text) for upload, fact in facts]
    run("add_facts", **columns(dict.fromkeys(found), _FACT))
