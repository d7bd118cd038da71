# SPDX-License-Identifier: GPL-2.0-or-later
import pytest

from abidb.compat import Change, Compared, Counts, Outcome, changes, compared, count, in_scope, magic_flags, outcome
from abidb.records import Export


def export(
    symbol: str = "kfree",
    module: str = "vmlinux",
    crc: int | None = 1,
    kind: str = "EXPORT_SYMBOL",
    namespace: str = "",
) -> Export:
    return Export(symbol, module, crc, kind, namespace)


def check_same(old: list[Export], new: list[Export]) -> None:
    assert list(changes(old, new)) == []


def check_changes(old: list[Export], new: list[Export], *expected: Change) -> None:
    assert list(changes(old, new)) == list(expected)


def test_the_same_exports_in_another_order_are_the_same() -> None:
    check_same([export("a"), export("b")], [export("b"), export("a")])


@pytest.mark.parametrize(("old", "new"), [(None, 5), (5, None), (None, None)])
def test_a_missing_crc_is_no_change(old: int | None, new: int | None) -> None:
    check_same([export(crc=old)], [export(crc=new)])


def test_a_symbol_exported_by_the_same_two_modules_is_the_same() -> None:
    twice = [export(module="a"), export(module="b")]
    check_same(twice, twice[::-1])


@pytest.mark.parametrize(
    ("old", "new", "kind"),
    [
        (export(crc=1), export(crc=2), "crc_changed"),
        (export(), export(kind="EXPORT_SYMBOL_GPL"), "gpl_tightened"),
        (export(kind="EXPORT_SYMBOL_GPL"), export(), "gpl_relaxed"),
        (export(kind="EXPORT_SYMBOL_GPL_FUTURE"), export(), "type_changed"),
        (export(kind="EXPORT_UNUSED_SYMBOL"), export(kind="EXPORT_UNUSED_SYMBOL_GPL"), "gpl_tightened"),
        (export(), export(namespace="CRYPTO"), "namespace_changed"),
        (export(namespace="A"), export(namespace="B"), "namespace_changed"),
        (export(namespace="A"), export(), "namespace_dropped"),
        (export(), export(module="lib/crc32"), "moved"),
    ],
)
def test_each_property_of_an_export_has_its_kind_of_change(old: Export, new: Export, kind: str) -> None:
    check_changes([old], [new], Change((kind,), old, new))


def test_a_symbol_may_change_in_several_ways_at_once() -> None:
    old, new = export(), export(module="m", crc=2, kind="EXPORT_SYMBOL_GPL", namespace="N")
    check_changes([old], [new], Change(("crc_changed", "gpl_tightened", "namespace_changed", "moved"), old, new))


def test_a_symbol_on_one_side_is_removed_or_added() -> None:
    check_changes(
        [export("gone")],
        [export("here")],
        Change(("removed",), export("gone"), None),
        Change(("added",), None, export("here")),
    )


def test_a_symbol_that_one_of_two_modules_stops_exporting_is_not_removed() -> None:
    a, b = export(module="a"), export(module="b")
    check_changes([a, b], [b], Change(("moved",), a, None))


def test_a_symbol_of_two_modules_is_matched_by_module_first() -> None:
    a, b, c = export(module="a"), export(module="b", crc=2), export(module="c", crc=2)
    check_changes([a, b], [c, a], Change(("moved",), b, c))


@pytest.mark.parametrize(
    ("kind", "breaks"),
    [("removed", True), ("crc_changed", True), ("gpl_tightened", True), ("namespace_changed", True)]
    + [(k, False) for k in ("added", "moved", "gpl_relaxed", "namespace_dropped", "type_changed")],
)
def test_what_the_kernel_refuses_is_a_break(kind: str, breaks: bool) -> None:
    assert Change((kind,), export(), export()).breaks is breaks


def test_counting_leaves_crcs_open_where_they_are_not_common() -> None:
    found = compared([export("a"), export("b")], [export("a", crc=None), export("c", crc=None)])
    assert count(found, measurable=False) == Counts(1, 1, None, 0, 0, 0, 1)


def test_counting_adds_what_was_compared_elsewhere() -> None:
    found = compared([export("a"), export("b", crc=None)], [export("a", crc=2), export("b")])
    assert count(found, measurable=True, plain=5, same=7, unknown=3) == Counts(0, 0, 6, 0, 0, 0, 14, crc_unknown=4)


def test_pairs_are_counted_whether_they_changed_or_not() -> None:
    a, b = export(module="a"), export(module="b", crc=None)
    assert compared([a, b], [a, b]) == Compared((), common=2, unknown=1)


def test_what_a_partial_build_no_longer_exports_may_only_have_moved() -> None:
    found = compared([export("gone"), export("kept")], [export("kept", crc=2)], new_partial=True)
    gone, kept = found.changes
    assert (gone.kinds, gone.untold, gone.breaks) == (("removed",), True, False)
    assert (kept.kinds, kept.untold, kept.breaks) == (("crc_changed",), False, True)
    assert count(found, measurable=True).untold == 1


def test_a_partial_build_is_compared_by_what_vmlinux_exports_on_either_side() -> None:
    old = [export("v"), export("m", module="mod"), export("to_module")]
    new = [export("v"), export("to_module", module="mod")]
    assert in_scope(old, new, "vmlinux") == ([old[0], old[2]], new)
    assert in_scope(old, new, "all") == (old, new)


def test_vermagic_without_its_first_word_is_what_crc_kernels_compare() -> None:
    assert magic_flags("6.1.0-56-amd64 SMP preempt mod_unload modversions ") == "SMP preempt mod_unload modversions"


NONE = dict(added=0, removed=0, crc_changed=0, moved=0, gpl_tightened=0, namespace_changed=0, common=9)


@pytest.mark.parametrize(
    ("counts", "scope", "flags", "expected"),
    [
        ({}, "all", False, Outcome.SAME),
        ({"added": 1}, "all", False, Outcome.COMPATIBLE),
        ({"moved": 1}, "all", False, Outcome.COMPATIBLE),
        ({"removed": 1}, "all", False, Outcome.BREAKS),
        ({"crc_changed": 1, "added": 1}, "all", False, Outcome.BREAKS),
        ({}, "all", True, Outcome.BREAKS),
        ({"crc_changed": None}, "all", False, Outcome.UNKNOWN),
        ({"crc_changed": None, "removed": 1}, "all", False, Outcome.BREAKS),
        ({"crc_unknown": 1}, "all", False, Outcome.UNKNOWN),
        ({}, "vmlinux", False, Outcome.UNKNOWN),
        ({"removed": 1, "untold": 1}, "vmlinux", False, Outcome.UNKNOWN),
        ({"removed": 2, "untold": 1}, "vmlinux", False, Outcome.BREAKS),
        ({"removed": 1}, "vmlinux", False, Outcome.BREAKS),
    ],
)
def test_the_outcome_never_claims_what_was_not_measured(
    counts: dict, scope: str, flags: bool, expected: Outcome
) -> None:
    assert outcome(Counts(**{**NONE, **counts}), scope=scope, flags_differ=flags) == expected
