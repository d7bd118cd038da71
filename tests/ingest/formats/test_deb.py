# SPDX-License-Identifier: GPL-2.0-or-later
import io
import lzma
import tracemalloc

import pytest

from abidb.errors import BadFormat
from ingest.formats import deb
from tests.builders.compress import compress
from tests.builders.deb import SUFFIXES, make_ar, make_deb, make_tar

CONTROL = {"Package": "linux-image-x", "Version": "6.1.192-2", "Architecture": "amd64"}
FILES = {"./boot/vmlinuz-x": b"MZ" * 1000, "./usr/share/doc/copyright": b"GPL-2", "./lib/modules/x/a.ko": b"\x7fELF"}


def read(data, wanted=lambda path: True):
    return list(deb.files(io.BytesIO(data), wanted))


def check_refuses(message, data, act=read):
    with pytest.raises(BadFormat) as raised:
        act(data)
    assert str(raised.value) == message


def control(data):
    return deb.control(io.BytesIO(data))


def with_control(text, path="./control"):
    packed = compress("gzip", make_tar({path: text}))
    return make_ar([("debian-binary", b"2.0\n"), ("control.tar.gz", packed), ("data.tar", make_tar({}))])


def test_an_archive_without_the_members_of_a_deb_is_refused():
    check_refuses("not a deb: it has no member debian-binary", make_ar([]))
    check_refuses("not a deb: it has no member control", make_ar([("debian-binary", b"2.0\n")]))
    check_refuses("not a deb: it has no member data", make_ar([("debian-binary", b"2.0\n"), ("control.tar.xz", b"")]))


def test_an_archive_with_two_data_members_is_refused():
    names = ("debian-binary", "control.tar", "data.tar", "data.tar.xz")
    check_refuses("not a deb: it has 2 members data", make_ar([(name, b"2.0\n") for name in names]))


def test_a_deb_of_another_format_is_refused():
    check_refuses(
        "not a deb of format 2 (offset 68)",
        make_ar([("debian-binary", b"3.0\n"), ("control.tar.xz", b""), ("data.tar.xz", b"")]),
    )


def test_a_truncated_deb_is_refused_before_anything_is_unpacked():
    whole = make_deb(CONTROL, FILES)
    check_refuses(
        f"member data.tar.xz is said to hold 252 bytes; 152 are left (offset {len(whole) - 312})", whole[:-100]
    )


def test_a_compression_that_debs_do_not_have_is_refused():
    broken = make_ar([("debian-binary", b"2.0\n"), ("control.tar.lzo", b""), ("data.tar.lzo", b"")])
    check_refuses("data.tar.lzo: compression .lzo is not known (offset 192)", broken)


def test_what_is_wrong_in_a_member_is_told_with_its_name():
    check_refuses("data.tar.xz: archive is cut short", make_deb(CONTROL, FILES, data=compress("xz", bytes(9))[:-9]))
    check_refuses(
        "data.tar.xz: a: archive ends inside a file of 5 bytes (offset 0)",
        make_deb(CONTROL, {}, data=compress("xz", make_tar({"./a": b"12345"})[:600])),
    )


def test_a_checksum_that_is_wrong_at_the_very_end_is_refused():
    packed = bytearray(compress("xz", make_tar({"./a": b"content"})))
    packed[-40] ^= 1
    with pytest.raises(BadFormat, match=r"^data\.tar\.xz: archive is not valid xz"):
        read(make_deb(CONTROL, {}, data=bytes(packed)))


def test_a_bomb_ends_at_the_limit_and_needs_little_memory(monkeypatch):
    monkeypatch.setattr(deb, "DATA_LIMIT", 64 << 20)
    packer = lzma.LZMACompressor()
    header = make_tar({"./bomb": b""})[:512]
    size = b"%011o\0" % (1 << 32)
    header = header[:124] + size + header[136:148] + b" " * 8 + header[156:]
    header = header[:148] + b"%06o\0 " % sum(header) + header[156:]
    bomb = packer.compress(header) + b"".join(packer.compress(bytes(1 << 20)) for _ in range(65)) + packer.flush()
    data = make_deb(CONTROL, {}, data=bomb)
    tracemalloc.start()
    check_refuses(
        "data.tar.xz: archive holds more than the 67,108,864 bytes that are allowed",
        data,
        lambda data: read(data, lambda path: False),
    )
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 16 << 20  # xz's dictionary is 8 MiB of it


def test_a_deb_without_a_control_file_is_refused():
    check_refuses("control.tar.gz: there is no control file", with_control(b"", path="./md5sums"), control)


@pytest.mark.parametrize("text", [b"no colon\n", b" starts with a blank\n", b"Package: \xff\n", b"Package: \0\n"])
def test_a_control_file_without_fields_is_refused(text):
    check_refuses("control.tar.gz: control: control file is not made of fields", with_control(text), control)


def test_the_control_file_is_read_field_by_field():
    text = b"Package: linux-image-x\nSource: linux (6.1)\nDescription: Linux\n The kernel\n .\n and modules\nTag:\n"
    assert control(with_control(text)) == {
        "Package": "linux-image-x",
        "Source": "linux (6.1)",
        "Description": "Linux\nThe kernel\n.\nand modules",
        "Tag": "",
    }


@pytest.mark.parametrize("compression", SUFFIXES)
def test_files_come_in_order_from_every_compression(compression):
    data = make_deb(CONTROL, FILES, compression=compression)
    assert (control(data), read(data, lambda path: not path.startswith("usr/share"))) == (
        CONTROL,
        [("boot/vmlinuz-x", b"MZ" * 1000), ("lib/modules/x/a.ko", b"\x7fELF")],
    )


@pytest.mark.parametrize("compression", SUFFIXES)
def test_the_control_file_is_read_from_every_compression(compression):
    text = make_tar({"./control": b"Package: linux-image-2.6.32-5-amd64\n"})
    control = (f"control.tar{SUFFIXES[compression]}", compress(compression, text) if compression else text)
    data = make_ar([("debian-binary", b"2.0\n"), control, ("data.tar.lzma", b"")])
    assert deb.control(io.BytesIO(data)) == {"Package": "linux-image-2.6.32-5-amd64"}
