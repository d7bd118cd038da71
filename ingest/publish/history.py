# SPDX-License-Identifier: GPL-2.0-or-later
"""The histories of all lanes as tables of spans. One lane's state and some spans are in memory at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from abidb.answers import LaneName
from abidb.queries import publication
from abidb.queries.publication import LaneMember
from abidb.records import VMLINUX
from abidb.transfer.content import CONFIG, EXPORTS, MODULES
from ingest.publish.spans import BoolArray, Members, Spans, spans
from ingest.publish.tables import TEXT, Table

AT_ONCE = 1_000_000  #: spans of a row group
WORDS = pa.dictionary(pa.int32(), TEXT)
LANE = {"line": WORDS, "arch": WORDS, "flavour": WORDS}
ENDS = {"first": WORDS, "last": WORDS, "first_place": pa.int32(), "last_place": pa.int32()}
#: Of each kind of sets the table of its spans, and the texts of a member.
TABLES = {
    EXPORTS: ("export_spans", ("symbol", "module", "kind", "namespace")),
    CONFIG: ("config_spans", ("name", "value")),
    MODULES: ("module_spans", ("module", "license")),
}
NOTHING = np.zeros(0, np.int32)


def columns(of: str) -> dict[str, Any]:
    """The columns of the spans of a kind."""
    crc = {"crc": pa.uint32()} if of == EXPORTS else {}
    return {**LANE, **dict.fromkeys(TABLES[of][1], TEXT), **crc, **ENDS}


@dataclass(frozen=True, slots=True, eq=False)
class Dictionary:
    """All members by id: their texts, whether partial builds tell of them too, and whether they may have CRCs."""

    texts: tuple[pa.Array, ...]
    always: BoolArray
    crcs: bool


def fill(of: str, table: Table) -> None:
    """All lanes' spans of a kind; raises BadFormat where a stored set is damaged."""
    known = _dictionary(of)
    for lane, members in publication.lane_members():
        waiting: list[Spans] = []
        for found in spans(_members(of, members, known.always), known.always.size):
            waiting.append(found)
            if sum(each.ids.size for each in waiting) >= AT_ONCE:
                _add(table, lane, members, known, waiting)
                waiting = []
        _add(table, lane, members, known, waiting)


def _dictionary(of: str) -> Dictionary:
    rows = list(publication.dictionary(of))
    size = max((row[0] for row in rows), default=0) + 1
    texts: list[list[str]] = [[""] * size for _ in TABLES[of][1]]
    for number, *values in rows:
        for column, value in zip(texts, values, strict=True):
            column[number] = value
    always = np.array([path == VMLINUX for path in texts[1]]) if of == EXPORTS else np.zeros(size, bool)
    return Dictionary(tuple(pa.array(column, TEXT) for column in texts), always, of == EXPORTS)


def _members(of: str, builds: Sequence[LaneMember], always: BoolArray) -> Iterator[Members]:
    for build in builds:
        number = build.sets[of]
        if number is None:
            yield Members(NOTHING, None, np.zeros(always.size, bool))
            continue
        stored = publication.stored_set(of, number)
        yield Members(stored.ids, stored.crcs, always if stored.covers == VMLINUX else None)


def _add(table: Table, lane: LaneName, builds: Sequence[LaneMember], known: Dictionary, found: list[Spans]) -> None:
    """A row group of spans, in order of the first text and then of time."""
    if not sum(each.ids.size for each in found):
        return
    ids, crcs, first, last = (
        np.concatenate([getattr(each, name) for each in found]) for name in ("ids", "crcs", "first", "last")
    )
    order = np.lexsort((first, _ranks(known.texts[0].take(pa.array(ids)))))
    ids, crcs, first, last = ids[order], crcs[order], first[order], last[order]
    versions = pa.array([build.version for build in builds], TEXT)
    texts = [column.take(pa.array(ids)) for column in known.texts]
    numbers = [pa.array(crcs, mask=crcs == 0)] if known.crcs else []
    ends = [pa.DictionaryArray.from_arrays(pa.array(each), versions) for each in (first, last)]
    names = [_same(name, ids.size) for name in (lane.line, lane.arch, lane.flavour)]
    table.columns(*names, *texts, *numbers, *ends, pa.array(first), pa.array(last))


def _ranks(texts: pa.Array) -> npt.NDArray[np.int64]:
    coded = texts.dictionary_encode()
    ranks = np.argsort(np.argsort(np.array(coded.dictionary.to_pylist(), dtype=object)))
    found: npt.NDArray[np.int64] = ranks[coded.indices.to_numpy()]
    return found


def _same(text: str, times: int) -> pa.Array:
    return pa.DictionaryArray.from_arrays(pa.array(np.zeros(times, np.int32)), pa.array([text], TEXT))
