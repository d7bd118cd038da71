# SPDX-License-Identifier: GPL-2.0-or-later
"""What must hold of the record at any time. Everything is decoded and made anew from what it was made of."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from abidb import exportset, factset
from abidb.comparison import broken, compare, forget, stored_set
from abidb.dictionary import declarations
from abidb.errors import BadFormat, UnknownName
from abidb.exportset import ExportSet, IdArray, crc_of
from abidb.lifecycle import DebianRelease, aimed, lines_of
from abidb.queries.rows import rows
from abidb.records import Export
from abidb.versions import split_release, version_key

MEMOS = 2000  #: remembered comparisons that are made anew; of more every so many-th
_COUNTS = (
    *("added", "removed", "crc_changed", "moved", "gpl_tightened", "namespace_changed", "common", "gpl_relaxed"),
    *("namespace_dropped", "type_changed", "crc_unknown", "untold"),
)


def invariants(*, memos: int = MEMOS) -> tuple[str, ...]:
    """What does not hold, a line each: none in a sound record.

    Export sets and fact sets decode, their ids ascend and are known, they have their digest; version keys and ABI
    names are those of versions and releases; a build is apart if and only if a check failed, and has debs; lanes hold
    what belongs there and nothing else; neighbours are compared, and as a fresh comparison tells.
    """
    forget()
    return (*_export_sets(), *_fact_sets(), *_uploads(), *_builds(), *_lanes(), *_memos(memos))


def _export_sets() -> Iterator[str]:
    for set_id, covers, digest in rows("set_digests"):
        try:
            found = exportset.digest(_exports(stored_set(set_id)), covers)
        except (BadFormat, KeyError) as error:
            yield f"export set {set_id}: {_said(error)}"
        else:
            if found != bytes(digest):
                yield f"export set {set_id}: its exports are not those of its digest"


def _exports(stored: ExportSet) -> list[Export]:
    _ascend(stored.ids)
    named = declarations(stored.ids).of(stored.ids)
    return [Export(s, m, crc_of(stored.crcs, n), k, space) for n, (s, m, k, space) in enumerate(named)]


def _ascend(ids: IdArray) -> None:
    if ids.size and not (ids[0] > 0 and (ids[1:] > ids[:-1]).all()):
        raise BadFormat("its ids do not ascend")


def _fact_sets() -> Iterator[str]:
    for of, query in (("config_option", "all_options"), ("module_fact", "all_module_facts")):
        named = {row[0]: row[1:] for row in rows(query)}
        for set_id, digest, members in rows("fact_sets", of=of):
            try:
                ids = exportset.unpack("all", bytes(members), None).ids
                _ascend(ids)
                found = factset.digest(named[i] for i in ids.tolist())
            except (BadFormat, KeyError) as error:
                yield f"fact set {set_id}: {_said(error)}"
            else:
                if found != bytes(digest):
                    yield f"fact set {set_id}: its members are not those of its digest"


def _said(error: BadFormat | KeyError) -> str:
    return f"no dictionary has {error.args[0]}" if isinstance(error, KeyError) else str(error)


def _uploads() -> Iterator[str]:
    for source, version, key in rows("version_keys"):
        if key != version_key(version):
            yield f"upload {source} {version}: its version key is another version's"


def _builds() -> Iterator[str]:
    for build, release, abi_name, status, failed, debs in rows("build_states"):
        what = f"build {build} ({release})"
        if abi_name != _abi_name(release):
            yield f"{what}: ABI name {abi_name}"
        if (status == "apart") != failed:
            yield f"{what}: {status}, although its checks {'failed' if failed else 'found nothing'}"
        if not debs:
            yield f"{what}: without any deb"


def _abi_name(release: str) -> str:
    try:
        return split_release(release)[0]
    except UnknownName:
        return ""


def _lanes() -> Iterator[str]:
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
