# SPDX-License-Identifier: GPL-2.0-or-later
from dataclasses import dataclass, field

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from abidb.changes import RANK, changes
from abidb.compat import CRC_CHANGED, KINDS, MOVED, REMOVED, Change, compared, count, in_scope
from abidb.exportset import ExportSet
from abidb.records import VMLINUX, Export
from abidb.setdiff import broken, compare_sets


@dataclass
class Dictionary:
    """Columns of declarations, as a process keeps them."""

    rows: list[tuple[int, int, int, int]] = field(default_factory=lambda: [(0, 0, 0, 0)])
    names: dict[int, str] = field(default_factory=dict)
    paths: dict[int, str] = field(default_factory=dict)
    words: list[str] = field(default_factory=list)
    known: dict[tuple[str, str, str, str], int] = field(default_factory=dict)

    def __getattr__(self, name: str) -> np.ndarray:
        at = ("symbol", "module", "kind", "namespace").index(name)
        return np.array([row[at] for row in self.rows], dtype=np.int32)

    def id_of(self, e: Export) -> int:
        key = (e.symbol, e.module, e.kind, e.namespace)
        if key not in self.known:
            for word in (e.kind, e.namespace):
                self.words += [word] if word not in self.words else []
            numbers = (number(self.names, e.symbol), number(self.paths, e.module))
            self.known[key] = len(self.rows)
            self.rows.append((*numbers, self.words.index(e.kind), self.words.index(e.namespace)))
        return self.known[key]

    def of(self, ids: list[int]) -> list[tuple[str, str, str, str]]:
        rows = (self.rows[i] for i in ids)
        return [(self.names[s], self.paths[m], self.words[k], self.words[n]) for s, m, k, n in rows]

    def set_of(self, exports: list[Export], covers: str) -> ExportSet:
        crcs = {self.id_of(e): e.crc or 0 for e in exports}
        ids = np.array(sorted(crcs), dtype=np.int32)
        known = np.array([crcs[i] for i in sorted(crcs)], dtype=np.uint32)
        return ExportSet(covers, ids, known if any(crcs.values()) else None)


def number(texts: dict[int, str], text: str) -> int:
    return next((n for n, known in texts.items() if known == text), None) or (
        texts.setdefault(len(texts) + 1, text) and len(texts)
    )


KIND = st.sampled_from(["EXPORT_SYMBOL", "EXPORT_SYMBOL_GPL", "EXPORT_UNUSED_SYMBOL"])
EXPORT = st.builds(
    Export,
    st.sampled_from("abcd"),
    st.sampled_from([VMLINUX, "net/Tun", "fs/x"]),
    st.sampled_from([None, 1, 2]),
    KIND,
    st.sampled_from(["", "N", "M"]),
)
EXPORTS = st.lists(EXPORT, max_size=7, unique_by=lambda e: (e.symbol, e.module, e.kind, e.namespace))
COVERS = st.sampled_from(["all", VMLINUX])


def order(change: Change) -> tuple[int, str, str]:
    side = change.old or change.new
    return RANK[change.kinds[0]], change.symbol, side.module


@given(EXPORTS, EXPORTS, COVERS, COVERS, st.sampled_from(["", "tun", "a"]), st.sets(st.sampled_from(KINDS), max_size=2))
@settings(max_examples=400)
def test_whole_sets_compare_as_their_exports_do_one_by_one(
    old: list[Export], new: list[Export], covers: str, other: str, text: str, kinds: set[str]
) -> None:
    old = [e for e in old if covers == "all" or e.module == VMLINUX]
    new = [e for e in new if other == "all" or e.module == VMLINUX]
    dictionary = Dictionary()
    found = compare_sets(dictionary.set_of(old, covers), dictionary.set_of(new, other), dictionary)
    scope = "all" if covers == other == "all" else VMLINUX
    expected = compared(*in_scope(old, new, scope), new_partial=other == VMLINUX)
    measurable = all(any(e.crc for e in side) for side in (old, new))
    assert (found.scope, found.counts) == (scope, count(expected, measurable=measurable))

    page, total = changes(found, kinds=kinds, text=text)
    fits = [
        change
        for change in expected.changes
        if (not kinds or kinds & set(change.kinds))
        and any(text in e.symbol or text in e.module.lower() for e in (change.old, change.new) if e)
    ]
    assert sorted(map(repr, page)) == sorted(map(repr, fits))
    assert (total, [order(c) for c in page]) == (len(fits), sorted(map(order, fits)))
    for limit, offset in [(1, 0), (2, 1), (9, 2)]:
        assert changes(found, kinds=kinds, text=text, limit=limit, offset=offset) == (
            page[offset : offset + limit],
            total,
        )

    gone = {dictionary.id_of(c.old) for c in expected.changes if c.breaks and c.old}
    assert set(broken(found).tolist()) == gone


def test_the_first_of_many_changes_are_found_without_sorting_all() -> None:
    dictionary = Dictionary()
    old = [Export(f"s{n:03}", "m", 1, "EXPORT_SYMBOL", "") for n in range(200)]
    new = [Export(e.symbol, e.module, 2, e.kind, "") for e in old[:-1]]
    found = compare_sets(dictionary.set_of(old, "all"), dictionary.set_of(new, "all"), dictionary)
    page, total = changes(found, limit=3)
    assert (total, [(c.symbol, c.kinds) for c in page]) == (
        200,
        [("s199", (REMOVED,)), ("s000", (CRC_CHANGED,)), ("s001", (CRC_CHANGED,))],
    )


def test_a_symbol_of_two_modules_that_loses_one_has_moved() -> None:
    dictionary = Dictionary()
    one, two = (Export("s", module, 1, "EXPORT_SYMBOL", "") for module in ("a", "b"))
    found = compare_sets(dictionary.set_of([one, two], "all"), dictionary.set_of([two], "all"), dictionary)
    assert changes(found) == ((Change((MOVED,), one, None),), 1)
    assert broken(found).size == 0


@pytest.mark.parametrize("empty", [0, 1])
def test_an_empty_set_compares_too(empty: int) -> None:
    dictionary = Dictionary()
    sides = [[], [Export("s", "a", 1, "EXPORT_SYMBOL", "")]]
    old, new = (dictionary.set_of(side, "all") for side in (sides if empty == 0 else sides[::-1]))
    assert changes(compare_sets(old, new, dictionary))[1] == 1
