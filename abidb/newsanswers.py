# SPDX-License-Identifier: GPL-2.0-or-later
"""Frozen records of what abidb.queries answers about uploads as news. No Django, no database."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from abidb.answers import LaneName, Step
from abidb.nameanswers import FlavourStep, NamedUpload, NewName


@dataclass(frozen=True, slots=True)
class LaneNews:
    """An upload in a lane, and what it changed there."""

    lane: LaneName
    step: Step
    read: dt.datetime  #: since when the record can say so: both builds are read


@dataclass(frozen=True, slots=True)
class LineNews:
    """An upload in a release line, and what it changed in each flavour of the line's architectures."""

    line: str
    upload: NamedUpload
    since: NewName | None  #: compared with the upload before, whether the name is new or not; None: the line's first
    headline: FlavourStep | None  #: of the flavour that people look for first, of those that were compared
    read: dt.datetime
