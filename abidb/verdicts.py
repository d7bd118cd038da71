# SPDX-License-Identifier: GPL-2.0-or-later
"""What many kernels answer to one module: abidb.verdict decides, and is asked once about what they export alike. Pure.

What of_symbol() finds of an import is the same, but for the CRC in a reason's detail, wherever the same declaration of
the symbol stands with an equal, another or no CRC. So imports of all kernels are first sorted into such cases, as
columns; then each case is looked at once, and of single kernels only those reasons that are kept.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np
import numpy.typing as npt

from abidb.exportset import CrcArray
from abidb.records import Export
from abidb.verdict import (
    CRC,
    NO_LICENSE,
    NO_NAMESPACES,
    UNSAID,
    Candidate,
    Found,
    Host,
    Reason,
    Rules,
    Verdict,
    concluded,
    of_symbol,
    rules_of,
)

BoolArray = npt.NDArray[np.bool_]
CaseArray = npt.NDArray[np.int32]
_Told = tuple[list[Reason | str], Counter[str]]  # what was found of a set's symbols, and how much of it is left out
_WORDS = (NO_LICENSE, NO_NAMESPACES)  # each is untold once, however many symbols it is about


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """What kernels export of some symbols: a row a set of exports, a column a declaration."""

    declared: tuple[Export, ...]  #: the columns, without CRCs; those of one symbol side by side
    there: BoolArray
    crcs: CrcArray  #: 0: not there, or without CRC
    columns: Mapping[str, range]  #: by symbol

    def exports(self, row: int, symbol: str) -> tuple[Export, ...]:
        """What a set exports of a symbol."""
        columns = self.columns.get(symbol, range(0))
        there, crcs = self.there[row], self.crcs[row]
        return tuple(_with_crc(self.declared[n], int(crcs[n])) for n in columns if there[n])


def _with_crc(one: Export, crc: int) -> Export:  # replace() takes twice as long
    return Export(one.symbol, one.module, crc or None, one.kind, one.namespace)


def columns_of(declared: Sequence[Export]) -> dict[str, range]:
    """Where the declarations of each symbol stand."""
    return {
        symbol: range(group[0], group[-1] + 1)
        for symbol, numbers in groupby(range(len(declared)), key=lambda n: declared[n].symbol)
        for group in [list(numbers)]
    }


def verdicts(
    module: Candidate, hosts: Sequence[Host], rows: Sequence[int], table: Table, most: int | None = None
) -> Iterator[Verdict]:
    """What each of several kernels answers whose exports are these rows of the table; no symbol is imported twice.

    Of each verdict at most so many reasons of a kind are kept, and so much of what is untold; `more` counts the others.
    """
    rules = [rules_of(module, host) for host in hosts]
    by_rules: dict[Rules, set[int]] = {}
    for one, row in zip(rules, rows, strict=True):
        by_rules.setdefault(one, set()).add(row)
    cases = _cases(module, table)
    told = {one: _told(_Asked(module, one, table), cases, sorted(some), most) for one, some in by_rules.items()}
    for one, host, row in zip(rules, hosts, rows, strict=True):
        of_symbols, left_out = told[one][row]
        found = concluded(module, host, one, of_symbols)
        yield found if host.apart else _within(found, most, left_out)


def _within(found: Verdict, most: int | None, left_out: Counter[str]) -> Verdict:
    """The verdict with the first reasons of each kind; `left_out` were left out before."""
    if most is None or not (left_out or len(found.reasons) > most or len(found.untold) > most):
        return found
    kept: dict[str, list[Reason]] = {}
    for reason in found.reasons:
        kept.setdefault(reason.kind, []).append(reason)
    more = Counter({kind: len(of_kind) - most for kind, of_kind in kept.items()})
    more[UNSAID] = len(found.untold) - most
    more = +more + left_out
    reasons = tuple(reason for of_kind in kept.values() for reason in of_kind[:most])
    return Verdict(found.answer, reasons, found.untold[:most], tuple(more.items()))


@dataclass(frozen=True, slots=True, eq=False)
class _Cases:
    """Of each set (row) and each import (column) the number of its case."""

    number: CaseArray
    crc: CrcArray  #: that it is exported with, where one module exports it
    several: int  #: from this number on several modules export it, and a case is of just these CRCs
    end: int  #: above all numbers


def _cases(module: Candidate, table: Table) -> _Cases:
    """Numbers: of an import that is not there its own; then three of each column: without CRC, equal, another; then
    those of several modules.
    """
    sets, imports = len(table.there), len(module.imports)
    number = np.tile(np.arange(imports, dtype=np.int32), (sets, 1))
    crc = np.zeros((sets, imports), dtype=np.uint32)
    spans = [(n, table.columns[symbol]) for n, (symbol, _) in enumerate(module.imports) if symbol in table.columns]
    if not spans:
        return _Cases(number, crc, imports, imports)
    at = np.array([n for n, _ in spans])
    columns = np.concatenate([np.arange(span.start, span.stop) for _, span in spans])
    lengths = np.array([len(span) for _, span in spans])
    starts = np.cumsum(lengths) - lengths
    there, crcs = table.there[:, columns], table.crcs[:, columns]
    ours = np.repeat([-1 if (ours := module.imports[n][1]) is None else ours for n, _ in spans], lengths)
    codes = imports + 3 * np.arange(columns.size, dtype=np.int32) + np.where(crcs == 0, 0, np.where(crcs == ours, 1, 2))
    codes = np.where(there, codes, 0).astype(np.int32)
    how_many = np.add.reduceat(there, starts, axis=1, dtype=np.int32)
    number[:, at] = np.where(how_many == 0, at, np.maximum.reduceat(codes, starts, axis=1))
    crc[:, at] = np.maximum.reduceat(crcs, starts, axis=1)
    several = imports + 3 * columns.size
    known: dict[tuple[Export, ...], int] = {}
    for row, n in np.argwhere(how_many > 1).tolist():
        exports = table.exports(row, module.imports[spans[n][0]][0])
        number[row, spans[n][0]] = known.setdefault(exports, several + len(known))
    return _Cases(number, crc, several, several + len(known))


@dataclass(frozen=True, slots=True, eq=False)
class _Asked:
    """What is asked of kernels that go by the same rules."""

    module: Candidate
    rules: Rules
    table: Table


def _found(asked: _Asked, row: int, place: int) -> Found:
    """What is found of one import in one set."""
    symbol, crc = asked.module.imports[place]
    return of_symbol(asked.module, asked.rules, symbol, crc, asked.table.exports(row, symbol))


def _told(asked: _Asked, cases: _Cases, rows: Sequence[int], most: int | None) -> dict[int, _Told]:
    """Of each of these sets, in the order of the imports, at least the first `most` findings of each sort."""
    numbers, crcs = cases.number[rows], cases.crc[rows]
    found = _of_each_case(asked, numbers, rows)
    kept, totals = _kept(found, numbers, cases.end, most)
    another = {n for n, some in found.items() if n < cases.several and any(_sort(one) == CRC for one in some)}
    told: list[list[Reason | str]] = [[] for _ in rows]
    memo: dict[tuple[int, int], Found] = {}
    for (n, place), case, crc in zip(
        np.argwhere(kept).tolist(), numbers[kept].tolist(), crcs[kept].tolist(), strict=True
    ):
        if case not in another:
            told[n] += found[case]
            continue
        if (known := memo.get((case, crc))) is None:
            known = memo[case, crc] = _found(asked, rows[n], place)
        told[n] += known
    return {
        row: (of_row, total - Counter(map(_sort, of_row)) if total else total)
        for row, of_row, total in zip(rows, told, totals, strict=True)
    }


def _of_each_case(asked: _Asked, numbers: CaseArray, rows: Sequence[int]) -> dict[int, Found]:
    """What is found where a case is met first."""
    if not numbers.size:
        return {}
    cases, first = np.unique(numbers, return_index=True)
    rows_of, places = np.divmod(first, numbers.shape[1])
    met = zip(cases.tolist(), rows_of.tolist(), places.tolist(), strict=True)
    return {case: _found(asked, rows[n], place) for case, n, place in met}


def _sort(one: Reason | str) -> str:
    if isinstance(one, Reason):
        return one.kind
    return one if one in _WORDS else UNSAID


def _kept(
    found: Mapping[int, Found], numbers: CaseArray, end: int, most: int | None
) -> tuple[BoolArray, list[Counter[str]]]:
    """Which imports of each set are told, and where those are not all how many findings of each sort there are."""
    kept = np.zeros(numbers.shape, dtype=bool)
    totals: list[Counter[str]] = [Counter() for _ in numbers]
    of_sort: dict[str, list[int]] = {}
    for case, some in found.items():
        for one in some:
            of_sort.setdefault(_sort(one), []).append(case)
    for sort, cases in of_sort.items():
        there = np.zeros(end, dtype=bool)
        there[cases] = True
        has = there[numbers]
        if most is not None:
            many = has.sum(axis=1)
            has &= np.cumsum(has, axis=1, dtype=np.int32) <= most
            for n in np.flatnonzero(many > most).tolist() if sort not in _WORDS else ():
                totals[n][sort] = int(many[n])
        kept |= has
    return kept, totals
