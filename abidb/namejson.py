# SPDX-License-Identifier: GPL-2.0-or-later
"""New ABI names as JSON. Keys are promised: they are added to, never renamed."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from abidb import namewords
from abidb.nameanswers import FlavourStep, NameCounts, NamedUpload, NamesPage, NewName
from abidb.words import CRC_OVERSTATES


def names_json(page: NamesPage) -> dict[str, Any]:
    """A page of new names; `before` is what to ask for the next one with, null at the end."""
    return {
        "summary": namewords.names_sentence(page.counts),
        "means": [namewords.MEANS, CRC_OVERSTATES],
        "counts": _counts(page.counts),
        "by_line": [_counts(counts) for counts in page.by_line],
        "total": page.total,
        "names": [name_json(name) for name in page.names],
        "before": page.before or None,
    }


def name_json(name: NewName) -> dict[str, Any]:
    """One new name: `verdict` is unchanged, changed, or unknown where no flavour could be measured."""
    return {
        "key": name.key,
        "lines": list(name.lines),
        "previous": _upload(name.old),
        "upload": _upload(name.new),
        "verdict": name.verdict,
        "unchanged": name.unchanged,
        "changed": name.changed,
        "not_measurable": name.unmeasured,
        "uploads_between": name.between,
        "summary": namewords.measured_sentence(name),
        "flavours": [_flavour(step) for step in name.flavours],
    }


def _upload(upload: NamedUpload) -> dict[str, Any]:
    date = upload.date.isoformat() if upload.date else None
    return {
        "source": upload.source,
        "version": upload.version,
        "date": date,
        "abi_names": list(upload.abi_names),
    }


def _flavour(step: FlavourStep) -> dict[str, Any]:
    """`counts` is null where the two builds were not compared, `counts.crc_changed` where they have no CRCs."""
    return {
        "arch": step.arch,
        "flavour": step.flavour,
        "state": step.state,
        "old": str(step.old) if step.old else None,
        "new": str(step.new) if step.new else None,
        "scope": step.scope or None,
        "counts": asdict(step.counts) if step.counts else None,
        "summary": namewords.flavour_sentence(step),
    }


def _counts(counts: NameCounts) -> dict[str, Any]:
    return {
        "line": counts.line or None,
        "names": counts.names,
        "unchanged": counts.unchanged,
        "unknown": counts.unknown,
    }
