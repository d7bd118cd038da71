# SPDX-License-Identifier: GPL-2.0-or-later
"""Answers about module packages as JSON. Keys are promised: they are added to, never renamed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from abidb import packagewords
from abidb.answers import LaneName
from abidb.jsonform import build_json
from abidb.packageanswers import (
    BinaryPackage,
    Break,
    Breaks,
    Cell,
    MatrixRow,
    Package,
    PackageRow,
    StepTried,
    Verdicts,
    VersionSeen,
)


def packages_json(found: Sequence[PackageRow]) -> dict[str, Any]:
    """The list of all packages; `scanned`: what is known of its symbols is from a scan of its source alone."""
    return {"packages": [_row(row) for row in found]}


def _row(row: PackageRow) -> dict[str, Any]:
    said = [{"release": name, "kernel_release": kernel, "source": word} for name, kernel, word in row.outcomes]
    return {**asdict(row), "releases": dict(row.releases), "outcomes": said}


def lane_json(lane: LaneName) -> str:
    return f"{lane.line}/{lane.arch}/{lane.flavour}"


def package_json(found: Package) -> dict[str, Any]:
    """One package in a lane. `cells` of a row are in the order of `versions`."""
    return {
        "source": found.source,
        "lane": lane_json(found.lane),
        "lanes": [lane_json(lane) for lane in found.lanes],
        "kernels": found.kernels,
        "reporting_at_least": dict(found.reporting),
        "packages": [_binary(each) for each in found.binaries],
    }


def _binary(each: BinaryPackage) -> dict[str, Any]:
    return {
        "package": each.package,
        "versions": [_version(seen) for seen in each.versions],
        "uses": [asdict(use) for use in each.uses],
        "used_version": each.used_version,
        "used_on": asdict(each.used_on) if each.used_on else None,
        "scanned": each.scanned,
        "matrix": [_matrix_row(row) for row in each.rows],
        "breaks": [break_json(one) for one in each.breaks],
    }


def _version(seen: VersionSeen) -> dict[str, Any]:
    return {
        "version": seen.key.version,
        "arch": seen.key.arch,
        "component": seen.component,
        "suites": [
            {"suite": s, "first": first.isoformat(), "last": last.isoformat()} for s, first, last in seen.suites
        ],
    }


def _matrix_row(row: MatrixRow) -> dict[str, Any]:
    return {
        "kernel": build_json(row.kernel),
        "before": build_json(row.before) if row.before else None,
        "cells": [_cell(cell) for cell in row.cells],
    }


def _cell(cell: Cell) -> dict[str, Any]:
    """Both answers: `module` is null where nothing is known of it."""
    module = {
        "answer": cell.answer,
        "first_reason": asdict(cell.reason) if cell.reason else None,
        "reasons": cell.reasons,
        "computed": cell.computed,
        "confirmed": cell.confirmed,
        "loading": asdict(cell.loading) if cell.loading else None,
        "about": list(cell.about),
        "code": cell.code or None,
    }
    source = {"answer": cell.compiles, "why": cell.why, "log": cell.log, "headers": cell.headers or None}
    return {"module": module if cell.answer else None, "source": source}


def verdicts_json(found: Verdicts) -> dict[str, Any]:
    """One version of a package on the kernels of a lane, newest first; `after` asks for the next page."""
    key = found.version.key
    return {
        "source": found.version.source,
        "package": key.package,
        "version": key.version,
        "lane": lane_json(found.lane),
        "lanes": [lane_json(lane) for lane in found.lanes],
        "total": found.kernels,
        "after": found.after,
        "verdicts": [
            {
                "kernel": build_json(row.kernel),
                "before": build_json(row.before) if row.before else None,
                **_cell(row.cells[0]),
            }
            for row in found.rows
        ],
    }


def breaks_json(found: Breaks) -> dict[str, Any]:
    """Updates that stopped packages from compiling, newest first, and how many each update stopped of those tried."""
    return {
        "breaks": [break_json(each) for each in found.breaks],
        "steps": [_step(step) for step in found.steps],
        "notes": [packagewords.POSTINST, packagewords.NO_HEADERS],
    }


def break_json(each: Break) -> dict[str, Any]:
    return {
        "lane": lane_json(each.lane),
        "source": each.source,
        "package": each.package,
        "version": each.version,
        "version_assumed": each.assumed,
        "before": build_json(each.before),
        "kernel": build_json(each.kernel),
        "kernels_between_not_tried": each.between,
        "answer_before": each.compiled,
        "answer": each.compiles,
        "why": each.why,
        "log": each.log,
        "until_version": each.until or None,
        "until_seen_on": build_json(each.until_on) if each.until_on else None,
        "again": build_json(each.again) if each.again else None,
        "reporting_at_least": each.reporting,
        "summary": packagewords.break_sentence(each),
    }


def _step(step: StepTried) -> dict[str, Any]:
    return {
        "lane": lane_json(step.lane),
        "kernel": build_json(step.kernel),
        "tried": step.tried,
        "stopped": step.stopped,
        "partly": step.partly,
        "only_partly_since": step.partly,
        "nothing_left_of_parts": step.lost,
        "summary": packagewords.step_sentence(step),
    }
