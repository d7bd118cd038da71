# SPDX-License-Identifier: GPL-2.0-or-later
"""Answers as JSON, the same for terminal and web. Keys are promised: they are added to, never renamed."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from abidb import words
from abidb.answers import BuildRef, Diff, SymbolLane
from abidb.compat import Change
from abidb.records import Export


def export_json(export: Export | None) -> dict[str, Any] | None:
    """One side of a change; null where the symbol is not exported. The CRC is written as in Module.symvers."""
    if export is None:
        return None
    return {**asdict(export), "crc": None if export.crc is None else f"0x{export.crc:08x}"}


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


def diff_json(found: Diff) -> dict[str, Any]:
    """A comparison: `counts.crc_changed` is null where CRCs are not common to both sides."""
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
    }


def symbol_json(name: str, lanes: tuple[SymbolLane, ...]) -> dict[str, Any]:
    """A symbol's biography."""
    return {
        "symbol": name,
        "lanes": [
            {
                **asdict(lane.lane),
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
