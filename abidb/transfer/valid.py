# SPDX-License-Identifier: GPL-2.0-or-later
"""What the rows of a sound record hold: an import refuses others, and `verify` finds them.

Names are as readers of debs, changelogs and indexes let them through, and no text is longer than what PostgreSQL can
index (2,704 bytes a row) or than anything that was ever seen by far.
"""

from __future__ import annotations

import re
from functools import singledispatch

from abidb import naming
from abidb.errors import BadFormat
from abidb.records import EXTRACTOR, BuildKey, Deb, UploadFact
from abidb.transfer.content import BuildRow, ListingRow, ReleaseRow, SeenRow, UploadRow
from abidb.versions import kernel_source, split_release

SHA256, SHA1 = re.compile(r"[0-9a-f]{64}"), re.compile(r"[0-9a-f]{40}")
ARCH, PACKAGE, VERSION = re.compile(naming.ARCH), re.compile(naming.PACKAGE), re.compile(naming.VERSION)
SYMBOL = re.compile(naming.SYMBOL.decode(), re.ASCII)
FLAVOUR = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
CODENAME = re.compile(r"[a-z][a-z0-9-]{0,49}")
SOURCE = re.compile(r"\w[-+.\w]{0,99}", re.ASCII)  # of a changelog, as is the next
UPLOADED = re.compile(r"\S{1,128}")
VERMAGIC = re.compile(r"[ -~]{0,255}")
KINDS = ("abi", "ignore-remark", "ignore", "cve", "bug")
DEBS = 100  #: of a build; there are five


@singledispatch
def check(row: object) -> None:
    """Raises BadFormat, or UnknownName for a kernel release, where a row holds what no sound record does.

    Members of sets are checked where their lines are read.
    """


@check.register
def _(row: ReleaseRow) -> None:
    _match(CODENAME, row.release.codename, "codename")
    _text(row.release.version, 100, "version of a release")
    _text(row.alias, 100, "suite")


@check.register
def _(row: ListingRow) -> None:
    at = row.listing
    _match(SHA256, row.sha256, "SHA-256")
    _match(SHA256, at.release_sha256, "SHA-256")
    _text(at.root, 1000, "root")
    _text(at.suite, 200, "suite")
    _text(at.index, 500, "index")


@check.register
def _(row: SeenRow) -> None:
    _key(row.key)
    _text(row.suite, 200, "suite")
    if row.first > row.last:
        raise BadFormat(f"seen in {row.suite} last before it was first")


@check.register
def _(row: UploadRow) -> None:
    _match(SOURCE, row.source, "source package")
    _match(UPLOADED, row.version, "version")
    if row.told_by:
        _match(UPLOADED, row.told_by, "version")
    _text(row.distribution, 1000, "distribution")
    _text(row.urgency, 100, "urgency")
    _text(row.abi_name, 1000, "ABI name")
    _extractor(row.told_with)
    for fact in row.facts:
        _fact(fact)


def _fact(fact: UploadFact) -> None:
    if fact.kind not in KINDS:
        raise BadFormat(f"{fact.kind[:100]!a} is no kind of fact")
    _text(fact.arch, 200, "architecture")
    _text(fact.text, 2000, "text of a fact")


@check.register
def _(row: BuildRow) -> None:
    _key(row.key)
    _text(row.kernel_release, 200, "kernel release")
    if split_release(row.kernel_release)[1] != row.key.flavour:
        raise BadFormat(f"{row.kernel_release} is not of the flavour {row.key.flavour}")
    _match(VERMAGIC, row.vermagic, "vermagic")
    _extractor(row.extractor)
    for symbol in (*row.mismatches, *row.symvers_differing):
        _match(SYMBOL, symbol, "symbol")
    if row.symvers_differing and row.symvers_lines is None:
        raise BadFormat("it differs from a Module.symvers that was not read")
    if not 0 < len(row.debs) <= DEBS:
        raise BadFormat(f"a build with more than {DEBS} debs" if row.debs else "a build without any deb")
    for deb in row.debs:
        _deb(row.key, deb)


def _key(key: BuildKey) -> None:
    _text(key.source, 100, "source package")
    if kernel_source(key.source) != key.source:
        raise BadFormat(f"{key.source!a} is not the kernel's source package")
    _match(VERSION, key.version, "version")
    _match(ARCH, key.arch, "architecture")
    _text(key.flavour, 100, "flavour")
    _match(FLAVOUR, key.flavour, "flavour")


def _deb(key: BuildKey, deb: Deb) -> None:
    _match(PACKAGE, deb.name, "package")
    _match(PACKAGE, deb.source, "source package")
    _match(SHA256, deb.sha256, "SHA-256")
    if (kernel_source(deb.source), deb.version, deb.arch) != (key.source, key.version, key.arch):
        raise BadFormat(f"{deb.name} {deb.version[:100]!a} {deb.arch[:100]!a} of {deb.source} is none of this build")
    if deb.size <= 0:
        raise BadFormat(f"{deb.name} has {deb.size} bytes")
    if deb.snapshot:
        _match(SHA1, deb.snapshot.sha1, "SHA-1")


def _extractor(number: int) -> None:
    """A newer one may have read what this program does not know; and it would always win."""
    if number > EXTRACTOR:
        raise BadFormat(f"read by extractor {number}; this program's is {EXTRACTOR}, only a newer one can take it")


def _match(pattern: re.Pattern[str], value: str, what: str) -> None:
    if not pattern.fullmatch(value):
        raise BadFormat(f"{value[:100]!a} is no {what}")


def _text(value: str, most: int, what: str) -> None:
    if len(value.encode()) > most or not value.isprintable():
        raise BadFormat(f"{value[:100]!a} is no {what}: more than {most:,} bytes, or a control character")
