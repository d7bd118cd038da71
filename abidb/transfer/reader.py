# SPDX-License-Identifier: GPL-2.0-or-later
"""Lines of an export as its records. Nothing that the file says of its own digests is believed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from abidb.errors import BadFormat, UnknownName
from abidb.lifecycle import DebianRelease
from abidb.records import VMLINUX, BuildKey, Deb, Listing, Snapshot, UploadFact
from abidb.transfer import fields
from abidb.transfer.content import (
    CONFIG,
    EXPORTS,
    MODULES,
    BuildRow,
    ListingRow,
    ReleaseRow,
    Row,
    SeenRow,
    SetRow,
    UploadRow,
)
from abidb.transfer.outoftree_reader import READ
from abidb.transfer.sets import applied
from abidb.transfer.source import Lines
from abidb.transfer.valid import check
from abidb.transfer.writer import CONTENT, DIGEST, HEADER, SIGHTINGS, VERSIONS, Writer, header

SETS = (EXPORTS, CONFIG, MODULES)


def rows(lines: Iterator[bytes]) -> Iterator[Row]:
    """The records of an export, in its order.

    Each is written again on the way: what comes out must be the file to the byte, so every digest is computed anew and
    there is one way to write a content. Raises BadFormat, with the number of the line, for all that is otherwise;
    what was yielded before that must not be kept.
    """
    source = Lines(lines)
    try:
        yield from _rows(source)
    except UnicodeDecodeError:
        raise BadFormat("no UTF-8").within(f"line {source.number:,}") from None
    except (BadFormat, UnknownName) as error:
        raise BadFormat(str(error)).within(f"line {source.number:,}") from None


def _rows(source: Lines) -> Iterator[Row]:
    written: list[bytes] = []
    version = next((one for one in VERSIONS if source.next == header(one)), None)
    if version is None and source.next.startswith(b"abidb export"):
        raise BadFormat(f"{source.take().decode()!r}: another version of the format than {HEADER.decode()!r} or older")
    source.expect(header(version) if version else HEADER)
    source.expect(SIGHTINGS)
    again = Writer(written.append, version or VERSIONS[0])
    members: dict[str, Mapping[bytes, bytes]] = {of: {} for of in SETS}
    while not source.next.startswith(DIGEST):
        if source.next == CONTENT and CONTENT not in source.taken:
            source.take()
            continue
        row = _row(source, members)
        check(row)
        again.put(row)
        source.check(written)
        yield row
    again.close()
    _check_end(source, written)


def _check_end(source: Lines, written: list[bytes]) -> None:
    *_, digest, end = b"".join(written).splitlines()
    if (said := source.take()) != digest:
        raise BadFormat(f"the content has the {digest.decode()}, the file says {said.decode()}")
    source.expect(end)
    if source.next:
        raise BadFormat("something stands behind its end")
    source.check(written)


def _row(source: Lines, members: dict[str, Mapping[bytes, bytes]]) -> Row:
    word = source.next.partition(b"\t")[0].decode()
    if word in SETS:
        return _set(word, source, members)
    if word not in _READ:
        raise BadFormat(f"{source.take()[:80].decode()!r} may not stand here" if word else "it ends before its end")
    return _READ[word](source)


def _set(of: str, source: Lines, members: dict[str, Mapping[bytes, bytes]]) -> SetRow:
    digest, covers, n = fields.split(source.take(), 3)
    if covers not in (("all", VMLINUX) if of == EXPORTS else ("",)):
        raise BadFormat(f"a set of {of} cannot cover {covers!r}")
    block = source.take_while(b"+", b"-")
    b"\n".join(block).decode()
    members[of] = applied(of, members[of], block)
    if len(members[of]) != fields.number(n):
        raise BadFormat(f"a set of {len(members[of]):,} members, not {n}")
    return SetRow(of, fields.digest(digest), covers, members[of])


def _release(source: Lines) -> ReleaseRow:
    codename, version, created, released, eol, eol_lts, alias = fields.split(source.take(), 7)
    days = (fields.day(created), fields.day(released), fields.day(eol), fields.day(eol_lts))
    return ReleaseRow(DebianRelease(codename, version, *days), alias)


def _listing(source: Lines) -> ListingRow:
    sha256, root, suite, index, release, date = fields.split(source.take(), 6)
    return ListingRow(sha256, Listing(root, suite, index, release, fields.moment(date)))


def _seen(source: Lines) -> SeenRow:
    *key, suite, first, last = fields.split(source.take(), 7)
    return SeenRow(BuildKey(*key), suite, fields.moment(first), fields.moment(last))


def _upload(source: Lines) -> UploadRow:
    found, version, date, distribution, urgency, abi_name, told_by, told_with, policy_read = fields.split(
        source.take(), 9
    )
    return UploadRow(
        source=found,
        version=version,
        date=fields.moment(date) if date else None,
        distribution=distribution,
        urgency=urgency,
        abi_name=abi_name,
        told_by=told_by,
        told_with=fields.number(told_with),
        policy_read=fields.flag(policy_read),
        facts=tuple(UploadFact(*fields.split(line, 3)) for line in source.take_while(b"fact\t")),
    )


def _build(source: Lines) -> BuildRow:
    *key, release, exports, config, modules, vermagic, signed, extractor, imports, symvers = fields.split(
        source.take(), 13
    )
    return BuildRow(
        key=BuildKey(*key),
        kernel_release=release,
        export_set=fields.digest(exports),
        config_set=fields.digest(config) if config else None,
        module_set=fields.digest(modules) if modules else None,
        vermagic=vermagic,
        signed=fields.flag(signed),
        extractor=fields.number(extractor),
        imports_checked=fields.number(imports),
        mismatches=_symbols(source, b"mismatch\t"),
        symvers_lines=fields.number(symvers) if symvers else None,
        symvers_differing=_symbols(source, b"differs\t"),
        debs=tuple(_deb(line) for line in source.take_while(b"deb\t")),
    )


def _symbols(source: Lines, word: bytes) -> tuple[str, ...]:
    return tuple(fields.split(line, 1)[0] for line in source.take_while(word))


def _deb(line: bytes) -> Deb:
    name, version, arch, sha256, origin, size, sha1, seen = fields.split(line, 8)
    if bool(sha1) != bool(seen):
        raise BadFormat("half of what the snapshot service says")
    snapshot = Snapshot(sha1, fields.moment(seen)) if sha1 else None
    return Deb(name, version, arch, origin, sha256, fields.number(size, fields.INT8), snapshot=snapshot)


_READ: dict[str, Callable[[Lines], Row]] = {
    "release": _release,
    "listing": _listing,
    "seen": _seen,
    "upload": _upload,
    "build": _build,
    **READ,
}
