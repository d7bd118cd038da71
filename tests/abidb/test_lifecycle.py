# SPDX-License-Identifier: GPL-2.0-or-later
import datetime as dt

import pytest

from abidb.lifecycle import ORDER, DebianRelease, status

RELEASES = {
    "bullseye": "2019-07-06 2021-08-14 2024-08-14 2026-08-31",
    "bookworm": "2021-08-14 2023-06-10 2026-07-11 2028-06-30",
    "trixie": "2023-06-10 2025-08-09 2028-08-09 2030-06-30",
    "forky": "2025-08-09",
    "duke": "2027-08-01",
    "wheezy": "2011-02-06 2013-05-04 2016-04-25",
    "sid": "1993-08-16",
    "experimental": "1993-08-16",
}


@pytest.mark.parametrize(
    ("codename", "today", "alias", "word"),
    [
        ("bullseye", "2026-08-31", "oldoldstable", "lts"),
        ("bullseye", "2026-09-01", "oldoldstable", "ended"),
        ("bookworm", "2025-08-08", "stable", "stable"),
        ("bookworm", "2026-07-11", "oldstable", "oldstable"),
        ("bookworm", "2026-07-12", "oldstable", "lts"),
        ("trixie", "2026-11-23", "", "stable"),
        ("forky", "2026-11-23", "testing", "testing"),
        ("duke", "2026-11-23", "", "planned"),
        ("wheezy", "2026-11-23", "", "ended"),
        ("sid", "2026-11-23", "unstable", "unstable"),
        ("experimental", "2026-11-23", "experimental", "experimental"),
    ],
)
def test_a_release_has_one_word_on_a_day(codename: str, today: str, alias: str, word: str) -> None:
    days = [dt.date.fromisoformat(day) for day in RELEASES[codename].split()]
    release = DebianRelease(codename, "", *[*days, None, None, None][:4])
    assert status(release, dt.date.fromisoformat(today), alias) == word
    assert word in ORDER
