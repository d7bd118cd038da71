# SPDX-License-Identifier: GPL-2.0-or-later
"""What stands beside a build: those before and after it in its lanes, those of the same upload."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from abidb.answers import BuildRef, LaneName, Neighbours, Step
from abidb.compat import Counts
from abidb.queries.builds import build_by_id
from abidb.queries.lanes import COUNTS
from abidb.queries.rows import REF, rows
from abidb.records import VMLINUX

_NAME = 3  # columns of a lane's name: line, arch, flavour
SIBLINGS = 200  #: builds of one upload that are told; none has as many


def neighbours(build_id: int) -> tuple[Neighbours, ...]:
    """The builds before and after one, in each of its lanes, with what changed; raises UnknownName."""
    here, found = build_by_id(build_id), rows("neighbours", build=build_id)
    lanes = groupby(found, key=lambda row: row[:_NAME])
    return tuple(Neighbours(LaneName(*name), here, *(_step(here, row) for row in sides)) for name, sides in lanes)


def _step(here: BuildRef, row: tuple[Any, ...]) -> Step | None:
    """From the build before to this one, or from this one to the build after; None where there is none."""
    comes, *ref = row[_NAME : _NAME + 1 + REF]
    if ref[0] is None:
        return None
    beside = BuildRef(*ref)
    old, new = (here, beside) if comes else (beside, here)
    numbers = row[_NAME + 1 + REF :]
    if numbers[0] is None:
        return Step(new, old, None, None)
    scope = "all" if old.covers == new.covers == "all" else VMLINUX
    return Step(new, old, Counts(**dict(zip(COUNTS, numbers, strict=True))), scope)


def builds_of_upload(source: str, version: str) -> tuple[BuildRef, ...]:
    """The builds of one upload, in order of architectures and flavours."""
    return tuple(BuildRef(*row) for row in rows("builds_of_upload", source=source, version=version, limit=SIBLINGS))
