# SPDX-License-Identifier: GPL-2.0-or-later
"""A module of the kernel as JSON. Keys are promised: they are added to, never renamed."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from abidb import modulewords
from abidb.moduleanswers import ModuleExport, ModuleLane, ModuleLife, ModuleStep


def module_json(life: ModuleLife) -> dict[str, Any]:
    """`lane` is the one whose steps and exports are told; `after` the symbol to go on with, null at the end."""
    return {
        "module": life.name,
        "paths": list(life.paths),
        "summary": modulewords.module_sentence(life),
        "lanes": [_lane(each) for each in life.lanes],
        "lane": _lane(life.lane),
        "steps": [_step(step) for step in life.steps],
        "exports": [_export(export) for export in life.exports],
        "exports_now": life.here,
        "exports_gone": life.gone,
        "after": life.after,
        "users": [asdict(user) for user in life.users],
        "packages": life.packages,
    }


def _lane(each: ModuleLane) -> dict[str, Any]:
    """`first` and `last` are null where no build that was looked at has the module."""
    return {
        **asdict(each.lane),
        "first": each.first.name if each.first else None,
        "last": each.last.name if each.last else None,
        "paths": list(each.paths),
        "exports": each.exports,
        "gone": each.gone,
        "builds": each.builds,
        "older": each.older,
    }


def _step(step: ModuleStep) -> dict[str, Any]:
    """`here` is null where a partial build cannot tell."""
    return {
        "build": step.build.name,
        "before": step.before.name if step.before else None,
        "here": step.here,
        "paths": list(step.paths),
        "exports": step.exports,
        **{what: list(getattr(step, what)) for what in ("added", "removed", "came", "left")},
    }


def _export(export: ModuleExport) -> dict[str, Any]:
    fields = ("symbol", "path", "kind", "namespace", "packages")
    told = {field: getattr(export, field) for field in fields}
    return {**told, "first": export.first.name, "last": export.last.name}
