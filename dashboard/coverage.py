# SPDX-License-Identifier: GPL-2.0-or-later
"""What the suites offer and the record has of it, as a table of suites and architectures. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from abidb.answers import Coverage


@dataclass(frozen=True, slots=True)
class Cell:
    """One suite on one architecture."""

    coverage: Coverage
    whole: int
    offered: int
    rest: tuple[str, ...]  #: what became of those that the record has not whole: "2 partial", "1 missing", "1 to come"

    @property
    def complete(self) -> bool:
        return self.whole >= self.offered


@dataclass(frozen=True, slots=True)
class Row:
    """One suite; a cell is None where it offers no kernel on that architecture."""

    suite: str
    date: dt.datetime | None  #: of its newest verified Release file, where one is kept
    cells: tuple[Cell | None, ...]


@dataclass(frozen=True, slots=True)
class Matrix:
    arches: tuple[str, ...]
    rows: tuple[Row, ...]


def matrix(found: Sequence[Coverage], dates: dict[str, dt.datetime]) -> Matrix:
    """Suites in the order given, architectures by name with amd64 first; `dates`: of Release files, by suite."""
    arches = tuple(sorted({each.arch for each in found}, key=lambda arch: (arch != "amd64", arch)))
    by_place = {(each.suite, each.arch): cell(each) for each in found}
    suites = dict.fromkeys(each.suite for each in found)
    rows = (Row(suite, dates.get(suite), tuple(by_place.get((suite, arch)) for arch in arches)) for suite in suites)
    return Matrix(arches, tuple(rows))


def cell(found: Coverage) -> Cell:
    """How much of one suite's builds the record has, and what of the rest."""
    left = found.offered - found.whole - found.partial - found.apart - found.waiting
    parts = ((found.partial, "partial"), (found.apart, "apart"), (found.waiting, "missing"), (left, "to come"))
    return Cell(found, found.whole, found.offered, tuple(f"{n:,} {what}" for n, what in parts if n > 0))
