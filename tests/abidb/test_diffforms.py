# SPDX-License-Identifier: GPL-2.0-or-later
import csv
import json
from dataclasses import replace
from io import StringIO

import pytest

from abidb.compat import ADDED, CRC_CHANGED, MOVED, REMOVED, Change
from abidb.diffforms import COLUMNS, csv_parts, json_parts
from abidb.jsonform import diff_json
from tests.abidb.test_diffwords import make_diff
from tests.builders.records import make_export
from tests.dashboard.answers import make_counts

OLD = make_export("alpha", crc=0x11)
GONE = Change((REMOVED,), OLD, None)
CHANGED = Change((CRC_CHANGED, MOVED), OLD, replace(OLD, crc=0x21, module="lib/alpha"))
COME = Change((ADDED,), None, replace(OLD, crc=None, namespace="NS"))
UNTOLD = replace(GONE, untold=True)


def rows(*changes: Change) -> list[list[str]]:
    return list(csv.reader(StringIO("".join(csv_parts([changes])))))


def test_a_module_or_namespace_that_looks_like_a_formula_is_quoted() -> None:
    export = make_export("alpha", module="=cmd|' /C calc'!A0", namespace="+1")
    row = dict(zip(COLUMNS, rows(Change((ADDED,), None, export))[1], strict=True))
    assert (row["new_module"], row["new_namespace"]) == (f"'{export.module}", f"'{export.namespace}")


def test_a_table_has_a_header_and_a_row_for_each_change() -> None:
    assert rows(GONE, CHANGED, COME, UNTOLD) == [
        [
            *("symbol", "change", "breaks", "old_module", "new_module", "old_crc", "new_crc"),
            *("old_kind", "new_kind", "old_namespace", "new_namespace"),
        ],
        ["alpha", "removed", "yes", "vmlinux", "", "0x00000011", "", "EXPORT_SYMBOL", "", "", ""],
        [
            *("alpha", "crc_changed moved", "yes", "vmlinux", "lib/alpha", "0x00000011", "0x00000021"),
            *("EXPORT_SYMBOL", "EXPORT_SYMBOL", "", ""),
        ],
        ["alpha", "added", "no", "", "vmlinux", "", "", "", "EXPORT_SYMBOL", "", "NS"],
        ["alpha", "removed", "unknown", "vmlinux", "", "0x00000011", "", "EXPORT_SYMBOL", "", "", ""],
    ]


def test_lines_of_a_table_end_as_rfc_4180_has_it_and_commas_are_quoted() -> None:
    text = "".join(csv_parts([[Change((ADDED,), None, make_export("a", module='x,"y'))]]))
    assert text.endswith(',"x,""y",,0x00000001,,EXPORT_SYMBOL,,\r\n')


@pytest.mark.parametrize("parts", [[], [[GONE]], [[GONE, CHANGED], [COME], [UNTOLD]]])
def test_parts_of_an_object_join_to_that_of_the_terminal(parts: list[list[Change]]) -> None:
    found = make_diff(make_counts(removed=1, common=2))
    everything = tuple(change for part in parts for change in part)
    whole = {**diff_json(replace(found, changes=everything)), "packages": None}
    assert json.loads("".join(json_parts(found, parts, packages=None))) == json.loads(json.dumps(whole))
