# SPDX-License-Identifier: GPL-2.0-or-later
"""Answers about lanes as JSON, as abidb.jsonform does it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from abidb import compat, words
from abidb.answers import BuildRef, Lane, LaneList, LaneName, Step, Volatile
from abidb.jsonform import build_json
from abidb.useanswers import StepHits


def lane_json(lane: Lane) -> dict[str, Any]:
    """A lane with its newest step."""
    return {
        **_plain(lane.name, lane.codename, lane.status),
        "as_of": lane.as_of.isoformat() if lane.as_of else None,
        "builds": lane.older + len(lane.steps),
        "newest": step_json(lane.steps[-1]),
    }


def lanes_json(found: LaneList) -> dict[str, Any]:
    """A page of lanes; `after` is what to ask for the next page with, null at the end."""
    return {
        "total": found.total,
        "after": name_json(found.after)["name"] if found.after else None,
        "lanes": [_plain(one.name, one.codename, one.status) for one in found.lanes],
    }


def _plain(name: LaneName, codename: str, status: str) -> dict[str, Any]:
    return {**name_json(name), "codename": codename, "status": status, "ended": status == "ended"}


def name_json(name: LaneName) -> dict[str, Any]:
    """A lane as others refer to it."""
    return {"name": f"{name.line}/{name.arch}/{name.flavour}", **asdict(name)}


def listed_json(ref: BuildRef) -> dict[str, Any]:
    """A build in a list."""
    return {**build_json(ref), "status": ref.status, "date": ref.date.isoformat() if ref.date else None}


def step_json(step: Step, hits: StepHits | None = None) -> dict[str, Any]:
    """A build of a lane and what changed since the one before; null where nothing was compared, or is known."""
    return {
        "build": listed_json(step.new),
        "previous": step.old.name if step.old else None,
        "renamed": step.renamed,
        **_change(step),
        "packages_refused": None if hits is None or hits.names is None else list(hits.names),
    }


def _change(step: Step) -> dict[str, Any]:
    if step.old is None or step.counts is None or step.scope is None:
        return {"counts": None, "scope": None, "outcome": None, "summary": None}
    return {
        "counts": asdict(step.counts),
        "scope": step.scope,
        "outcome": compat.outcome(step.counts, scope=step.scope).name.lower(),
        "summary": words.step_sentence(step.old.abi_name, step.new.abi_name, step.counts, scope=step.scope),
    }


def churn_json(steps: Sequence[Step], hits: Mapping[int, StepHits], total: int, after: str | None) -> dict[str, Any]:
    """A page of a lane's steps, newest first; `after` is what to ask for the next page with, null at the end."""
    return {
        "note": words.CRC_OVERSTATES,
        "total": total,
        "after": after,
        "steps": [step_json(step, hits.get(step.new.id)) for step in steps],
    }


def volatile_json(found: Sequence[Volatile]) -> dict[str, Any]:
    """The symbols of a lane that broke modules most often from one build to the next."""
    return {"note": words.CRC_OVERSTATES, "symbols": [asdict(each) for each in found]}
