# SPDX-License-Identifier: GPL-2.0-or-later
import pytest

from abidb import symvers as lines
from abidb.errors import BadFormat
from abidb.records import Export
from ingest.formats import symvers

OTHER = "line of Module.symvers has other columns than CRC, symbol, module, type, namespace"
GOOD = b"0x4c9d28b0\tphys_base\tvmlinux\tEXPORT_SYMBOL\t\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (GOOD + b"0x1", "Module.symvers ends inside a line (offset 47)"),
        (GOOD + b"one two\n", f"{OTHER} (offset 44)"),
        (GOOD + b"\n", f"{OTHER} (offset 44)"),
        *((line, f"{OTHER} (offset 0)")
          for line in (
            GOOD.replace(b"0x4c9d28b0", b"4c9d28b0"),
            *(GOOD.replace(b"phys_base", bad) for bad in (b"", b"a b", b"\xff", b"\x1b[31m", b"a\0", b"1a", b"x" * 513)),
            *(GOOD.replace(b"vmlinux", bad) for bad in (b"", b"a b", b"\xff", b"\x1b[31m", b"x" * 1024)),
            *(GOOD.replace(b"EXPORT_SYMBOL", bad) for bad in (b"", b"vmlinux", b"EXPORT_SYMBOL_NEW")),
            *(GOOD.replace(b"\n", bad + b"\n") for bad in (b"a b", b"\xff", b"\x1b[31m", b"\r", b"x" * 2048)),
            GOOD.replace(b"\n", b"\tmore\n"),
        )),
    ],
)  # fmt: skip
def test_a_line_that_modpost_would_not_write_is_refused(text, message):
    with pytest.raises(BadFormat) as raised:
        symvers.read(text)
    assert str(raised.value) == message


def test_an_empty_file_has_no_exports():
    assert symvers.read(b"") == ()


def test_a_crc_of_zero_is_unknown():
    assert symvers.read(b"0x00000000\tf\tvmlinux\tEXPORT_SYMBOL\t\n")[0].crc is None


def test_files_from_before_namespaces_have_none():
    assert symvers.read(b"0x00000001\tf\tvmlinux\tEXPORT_SYMBOL\n") == (Export("f", "vmlinux", 1, "EXPORT_SYMBOL", ""),)


@pytest.mark.parametrize("namespace", ["", "USB_STORAGE"])
def test_files_of_5_4_have_the_namespace_third(namespace):
    line = f"0x00000001\tf\t{namespace}\tdrivers/usb/storage/usb-storage\tEXPORT_SYMBOL_GPL\n".encode()
    assert symvers.read(line) == (Export("f", "drivers/usb/storage/usb-storage", 1, "EXPORT_SYMBOL_GPL", namespace),)


def test_export_types_that_ended_with_5_11_or_that_modpost_did_not_know_are_read():
    kinds = ("EXPORT_UNUSED_SYMBOL", "EXPORT_UNUSED_SYMBOL_GPL", "EXPORT_SYMBOL_GPL_FUTURE", "(unknown)")
    text = "".join(f"0x00000001\tf\tvmlinux\t{kind}\n" for kind in kinds).encode()
    assert tuple(export.kind for export in symvers.read(text)) == kinds


def test_what_is_the_same_in_another_writing_is_no_difference():
    exports = (Export("f", "vmlinux", 1, "EXPORT_SYMBOL", ""), Export("g", "a/b", None, "EXPORT_SYMBOL_GPL", "NS"))
    for text in (b"0x00000001\tf\tvmlinux\tEXPORT_SYMBOL\n0x00000000\tg\ta/b\tEXPORT_SYMBOL_GPL\tNS\n",
                 b"0x00000000\tg\tNS\ta/b\tEXPORT_SYMBOL_GPL\n0x00000001\tf\t\tvmlinux\tEXPORT_SYMBOL\n"):  # fmt: skip
        assert symvers.differences(exports, text.splitlines(keepends=True)) == (set(), set())


def test_differences_are_what_each_side_has_alone():
    same, ours, theirs = (Export("f", "vmlinux", crc, "EXPORT_SYMBOL", "") for crc in (1, 2, 3))
    found = symvers.differences([same, ours], lines.lines([same, theirs]).splitlines(keepends=True))
    assert found == ({ours}, {theirs})


def test_names_may_be_as_long_as_an_index_holds():
    (export,) = symvers.read(b"0x00000001\t%b\t%b\tEXPORT_SYMBOL\t%b\n" % (b"x" * 512, b"m" * 1023, b"N" * 2047))
    assert (len(export.symbol), len(export.module), len(export.namespace)) == (512, 1023, 2047)


def test_lines_are_read_as_they_are_written():
    exports = (
        Export("phys_base", "vmlinux", 0x4C9D28B0, "EXPORT_SYMBOL", ""),
        Export("kvm_lock", "arch/x86/kvm/kvm", None, "EXPORT_SYMBOL_GPL", "module:kvm-intel,kvm-amd"),
    )
    assert symvers.read(lines.lines(exports)) == exports
