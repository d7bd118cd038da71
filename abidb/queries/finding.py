# SPDX-License-Identifier: GPL-2.0-or-later
"""Finding things by what somebody writes: a name, a part of one, a pattern, or something with a name in it.

All names are kept in this process (abidb.namelist): a scan of 100,000 in the database takes longer than a page may.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from abidb import namelist
from abidb.answers import BuildRef, Found, LaneName, Named, NamedUpload
from abidb.namelist import NameList, fold
from abidb.queries.lanes import found_lanes, headline_order
from abidb.queries.rows import rows
from abidb.queries.wholerecord import renewed
from abidb.searchtext import asked
from abidb.versions import version_key

FOUND = 40  #: of each kind
FEW = 12  #: of kinds that say less
#: What a Named may be, those that somebody more likely means first.
KINDS = ("line", "package", "abi_name", "build", "module", "symbol", "version")
DATED = {"abi_name", "build", "version"}
UPLOADS = {"abi_name": "uploads_of_abi_names", "version": "uploads_of_versions"}  #: queries


@dataclass(frozen=True, slots=True, eq=False)
class Names:
    """All names of the record by kind."""

    many: dict[str, NameList]  #: `symbol`, `module` (without its path) and `path`: they change with new kernels alone
    few: dict[str, NameList]  #: the other KINDS
    lanes: tuple[LaneName, ...]  #: what people look for first in front

    @property
    def by_kind(self) -> dict[str, NameList]:
        known = self.many | self.few
        return {kind: known[kind] for kind in KINDS}


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """What was read of one database."""

    written: Any  #: of the tables of `many`
    names: Names


_key = lru_cache(maxsize=20_000)(version_key)  # a thousand of them take 10 ms


def search(text: str) -> Found:
    """What a text may mean, by kind and the likeliest first; where nothing holds it, the names most like it."""
    wanted, names = asked(text).text, all_names()
    if not wanted:
        return Found((), (), ())
    held = {kind: _held(kind, each, wanted, FOUND) for kind, each in (names.many | names.few).items()}
    found = Found(
        symbols=tuple(held["symbol"]),
        modules=tuple(held["path"]),
        builds=_builds(held["build"], held["version"][:FEW]),
        lanes=tuple(_lanes(names.lanes, wanted)[:FEW]),
        packages=tuple(held["package"][:FEW]),
        abi_names=_uploads(UPLOADS["abi_name"], held["abi_name"]),
        versions=_uploads(UPLOADS["version"], held["version"]),
    )
    return found if found.names else Found((), (), (), near=_near(names, wanted))


def equal(text: str) -> tuple[Named, ...]:
    """What bears this very name but for case, - and _. A module is named by its path where the text has it."""
    wanted, names = asked(text).text, all_names()
    paths = [Named("module", path) for path in namelist.equal(names.many["path"], wanted) if "/" in path]
    others = ((kind, name) for kind, each in names.by_kind.items() for name in namelist.equal(each, wanted))
    return (*paths, *(Named(kind, name) for kind, name in others))


def suggestions(text: str, limit: int) -> tuple[Named, ...]:
    """Names that hold a text: those that are it, those that begin with it, then the rest; the short ones first."""
    wanted = asked(text).text
    kinds = all_names().by_kind.items()
    found = [Named(kind, name) for kind, each in kinds for name in _held(kind, each, wanted, limit)]
    folded = fold(wanted)

    def order(one: Named) -> tuple[bool, bool, int, int]:
        name = fold(one.name)
        return name != folded, not name.startswith(folded), len(name), KINDS.index(one.kind)

    return tuple(sorted(found, key=order)[:limit])


def uploads_named(one: Named) -> tuple[NamedUpload, ...]:
    """The uploads of a source version, or the newest one that has an ABI name; none for another kind."""
    return _uploads(UPLOADS[one.kind], [one.name]) if one.kind in UPLOADS else ()


def like_symbol(name: str, limit: int = FOUND) -> list[str]:
    """Symbols that hold a text, else those most like it."""
    symbols = all_names().many["symbol"]
    return namelist.holding(symbols, name, limit) or [near for _, near in namelist.like(symbols, name, limit)]


def _held(kind: str, names: NameList, text: str, limit: int) -> list[str]:
    """Names of a kind that hold a text; of those that have an order in time the newest, but first that very name.

    6.1 is asked for the series rather than for 6.19.
    """
    if kind not in DATED:
        return namelist.holding(names, text, limit)
    found = sorted(namelist.holding(names, text, namelist.CROWD), key=_key, reverse=True)
    return sorted(found, key=lambda name: (name != text, not _continues(name, text)))[:limit]


def _continues(name: str, text: str) -> bool:
    """Whether a name begins with a text that ends where a number of it does."""
    return name.startswith(text) and not name[len(text) : len(text) + 1].isdigit()


def _near(names: Names, text: str) -> tuple[Named, ...]:
    kinds = names.by_kind.items()
    found = [(score, Named(kind, name)) for kind, each in kinds for score, name in namelist.like(each, text, FEW)]
    found.sort(key=lambda pair: (-pair[0], KINDS.index(pair[1].kind), pair[1].name))
    return tuple(one for _, one in found[:FEW])


def _builds(releases: Sequence[str], versions: Sequence[str]) -> tuple[BuildRef, ...]:
    if not (releases or versions):
        return ()
    given = {"releases": list(releases), "versions": list(versions), "limit": FOUND}
    return tuple(BuildRef(*row) for row in rows("found_builds", **given))


def _uploads(query: str, names: Sequence[str]) -> tuple[NamedUpload, ...]:
    """The uploads that the first names lead to, in the order of the names."""
    wanted = list(names[:FEW])
    found = [NamedUpload(*row) for row in rows(query, names=wanted)] if wanted else []
    return tuple(sorted(found, key=lambda each: wanted.index(each.name)))


def _lanes(lanes: Iterable[LaneName], text: str) -> list[LaneName]:
    """Lanes of which each word of a text begins a part; a word of one sign begins too many."""
    words = fold(text).replace("/", " ").split()
    if not words or min(map(len, words)) < 2:
        return []
    return [lane for lane in lanes if all(_begins(lane, word) for word in words)]


def _begins(lane: LaneName, word: str) -> bool:
    return any(fold(part).startswith(word) for part in (lane.line, lane.arch, lane.flavour))


def all_names() -> Names:
    """All names as the record has them now; while another thread reads what is new, as they were before."""
    return renewed("all names", _read).names


def _read(known: Reading | None) -> Reading:
    ((written,),) = rows("names_written")
    many = known.names.many if known is not None and known.written == written else _many()
    lanes = sorted((found.name for found in found_lanes()), key=headline_order)
    few = {kind: namelist.make(_lines(f"all_{kind}s")) for kind in ("package", "abi_name", "build", "version")}
    few["line"] = namelist.make(lane.line for lane in lanes)
    return Reading(written, Names(many, few, tuple(lanes)))


def _many() -> dict[str, NameList]:
    paths = _lines("all_modules")
    return {
        "symbol": namelist.make(_lines("all_symbols")),
        "module": namelist.make(path.rpartition("/")[2] for path in paths),
        "path": namelist.make(paths),
    }


def _lines(query: str) -> list[str]:
    """The names that a query gives as lines of one text: a row for each takes longer."""
    ((lines,),) = rows(query)
    return lines.split("\n") if lines else []
