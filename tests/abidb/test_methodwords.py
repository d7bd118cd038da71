# SPDX-License-Identifier: GPL-2.0-or-later
"""What is said of the method with figures of the record."""

import dataclasses
import datetime as dt

import pytest

from abidb import methodwords, queries, store
from abidb.methodanswers import NAME_EACH_UPLOAD, Figures
from abidb.records import SelfCheck
from tests.builders.records import make_entry, make_export, make_kernel

NONE = Figures(0, 0, 0, 0, 0, 0, 0, 0, 0)


def test_what_there_is_none_of_is_told_so() -> None:
    assert methodwords.each_upload_sentence(NONE) == (
        "no upload on record since September 2025 follows another in its line"
    )


def test_figures_become_sentences() -> None:
    found = Figures(485, 88, 80, 1, 910_171, 2, 39_000, 84, 1)
    assert [
        methodwords.each_upload_sentence(found),
        methodwords.kept_apart_sentence(found),
        methodwords.checked_sentence(found),
    ] == [
        "of 84 uploads on record since September 2025 that follow another in their line, 1 has a new ABI name",
        "of 485 builds on record 88 are whole and without CRCs, 80 partial and 1 set apart",
        "910,171 CRCs that modules import were compared with what their own kernel exports, and 2 builds with the "
        "Module.symvers of their headers, 39,000 lines in all",
    ]


@pytest.mark.django_db
def test_the_figures_are_those_of_the_record() -> None:
    bare = (dataclasses.replace(make_export(), crc=None),)
    for n, fields in enumerate(
        (
            {},
            {"exports": bare},
            {"covers": "vmlinux"},
            {"check": SelfCheck(9, ("kfree",))},
            {"date": dt.datetime(2025, 8, 31, tzinfo=dt.UTC)},
        ),
        1,
    ):
        version = f"6.1.{n}-1"
        date = fields.pop("date", dt.datetime.combine(NAME_EACH_UPLOAD, dt.time(), dt.UTC))
        entry = make_entry(version, date=date, distribution="bookworm")
        abi = max(n, 2)
        store.save(make_kernel(f"6.1.0-{abi}-amd64", version, changelog=(entry,), **fields))
    assert queries.figures() == Figures(
        builds=5,
        without_crcs=1,
        partial=1,
        apart=1,
        imports=5 * 4 + 9,
        with_headers=0,
        symvers_lines=0,
        uploads_since=3,
        renamed_since=2,
    )
