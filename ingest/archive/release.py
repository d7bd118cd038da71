# SPDX-License-Identifier: GPL-2.0-or-later
"""A suite's InRelease file: fetched, verified, read (https://wiki.debian.org/DebianRepository/Format)."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from abidb.errors import BadArchive
from ingest.archive.client import Client, moment, read
from ingest.archive.control import paragraphs
from ingest.archive.roots import Root, keyring_of
from ingest.archive.signature import signed_text

LIMIT = 16 << 20  # sid's is 200 kB
ORIGIN = re.compile(r"Debian( Backports)?")
CHECKSUM = re.compile(r"([0-9a-f]{64}) +([0-9]{1,18}) (\S+)")


@dataclass(frozen=True, slots=True)
class Release:
    """What a signed InRelease file says."""

    root: str  #: base address of its root, without credentials
    folder: str  #: under dists/, that it was asked from: may be an alias, as stable
    suite: str  #: the one name that it goes by here, whatever the folder: trixie, sid, experimental
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
    sha256: str  #: of the InRelease file

    @property
    def is_debian(self) -> bool:
        """Whether it is of Debian's own archives."""
        return ORIGIN.fullmatch(self.origin) is not None

    def expired(self, now: dt.datetime) -> bool:
        """Whether it is past its Valid-Until: an archive that stands still, or a mirror that no longer follows."""
        return self.valid_until is not None and self.valid_until < now


def fetch_release(root: Root, suite: str, client: Client) -> Release:
    """The verified Release of the folder dists/`suite`.

    Raises NotThere where the root has no such suite, Unavailable, and BadArchive where signature or content are bad.
    """
    data = read(f"{root.address}/dists/{suite}/InRelease", limit=LIMIT, client=client)
    what = f"{root.name}/dists/{suite}/InRelease"
    text = signed_text(data, keyring_of(root), what, root.fingerprints)
    release = parse_release(text, root=root.name, folder=suite, sha256=hashlib.sha256(data).hexdigest())
    if suite.removesuffix("/updates") not in (release.suite, release.alias, release.codename):
        raise BadArchive(f"{what} is the Release of {release.suite}: the mirror answers with another suite's")
    return release


def parse_release(text: bytes, *, root: str, folder: str, sha256: str) -> Release:
    """Read the signed text of a Release file; `sha256` is that of the file it came from. Raises BadArchive."""
    what = f"{root}/dists/{folder}/InRelease"
    found = next(paragraphs(text.decode("utf-8", "replace")), {})
    alias, codename = found.get("suite", ""), found.get("codename", "")
    files = {path: (digest, int(size)) for digest, size, path in CHECKSUM.findall(found.get("sha256", ""))}
    date = moment(found.get("date", ""))
    if date is None or not files or not (alias or codename):
        raise BadArchive(f"{what} lacks its date, its name or its SHA-256 checksums")
    return Release(
        root=root,
        folder=folder,
        suite=alias if alias == "experimental" else codename or alias,  # its codename, rc-buggy, is nobody's word
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
    )
