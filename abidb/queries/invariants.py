# SPDX-License-Identifier: GPL-2.0-or-later
"""What must hold of the record at any time. Everything is decoded and made anew from what it was made of."""

from __future__ import annotations

import datetime as dt
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from django.db import transaction

from abidb import exportset
from abidb.comparison import broken, compare, forget
from abidb.errors import BadFormat, UnknownName
from abidb.lifecycle import DebianRelease, aimed, lines_of
from abidb.queries import content
from abidb.queries.outoftree_invariants import outoftree_invariants
from abidb.queries.rows import rows
from abidb.transfer.content import CONFIG, EXPORTS, MODULES, BuildRow, ListingRow, Row, SeenRow, UploadRow
from abidb.transfer.sets import computed_digest
from abidb.transfer.valid import check
from abidb.versions import codename, split_release, version_key

FACTS = {CONFIG: "config_option", MODULES: "module_fact"}
SERIES = re.compile(r"-\d+\.\d+$")  # of a line of a second kernel: bookworm-6.12
MEMOS = 2000  #: remembered comparisons that are made anew; of more every so many-th
_COUNTS = (
    *("added", "removed", "crc_changed", "moved", "gpl_tightened", "namespace_changed", "common", "gpl_relaxed"),
    *("namespace_dropped", "type_changed", "crc_unknown", "untold"),
)


@transaction.atomic
def invariants(*, memos: int = MEMOS) -> tuple[str, ...]:
    """What does not hold, a line each: none in a sound record.

    Export sets and fact sets decode, their ids ascend and are known, they have their digest; no field holds what an
    import would refuse (abidb.transfer.valid); version keys and ABI names are those of versions and releases; a build
    is apart if and only if a check failed, and its sets are of the kind; lanes hold what belongs there and nothing
    else; neighbours are compared, and as a fresh comparison tells. What is said of out-of-tree modules: see there.
    """
    forget()
    return (*_sets(), *_fields(), *_uploads(), *_builds(), *_lanes(), *_memos(memos), *outoftree_invariants())


def _sets() -> Iterator[str]:
    """Of export sets as of the sets of options and facts: the dictionaries are read once, one set at a time is here."""
    for of in (EXPORTS, *FACTS):
        stored, query = content.StoredSets(of), "fact_set_digests" if of in FACTS else "set_digests"
        for set_id, digest in rows(query, of=FACTS.get(of)):
            try:
                if computed_digest(stored.row(set_id, bytes(digest))) != bytes(digest):
                    yield f"set {set_id} of {of}: its members are not those of its digest"
            except BadFormat as error:
                yield f"set {set_id} of {error}"


def _fields() -> Iterator[str]:
    for row in content.rows_without_sets():
        try:
            check(row)
        except (BadFormat, UnknownName) as error:
            yield f"{_what(row)}: {error}"


def _what(row: Row) -> str:
    match row:
        case BuildRow() | SeenRow():
            return f"build {row.key.source} {row.key.version} {row.key.arch} {row.key.flavour}"
        case UploadRow():
            return f"upload {row.source} {row.version}"
        case ListingRow():
            return f"listing of {row.sha256}"
    return "release"


def _uploads() -> Iterator[str]:
    for source, version, key in rows("version_keys"):
        if key != version_key(version):
            yield f"upload {source} {version}: its version key is another version's"


def _builds() -> Iterator[str]:
    for build, release, abi_name, status, failed, kinds in rows("build_states"):
        what = f"build {build} ({release})"
        if abi_name != _abi_name(release):
            yield f"{what}: ABI name {abi_name}"
        if (status == "apart") != failed:
            yield f"{what}: {status}, although its checks {'failed' if failed else 'found nothing'}"
        if not kinds:
            yield f"{what}: its options or modules are a set of something else"


def _abi_name(release: str) -> str:
    try:
        return split_release(release)[0]
    except UnknownName:
        return ""


def _lanes() -> Iterator[str]:
    for line, arch, flavour, name in rows("lane_codenames"):
        if name != codename(SERIES.sub("", line)):
            yield f"lane {line}/{arch}/{flavour}: of the release {name}"
    wanted, names = _wanted_lanes(), {}
    has: dict[int, set[tuple[str, str, str]]] = defaultdict(set)
    for build, release, line, arch, flavour in rows("lane_members"):
        has[build].add((line, arch, flavour))
        names[build] = release
    for build in sorted(wanted.keys() | has.keys()):
        for lane in sorted(has[build] - wanted.get(build, set())):
            yield f"build {build} ({names[build]}): in lane {'/'.join(lane)}, where it does not belong"
        for lane in sorted(wanted.get(build, set()) - has[build]):
            yield f"build {build}: not in lane {'/'.join(lane)}, where it belongs"


def _wanted_lanes() -> dict[int, set[tuple[str, str, str]]]:
    releases, today = [DebianRelease(*row[:-1]) for row in rows("releases")], dt.datetime.now(dt.UTC).date()
    seen: dict[int, list[tuple[str, dt.date | None]]] = defaultdict(list)
    for build, suite, last in rows("sightings"):
        seen[build].append((suite, last.date()))
    wanted = {}
    for build, source, arch, flavour, distribution, date, vouched in rows("lane_facts"):
        day = date.date() if date else None
        aims = aimed(distribution, day, releases) if vouched else ()
        lines = lines_of(source, [*seen[build], *((suite, day) for suite in aims)], releases, today)
        wanted[build] = {(line, arch, flavour) for line in lines}
    return wanted


def _memos(most: int) -> Iterator[str]:
    for old, new in rows("neighbours_not_compared"):
        yield f"export sets {old} and {new}: neighbours in a lane, and no comparison is remembered"
    for old, new, packed, *counts in rows("memos", most=most):
        try:
            if (said := _fresh(old, new)) and said != (dict(zip(_COUNTS, counts, strict=True)), bytes(packed)):
                yield f"export sets {old} and {new}: the remembered comparison is not what a fresh one tells"
        except (BadFormat, KeyError, UnknownName):
            continue  # what is wrong with the set was said


def _fresh(old: int, new: int) -> tuple[dict[str, Any], bytes]:
    found = compare(old, new)
    ids = broken(found).tolist()
    return asdict(found.counts), exportset.pack(ids, [None] * len(ids))[0]
