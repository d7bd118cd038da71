# SPDX-License-Identifier: GPL-2.0-or-later
"""What differs between two builds as rows and groups of tables. No database."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from abidb import words
from abidb.changes import BY_KIND, BY_MODULE, BY_SYMBOL, Group, module_of
from abidb.compat import KINDS, MOVED, Change
from abidb.diffwords import group_sentence
from abidb.records import Export
from dashboard.addresses import address

MANY = 200  #: modules shown at a time behind the first
HEADS = {
    BY_KIND: ("Symbol", "Module", "CRC", "Type", "Namespace"),
    BY_MODULE: ("Symbol", "Change", "CRC", "Type", "Namespace"),
    BY_SYMBOL: ("Symbol", "Change", "Module", "CRC", "Type", "Namespace"),
}
#: A cell whose sides are the same, and one whose sides differ.
ONE = "<td{}>{}</td>"
BOTH = "<td{}><del>{}</del> → <ins>{}</ins></td>"
#: What may be long is wrapped.
LONG = {"module": ' class="wrap path"', "namespace": ' class="wrap space"'}


@dataclass(frozen=True, slots=True)
class Row:
    """One change as a row."""

    symbol: str
    address: str
    kinds: str  #: "" where the heading above says it
    cells: SafeString  #: made here: of 200 rows templates would take longer than the comparison
    untold: bool


@dataclass(frozen=True, slots=True)
class Section:
    """Changes under one heading."""

    title: str  #: "" where there is none
    said: str
    module: str  #: "" where the heading is no module
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class ModuleRow:
    """A module with the numbers of those kinds that the table has."""

    module: str
    total: int
    cells: tuple[tuple[str, int], ...]  #: kind and number


@dataclass(frozen=True, slots=True)
class Modules:
    """A page of the modules that have changes."""

    kinds: tuple[str, ...]
    rows: tuple[ModuleRow, ...]
    total: int
    first: int
    after: str  #: "" at the end


def modules(groups: Sequence[Group], wanted_after: str, shown: int, *, only: str = "") -> Modules:
    """The modules behind one of them, of most changes first; what is none of them is the beginning.

    Where `only` one kind was asked for the total says it, and of others there may be more than are here.
    """
    kinds = tuple(kind for n, kind in enumerate(KINDS) if not only and any(group.counts[n] for group in groups))
    names = [group.module for group in groups]
    start = names.index(wanted_after) + 1 if wanted_after in names else 0
    page = groups[start : start + (MANY if start else shown)]
    rows = tuple(ModuleRow(one.module, one.total, _cells(one, kinds)) for one in page)
    end = start + len(page)
    return Modules(kinds, rows, len(groups), start + 1, names[end - 1] if end < len(groups) else "")


def _cells(group: Group, kinds: Sequence[str]) -> tuple[tuple[str, int], ...]:
    counts = dict(zip(KINDS, group.counts, strict=True))
    return tuple((kind, counts[kind]) for kind in kinds)


def sections(changes: Sequence[Change], groups: Sequence[Group], sort: str) -> Iterator[Section]:
    """Changes in their order under the headings that it gives."""
    of_module = {group.module: group for group in groups}
    headings: dict[str, Callable[[Change], str]] = {
        BY_MODULE: module_of,
        BY_KIND: lambda change: change.kinds[0],
        BY_SYMBOL: lambda _: "",
    }
    for heading, ours in groupby(changes, key=headings[sort]):
        rows = tuple(_row(change, sort) for change in ours)
        if sort == BY_MODULE:
            yield Section(heading, group_sentence(of_module[heading]), heading, rows)
        else:
            said_kind = words.KIND_WORDS.get(heading, "")
            yield Section(said_kind[:1].upper() + said_kind[1:], "", "", rows)


def _row(change: Change, sort: str) -> Row:
    kinds = change.kinds[1:] if sort == BY_KIND else change.kinds
    said = ", ".join(words.KIND_WORDS[kind] for kind in kinds)
    if sort == BY_MODULE and MOVED in kinds and change.old and change.new:
        said = f"{said}, {change.new.module}"
    names = ("crc", "kind", "namespace") if sort == BY_MODULE else ("module", "crc", "kind", "namespace")
    cells = mark_safe("".join(_cell(change, name) for name in names))  # noqa: S308  # _cell() escapes
    return Row(change.symbol, address("symbol", change.symbol), said, cells, change.untold)


def _cell(change: Change, field: str) -> str:
    old, new = _side(change.old, field), _side(change.new, field)
    if old is None or new is None or old == new:
        return ONE.format(LONG.get(field, ""), escape(new if old is None else old))
    return BOTH.format(LONG.get(field, ""), escape(old or "none"), escape(new or "none"))


def _side(export: Export | None, field: str) -> str | None:
    """A field of one side as shown; None where the symbol is not exported there."""
    if export is None:
        return None
    if field == "crc":
        return "unknown" if export.crc is None else f"0x{export.crc:08x}"
    return str(getattr(export, field))
