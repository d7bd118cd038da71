# SPDX-License-Identifier: GPL-2.0-or-later
import io

import pytest

from abidb.errors import BadFormat
from ingest.formats.ar import Member, MemberSource, members
from tests.builders.deb import make_ar

ARCHIVE = make_ar([("debian-binary", b"2.0\n"), ("odd", b"abc"), ("last/", b"")])


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "not an ar archive (offset 0)"),
        (b"!<thin>\n", "not an ar archive (offset 0)"),
        (ARCHIVE + b"x" * 59, "not a header of an ar member (offset 196)"),
        (ARCHIVE + b"x" * 60, "not a header of an ar member (offset 196)"),
        (ARCHIVE.replace(b"3         `", b"-3        `"), "not a header of an ar member (offset 72)"),
        (make_ar([("data", b"1234")])[:-1], "member data is said to hold 4 bytes; 3 are left (offset 8)"),
        (make_ar([("data", b"1")], {"data": 9**9}), "member data is said to hold 387,420,489 bytes; 2 are left (offset 8)"),
    ],
)  # fmt: skip
def test_an_archive_that_is_none_or_lies_is_refused(data, message):
    with pytest.raises(BadFormat) as raised:
        list(members(io.BytesIO(data)))
    assert str(raised.value) == message


def test_members_come_in_order_with_their_places():
    assert list(members(io.BytesIO(ARCHIVE))) == [
        Member("debian-binary", 68, 4, 0),
        Member("odd", 132, 3, 0),
        Member("last", 196, 0, 0),
    ]


def test_a_source_reads_its_member_and_no_more():
    source = MemberSource(io.BytesIO(ARCHIVE), Member("odd", 132, 3, 0))
    assert [source.read(2), source.read(2), source.read(2)] == [b"ab", b"c", b""]
