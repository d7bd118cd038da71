# SPDX-License-Identifier: GPL-2.0-or-later
import tarfile

import pytest

from abidb.errors import BadFormat
from ingest.formats.tar import files
from tests.builders.deb import make_entry, make_tar

LONG = "usr/lib/modules/" + "long/" * 60 + "name.ko"


def read(archive, wanted=lambda path: True, limit=1 << 20, piece=1000):
    pieces = (archive[at : at + piece] for at in range(0, len(archive), piece))
    return list(files(pieces, wanted, limit=limit))


def rewritten(archive, at, field):
    """`archive` with other bytes in its first header, and the checksum that belongs to them."""
    block = bytearray(archive[:512])
    block[at : at + len(field)] = field
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\0 " % sum(block)
    return bytes(block) + archive[512:]


ONE = make_tar({"./a": b"content"})
LONG_LIE = make_tar([make_entry("././@LongLink", b"x" * 70_000, type=b"L")])
PAX_LIES = [b"99 path=a\n", b"x path=a\n", b"5 path\n", b"10 path=ab"]
PAX_SIZES = [b"13 size=-700\n", b"31 size=" + b"9" * 22 + b"\n"]


def test_a_path_that_no_file_can_have_is_refused():
    with pytest.raises(BadFormat) as raised:
        read(make_tar([make_entry("p", b"12 path=a\0b\n", type=b"x"), make_entry("a")]))
    assert str(raised.value) == r"path 'a\x00b' cannot be one (offset 1,024)"


@pytest.mark.parametrize(
    ("path", "shown"),
    [("a\nb", r"a\nb"), ("\x1b[31m", r"\x1b[31m"), ("a\u202eb", r"a\u202eb"), ("a/" * 9999, "a/" * 2048)],
)
def test_a_path_that_a_terminal_would_not_show_as_it_is_is_refused(path, shown):
    with pytest.raises(BadFormat) as raised:
        read(make_tar([make_entry(path)]))
    assert str(raised.value).startswith(f"path '{shown}' cannot be one (offset ")


@pytest.mark.parametrize("path", ["/etc/passwd", "../a", "./usr/../../a", "a/.."])
def test_a_path_that_leads_out_of_the_archive_is_refused(path):
    with pytest.raises(BadFormat) as raised:
        read(make_tar({path: b"x"}), wanted=lambda path: False)
    assert str(raised.value) == f"path {path!r} leads out of the archive (offset 0)"


@pytest.mark.parametrize(
    ("archive", "message"),
    [
        (b"", "archive ends without its end mark (offset 0)"),
        (ONE[:300], "archive ends without its end mark (offset 0)"),
        (ONE[:1024], "archive ends without its end mark (offset 1,024)"),
        (ONE[:600], "a: archive ends inside a file of 7 bytes (offset 0)"),
        (ONE[:514], "a: archive ends inside a file of 7 bytes (offset 0)"),
        (b"b" + ONE[1:], "checksum of a tar header does not fit (offset 0)"),
        (rewritten(ONE, 124, b"9"), "number in a tar header is not octal (offset 0)"),
        (rewritten(ONE, 124, b"\x80" + bytes(7) + b"\x7f\0\0\0"),
         "a: file of 2,130,706,432 bytes is larger than the 1,048,576 that are allowed (offset 0)"),
        (make_tar([make_entry("a", b"x" * 5000, size=1000), make_entry("b", b"y")]),
         "number in a tar header is not octal (offset 1,536)"),
        (make_tar([make_entry("a", b"x", size=60_000), make_entry("b", b"y")]),
         "a: archive ends inside a file of 60,000 bytes (offset 0)"),
        (LONG_LIE, "tar header of type b'L' is 70,000 bytes long (offset 0)"),
        (make_tar({LONG: b"x"})[:700], "archive ends inside a header (offset 0)"),
        *((make_tar([make_entry("p", pax, type=b"x")]), "pax header is not made of records (offset 0)")
          for pax in PAX_LIES),
        *((make_tar([make_entry("p", pax, type=b"x")]), "size in a pax header is no number (offset 0)")
          for pax in PAX_SIZES),
    ],
)  # fmt: skip
def test_an_archive_that_is_cut_short_or_lies_is_refused(archive, message):
    with pytest.raises(BadFormat) as raised:
        read(archive)
    assert str(raised.value) == message


def test_a_file_that_is_passed_over_must_be_whole_as_well():
    with pytest.raises(BadFormat, match="a: archive ends inside a file of 7 bytes"):
        read(ONE[:600], wanted=lambda path: False)


def test_a_file_larger_than_allowed_is_refused_only_where_it_is_wanted():
    archive = make_tar({"big": bytes(2000), "small": b"s"})
    assert read(archive, wanted=lambda path: path == "small", limit=1999) == [("small", b"s")]
    with pytest.raises(BadFormat) as raised:
        read(archive, limit=1999)
    assert str(raised.value) == "big: file of 2,000 bytes is larger than the 1,999 that are allowed (offset 0)"


def test_links_and_devices_and_folders_are_passed_over():
    entries = [make_entry("file", b"content", type=b"7")]
    entries += [make_entry(f"type-{n}", type=str(n).encode(), linkname="file", size=4711) for n in range(1, 7)]
    entries += [make_entry("future", b"unknown type with content", type=b"Z"), make_entry("last", b"!")]
    assert read(make_tar(entries)) == [("file", b"content"), ("last", b"!")]


def test_paths_that_are_not_utf_8_have_a_mark_for_what_is_not():
    assert read(make_tar([make_entry("usr/\udcff", b"1")])) == [("usr/\N{REPLACEMENT CHARACTER}", b"1")]


def test_paths_lose_what_does_not_count():
    archive = make_tar({"./a": b"1", "b//c/./d": b"2", "e..f/...": b"3"})
    assert read(archive) == [("a", b"1"), ("b/c/d", b"2"), ("e..f/...", b"3")]


@pytest.mark.parametrize("format", [tarfile.GNU_FORMAT, tarfile.PAX_FORMAT, tarfile.USTAR_FORMAT])
def test_long_paths_are_read_in_every_format(format):
    path = LONG if format != tarfile.USTAR_FORMAT else LONG[-200:]
    assert read(make_tar({f"./{path}": b"1", "./b": b"2"}, format)) == [(path, b"1"), ("b", b"2")]


def test_long_targets_of_links_and_comments_are_passed_over():
    entries = [
        make_entry("g", b"22 comment=some words\n", type=b"g"),
        make_entry("link", type=b"2", linkname=LONG),
        make_entry("x", b"10 mtime=\n10 size=3\n", type=b"x"),
        make_entry("a", b"abc", size=0),
    ]
    assert read(make_tar(entries)) == [("a", b"abc")]


@pytest.mark.parametrize("piece", [1, 511, 512, 4096, 1 << 20])
def test_contents_do_not_depend_on_how_the_stream_is_cut(piece):
    contents = {f"f{size}": bytes(range(256)) * (size // 256) + bytes(size % 256) for size in (0, 1, 511, 512, 9000)}
    assert dict(read(make_tar(contents), piece=piece)) == contents


def test_the_stream_is_read_to_its_end():
    left = iter([ONE, b"sums of the decompressor", b"stand here"])
    assert (list(files(left, lambda path: True, limit=9)), list(left)) == ([("a", b"content")], [])
