# SPDX-License-Identifier: GPL-2.0-or-later
"""Records of an export as its lines. It writes only what is in the one order that there is (docs/transfer.md)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import astuple
from functools import singledispatch
from typing import Any

from abidb.errors import BadFormat
from abidb.packagerows import PopconRow
from abidb.records import Snapshot
from abidb.transfer import outoftree
from abidb.transfer.content import (
    CONFIG,
    EXPORTS,
    MODULES,
    BuildRow,
    ListingRow,
    PackageSeenRow,
    ReleaseRow,
    Row,
    SeenRow,
    SetRow,
    UploadRow,
)
from abidb.transfer.fields import Value, line
from abidb.transfer.sets import computed_digest, steps
from abidb.versions import version_key

VERSIONS = (2, 1)  #: newest first; the first version knew no out-of-tree modules


def header(version: int) -> bytes:
    """The first line."""
    return line("abidb export", version)


HEADER = header(VERSIONS[0])
SIGHTINGS, CONTENT, DIGEST, END = b"sightings", b"content", b"digest", b"end"
#: The columns of a release line are the fields of DebianRelease that the record keeps, and its suite's name.
RELEASE_FIELDS = ("codename", "version", "created", "released", "eol", "eol_lts")

Place = tuple[Any, ...]
SIGHTED = (ReleaseRow, ListingRow, SeenRow, PackageSeenRow, PopconRow)  #: what depends on when archives were asked


class Writer:
    """Hands the lines of an export to `sink`, a part at a time, and hashes them on the way.

    `put` and `close` raise BadFormat for what stands out of order, for a set whose digest is another, and for a build
    whose sets were not written.
    """

    def __init__(self, sink: Callable[[bytes], object], version: int = VERSIONS[0]) -> None:
        self._sink, self._version = sink, version
        self._all, self._content = hashlib.sha256(), hashlib.sha256()
        self._in_content = False
        self._last: Place = (0,)
        self._members: dict[str, Mapping[bytes, bytes]] = {EXPORTS: {}, CONFIG: {}, MODULES: {}}
        self._written: dict[str, set[bytes]] = {EXPORTS: set(), CONFIG: set(), MODULES: set()}
        self._waiting: list[tuple[str, bytes]] = []
        self._send(header(version), SIGHTINGS)

    def put(self, row: Row) -> None:
        """Write one record; sets stand right before the first build that has them."""
        if isinstance(row, SetRow):
            self._put_set(row)
            return
        if self._version == 1 and type(row) in outoftree.PLACE:
            raise BadFormat(f"{_lines(row)[0].decode()!r} in a file of version 1")
        place = _place(row)
        if place <= self._last:  # the first number says whether the rest can be compared
            raise BadFormat(f"{_lines(row)[0].decode()!r} is out of order")
        self._last = place
        if isinstance(row, BuildRow):
            self._check_sets(row)
        if not isinstance(row, SIGHTED):
            self._begin_content()
        self._send(*_lines(row))

    def close(self) -> bytes:
        """Write the digests; returns that of the content."""
        self._begin_content()
        if self._waiting:
            raise BadFormat("a set that no build has")
        digest = self._content.digest()
        self._in_content = False
        self._send(line(DIGEST.decode(), digest))
        self._send(line(END.decode(), self._all.digest()))
        return digest

    def _begin_content(self) -> None:
        if not self._in_content:
            self._send(CONTENT)
            self._in_content = True

    def _put_set(self, row: SetRow) -> None:
        if computed_digest(row) != row.digest:
            raise BadFormat(f"the members of {row.of} {row.digest.hex()} are not those of this digest")
        if row.digest in self._written[row.of]:
            raise BadFormat(f"{row.of} {row.digest.hex()} stand there twice")
        if row.of in dict(self._waiting):
            raise BadFormat(f"two sets of {row.of} before one build")
        self._begin_content()
        self._send(line(row.of, row.digest, row.covers, len(row.members)), *steps(self._members[row.of], row.members))
        self._members[row.of] = row.members
        self._written[row.of].add(row.digest)
        self._waiting.append((row.of, row.digest))

    def _check_sets(self, row: BuildRow) -> None:
        named = ((EXPORTS, row.export_set), (CONFIG, row.config_set), (MODULES, row.module_set))
        has = [(of, digest) for of, digest in named if digest is not None]
        if any(digest not in self._written[of] for of, digest in has):
            raise BadFormat(f"a set of {row.key} is missing")
        if self._waiting != [one for one in has if one in self._waiting]:
            raise BadFormat(f"sets before {row.key} that are not its own")
        self._waiting.clear()

    def _send(self, *lines: bytes) -> None:
        part = b"\n".join(lines) + b"\n"
        self._all.update(part)
        if self._in_content:
            self._content.update(part)
        self._sink(part)


@singledispatch
def _place(row: object) -> Place:
    raise TypeError(type(row).__name__)


@_place.register
def _(row: ReleaseRow) -> Place:
    return 1, row.release.codename


@_place.register
def _(row: ListingRow) -> Place:
    return 2, row.sha256, row.listing.root, row.listing.suite, row.listing.index


@_place.register
def _(row: SeenRow) -> Place:
    return 3, *astuple(row.key), row.suite


@_place.register
def _(row: UploadRow) -> Place:
    return 6, row.source, version_key(row.version), row.version


@_place.register
def _(row: BuildRow) -> Place:
    key = row.key
    return 7, key.source, key.arch, key.flavour, version_key(key.version), key.version


@singledispatch
def _lines(row: object) -> list[bytes]:
    raise TypeError(type(row).__name__)


@_lines.register
def _(row: ReleaseRow) -> list[bytes]:
    return [line("release", *(getattr(row.release, name) for name in RELEASE_FIELDS), row.alias)]


@_lines.register
def _(row: ListingRow) -> list[bytes]:
    at = row.listing
    return [line("listing", row.sha256, at.root, at.suite, at.index, at.release_sha256, at.release_date)]


@_lines.register
def _(row: SeenRow) -> list[bytes]:
    return [line("seen", *astuple(row.key), row.suite, row.first, row.last)]


@_lines.register
def _(row: UploadRow) -> list[bytes]:
    facts = sorted({(fact.kind, fact.arch, fact.text) for fact in row.facts})
    told = (row.date, row.distribution, row.urgency, row.abi_name, row.told_by, row.told_with, row.policy_read)
    return [line("upload", row.source, row.version, *told), *(line("fact", *fact) for fact in facts)]


@_lines.register
def _(row: BuildRow) -> list[bytes]:
    sets: tuple[Value, ...] = (row.export_set, row.config_set, row.module_set)
    checks = (row.vermagic, row.signed, row.extractor, row.imports_checked, row.symvers_lines)
    debs = sorted(
        (deb.name, deb.version, deb.arch, deb.sha256, deb.source, deb.size, *_snapshot(deb.snapshot))
        for deb in row.debs
    )
    return [
        line("build", *astuple(row.key), row.kernel_release, *sets, *checks),
        *(line("mismatch", symbol) for symbol in row.mismatches),
        *(line("differs", symbol) for symbol in row.symvers_differing),
        *(line("deb", *deb) for deb in debs),
    ]


def _snapshot(found: Snapshot | None) -> tuple[Value, Value]:
    return (found.sha1, found.first_seen) if found else ("", "")


for _kind in outoftree.PLACE:
    _place.register(_kind, outoftree.PLACE[_kind])
    _lines.register(_kind, outoftree.LINES[_kind])
