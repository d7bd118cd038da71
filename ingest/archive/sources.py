# SPDX-License-Identifier: GPL-2.0-or-later
"""Kernel source packages of Sources indexes: where the debian.tar is that holds a version's ABI policy.

https://wiki.debian.org/DebianRepository/Format, deb-src-control(5). Sources of format 1.0 have a diff.gz in its
place (linux-2.6 in squeeze): those are left out.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from abidb.records import Listing, Snapshot
from abidb.versions import kernel_source
from ingest.archive.builds import Place
from ingest.archive.control import fields
from ingest.archive.index import stanzas

DEBIAN_TAR = re.compile(r"([0-9a-f]{64}) +([0-9]{1,12}) +([^\s/]+\.debian\.tar\.(?:xz|gz|bz2))")


@dataclass(frozen=True, slots=True)
class ListedSource:
    """The debian.tar of one version of a kernel's source package, wherever it is listed."""

    source: str
    version: str
    filename: str  #: linux_6.1.192-2.debian.tar.xz
    size: int
    sha256: str
    places: tuple[Place, ...]
    snapshot: Snapshot | None = None  #: where only the snapshot service has it; then sha256 is ""

    @property
    def digest(self) -> str:
        """By which its content is checked and cached."""
        return self.sha256 or (self.snapshot.sha1 if self.snapshot else "")


def source_stanzas(index: bytes) -> Iterator[dict[str, str]]:
    """What an unpacked Sources index says of kernel sources; signed ones are left out, they hold no policy."""
    for stanza in stanzas(index):
        name = stanza.partition("\n")[0].removeprefix("Package: ")
        if kernel_source(name) == name:
            found = fields(stanza.splitlines())
            if match := DEBIAN_TAR.search(found.get("checksums-sha256", "")):
                sha256, size, filename = match.groups()
                yield {
                    **{"package": name, "version": found.get("version", ""), "directory": found.get("directory", "")},
                    **{"filename": filename, "size": size, "sha256": sha256},
                }


def listed_sources(found: Iterable[Mapping[str, str]], listing: Listing) -> Iterator[ListedSource]:
    """The sources of source_stanzas(), as `listing` vouches for them."""
    for stanza in found:
        place = Place(listing, f"{stanza['directory']}/{stanza['filename']}")
        yield ListedSource(
            source=stanza["package"],
            version=stanza["version"],
            filename=stanza["filename"],
            size=int(stanza["size"]),
            sha256=stanza["sha256"],
            places=(place,),
        )


def merged(found: Iterable[ListedSource]) -> tuple[ListedSource, ...]:
    """Each file once, with all its places."""
    same: dict[tuple[str, str, str], list[ListedSource]] = defaultdict(list)
    for listed in found:
        same[listed.source, listed.version, listed.digest].append(listed)
    return tuple(
        replace(several[0], places=tuple(dict.fromkeys(place for one in several for place in one.places)))
        for several in same.values()
    )
