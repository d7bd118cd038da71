# SPDX-License-Identifier: GPL-2.0-or-later
from dataclasses import dataclass, field

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from abidb import changes
from abidb.changes import RANK, SORTS, Group, Wanted, listing, module_of, path_order, place
from abidb.compat import CRC_CHANGED, KINDS, MOVED, REMOVED, Change, compared, count, in_scope
from abidb.exportset import ExportSet
from abidb.records import VMLINUX, Export
from abidb.setdiff import Order, SetDiff, broken, compare_sets


@dataclass
class Dictionary:
    """Columns of declarations, as a process keeps them."""

    rows: list[tuple[int, int, int, int]] = field(default_factory=lambda: [(0, 0, 0, 0)])
    names: dict[int, str] = field(default_factory=dict)
    paths: dict[int, str] = field(default_factory=dict)
    words: list[str] = field(default_factory=list)
    orders: dict[str, Order] = field(default_factory=dict)
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


def order(change: Change, sort: str) -> tuple[object, ...]:
    path, rank = path_order(module_of(change)), RANK[change.kinds[0]]
    return {
        "kind": (rank, change.symbol, path),
        "module": (path, rank, change.symbol),
        "symbol": (change.symbol, path, rank),
    }[sort]


def asked(found: SetDiff, **wanted: object) -> tuple[Change, ...]:
    return changes.page(listing(found, Wanted(**wanted)))[0]


def paged(found: SetDiff, wanted: Wanted, limit: int) -> list[Change]:
    """All changes, gathered page by page."""
    listed, gathered, after = listing(found, wanted), [], ""
    while after is not None:
        page, after = changes.page(listed, after=after, limit=limit)
        gathered += page
    return gathered


WANTED = st.builds(
    Wanted,
    kinds=st.sets(st.sampled_from(KINDS), max_size=2).map(tuple),
    text=st.sampled_from(["", "TUN", "a"]),
    module=st.sampled_from(["", VMLINUX, "fs/x", "no/such"]),
    sort=st.sampled_from(SORTS),
)


@given(EXPORTS, EXPORTS, COVERS, COVERS, WANTED)
@settings(max_examples=400)
def test_whole_sets_compare_as_their_exports_do_one_by_one(
    old: list[Export], new: list[Export], covers: str, other: str, wanted: Wanted
) -> None:
    old = [e for e in old if covers == "all" or e.module == VMLINUX]
    new = [e for e in new if other == "all" or e.module == VMLINUX]
    dictionary = Dictionary()
    found = compare_sets(dictionary.set_of(old, covers), dictionary.set_of(new, other), dictionary)
    scope = "all" if covers == other == "all" else VMLINUX
    expected = compared(*in_scope(old, new, scope), new_partial=other == VMLINUX)
    measurable = all(any(e.crc for e in side) for side in (old, new))
    assert (found.scope, found.counts) == (scope, count(expected, measurable=measurable))

    fits = [
        change
        for change in expected.changes
        if (not wanted.kinds or set(wanted.kinds) & set(change.kinds))
        and wanted.module in ("", module_of(change))
        and any(wanted.text.lower() in e.symbol + " " + e.module.lower() for e in (change.old, change.new) if e)
    ]
    page = paged(found, wanted, 100)
    assert sorted(map(repr, page)) == sorted(map(repr, fits))
    assert [order(c, wanted.sort) for c in page] == sorted(order(c, wanted.sort) for c in fits)
    assert [paged(found, wanted, limit) for limit in (1, 2)] == [page, page]
    listed = listing(found, wanted)
    assert [change for chunk in changes.chunks(listed) for change in chunk] == page
    assert {group.module: (group.total, group.counts) for group in changes.groups(listed)} == {
        module: (len(ours), tuple(sum(kind in change.kinds for change in ours) for kind in KINDS))
        for module in {module_of(change) for change in page}
        if (ours := [change for change in page if module_of(change) == module])
    }

    gone = {dictionary.id_of(c.old) for c in expected.changes if c.breaks and c.old}
    assert set(broken(found).tolist()) == gone


@pytest.fixture
def many() -> SetDiff:
    """200 symbols of which the last is gone and the others changed their CRC."""
    dictionary = Dictionary()
    old = [Export(f"s{n:03}", "m" if n % 2 else VMLINUX, 1, "EXPORT_SYMBOL", "") for n in range(200)]
    new = [Export(e.symbol, e.module, 2, e.kind, "") for e in old[:-1]]
    return compare_sets(dictionary.set_of(old, "all"), dictionary.set_of(new, "all"), dictionary)


@pytest.mark.parametrize(
    "after", ["nonsense", "s001 m", "s001 m crc_changed more", "s001 m no_kind", " ", "\u2028 a b"]
)
def test_what_names_no_place_is_the_beginning(many: SetDiff, after: str) -> None:
    page, _ = changes.page(listing(many, Wanted()), after=after, limit=2)
    assert [(c.symbol, c.kinds) for c in page] == [("s199", (REMOVED,)), ("s000", (CRC_CHANGED,))]


def test_a_page_goes_on_behind_a_place_that_is_no_longer_there(many: SetDiff) -> None:
    page, after = changes.page(listing(many, Wanted(sort="symbol")), after="s0015 m removed", limit=2)
    assert [c.symbol for c in page] == ["s002", "s003"]
    assert (after, place(page[-1])) == ("s003 m crc_changed", "s003 m crc_changed")


def test_the_last_page_has_none_behind_it(many: SetDiff) -> None:
    page, after = changes.page(listing(many, Wanted(sort="symbol")), after="s197 m crc_changed", limit=2)
    assert ([c.symbol for c in page], after) == (["s198", "s199"], None)


def test_modules_of_most_changes_come_first_and_vmlinux_before_its_equals(many: SetDiff) -> None:
    assert changes.groups(listing(many, Wanted())) == (
        Group(VMLINUX, 100, (0, 100, 0, 0, 0, 0, 0, 0, 0)),
        Group("m", 100, (1, 99, 0, 0, 0, 0, 0, 0, 0)),
    )


def test_what_one_module_declares_twice_stays_on_one_page() -> None:
    dictionary = Dictionary()
    old = [Export("s", "m", 1, "EXPORT_SYMBOL", space) for space in ("A", "B", "C")]
    found = compare_sets(dictionary.set_of(old, "all"), dictionary.set_of([], "all"), dictionary)
    assert (len(changes.page(listing(found, Wanted()), limit=1)[0]), len(asked(found))) == (3, 3)


def test_a_symbol_of_two_modules_that_loses_one_has_moved() -> None:
    dictionary = Dictionary()
    one, two = (Export("s", module, 1, "EXPORT_SYMBOL", "") for module in ("a", "b"))
    found = compare_sets(dictionary.set_of([one, two], "all"), dictionary.set_of([two], "all"), dictionary)
    assert asked(found) == (Change((MOVED,), one, None),)
    assert broken(found).size == 0


@pytest.mark.parametrize("empty", [0, 1])
def test_an_empty_set_compares_too(empty: int) -> None:
    dictionary = Dictionary()
    sides = [[], [Export("s", "a", 1, "EXPORT_SYMBOL", "")]]
    old, new = (dictionary.set_of(side, "all") for side in (sides if empty == 0 else sides[::-1]))
    assert listing(compare_sets(old, new, dictionary), Wanted()).total == 1
