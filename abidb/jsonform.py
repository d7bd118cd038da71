# SPDX-License-Identifier: GPL-2.0-or-later
"""Answers as JSON, the same for terminal and web. Keys are promised: they are added to, never renamed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from abidb import words
from abidb.answers import (
    BuildRef,
    ConfigDiff,
    Coverage,
    Diff,
    QueueState,
    ReleaseAge,
    Status,
    SymbolLane,
    Upload,
    Waiting,
)
from abidb.changelog import Between
from abidb.compat import Change
from abidb.records import Export


def export_json(export: Export | None) -> dict[str, Any] | None:
    """One side of a change; null where the symbol is not exported. The CRC is written as in Module.symvers."""
    if export is None:
        return None
    return {
        "symbol": export.symbol,
        "module": export.module,
        "crc": None if export.crc is None else f"0x{export.crc:08x}",
        "kind": export.kind,
        "namespace": export.namespace,
    }


def build_json(ref: BuildRef) -> dict[str, Any]:
    """A build as others refer to it."""
    fields = ("kernel_release", "source", "version", "arch", "flavour", "abi_name", "covers")
    return {"name": ref.name, **{field: getattr(ref, field) for field in fields}}


def change_json(change: Change) -> dict[str, Any]:
    return {
        "symbol": change.symbol,
        "kinds": list(change.kinds),
        "breaks": change.breaks,
        "old": export_json(change.old),
        "new": export_json(change.new),
    }


def diff_json(found: Diff, config: ConfigDiff | None = None) -> dict[str, Any]:
    """A comparison: `counts.crc_changed` is null where CRCs are not common to both sides. `config` only where given."""
    return {
        "old": build_json(found.old),
        "new": build_json(found.new),
        "counts": asdict(found.counts),
        "scope": found.scope,
        "outcome": found.outcome.name.lower(),
        "exit_status": int(found.outcome),
        "summary": words.changes_sentence(found.counts, scope=found.scope),
        "vermagic_flags_changed": found.flags_differ,
        "changes": [change_json(change) for change in found.changes],
        **({"config": config_json(config)} if config else {}),
    }


def config_json(found: ConfigDiff) -> dict[str, Any]:
    """Options that differ; `measured` is false where a side's configuration is not known. null: not set."""
    return {"measured": found.measured, "changes": [asdict(change) for change in found.changes]}


def changelog_json(found: Between) -> dict[str, Any]:
    """The uploads between two builds; `way` says whether a changelog leads from one to the other, and which way."""
    entries = ({**_plain(asdict(entry)), "cves": entry.cves.total, "bugs": entry.bugs.total} for entry in found.entries)
    counts = {"uploads": found.uploads, "cves": found.cves, "bugs": found.bugs}
    return {"way": found.way.value, **counts, "newest": list(entries)}


def upload_json(found: Upload) -> dict[str, Any]:
    """An upload; `ignored` is null where its source package has not been read."""
    fields = _plain(asdict(found))
    known = fields.pop("policy_read")
    return {**fields, "ignored": fields["ignored"] if known else None}


def symbol_json(name: str, lanes: tuple[SymbolLane, ...]) -> dict[str, Any]:
    """A symbol's biography; `older` counts the builds of a lane before those, which were not looked at."""
    return {
        "symbol": name,
        "lanes": [
            {
                **asdict(lane.lane),
                "older": lane.older,
                "points": [
                    {
                        "build": point.build.name,
                        "exports": [export_json(e) for e in point.exports],
                        "changed": list(point.changed),
                        "measured_by_crc": point.measured,
                    }
                    for point in lane.points
                ],
            }
            for lane in lanes
        ],
    }


def status_json(
    *,
    record: Status,
    queue: QueueState,
    coverage: Sequence[Coverage],
    releases: Sequence[ReleaseAge],
    waiting: Sequence[Waiting],
    apart: Sequence[BuildRef],
) -> dict[str, Any]:
    """The state of the record and of its workers, for those who watch over them. Times are UTC, ISO 8601."""
    return {
        "record": _plain(asdict(record)),
        "queue": asdict(queue),
        "coverage": [asdict(each) for each in coverage],
        "releases": [_plain(asdict(each)) for each in releases],
        "waiting": [_plain(asdict(each)) for each in waiting],
        "apart": [build_json(ref) for ref in apart],
    }


def _plain(fields: dict[str, Any]) -> dict[str, Any]:
    """The same with its times as texts."""
    return {name: value.isoformat() if isinstance(value, dt.datetime) else value for name, value in fields.items()}
