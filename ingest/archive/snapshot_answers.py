# SPDX-License-Identifier: GPL-2.0-or-later
"""Answers of Debian's snapshot service, from JSON to what is of interest. Pure.

/mr/package/                            {"result": [{"package": name}, …]}
/mr/package/NAME/                       {"result": [{"version": version}, …]}
/mr/package/NAME/VERSION/allfiles?fileinfo=1
                                        {"result": {"source": [{"hash": H}, …], "binaries": [{"name": …, "version": …,
                                         "files": [{"architecture": …, "hash": H}, …]}, …]}, "fileinfo": {H: [seen, …]}}
/mr/file/H/info                         {"result": [seen, …]}

H is a SHA-1; seen is {"archive_name": "debian", "first_seen": "20091224T221904Z", "name": …, "path": …, "size": …}.
Documented in the file API of the service's own source; the shape of `seen` is that of its answers since 2010, older
text has other names for the time. Each function raises BadArchive for what has not the documented shape.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator
from functools import wraps
from typing import Any

from abidb.errors import BadArchive
from abidb.versions import kernel_source
from ingest.archive.index import KERNEL_DEB, NOT_A_KERNEL

SHA1 = re.compile(r"[0-9a-f]{40}")
STAMP = re.compile(r"[0-9]{8}T[0-9]{6}Z")
STAMP_FORMAT = "%Y%m%dT%H%M%SZ"
WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9.+~:_-]*")  # names, versions, architectures, names of files
DEBIAN_TAR = re.compile(r".+\.debian\.tar\.(?:xz|gz|bz2)")
NEVER = "19700101T000000Z"  # of a version whose files were all taken away
# Debug symbols, templates, and the signatures alone that -signed packages of 4.5 to 4.9 held.
NO_PART = (*NOT_A_KERNEL, "-dbgsym", "-signed")
SOURCE = "source"  # stands for the architecture of a debian.tar


def _shaped(read: Callable[[Any], list[Any]]) -> Callable[[Any], list[Any]]:
    """`read`, raising BadArchive for whatever is not there or of another type."""

    @wraps(read)
    def checked(answer: Any) -> list[Any]:
        try:
            return read(answer)
        except (KeyError, IndexError, TypeError, ValueError, AttributeError) as error:
            raise BadArchive(f"the answer has not the documented shape: {type(error).__name__}: {error}") from None

    return checked


@_shaped
def kernel_sources(answer: Any) -> list[Any]:
    """The kernel's source packages among all names, signed ones too."""
    return sorted(entry["package"] for entry in answer["result"] if kernel_source(entry["package"]))


@_shaped
def versions(answer: Any) -> list[Any]:
    """The versions of a source package."""
    return [_word(entry["version"]) for entry in answer["result"]]


@_shaped
def kernel_files(answer: Any) -> list[Any]:
    """When the newest of a version's files was first seen, then a row of each file that may be of interest.

    A row is [name, version, architecture, size, SHA-1, first seen]; a debian.tar has the architecture SOURCE.
    """
    files, info = answer["result"], answer["fileinfo"]
    seen = max((_stamp(entry["first_seen"]) for entries in info.values() for entry in entries), default=NEVER)
    return [seen, *_binary_rows(files["binaries"], info), *_source_rows(files["source"], info)]


def _binary_rows(binaries: Any, info: Any) -> Iterator[list[Any]]:
    for binary in binaries:
        if KERNEL_DEB.fullmatch(binary["name"]) and not binary["name"].endswith(NO_PART):
            for file in binary["files"]:
                arch, sha1 = _word(file["architecture"]), _sha1(file["hash"])
                if arch != "all":
                    yield [_word(binary["name"]), _word(binary["version"]), arch, *_size_and_time(info[sha1], sha1)]


def _source_rows(files: Any, info: Any) -> Iterator[list[Any]]:
    for sha1 in (_sha1(file["hash"]) for file in files):
        names = [_word(entry["name"]) for entry in info[sha1]]
        if found := next(filter(DEBIAN_TAR.fullmatch, names), None):
            yield [found, "", SOURCE, *_size_and_time(info[sha1], sha1)]


def _size_and_time(seen: Any, sha1: str) -> list[Any]:
    (size,) = {entry["size"] for entry in seen}  # one content has one size
    return [_positive(size), sha1, min(_stamp(entry["first_seen"]) for entry in seen)]


@_shaped
def sightings(answer: Any) -> list[Any]:
    """[first seen, archive] of a file, in that order."""
    return sorted({(_stamp(entry["first_seen"]), _word(entry["archive_name"])) for entry in answer["result"]})


def _word(value: Any) -> str:
    if not isinstance(value, str) or not WORD.fullmatch(value):
        raise ValueError(f"{value!r:.80}")
    return value


def _stamp(value: Any) -> str:
    moment(_word(value))
    return str(value)


def _sha1(value: Any) -> str:
    if not SHA1.fullmatch(_word(value)):
        raise ValueError(f"{value!r:.80} is no SHA-1")
    return str(value)


def _positive(value: Any) -> int:
    if type(value) is not int or value <= 0:
        raise ValueError(f"size {value!r:.80}")
    return value


def moment(stamp: str) -> dt.datetime:
    """The time that a first_seen states, UTC; raises ValueError where it is none."""
    if not STAMP.fullmatch(stamp):
        raise ValueError(f"{stamp!r:.80} is no time")
    return dt.datetime.fromisoformat(stamp)  # a hundred thousand of them in a look: strptime takes seconds
