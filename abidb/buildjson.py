# SPDX-License-Identifier: GPL-2.0-or-later
"""Answers about builds and uploads as JSON, as abidb.jsonform does it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from abidb import words
from abidb.answers import (
    BuildFacts,
    BuildModule,
    BuildRef,
    ExportPage,
    Found,
    Neighbours,
    Status,
    Upload,
    UploadNotes,
)
from abidb.jsonform import build_json, export_json, upload_json
from abidb.lanejson import listed_json, name_json, step_json
from abidb.records import Deb


def facts_json(facts: BuildFacts, beside: Sequence[Neighbours]) -> dict[str, Any]:
    """All that is known of a build but its exports: what it is, what vouches for it, what was checked."""
    ref = facts.ref
    plain = ("exports", "modules", "has_crcs", "signed", "provenance", "vermagic", "config_options", "modules_shipped")
    return {
        **listed_json(ref),
        **{name: getattr(facts, name) for name in plain},
        "provenance_means": words.PROVENANCE_WORDS[facts.provenance],
        "export_set": facts.digest,
        "checks": _checks(facts),
        "extractor": facts.extractor,
        "ingested": facts.ingested.isoformat(),
        "debs": [_deb(deb) for deb in facts.debs],
        "suites": [
            {"suite": seen.suite, "first": seen.first.isoformat(), "last": seen.last.isoformat()}
            for seen in facts.suites
        ],
        "lanes": [_beside(each) for each in beside],
        "same_exports": [other.name for other in facts.same_exports],
        "exported_twice": list(facts.shared),
    }


def _checks(facts: BuildFacts) -> dict[str, Any]:
    lines, differing = facts.symvers_lines, facts.symvers_differing
    said = words.symvers_sentence(lines, len(differing), extractor=facts.extractor, local=facts.local)
    return {
        "imports": facts.imports_checked,
        "imports_differing": list(facts.mismatches),
        "imports_summary": words.check_sentence(facts.imports_checked, len(facts.mismatches)),
        "symvers_lines": lines,
        "symvers_differing": list(differing),
        "symvers_summary": said,
    }


def _deb(deb: Deb) -> dict[str, Any]:
    """`listings` are the indexes of signed Releases that list it, `snapshot` says what else vouches for it."""
    fields = ("name", "version", "arch", "source", "sha256", "size")
    told = [{**asdict(each), "release_date": each.release_date.isoformat()} for each in deb.listings]
    seen = deb.snapshot
    return {
        **{name: getattr(deb, name) for name in fields},
        "listings": told,
        "snapshot": {"sha1": seen.sha1, "first_seen": seen.first_seen.isoformat()} if seen else None,
    }


def _beside(each: Neighbours) -> dict[str, Any]:
    return {
        "lane": name_json(each.lane),
        "came": step_json(each.came) if each.came else None,
        "left": step_json(each.left) if each.left else None,
    }


def builds_json(found: Sequence[BuildRef], after: str | None) -> dict[str, Any]:
    """A page of builds, newest version first; `after` is what to ask for the next page with, null at the end."""
    return {"after": after, "builds": [listed_json(ref) for ref in found]}


def exports_json(ref: BuildRef, page: ExportPage) -> dict[str, Any]:
    """A page of a build's exports in order of symbol and module; `total` are those that fit the filter."""
    return {
        "build": build_json(ref),
        "total": page.total,
        "after": page.after,
        "exports": [export_json(export) for export in page.exports],
    }


def modules_json(ref: BuildRef, found: Sequence[BuildModule], total: int, after: str | None) -> dict[str, Any]:
    """A page of the modules that a build ships, by path; none where the archive has lost them."""
    return {
        "build": build_json(ref),
        "total": total,
        "after": after,
        "modules": [asdict(module) for module in found],
    }


def uploads_json(found: Sequence[Upload], after: str | None) -> dict[str, Any]:
    """A page of uploads, newest version first, also those that left no packages."""
    return {"after": after, "uploads": [upload_json(each) for each in found]}


def whole_upload_json(found: Upload, notes: UploadNotes, builds: Sequence[BuildRef]) -> dict[str, Any]:
    """One upload with what its changelog closes, and its builds."""
    return {**upload_json(found), "closes": asdict(notes), "of_builds": [listed_json(ref) for ref in builds]}


def found_json(text: str, found: Found) -> dict[str, Any]:
    """What a text may mean, the likeliest first."""
    return {
        "q": text,
        "symbols": list(found.symbols),
        "modules": list(found.modules),
        "builds": [listed_json(ref) for ref in found.builds],
        "lanes": [name_json(lane) for lane in found.lanes],
        "packages": list(found.packages),
        "abi_names": [asdict(each) for each in found.abi_names],
        "versions": [asdict(each) for each in found.versions],
        "near": [asdict(each) for each in found.near],
    }


def record_json(found: Status) -> dict[str, Any]:
    """The size and age of the record; `generation` rises with whatever is written."""
    return {**asdict(found), "at": found.at.isoformat() if found.at else None}
