# SPDX-License-Identifier: GPL-2.0-or-later
"""A suite's Release file: fetched, verified, read (https://wiki.debian.org/DebianRepository/Format)."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from abidb.errors import BadArchive, NotThere
from abidb.records import ReleaseRow
from ingest.archive.client import Client, moment, read
from ingest.archive.control import paragraphs
from ingest.archive.roots import Root, keyring_of
from ingest.archive.signature import Signed, Trust, signed_apart, signed_text

LIMIT = 16 << 20  # sid's is 200 kB
LONGEST = 200  # characters of both its names
ORIGIN = re.compile(r"Debian( Backports| Ports)?")
CHECKSUM = re.compile(r"([0-9a-f]{64}) +([0-9]{1,18}) (\S+)")


@dataclass(frozen=True, slots=True)
class Release:
    """What a signed Release file says."""

    root: str  #: base address of its root, without credentials
    folder: str  #: under dists/, that it was asked from: may be an alias, as stable
    suite: str  #: the one name that it goes by here, whatever the folder: trixie, sid, buster-security, elts:stretch
    alias: str  #: its Suite field: stable, oldstable-security, unstable; "" where there is none
    codename: str
    origin: str
    label: str
    version: str  #: "" for suites that are not released
    date: dt.datetime  #: UTC
    valid_until: dt.datetime | None
    architectures: tuple[str, ...]
    components: tuple[str, ...]
    by_hash: bool
    files: Mapping[str, tuple[str, int]] = field(repr=False)  #: path under the suite's folder → SHA-256, bytes
    sha256: str  #: of the InRelease file, or of Release where the signature stands apart
    asked: dt.datetime | None = None  #: when the archive gave it
    content: str = field(default="", repr=False)  #: the signed text
    remarks: tuple[str, ...] = ()  #: what of its signature is accepted of ended releases only

    @property
    def is_debian(self) -> bool:
        """Whether it is of Debian's own archives."""
        return ORIGIN.fullmatch(self.origin) is not None

    def expired(self, now: dt.datetime) -> bool:
        """Whether it is past its Valid-Until: an archive that stands still, or a mirror that no longer follows."""
        return self.valid_until is not None and self.valid_until < now


def fetch_release(
    root: Root, suite: str, client: Client, *, ended: bool = False, now: dt.datetime | None = None
) -> Release:
    """The verified Release of the folder dists/`suite`, from InRelease, else from Release and Release.gpg.

    Of an `ended` release expired keys and SHA-1 are accepted. Raises NotThere where the root has no such suite,
    Unavailable, and BadArchive where signature or content are bad.
    """
    trust = Trust(keyring_of(root), root.fingerprints, ended or root.ended)
    try:
        data, signed = _inline(root, suite, client, trust)
    except NotThere:
        data, signed = _pair(root, suite, client, trust)
    found = parse_release(signed.text, root=root, folder=suite, sha256=hashlib.sha256(data).hexdigest())
    name = suite.removesuffix("/updates")
    if name not in (found.suite.rpartition(":")[2], found.alias, found.codename.removesuffix("/updates")):
        raise BadArchive(
            f"{_path(root, suite)} is the Release of {found.suite}: the mirror answers with another suite's"
        )
    return replace(found, asked=now, remarks=signed.remarks)


def _inline(root: Root, suite: str, client: Client, trust: Trust) -> tuple[bytes, Signed]:
    data = read(f"{root.address}/dists/{suite}/InRelease", limit=LIMIT, client=client)
    return data, signed_text(data, trust, f"{_path(root, suite)}/InRelease")


def _pair(root: Root, suite: str, client: Client, trust: Trust) -> tuple[bytes, Signed]:
    """As archives had it before InRelease came (squeeze)."""
    address = f"{root.address}/dists/{suite}/Release"
    text = read(address, limit=LIMIT, client=client)
    try:
        signature = read(f"{address}.gpg", limit=LIMIT, client=client)
    except NotThere:
        raise BadArchive(f"{_path(root, suite)}/Release has no signature") from None
    return text, signed_apart(text, signature, trust, f"{_path(root, suite)}/Release")


def _path(root: Root, folder: str) -> str:
    return f"{root.name}/dists/{folder}"


def kept_release(root: Root, row: ReleaseRow) -> Release:
    """The Release of a row that the record keeps; it was verified when it was put there."""
    found = parse_release(row.content.encode(), root=root, folder=row.folder, sha256=row.sha256)
    return replace(found, asked=row.asked)


def parse_release(text: bytes, *, root: Root, folder: str, sha256: str) -> Release:
    """Read the signed text of a Release file; `sha256` is that of the file it came from. Raises BadArchive."""
    content = text.decode("utf-8", "replace")
    found = next(paragraphs(content), {})
    alias, codename = found.get("suite", ""), found.get("codename", "")
    files = {path: (digest, int(size)) for digest, size, path in CHECKSUM.findall(found.get("sha256", ""))}
    date = moment(found.get("date", ""))
    if date is None or not files or not (alias or codename):
        raise BadArchive(f"{_path(root, folder)} lacks its date, its name or its SHA-256 checksums")
    if "\0" in content or len(alias + codename) > LONGEST:  # neither can be kept
        raise BadArchive(f"{_path(root, folder)} has a NUL, or a name of more than {LONGEST} characters")
    return Release(
        root=root.name,
        folder=folder,
        suite=_suite(root, folder, alias, codename),
        alias=alias,
        codename=codename,
        origin=found.get("origin", ""),
        label=found.get("label", ""),
        version=found.get("version", ""),
        date=date,
        valid_until=moment(found.get("valid-until", "")),
        architectures=tuple(found.get("architectures", "").split()),
        components=tuple(found.get("components", "").split()),
        by_hash=found.get("acquire-by-hash") == "yes",
        files=MappingProxyType(files),
        sha256=sha256,
        content=content,
    )


def _suite(root: Root, folder: str, alias: str, codename: str) -> str:
    """The name of a suite: its codename, but for experimental's, rc-buggy, which is nobody's word.

    Until buster the suites of security updates were named as the release itself, in a folder NAME/updates.
    """
    name = alias if alias == "experimental" else codename or alias
    name = f"{name.removesuffix('/updates')}-security" if folder.endswith("/updates") else name
    return f"{root.label}:{name}" if root.label else name
