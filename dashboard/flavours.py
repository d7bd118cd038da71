# SPDX-License-Identifier: GPL-2.0-or-later
"""One upload's flavours and architectures as a matrix. Pure."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from abidb import words
from abidb.answers import Step
from abidb.churnanswers import FlavourStep, Spread
from abidb.records import VMLINUX

GENERIC = "generic"
Cell = tuple[FlavourStep | None, str]  #: and what is written there


@dataclass(frozen=True, slots=True)
class Matrix:
    """A row for each kind of flavour, a column for each architecture."""

    arches: tuple[str, ...]
    kinds: tuple[str, ...]
    rows: tuple[tuple[str, tuple[Cell, ...]], ...]


def matrix(found: Spread) -> Matrix:
    """The flavours of a release line; the generic ones first, then those that many architectures have."""
    cells = {(kind(row.lane.flavour, row.lane.arch), row.lane.arch): row for row in found.rows}
    arches = tuple(sorted({arch for _, arch in cells}, key=lambda arch: (arch != "amd64", arch)))
    spread = Counter(kind for kind, _ in cells)
    kinds = sorted(spread, key=lambda kind: (kind != GENERIC, -spread[kind], kind))
    rows = tuple((each, tuple(_cell(cells.get((each, arch))) for arch in arches)) for each in kinds)
    return Matrix(arches, tuple(kinds), rows)


def kind(flavour: str, arch: str) -> str:
    """A flavour without its architecture, so that those of several compare: `cloud`, `rt`, `generic`, `armmp-lpae`."""
    parts = [part for part in flavour.split("-") if part != arch]
    return "-".join(parts) or GENERIC


def _cell(row: FlavourStep | None) -> Cell:
    return row, brief(row.step) if row else ""


def brief(step: Step) -> str:
    """A step in a cell: the number of breaking changes, with "+ ?" where a part could not be compared."""
    counts = step.counts
    if counts is None:
        return "first" if step.old is None else "not compared"
    unknown = counts.crc_changed is None or counts.crc_unknown or counts.untold or step.scope == VMLINUX
    return words.number(counts.breaking) + (" + ?" if unknown else "")
