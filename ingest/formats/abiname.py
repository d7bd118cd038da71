# SPDX-License-Identifier: GPL-2.0-or-later
"""ABI names as the kernel's changelog tells them, by the rules of the packaging (debian/bin/gencontrol.py).

Until 6.5 the name is the upstream series and a number that an entry sets ("Bump ABI to 20"): 6.1.0-20, 2.6.32-5. It
holds for the uploads of that series that follow, until another sets it. When both stable releases gave it up (5.10.244,
6.1.148: "Delete ABI name suffix"), the number began to count the uploads, and backports' to an older release carry
that release: 6.1.0-0.deb11.52. All other names, those of release candidates among them, are not in the changelog.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

SERIES = re.compile(r"(2\.6\.\d{1,4}|\d{1,4}\.\d{1,4})(?![\d~])(?:\.(?P<patch>\d{1,5}))?[^~+]*-(?P<revision>[^-]+)")
BACKPORT = re.compile(r"~(?:bpo|deb(?P<release>\d+)u)")


class Told(NamedTuple):
    """What one entry says of its ABI name."""

    sets: str  #: the number or word after the series; "" for nothing
    generated: bool  #: from here on uploads are counted


@dataclass(slots=True)
class State:
    """The end of the name, as the entries of a series have left it so far."""

    suffix: str = ""
    backport: str = ""  #: the same for backports, which set their own
    counts: bool = False
    backports: int = 0  #: since the last upload that was none


def names(entries: Sequence[tuple[str, Told]]) -> list[str]:
    """The ABI name of each upload, given as version and what its entry says, newest first; "" where unknown."""
    states: dict[str, State] = {}
    found = [_name(version, told, states) for version, told in reversed(entries)]
    return found[::-1]


def _name(version: str, told: Told, states: dict[str, State]) -> str:
    match = SERIES.match(version)
    if not match:
        return ""
    series = match[1]
    state = states.setdefault(series, State())
    backport = BACKPORT.search(match["revision"])
    if state.counts or told.generated:
        suffix = _counted(state, backport)
        state.counts = True
    elif backport:
        suffix = state.backport = told.sets or state.backport
    else:
        suffix = state.suffix = told.sets or state.suffix
        state.backport = "" if told.sets else state.backport
    return f"{_base(series, int(match['patch'] or 0))}-{suffix}" if suffix else ""


def _base(series: str, patch: int) -> str:
    """How a name begins: with three numbers, but from 3.3 on two until 3.16.7-1 ("Add '.0' to the kernel version")."""
    major, minor = map(int, series.split(".")[:2])
    if series.startswith("2.6.") or (3, 3, 0) <= (major, minor, patch) < (3, 16, 7):
        return series
    return f"{series}.0"


def _counted(state: State, backport: re.Match[str] | None) -> str:
    """gencontrol.py, _generate_abiname_part()."""
    if not backport:
        state.suffix = str(int(state.suffix) + 1) if state.suffix.isdecimal() else ""
        state.backports = 0
        return state.suffix
    state.backports += 1
    if not backport["release"] or not state.suffix:
        return ""
    again = f".{state.backports - 1}" if state.backports > 1 else ""
    return f"0.deb{backport['release']}.{state.suffix}{again}"
