# SPDX-License-Identifier: GPL-2.0-or-later
"""Answers about symbols in use and about packages as JSON, the same for terminal and web, as abidb.jsonform does it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from abidb import packagewords, usewords
from abidb.packageanswers import Hits, PackageHit
from abidb.packagejson import lane_json
from abidb.stablelist import ListCoverage, Point
from abidb.useanswers import InUse, PackageUses, ReleaseUses, Users


def hits_json(hits: Hits) -> dict[str, Any]:
    """What a step does to packages; `reasons` are in the kernel's order, `built_on` says whose symbols it is about."""
    counts = ("refused", "forced", "compared", "same_code", "stopped", "partly", "survived", "tried")
    return {
        **{name: getattr(hits, name) for name in ("release", "update", *counts)},
        "summary": packagewords.hits_sentence(hits),
        "packages": [hit_json(hit) for hit in usewords.by_gravity(hits)],
    }


def hit_json(hit: PackageHit) -> dict[str, Any]:
    """One package; `answer` is null where there is no module, `code` where nobody compared it, `confirmed` where no
    kernel was asked.
    """
    fields = {name: value for name, value in asdict(hit).items() if name != "log"}
    return {
        **fields,
        "answer": hit.answer if hit.judged else None,
        "confirmed": hit.confirmed,
        "code": hit.code or None,
        "headers": hit.headers or None,
        "stops_compiling": hit.stopped,
        "compiles_in_part_since": hit.partly,
        "summary": usewords.loads_sentence(hit),
    }


def users_json(users: Users) -> dict[str, Any]:
    """Who uses a symbol; `scanned` ones were never built and are in no count."""
    return {"summary": usewords.users_sentence(users), **asdict(users)}


def release_json(uses: ReleaseUses) -> dict[str, Any]:
    """Which packages figures of a release are about."""
    return {
        "release": uses.release,
        "lane": lane_json(uses.lane) if uses.lane else None,
        "summary": usewords.release_sentence(uses),
        "built": [package_json(each) for each in uses.built],
        "partly_built": [package_json(each) for each in uses.partly],
        "scanned": [package_json(each) for each in uses.scanned],
        "not_built": list(uses.unknown),
    }


def package_json(each: PackageUses) -> dict[str, Any]:
    """A package without its symbols, but their number."""
    names = ("source", "package", "version", "modules", "licenses")
    fields = {name: getattr(each, name) for name in names}
    return {**fields, "kernel": asdict(each.target), "symbols": len(each.symbols)}


def in_use_json(found: InUse) -> dict[str, Any]:
    """Symbols in use; `broke` is null where there is no lane to count in, `kind` "" where it is not exported now."""
    return {
        **release_json(found.uses),
        "summary": usewords.in_use_sentence(found),
        "steps": found.steps,
        "newest": found.newest or None,
        "total": found.total,
        "after": found.after,
        "symbols": [asdict(row) for row in found.rows],
    }


def coverage_json(uses: ReleaseUses, found: ListCoverage | None, curve: Sequence[Point]) -> dict[str, Any]:
    """A list against the built packages of a release, null where none was given, and the cost of longer ones."""
    told = None if found is None else {"summary": usewords.coverage_sentence(found), **asdict(found)}
    return {**release_json(uses), "coverage": told, "curve": [asdict(point) for point in curve]}
