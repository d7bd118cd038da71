# SPDX-License-Identifier: GPL-2.0-or-later
import io
import struct

import pytest

from abidb.errors import BadFormat
from ingest.formats.compress import MAGICS, compression, decompress, decompress_if_compressed, stream
from tests.builders.compress import compress, make_lz4, make_lzop

NAMES = [name for name, _ in MAGICS]
STREAMED = ["gzip", "xz", "zstd", "bzip2", "lzma"]
PLAIN = b"".join(struct.pack("<I", n * n % 65537) for n in range(20_000)) + bytes(220_000)


def check_refuses(message, act):
    with pytest.raises(BadFormat) as raised:
        act()
    assert str(raised.value) == message


def pieces(name, data, limit):
    return b"".join(stream(name, io.BytesIO(data), limit=limit, what="data"))


def test_bytes_without_a_known_magic_are_refused():
    check_refuses(
        "payload has the magic of no known compression (offset 0)",
        lambda: decompress(b"plain", limit=10, what="payload"),
    )


@pytest.mark.parametrize("name", NAMES)
def test_more_than_the_limit_is_refused(name):
    check_refuses(
        "payload holds more than the 299,999 bytes that are allowed",
        lambda: decompress(compress(name, PLAIN), limit=299_999, what="payload"),
    )


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("trailing", [False, True])
def test_a_stream_that_is_cut_short_is_refused(name, trailing):
    packed = compress(name, PLAIN)
    for length in (len(packed) // 3, len(packed) - 3):
        with pytest.raises(BadFormat, match=r"payload is (cut short|not valid lzop)"):
            decompress(packed[:length], limit=len(PLAIN), what="payload", trailing=trailing)


@pytest.mark.parametrize("name", NAMES)
def test_a_stream_with_wrong_bytes_in_it_is_refused(name):
    packed = bytearray(compress(name, PLAIN))
    packed[100:140] = b"\xff" * 40
    with pytest.raises(BadFormat):
        decompress(packed, limit=len(PLAIN))


@pytest.mark.parametrize("name", NAMES)
def test_bytes_after_the_stream_are_refused(name):
    packed = compress(name, PLAIN)
    check_refuses(
        f"stream is followed by 5 bytes that do not belong to it (offset {len(packed):,})",
        lambda: decompress(packed + b"\xff\xff\xff\xffx", limit=len(PLAIN)),
    )


def test_lzop_blocks_larger_than_the_kernels_are_refused():
    huge = make_lzop(b"").removesuffix(bytes(4)) + struct.pack(">II", 300_000, 9)
    check_refuses(
        "stream has an lzop block of 300,000 bytes out of 9 (offset 38)", lambda: decompress(huge, limit=1 << 20)
    )


def test_lzop_blocks_that_unpack_to_another_size_are_refused():
    lying = make_lzop(bytes(5000), flags=0).replace(struct.pack(">I", 5000), struct.pack(">I", 5001))
    check_refuses(
        "stream has an lzop block that does not unpack to its 5,001 bytes (offset 46)",
        lambda: decompress(lying, limit=1 << 20),
    )


@pytest.mark.parametrize("name", NAMES)
def test_every_compression_is_read_whole(name):
    packed = compress(name, PLAIN)
    assert (compression(packed), decompress(packed, limit=len(PLAIN))) == (name, PLAIN)


@pytest.mark.parametrize("name", NAMES)
def test_the_size_that_the_kernel_appends_is_passed_over(name):
    packed = compress(name, PLAIN) + struct.pack("<I", len(PLAIN))
    assert decompress(memoryview(packed), limit=len(PLAIN), trailing=True) == PLAIN


def test_lz4_of_several_blocks_ends_at_the_size_that_the_kernel_appends():
    plain = bytes(8 << 20) + PLAIN + bytes((8 << 20) - len(PLAIN))  # the last block is a full one too
    packed = make_lz4(plain) + struct.pack("<I", len(plain))
    assert decompress(packed, limit=len(plain), trailing=True) == plain


def test_lz4_ends_before_a_word_that_can_be_no_size():
    plain = bytes(8 << 20)
    assert decompress(make_lz4(plain) + b"\xff" * 40, limit=len(plain), trailing=True) == plain


@pytest.mark.parametrize("flags", [0, 0x301 | 2, 0x841])
@pytest.mark.parametrize("version", [0x0900, 0x1040])
def test_lzop_headers_of_every_kind_are_passed_over(flags, version):
    packed = make_lzop(PLAIN, version=version, flags=flags, name=b"vmlinux.bin", extra=b"extra")
    assert decompress(packed, limit=len(PLAIN)) == PLAIN


def test_plain_bytes_pass_where_that_is_asked_for():
    assert [decompress_if_compressed(data, limit=9) for data in (b"plain", compress("xz", b"packed"))] == [
        b"plain",
        b"packed",
    ]


def test_a_compression_that_is_not_read_piece_by_piece_is_refused():
    check_refuses(
        "data is compressed by lz4, which is not read as a stream", lambda: pieces("lz4", make_lz4(PLAIN), 10)
    )


@pytest.mark.parametrize("name", STREAMED)
def test_a_long_stream_stops_at_its_limit(name):
    packed = compress(name, bytes(5 << 20))
    got = []
    with pytest.raises(BadFormat, match="data holds more than the 1,000,000 bytes that are allowed"):
        for piece in stream(name, io.BytesIO(packed), limit=1_000_000, what="data"):
            got.append(len(piece))
    assert sum(got) <= 1_000_000


@pytest.mark.parametrize("name", STREAMED)
def test_a_source_that_ends_inside_a_stream_is_refused(name):
    check_refuses("data is cut short", lambda: pieces(name, compress(name, PLAIN)[:-1], 1 << 30))


@pytest.mark.parametrize("name", STREAMED)
def test_a_source_with_wrong_bytes_is_refused(name):
    packed = bytearray(compress(name, PLAIN))
    packed[100:140] = b"\xff" * 40
    with pytest.raises(BadFormat, match=f"data is not valid {name}"):
        pieces(name, bytes(packed), 1 << 30)


@pytest.mark.parametrize("name", STREAMED)
def test_streams_that_follow_one_another_are_read_as_one(name):
    packed = compress(name, PLAIN)
    assert pieces(name, packed + packed, 2 * len(PLAIN)) == PLAIN + PLAIN


def test_a_plain_source_is_read_as_it_is():
    assert pieces(None, PLAIN, len(PLAIN)) == PLAIN
