# SPDX-License-Identifier: GPL-2.0-or-later
import datetime as dt

import pytest

from abidb.channels import Channel, channels
from abidb.lifecycle import DebianRelease

RELEASES = [
    DebianRelease("bookworm", "12", dt.date(2021, 8, 14), dt.date(2023, 6, 10), None, None),
    DebianRelease("forky", "14", dt.date(2025, 8, 9), None, None, None),
    DebianRelease("sid", "", dt.date(1993, 8, 16), None, None, None),
]
BEFORE, AFTER = (dt.datetime(year, 1, 1, tzinfo=dt.UTC) for year in (2023, 2024))


@pytest.mark.parametrize(
    ("aimed", "seen", "date"),
    [
        ((), (), AFTER),
        (("woody-security",), ("woody",), AFTER),
        (("bookworm-somewhere",), (), AFTER),
    ],
)
def test_what_is_not_known_is_not_told(aimed, seen, date) -> None:
    assert channels(aimed, seen, date, RELEASES) == ()


@pytest.mark.parametrize(
    ("aimed", "seen", "date", "found"),
    [
        (("bookworm-security",), (), None, [Channel.SECURITY]),
        ((), ("bookworm/updates",), None, [Channel.SECURITY]),
        (("bookworm-backports-sloppy",), (), AFTER, [Channel.BACKPORTS]),
        (("bookworm",), (), AFTER, [Channel.PROPOSED]),
        (("bookworm",), ("bookworm-proposed-updates",), AFTER, [Channel.PROPOSED]),
        (("bookworm",), ("bookworm-proposed-updates", "bookworm"), AFTER, [Channel.POINT]),
        (("bookworm-security",), ("bookworm",), AFTER, [Channel.SECURITY, Channel.POINT]),
        ((), ("bookworm-updates",), AFTER, [Channel.UPDATES]),
        (("sid",), ("bookworm",), BEFORE, [Channel.RELEASE]),
        ((), ("bookworm",), None, [Channel.IN_RELEASE]),
        (("sid",), ("forky",), AFTER, [Channel.ROLLING]),
    ],
)
def test_the_way_follows_from_where_an_upload_was_aimed_and_seen(aimed, seen, date, found) -> None:
    assert list(channels(aimed, seen, date, RELEASES)) == found
