# SPDX-License-Identifier: GPL-2.0-or-later
import datetime as dt

import pytest

from abidb.lifecycle import ORDER, status

TODAY = dt.date(2026, 11, 23)


def d(text: str | None) -> dt.date | None:
    return dt.date.fromisoformat(text) if text else None


@pytest.mark.parametrize(
    ("codename", "suite", "eol", "eol_lts", "word"),
    [
        ("trixie", "stable", "2028-08-09", "2030-06-30", "stable"),
        ("bookworm", "oldstable", "2027-06-10", "2028-06-30", "oldstable"),
        ("bookworm", "oldstable", "2026-06-10", "2028-06-30", "lts"),
        ("bullseye", "oldoldstable", "2024-08-14", "2026-08-31", "ended"),
        ("wheezy", "", "2016-04-25", None, "ended"),
        ("forky", "testing", None, None, "testing"),
        ("sid", "", None, None, "unstable"),
        ("experimental", "experimental", None, None, "experimental"),
        ("mystery", "", None, None, "unknown"),
        ("trixie", "stable", "2026-11-23", None, "stable"),
    ],
)
def test_a_release_has_one_word(codename: str, suite: str, eol: str, eol_lts: str, word: str) -> None:
    assert status(codename, suite, d(eol), d(eol_lts), TODAY) == word
    assert word in ORDER
