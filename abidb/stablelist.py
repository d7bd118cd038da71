# SPDX-License-Identifier: GPL-2.0-or-later
"""Which packages a list of symbols keeps whole, and what it costs to keep more of them. Pure.

A package is whole while every symbol that its modules import stays as it is; a list that has all of them keeps it so.
"""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

#: What the modules of each package import from the kernel.
Uses = Mapping[str, frozenset[str]]
LONGEST_NAME = 512  #: characters of a symbol, KSYM_NAME_LEN (include/linux/kallsyms.h)
_COMMENT = re.compile(r"#.*")


@dataclass(frozen=True, slots=True)
class Gap:
    """A package that a list does not keep whole."""

    package: str
    uses: int  #: symbols that it uses
    lacking: tuple[str, ...]  #: those of them that are not on the list, in order


@dataclass(frozen=True, slots=True)
class ListCoverage:
    """A list of symbols against packages."""

    symbols: int  #: different ones on the list
    needed: int  #: those of them that a package uses
    idle: tuple[str, ...]  #: those that none uses, in order
    whole: tuple[str, ...]  #: packages that use nothing else, in order
    gaps: tuple[Gap, ...]  #: the other packages, those that lack least first

    @property
    def packages(self) -> int:
        return len(self.whole) + len(self.gaps)


@dataclass(frozen=True, slots=True)
class Point:
    """A stable list after one more package was taken in."""

    package: str
    added: int  #: symbols that the list did not have before
    symbols: int  #: on the list now
    packages: int  #: whole now
    systems: int | None  #: installations of the packages that are whole now, of those that report; None: not known


def listed(text: str) -> tuple[str, ...]:
    """The symbols of a text, once each, in its order: parted by blanks, commas or lines; `#` begins a comment.

    Lines of a Module.symvers are understood too: their first column is a CRC, their second the symbol.
    What is longer than a symbol can be is left out.
    """
    found: dict[str, None] = {}
    for line in text.splitlines():
        parts = _COMMENT.sub("", line).replace(",", " ").split()
        names = parts[1:2] if parts and parts[0].startswith("0x") else parts
        found.update(dict.fromkeys(name for name in names if len(name) <= LONGEST_NAME))
    return tuple(found)


def coverage(symbols: Iterable[str], uses: Uses) -> ListCoverage:
    """Which packages a list keeps whole, and what each other one lacks."""
    given = frozenset(symbols)
    used = frozenset().union(*uses.values())
    lacking = {package: tuple(sorted(needs - given)) for package, needs in uses.items()}
    gaps = [Gap(package, len(uses[package]), missing) for package, missing in lacking.items() if missing]
    return ListCoverage(
        symbols=len(given),
        needed=len(given & used),
        idle=tuple(sorted(given - used)),
        whole=tuple(sorted(package for package, missing in lacking.items() if not missing)),
        gaps=tuple(sorted(gaps, key=lambda gap: (len(gap.lacking), gap.package))),
    )


def cost_curve(uses: Uses, systems: Mapping[str, int] | None = None) -> tuple[Point, ...]:
    """A list that grows by one package at a time: always the one that needs fewest symbols more, of equals by name.

    With `systems`, the installations of each package, it is the one that brings most of them for each symbol more.
    What is given is a bound from above: the smallest list for so many packages may be smaller still.
    """
    left = {package: set(needs) for package, needs in uses.items()}
    users: dict[str, list[str]] = defaultdict(list)
    for package, needs in uses.items():
        for symbol in needs:
            users[symbol].append(package)
    points: list[Point] = []
    symbols = reached = 0
    while left:
        package = min(left, key=lambda name: _order(name, len(left[name]), systems))
        more = left.pop(package)
        for symbol in more:
            for other in users[symbol]:
                left.get(other, set()).discard(symbol)
        symbols, reached = symbols + len(more), reached + (systems or {}).get(package, 0)
        points.append(Point(package, len(more), symbols, len(points) + 1, None if systems is None else reached))
    return tuple(points)


def _order(package: str, cost: int, systems: Mapping[str, int] | None) -> tuple[float, int, str]:
    """What is taken first: what costs nothing, then most systems for a symbol, then fewest symbols, then by name."""
    worth = 0.0 if systems is None else systems.get(package, 0) / cost if cost else math.inf
    return -worth, cost, package
