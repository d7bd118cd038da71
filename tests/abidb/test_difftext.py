# SPDX-License-Identifier: GPL-2.0-or-later
import datetime as dt
from dataclasses import replace

import pytest

from abidb import difftext
from abidb.answers import ConfigDiff, OptionChange
from abidb.changelog import Between, Entry, Fixes, Way
from abidb.changes import by_module
from abidb.compat import ADDED, CRC_CHANGED, GPL_TIGHTENED, MOVED, NAMESPACE_CHANGED, REMOVED, Change
from abidb.verdict import REFUSED, UNSAID
from tests.abidb.test_diffwords import make_diff, make_hits
from tests.abidb.test_usewords import hit
from tests.builders.records import make_export
from tests.dashboard.answers import make_counts, make_ref

A = make_export("alpha", crc=0x11)
LONG = "_RNvNCNvMs0_NtCsb5MLIFMWygY_6kernel9workqueueNtB9_5Queue9try_spawns_05CLASS"
CHANGES = [
    Change((REMOVED,), make_export("gone", module="lib/b", crc=None), None),
    Change((ADDED,), None, make_export("come", crc=0x14, kind="EXPORT_SYMBOL_GPL", namespace="NS")),
    Change((CRC_CHANGED,), A, replace(A, crc=0x21)),
    Change(
        (CRC_CHANGED, GPL_TIGHTENED, NAMESPACE_CHANGED, MOVED),
        make_export(LONG, crc=1),
        make_export(LONG, crc=2, kind="EXPORT_SYMBOL_GPL", namespace="NS", module="lib/c"),
    ),
    Change((MOVED,), make_export("twin", module="lib/b", crc=3), None),
    Change((REMOVED,), make_export("lost", module="lib/b", crc=None), None, untold=True),
]


def text(changes: list[Change], total: int | None = None) -> list[str]:
    ordered, groups = by_module(changes)
    return list(difftext.changes(ordered, groups, len(ordered) if total is None else total))


def test_the_head_has_both_names_the_verdict_and_every_count() -> None:
    found = make_diff(make_counts(crc_changed=18272, removed=9, added=28, gpl_tightened=1, common=24655))
    assert list(difftext.head(found)) == [
        "6.1.0-1-amd64=6.1.1-1:amd64",
        "  -> 6.1.0-2-amd64=6.1.2-1:amd64",
        "",
        "New ABI name, 18,272 of 24,655 CRCs changed (74 %), 9 exports removed, 1 export",
        "became GPL-only, 28 exports added.",
        "Modules that use a changed export must be rebuilt.",
        "A changed CRC overstates: reusing the padding of a structure changes it and",
        "breaks nobody. The kernel refuses the module all the same.",
        "",
        " exports  change                      a module that uses it",
        "       9  removed                     is refused",
        "  18,272  CRC changed                 is refused",
        "       1  became GPL-only             is refused unless it is GPL-compatible",
        "      28  added                       is not affected",
        "  24,655  on both sides, changed or not",
    ]


def test_what_was_not_measured_is_among_the_counts() -> None:
    lines = list(difftext.head(make_diff(make_counts(crc_changed=None, removed=2, untold=2, crc_unknown=3, common=4))))
    assert lines[-4:] == [
        "       ?  CRC changed                 not measurable by CRC",
        "       2  gone from vmlinux           perhaps only moved",
        "       3  no CRC to compare           cannot be told",
        "       4  on both sides, changed or not",
    ]


def test_changes_come_by_module_and_kind_each_on_a_line() -> None:
    assert text(CHANGES) == [
        "changes: 6 exports, by module",
        "",
        "vmlinux: 2 CRC changed, 1 became GPL-only, 1 namespace added or changed, 1 moved",
        "    to another module, 1 added",
        "  CRC changed",
        f"    {LONG}",
        "        0x00000001 -> 0x00000002; EXPORT_SYMBOL -> EXPORT_SYMBOL_GPL; none ->",
        "        NS; vmlinux -> lib/c",
        "    alpha  0x00000011 -> 0x00000021",
        "  added",
        "    come  0x00000014 EXPORT_SYMBOL_GPL NS",
        "",
        "lib/b: 2 removed, 1 moved to another module",
        "  removed",
        "    gone  EXPORT_SYMBOL",
        "    lost  EXPORT_SYMBOL; perhaps only moved",
        "  moved to another module",
        "    twin  0x00000003 EXPORT_SYMBOL; exported by another module too",
    ]


@pytest.mark.parametrize(
    ("changes", "total", "first", "last"),
    [
        ([], 0, "changes: none", "changes: none"),
        (CHANGES[:1], 1, "changes: 1 export", "    gone  EXPORT_SYMBOL"),
        (CHANGES[:1], 1001, "changes: 1,001 exports", "... and 1,000 more (--all lists them)"),
    ],
)
def test_how_many_changes_there_are_is_said(changes, total, first, last) -> None:
    lines = text(changes, total)
    assert (lines[0], lines[-1]) == (first, last)


def test_no_line_is_longer_than_a_terminal_but_for_a_name() -> None:
    hits = replace(make_hits(*[REFUSED] * 9), reason="")
    parts = (difftext.head(make_diff(make_counts(common=2))), difftext.packages(hits), text(CHANGES))
    assert max(len(line) for part in parts for line in part if LONG not in line) <= difftext.WIDTH


def test_of_few_packages_all_is_told_and_of_many_the_answers() -> None:
    few, many = (list(difftext.packages(make_hits(*[REFUSED] * n))) for n in (1, 6))
    assert few[0].startswith("packages: the modules of 1 of 1 package are refused")
    assert many[-2:] == [
        "  refused; source compiles: foo-dkms 1.0-1, foo-dkms 1.0-1, foo-dkms 1.0-1,",
        "      foo-dkms 1.0-1, foo-dkms 1.0-1, foo-dkms 1.0-1",
    ]
    unjudged = replace(make_hits(), packages=(hit(answer=UNSAID),) * 6)
    assert list(difftext.packages(unjudged))[1].startswith("  no module to load; source compiles: foo-dkms")


def test_uploads_have_a_line_each() -> None:
    day = dt.datetime(2026, 11, 14, tzinfo=dt.UTC)
    entries = (
        Entry("linux", "6.1.192-1", day, "bookworm-security", Fixes(("CVE-2026-1",), 1262), Fixes(("1",), 1)),
        Entry("linux", "6.1.191-1", None, "", Fixes(), Fixes()),
    )
    assert list(difftext.changelog(Between(Way.FORWARD, entries, 3, 1262, 1))) == [
        "changelog: 3 uploads: 1,262 CVEs, 1 bug",
        "  6.1.192-1            2026-11-14  1,262 CVEs, 1 bug",
        "  6.1.191-1            date unknown  no CVE or bug named",
        "  ... and 1 upload before these",
    ]


def test_options_are_told_from_both_sides_and_the_rest_counted() -> None:
    changes = (OptionChange("CONFIG_A", None, "m"), OptionChange("CONFIG_B", "y", "m"))
    found = ConfigDiff(make_ref(1), make_ref(2), True, changes)
    assert list(difftext.configuration(found, limit=1)) == [
        "configuration: 2 options differ",
        "  CONFIG_A  not set -> m",
        "  ... and 1 more",
    ]
    assert len(list(difftext.configuration(found))) == 3
    assert list(difftext.lines(["a"], [], ["b"])) == ["a", "", "", "b"]
