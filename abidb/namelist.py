# SPDX-License-Identifier: GPL-2.0-or-later
"""Many names in little room, found by a part, by a pattern, or by likeness within milliseconds. Pure.

The names stand sorted in one text, as they are and folded: without case, and with one sign for - and _, which modules'
files and names mix. Names are ASCII (abidb.naming), so both are of one length.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np
import numpy.typing as npt
from rapidfuzz import fuzz, process

HITS = 20_000  #: places of a text in all names that are looked at
CROWD = 1_000  #: names that are put in order
PIECES = 6  #: of a pattern, between its stars
LIKE = 64  #: longest name that is compared by likeness: longer ones are made by compilers
LIKENESS = 72.0  #: of 100, from which on a name is offered for another
WILD = frozenset("*?")


@dataclass(frozen=True, slots=True, eq=False)
class NameList:
    names: str  #: each with a line end, in the order of the folded ones
    folded: str
    starts: npt.NDArray[np.int32]  #: and the end of the last
    short: tuple[str, ...]  #: folded ones up to LIKE characters
    places: npt.NDArray[np.int32]  #: of those among all

    def __len__(self) -> int:
        return len(self.starts) - 1


def fold(text: str) -> str:
    """A name as it is compared."""
    return text.lower().replace("-", "_")


def make(names: Iterable[str]) -> NameList:
    """A list of names, each once; those that are not ASCII or hold a line end are left out."""
    ordered = sorted(dict.fromkeys(name for name in names if name.isascii() and "\n" not in name), key=fold)
    folded = list(map(fold, ordered))
    lengths = np.fromiter((len(name) + 1 for name in ordered), dtype=np.int32, count=len(ordered))
    return NameList(
        names="".join(f"{name}\n" for name in ordered),
        folded="".join(f"{name}\n" for name in folded),
        starts=np.concatenate([np.zeros(1, np.int32), np.cumsum(lengths, dtype=np.int32)]),
        short=tuple(name for name in folded if len(name) <= LIKE),
        places=np.flatnonzero(lengths <= LIKE + 1).astype(np.int32),
    )


def name_at(found: NameList, place: int) -> str:
    return found.names[found.starts[place] : found.starts[place + 1] - 1]


def holding(found: NameList, text: str, limit: int) -> list[str]:
    """Names that hold a text, whatever its case: that very name first, those that begin with it, then short ones.

    A text with * or ? is a pattern of whole names; words with blanks between them are held in their order. A single
    sign, which nearly all names hold, is looked for where they begin.
    """
    if not text or not len(found):
        return []
    pieces = _pieces(text)
    if pieces is None:
        places = _places(found, fold(text), limit)
    else:
        places = [place for place in _candidates(found, text) if _fits(_folded(found, place), pieces)]
    return _best(found, places, text)[:limit]


def like(found: NameList, text: str, limit: int) -> list[tuple[float, str]]:
    """Names most like a text, each with its likeness up to 100, the likest first."""
    folded = fold(text)
    if not 2 < len(folded) <= LIKE:
        return []
    near = process.extract(folded, found.short, scorer=fuzz.ratio, score_cutoff=LIKENESS, limit=limit)
    return [(score, name_at(found, int(found.places[place]))) for _, score, place in near]


def equal(found: NameList, text: str) -> list[str]:
    """Names that are this text but for case, - and _; the one that is, alone."""
    folded = fold(text)
    first = _first(found, folded)
    places = range(first, _first(found, f"{folded}\n"))
    names = [name_at(found, place) for place in places if _folded(found, place) == folded]
    return [text] if text in names else names


def _folded(found: NameList, place: int) -> str:
    return found.folded[found.starts[place] : found.starts[place + 1] - 1]


def _first(found: NameList, beginning: str) -> int:
    """The place of the first name that is not before a text."""
    return bisect_left(range(len(found)), beginning, key=lambda place: _folded(found, place))


def _places(found: NameList, folded: str, limit: int) -> list[int]:
    """Names that begin with a text; where those are fewer than `limit`, names that hold it too."""
    begin, end = _first(found, folded), _first(found, folded + "\x7f")
    beginning = _shortest(found, np.arange(begin, end))
    if end - begin >= limit or len(folded) < 2:
        return beginning
    return [*beginning, *(place for place in _holders(found, folded) if not begin <= place < end)]


def _holders(found: NameList, folded: str) -> list[int]:
    at = np.fromiter((m.start() for m in islice(re.finditer(re.escape(folded), found.folded), HITS)), dtype=np.int64)
    return _shortest(found, np.unique(np.searchsorted(found.starts, at, side="right") - 1))


def _shortest(found: NameList, places: npt.NDArray[Any]) -> list[int]:
    """Of very many names, which nobody reads, those that are short."""
    if places.size > CROWD:
        places = places[np.argsort(np.diff(found.starts)[places], kind="stable")[:CROWD]]
    chosen: list[int] = places.tolist()
    return chosen


def _pieces(text: str) -> list[re.Pattern[str]] | None:
    """What lies between the stars of a pattern, or the words of a text; None where it is plain."""
    if " " not in text and WILD.isdisjoint(text):
        return None
    parts = re.split(r"\*+|\s+", fold(text))[: PIECES + 1]
    shapes = [re.escape(part).replace(r"\?", ".") for part in parts]
    if WILD.isdisjoint(text):
        return [re.compile(shape) for shape in shapes]
    ends = [rf"\A{shapes[0]}", *shapes[1:]]
    ends[-1] = rf"{ends[-1]}\Z"
    return [re.compile(shape) for shape in ends]


def _fits(folded: str, pieces: Sequence[re.Pattern[str]]) -> bool:
    """Whether a name holds the pieces one behind the other; the last may be bound to its end, so it is tried there."""
    at = 0
    for piece in pieces:
        met = piece.search(folded, at)
        if met is None:
            return False
        at = met.end()
    return True


def _candidates(found: NameList, text: str) -> list[int]:
    """Names that hold the longest part of a pattern that is plain."""
    longest = max(re.split(r"[*?\s]+", fold(text)), key=len)
    return _holders(found, longest) if longest else []


def _best(found: NameList, places: Iterable[int], text: str) -> list[str]:
    folded = fold(text)
    names = [(name_at(found, place), _folded(found, place)) for place in places]
    names.sort(
        key=lambda pair: (pair[0] != text, pair[1] != folded, not pair[1].startswith(folded), len(pair[0]), pair[0])
    )
    return [name for name, _ in names]
