# SPDX-License-Identifier: GPL-2.0-or-later
"""Indexes of a suite: fetched into the cache against their Release, and the kernel packages that they list."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from urllib.parse import quote

from abidb.errors import BadArchive, BadFormat, NotThere, UnknownName
from abidb.records import Listing
from abidb.versions import kernel_source, split_release
from ingest.archive.client import Client
from ingest.archive.control import fields
from ingest.archive.fetch import Progress, fetch, unheard
from ingest.archive.release import Release
from ingest.archive.roots import Root
from ingest.formats import compress

SUFFIXES = {"": None, ".xz": "xz", ".gz": "gzip", ".zst": "zstd"}
LARGEST = 1 << 30  # bytes unpacked, where the Release does not list the plain file; sid's are 60 MB
# linux-image-RELEASE[-unsigned], linux-binary[-unsigned]-RELEASE, ...; a release starts with a digit.
KERNEL_DEB = re.compile(
    r"linux-(?P<role>image|binary|modules|base|headers)-(?P<before>unsigned-)?(?P<release>\d[a-z0-9.+~-]*?)"
    r"(?P<after>-unsigned)?"
)
NOT_A_KERNEL = ("-dbg", "-template")
FIELDS = ("package", "version", "architecture", "source", "depends", "filename", "size", "sha256")
STANZA = b"Package: linux"


@dataclass(frozen=True, slots=True)
class Package:
    """One kernel package as one index lists it."""

    name: str
    version: str
    arch: str
    role: str  #: image, binary, modules, base, headers
    kernel_release: str
    unsigned: bool  #: built to be signed: the same code as the package without "unsigned" in its name
    source: str  #: source package, with "signed" where it is one
    source_version: str
    depends: str
    filename: str  #: under the root
    size: int
    sha256: str
    listing: Listing


def smallest_form(release: Release, index: str) -> tuple[str, int, str] | None:
    """SHA-256, bytes and suffix of the smallest compressed form of an index (path without suffix) that is listed.

    None where the Release lists none, or an empty one: mirrors may lack the files of those.
    """
    forms = [(*release.files[index + suffix], suffix) for suffix in SUFFIXES if index + suffix in release.files]
    if not forms or release.files.get(index, ("", 1))[1] == 0:
        return None
    return min(forms, key=lambda form: form[1])


def fetch_index(root: Root, release: Release, index: str, client: Client, progress: Progress = unheard) -> bytes:
    """The unpacked index at path `index` (without suffix) of a suite; b"" where the Release lists none.

    Of its compressed forms the smallest is taken. Raises NotThere, Unavailable, and BadArchive where it is not the
    one that the Release lists: then it was asked for by name once more, for a mirror in the middle of an update.
    """
    return b"".join(index_pieces(root, release, index, client, progress))


def index_pieces(
    root: Root, release: Release, index: str, client: Client, progress: Progress = unheard
) -> Iterator[bytes]:
    """The same piece by piece, for one that memory should not hold: Contents of sid are 650 MB."""
    form = smallest_form(release, index)
    if form is None:
        return
    sha256, size, suffix = form
    get = partial(fetch, size=size, digest=sha256, client=client, progress=progress)
    path = _first(get, _addresses(root, release, index + suffix, sha256))
    limit = release.files[index][1] if index in release.files else LARGEST
    what = f"{root.name}/dists/{release.folder}/{index}{suffix}"
    try:
        with path.open("rb") as file:
            yield from compress.stream(SUFFIXES[suffix], file, limit=limit, what=what)
    except BadFormat as error:
        raise BadArchive(str(error)) from error


def _first(get: Callable[[str], Path], urls: Sequence[str]) -> Path:
    for url in urls[:-1]:
        with suppress(NotThere, BadArchive):
            return get(url)
    return get(urls[-1])


def _addresses(root: Root, release: Release, path: str, sha256: str) -> list[str]:
    """Where to ask for a file of a suite, in this order."""
    folder = f"{root.address}/dists/{release.folder}"
    by_hash = [f"{folder}/{path.rpartition('/')[0]}/by-hash/SHA256/{sha256}"] if release.by_hash else []
    return [*by_hash, f"{folder}/{path}"]


def kernel_stanzas(index: bytes) -> Iterator[dict[str, str]]:
    """The stanzas of kernel packages of an unpacked index, whatever else it holds (sid's: 70,000), with FIELDS only.

    Debug symbols, signing templates and meta packages are left out; of those only the Depends tells:
    linux-image-6.12-cloud-amd64 draws in another linux-image.
    """
    for stanza in stanzas(index):
        name = stanza.partition("\n")[0].removeprefix("Package: ")
        match = KERNEL_DEB.fullmatch(name)
        if match and not name.endswith(NOT_A_KERNEL) and _is_release(match["release"]):
            found = fields(stanza.splitlines())
            if found.get("architecture") != "all" and not _is_meta(match["role"], found.get("depends", "")):
                yield {field: found[field] for field in FIELDS if field in found}


def kernel_packages(found: Iterable[Mapping[str, str]], listing: Listing) -> Iterator[Package]:
    """The kernel packages of kernel_stanzas(), as `listing` vouches for them; others are passed over.

    Raises BadArchive for a stanza that lacks a field.
    """
    for stanza in found:
        if match := KERNEL_DEB.fullmatch(stanza.get("package", "")):
            yield from _package(match, stanza, listing)


def find_package(index: bytes, name: str) -> dict[str, str] | None:
    """FIELDS of the first stanza of package `name`; None where it is not listed."""
    for start in _lines(index, f"Package: {name}\n".encode()):
        found = fields(_stanza(index, start).splitlines())
        return {field: found[field] for field in FIELDS if field in found}
    return None


def stanzas(index: bytes) -> Iterator[str]:
    """Those that begin with a package named linux…; searching is ten times as fast as splitting."""
    return (_stanza(index, start) for start in _lines(index, STANZA))


def _lines(index: bytes, begin: bytes) -> Iterator[int]:
    """Where lines are that begin so."""
    if index.startswith(begin):
        yield 0
    found = index.find(b"\n" + begin)
    while found >= 0:
        yield found + 1
        found = index.find(b"\n" + begin, found + 1)


def _stanza(index: bytes, start: int) -> str:
    end = index.find(b"\n\n", start)
    return index[start : end if end >= 0 else None].decode("utf-8", "replace")


def _is_release(text: str) -> bool:
    try:
        split_release(text)
    except UnknownName:
        return False
    return True


def _is_meta(role: str, depends: str) -> bool:
    return role == "image" and "linux-image-" in depends


def _package(match: re.Match[str], found: Mapping[str, str], listing: Listing) -> Iterator[Package]:
    """The package of one stanza, or nothing where no kernel source built it."""
    try:
        name, version, size = found["package"], found["version"], int(found["size"])
        arch, filename, sha256 = found["architecture"], found["filename"], found["sha256"]
    except (KeyError, ValueError) as error:
        raise BadArchive(f"{listing.index} of {listing.suite}: {match[0]} has no usable field {error}") from None
    source, _, source_version = found.get("source", name).partition(" ")
    if kernel_source(source):
        yield Package(
            name=name,
            version=version,
            arch=arch,
            role=match["role"],
            kernel_release=match["release"],
            unsigned=bool(match["before"] or match["after"]),
            source=source,
            source_version=source_version.strip("()") or version,
            depends=found.get("depends", ""),
            filename=filename,
            size=size,
            sha256=sha256,
            listing=listing,
        )


def address_of(root: Root, filename: str) -> str:
    """Where to ask for a listed file."""
    return f"{root.address}/{quote(filename, safe='/+~:@')}"
