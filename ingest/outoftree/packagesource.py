# SPDX-License-Identifier: GPL-2.0-or-later
"""A package's deb, and the source that it brings to /usr/src."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from abidb.errors import NotThere
from abidb.outoftree import DkmsPackage
from ingest.archive.client import Client
from ingest.archive.fetch import fetch
from ingest.archive.index import address_of
from ingest.archive.roots import Root
from ingest.formats import deb
from ingest.formats.csource import identifiers
from ingest.outoftree.apt import Unsolvable

SUFFIXES = (".c", ".h", ".S", ".inc", ".cpp", ".cc", ".hpp", ".tmpl")
MOST = 8 << 20  #: bytes of one file that are read


def deb_of(package: DkmsPackage, roots: Sequence[Root], client: Client) -> Path:
    """The very deb that is listed, in the cache. Raises Unsolvable where the archives say that they have it no more,
    else as fetch() does.
    """
    known, reason = {root.name: root for root in roots}, ""
    for name in dict.fromkeys(listing.root for listing in package.listings if listing.root in known):
        url = address_of(known[name], package.filename)
        try:
            return fetch(url, size=package.size, digest=package.sha256, client=client)
        except NotThere as error:
            reason = str(error)
    raise Unsolvable(reason or f"{package.key.package} {package.key.version}: none of the archives lists it")


def folders(path: Path) -> frozenset[str]:
    """The folders of usr/src that a deb brings files to. Raises BadFormat."""
    found: set[str] = set()

    def note(name: str) -> bool:
        if name.startswith("usr/src/") and name.count("/") > 2:
            found.add(name.split("/")[2])
        return False

    with path.open("rb") as file:
        for _ in deb.files(file, note):
            pass  # only names matter
    return frozenset(found)


def named(debs: Sequence[Path], folders: Sequence[str]) -> frozenset[str]:
    """All identifiers in the C sources below these folders of usr/src, of whichever deb has them. Raises BadFormat."""
    places = tuple(f"usr/src/{folder}/" for folder in folders)
    found: set[str] = set()
    for path in reversed(debs):
        with path.open("rb") as file:
            for _, text in deb.files(file, lambda name: name.startswith(places) and name.endswith(SUFFIXES)):
                found |= identifiers(text[:MOST])
        if found:
            break
    return frozenset(found)
