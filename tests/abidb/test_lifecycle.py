# SPDX-License-Identifier: GPL-2.0-or-later
import datetime as dt

import pytest

from abidb.lifecycle import ORDER, DebianRelease, aimed, lines_of, starts, status

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


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


def release(codename: str) -> DebianRelease:
    days = [day(text) for text in RELEASES[codename].split()]
    return DebianRelease(codename, "", *[*days, None, None, None][:4])


KNOWN = [release(codename) for codename in RELEASES]


@pytest.mark.parametrize(
    "distribution", ["UNRELEASED", "", "focal", "stableish", "local stable-", "oldoldoldoldstable"]
)
def test_what_names_no_known_release_aims_nowhere(distribution: str) -> None:
    assert aimed(distribution, day("2024-01-01"), KNOWN) == ()


def test_a_role_without_a_day_or_without_known_releases_aims_nowhere() -> None:
    assert (aimed("stable-security", None, KNOWN), aimed("stable", day("2024-01-01"), [])) == ((), ())
    assert aimed("testing", day("2010-01-01"), KNOWN) == ()


@pytest.mark.parametrize(
    ("distribution", "date", "suites"),
    [
        ("unstable", "2024-01-01", ("sid",)),
        ("experimental", "2024-01-01", ("experimental",)),
        ("bookworm-security", "2024-01-01", ("bookworm-security",)),
        ("bullseye-backports", "2024-01-01", ("bullseye-backports",)),
        ("stable-security", "2022-01-01", ("bullseye-security",)),
        ("stable-security", "2023-06-10", ("bookworm-security",)),
        ("stable", "2023-06-09", ("bullseye",)),
        ("oldstable-proposed-updates", "2025-12-01", ("bookworm-proposed-updates",)),
        ("oldoldstable", "2025-12-01", ("bullseye",)),
        ("proposed-updates", "2024-01-01", ("bookworm-proposed-updates",)),
        ("testing-proposed-updates", "2025-08-08", ("trixie-proposed-updates",)),
        ("frozen", "2025-08-09", ("forky",)),
        ("stable unstable", "2024-01-01", ("bookworm", "sid")),
        ("sid, unstable", "2024-01-01", ("sid",)),
    ],
)
def test_a_distribution_means_what_it_meant_on_its_day(distribution: str, date: str, suites: tuple[str, ...]) -> None:
    assert aimed(distribution, day(date), KNOWN) == suites


@pytest.mark.parametrize(
    ("suite", "since"),
    [
        ("trixie", "2025-08-09"),
        ("trixie-security", "2025-08-09"),
        ("trixie-proposed-updates", "2025-08-09"),
        ("trixie-backports", None),
        ("forky", None),
        ("sid", None),
        ("elts:trixie", None),
    ],
)
def test_a_release_s_own_suites_count_from_its_day_on(suite: str, since: str | None) -> None:
    assert starts(suite, KNOWN, day("2026-01-01")) == (day(since) if since else None)


def test_a_release_that_is_to_come_counts_all_sightings() -> None:
    assert starts("trixie", KNOWN, day("2025-08-08")) is None


def test_a_release_s_line_begins_with_the_kernel_it_was_released_with() -> None:
    before, after = day("2025-08-08"), day("2025-08-09")
    seen = [("trixie", before), ("sid", before), ("bookworm-backports", before)]
    assert lines_of("linux", seen, KNOWN, after) == {"sid", "bookworm-backports"}
    assert lines_of("linux", [("trixie", after)], KNOWN, after) == {"trixie"}
    assert lines_of("linux-6.12", [("bookworm-security", None), ("sid", None)], KNOWN, after) == {"sid-6.12"}
