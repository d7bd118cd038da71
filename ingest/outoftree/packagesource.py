# SPDX-License-Identifier: GPL-2.0-or-later
"""The source that a package brings to /usr/src, read from its deb."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ingest.formats import deb
from ingest.formats.csource import identifiers

SUFFIXES = (".c", ".h", ".S", ".inc", ".cpp", ".cc", ".hpp", ".tmpl")
MOST = 8 << 20  #: bytes of one file that are read


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
