# SPDX-License-Identifier: GPL-2.0-or-later
"""Frozen records of what abidb.queries answers about all release lines at a glance. No Django, no database."""

from __future__ import annotations

from dataclasses import dataclass

from abidb.answers import Lane, Step
from abidb.packageanswers import StepTried
from abidb.useanswers import StepHits


@dataclass(frozen=True, slots=True)
class LaneNews:
    """A lane and what a verdict on its newest upload needs beside its counts."""

    lane: Lane
    old_vermagic: str  #: of the build before the newest; "" where there is none, or it is not known
    new_vermagic: str
    hits: StepHits | None  #: None: no package of the release was built on the kernels of this lane
    tried: StepTried | None  #: None: no package was tried on the newest one that compiled before

    @property
    def step(self) -> Step:
        return self.lane.steps[-1]


@dataclass(frozen=True, slots=True)
class Overview:
    """The newest upload of each release line, on one architecture and flavour or on what people look for first."""

    news: tuple[LaneNews, ...]
    arches: tuple[str, ...]  #: with a kernel of one of the lines
    flavours: tuple[str, ...]  #: of the chosen architecture, or of that of the first lane
    without: tuple[str, ...]  #: lines that have no such kernel
