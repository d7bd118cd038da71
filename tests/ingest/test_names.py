# SPDX-License-Identifier: GPL-2.0-or-later
"""`manage.py names`: new ABI names at a terminal."""

import dataclasses
import datetime as dt
import json

import pytest
from django.core.management import call_command

from abidb import namewords, store, words
from abidb.errors import UnknownName
from tests.builders.records import make_entry, make_export, make_kernel

pytestmark = pytest.mark.django_db


@pytest.fixture
def line() -> None:
    """Three uploads: the second has the same exports, the third another CRC and a flavour more."""
    for n, flavour, crc in ((1, "amd64", 1), (2, "amd64", 1), (3, "amd64", 2), (3, "cloud-amd64", 2)):
        version, date = f"6.1.{n}-1", dt.datetime(2026, 1, n, tzinfo=dt.UTC)
        entry = make_entry(version, date=date, distribution="bookworm")
        export = dataclasses.replace(make_export(), crc=crc)
        store.save(make_kernel(f"6.1.0-{n}-{flavour}", version, exports=(export,), changelog=(entry,)))


def test_a_line_that_is_not_known_is_refused(line) -> None:
    with pytest.raises(UnknownName, match="there is no release line 'woody'"):
        call_command("names", "woody")


def test_new_names_are_told_with_the_flavours_that_changed(line, capsys) -> None:
    call_command("names")
    assert capsys.readouterr().out.splitlines() == [
        "of 2 new ABI names 1 came without an export change",
        namewords.MEANS,
        words.CRC_OVERSTATES,
        "2026-01-03  linux 6.1.3-1  6.1.0-2 → 6.1.0-3  bookworm",
        "    after 6.1.2-1: changed in 1 of 1 measured; 1 not measurable",
        "        amd64: 1 of 1 CRCs changed (100 %)",
        "        cloud-amd64: no build of the upload before is on record",
        "2026-01-02  linux 6.1.2-1  6.1.0-1 → 6.1.0-2  bookworm",
        "    after 6.1.1-1: unchanged in 1 of 1",
    ]


def test_older_names_are_asked_for_with_the_key_of_the_last(line, capsys) -> None:
    call_command("names", "bookworm", "--limit", "1")
    assert capsys.readouterr().out.splitlines()[-1] == "older ones: --before bookworm/linux/6.1.3-1"
    call_command("names", "--unchanged", "--json")
    assert [each["key"] for each in json.loads(capsys.readouterr().out)["names"]] == ["bookworm/linux/6.1.2-1"]
