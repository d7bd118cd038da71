# SPDX-License-Identifier: GPL-2.0-or-later
from dataclasses import replace

import pytest

from abidb.changes import BY_KIND, BY_MODULE, BY_SYMBOL, Group, by_module
from abidb.compat import ADDED, CRC_CHANGED, MOVED, REMOVED, Change
from dashboard.changerows import HEADS, ModuleRow, Modules, modules, sections
from tests.builders.records import make_export

OLD = make_export("alpha", crc=0x11)
CHANGES = [
    Change((CRC_CHANGED, MOVED), OLD, replace(OLD, crc=0x21, module="lib/a")),
    Change((REMOVED,), replace(OLD, symbol="..", crc=None), None, untold=True),
]
GROUPS = [Group("vmlinux", 3, (1, 2, 0, 0, 0, 0, 0, 0, 0)), Group("lib/a", 1, (1, 0, 0, 0, 0, 0, 0, 0, 0))]


def test_what_a_kernel_declares_is_never_markup() -> None:
    evil = "<script>&\"'"
    (section,) = sections([Change((ADDED,), None, make_export(module=evil, namespace=evil))], [], BY_SYMBOL)
    assert "<script>" not in section.rows[0].cells
    both = Change((MOVED,), make_export(module=evil), make_export(namespace=evil))
    (section,) = sections([both], [], BY_SYMBOL)
    assert section.rows[0].cells.count("&lt;script&gt;&amp;&quot;&#x27;") == 2


def test_a_name_that_makes_no_address_has_none() -> None:
    (section,) = sections(CHANGES[1:], [], BY_SYMBOL)
    assert (section.rows[0].symbol, section.rows[0].address, section.rows[0].untold) == ("..", "", True)


@pytest.mark.parametrize(
    ("sort", "titles", "kinds"),
    [
        (
            BY_MODULE,
            [("vmlinux", "1 removed, 1 CRC changed, 1 moved to another module")],
            ["removed", "CRC changed, moved to another module, lib/a"],
        ),
        (BY_KIND, [("Removed", ""), ("CRC changed", "")], ["", "moved to another module"]),
        (BY_SYMBOL, [("", "")], ["removed", "CRC changed, moved to another module"]),
    ],
)
def test_headings_follow_the_order(sort, titles, kinds) -> None:
    ordered, groups = by_module(CHANGES)
    found = list(sections(ordered, groups, sort))
    assert [(section.title, section.said) for section in found] == titles
    assert [row.kinds for section in found for row in section.rows] == kinds
    assert {row.cells.count("<td") for section in found for row in section.rows} == {
        len(HEADS[sort]) - (1 if sort == BY_KIND else 2)
    }


def test_only_kinds_that_occur_have_a_column() -> None:
    rows = (
        ModuleRow("vmlinux", 3, (("removed", 1), ("crc_changed", 2))),
        ModuleRow("lib/a", 1, (("removed", 1), ("crc_changed", 0))),
    )
    assert modules(GROUPS, "", 20) == Modules(("removed", "crc_changed"), rows, 2, 1, "")


@pytest.mark.parametrize(
    ("after", "names", "first", "more"),
    [
        ("", ["vmlinux"], 1, "vmlinux"),
        ("vmlinux", ["lib/a"], 2, ""),
        ("lib/a", [], 3, ""),
        ("no/such", ["vmlinux"], 1, "vmlinux"),
    ],
)
def test_modules_come_in_pages(after, names, first, more) -> None:
    found = modules(GROUPS, after, 1)
    assert ([row.module for row in found.rows], found.first, found.after) == (names, first, more)


def test_of_one_kind_the_total_says_it() -> None:
    assert modules(GROUPS, "", 20, only="removed").kinds == ()
