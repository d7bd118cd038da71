# SPDX-License-Identifier: GPL-2.0-or-later
"""What the rows of a sound record hold: an import refuses others, and `verify` finds them.

Names are as readers of debs, changelogs and indexes let them through, and no text is longer than what PostgreSQL can
index (2,704 bytes a row) or than anything that was ever seen by far.
"""

from __future__ import annotations

from functools import singledispatch

from abidb.errors import BadFormat
from abidb.records import EXTRACTOR, BuildKey, Deb, UploadFact
from abidb.transfer import outoftree_valid
from abidb.transfer.content import BuildRow, ListingRow, ReleaseRow, SeenRow, UploadRow
from abidb.transfer.texts import (
    CODENAME,
    PACKAGE,
    SHA1,
    SHA256,
    SOURCE,
    SYMBOL,
    UPLOADED,
    VERMAGIC,
    build_key,
    kernel_release,
    match,
    not_to_come,
    text,
)
from abidb.versions import kernel_source

KINDS = ("abi", "ignore-remark", "ignore", "cve", "bug")
DEBS = 100  #: of a build; there are five


@singledispatch
def check(row: object) -> None:
    """Raises BadFormat, or UnknownName for a kernel release, where a row holds what no sound record does.

    Members of sets are checked where their lines are read.
    """


@check.register
def _(row: ReleaseRow) -> None:
    match(CODENAME, row.release.codename, "codename")
    text(row.release.version, 100, "version of a release")
    text(row.alias, 100, "suite")


@check.register
def _(row: ListingRow) -> None:
    at = row.listing
    match(SHA256, row.sha256, "SHA-256")
    match(SHA256, at.release_sha256, "SHA-256")
    text(at.root, 1000, "root")
    text(at.suite, 200, "suite")
    text(at.index, 500, "index")


@check.register
def _(row: SeenRow) -> None:
    build_key(row.key)
    text(row.suite, 200, "suite")
    if row.first > row.last:
        raise BadFormat(f"seen in {row.suite} last before it was first")
    not_to_come(row.last)


@check.register
def _(row: UploadRow) -> None:
    match(SOURCE, row.source, "source package")
    match(UPLOADED, row.version, "version")
    if row.told_by:
        match(UPLOADED, row.told_by, "version")
    text(row.distribution, 1000, "distribution")
    text(row.urgency, 100, "urgency")
    text(row.abi_name, 1000, "ABI name")
    _extractor(row.told_with)
    for fact in row.facts:
        _fact(fact)


def _fact(fact: UploadFact) -> None:
    if fact.kind not in KINDS:
        raise BadFormat(f"{fact.kind[:100]!a} is no kind of fact")
    text(fact.arch, 200, "architecture")
    text(fact.text, 2000, "text of a fact")


@check.register
def _(row: BuildRow) -> None:
    build_key(row.key)
    kernel_release(row.kernel_release, row.key.flavour)
    match(VERMAGIC, row.vermagic, "vermagic")
    _extractor(row.extractor)
    for symbol in (*row.mismatches, *row.symvers_differing):
        match(SYMBOL, symbol, "symbol")
    if row.symvers_differing and row.symvers_lines is None:
        raise BadFormat("it differs from a Module.symvers that was not read")
    if not 0 < len(row.debs) <= DEBS:
        raise BadFormat(f"a build with more than {DEBS} debs" if row.debs else "a build without any deb")
    for deb in row.debs:
        _deb(row.key, deb)


def _deb(key: BuildKey, deb: Deb) -> None:
    match(PACKAGE, deb.name, "package")
    match(PACKAGE, deb.source, "source package")
    match(SHA256, deb.sha256, "SHA-256")
    if (kernel_source(deb.source), deb.version, deb.arch) != (key.source, key.version, key.arch):
        raise BadFormat(f"{deb.name} {deb.version[:100]!a} {deb.arch[:100]!a} of {deb.source} is none of this build")
    if deb.size <= 0:
        raise BadFormat(f"{deb.name} has {deb.size} bytes")
    if deb.snapshot:
        match(SHA1, deb.snapshot.sha1, "SHA-1")


def _extractor(number: int) -> None:
    """A newer one may have read what this program does not know; and it would always win."""
    if number > EXTRACTOR:
        raise BadFormat(f"read by extractor {number}; this program's is {EXTRACTOR}, only a newer one can take it")


for _kind, _check in outoftree_valid.CHECKS.items():
    check.register(_kind, _check)
