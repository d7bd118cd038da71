# SPDX-License-Identifier: GPL-2.0-or-later
"""What looks at archives find out of order."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that an archive should have had in order."""

    root: str
    suite: str
    index: str  #: "" where the whole suite is concerned
    message: str
    refused: bool  #: whether nothing of it was used; else it is only a warning
