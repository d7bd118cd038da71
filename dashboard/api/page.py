# SPDX-License-Identifier: GPL-2.0-or-later
"""The calls as a page shows them, from the same description that programs get."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any
from urllib.parse import urlencode

from abidb import queries
from abidb.answers import Step
from dashboard.api.openapi import document


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of a call, as a table shows it."""

    name: str
    where: str
    required: bool
    means: str
    bounds: str


@dataclass(frozen=True, slots=True)
class Shown:
    """One call."""

    method: str
    path: str
    id: str
    summary: str
    description: str
    parameters: tuple[Parameter, ...]
    line: str  #: to try it in a terminal
    address: str  #: to try it in a browser; "" where that cannot be


def groups(origin: str) -> list[tuple[str, list[Shown]]]:
    """All calls by subject. Examples name what the record has, where it has anything."""
    told, names = document(), known()
    root = told["servers"][0]["url"]
    found = [
        (call["tags"][0], _shown(method, root + path, call, origin, names))
        for path, methods in told["paths"].items()
        for method, call in methods.items()
    ]
    return [(tag, [shown for _, shown in group]) for tag, group in groupby(found, key=lambda pair: pair[0])]


def known() -> dict[str, str]:
    """Names for examples: of the first lane that people look for, and its newest step."""
    lanes = queries.lanes(newest=2)
    step: Step | None = next((lane.steps[-1] for lane in lanes if lane.steps[-1].old), None)
    if step is None or step.old is None:
        return {}
    return {
        "old": step.old.name,
        "new": step.new.name,
        "name": step.new.name,
        "source": step.new.source,
        "version": step.new.version,
        "line": lanes[0].name.line,
    }


def _shown(method: str, path: str, call: Mapping[str, Any], origin: str, names: Mapping[str, str]) -> Shown:
    given = {each["name"]: _example(each, path, names) for each in call["parameters"]}
    there = path.format(**given)
    needed = {
        each["name"]: given[each["name"]] for each in call["parameters"] if each["in"] == "query" and each["required"]
    }
    there += f"?{urlencode(needed)}" if needed else ""
    reading = method == "get"
    command = ["curl", "-sS", *([] if reading else ["--data-binary", "@tun.ko"]), origin + there]
    return Shown(
        method=method.upper(),
        path=path,
        id=call["operationId"],
        summary=call["summary"],
        description=call.get("description", ""),
        parameters=tuple(_parameter(each) for each in call["parameters"]),
        line=shlex.join(command),
        address=there if reading else "",
    )


def _example(told: Mapping[str, Any], path: str, names: Mapping[str, str]) -> str:
    """The record's own name where it is one that fits: {name} is a build only among builds."""
    name = told["name"]
    if name == "name" and "/builds/" not in path:
        return str(told["example"])
    if told["in"] == "path" and name in names:
        return names[name]
    return str(told.get("example", ""))


def _parameter(told: Mapping[str, Any]) -> Parameter:
    return Parameter(
        told["name"], told["in"], told["required"], told.get("description", ""), ", ".join(_bounds(told["schema"]))
    )


def _bounds(schema: Mapping[str, Any]) -> Iterator[str]:
    """What a value may be, in a few words; patterns are in the document."""
    if "minimum" in schema:
        yield f"{schema['minimum']:,} to {schema['maximum']:,}"
    if schema.get("default") not in (None, "", []):
        yield f"{schema['default']} where it is left out"
    if "items" in schema:
        yield "several times: " + " ".join(schema["items"]["enum"])
