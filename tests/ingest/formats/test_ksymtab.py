# SPDX-License-Identifier: GPL-2.0-or-later
import itertools
import struct
from dataclasses import replace

import pytest

from abidb.errors import BadFormat
from ingest.formats import ksymtab
from ingest.formats.elf import Elf
from tests.builders.elf import Section, make_elf
from tests.builders.records import make_export
from tests.builders.vmlinux import make_vmlinux

SHAPES = list(itertools.product((32, 64), (True, False), (True, False)))
EXPORTS = (
    make_export("kfree", crc=0x92997ED8),
    make_export("memcpy", crc=0x8EB0D2A9, namespace="BOOT"),
    make_export("cpu_bit_bitmap", crc=0x20978FB9, kind="EXPORT_SYMBOL_GPL"),
    make_export("free", crc=0xFFFFFFFF, kind="EXPORT_SYMBOL_GPL", namespace="module:kvm,kvm-amd"),
)
STRINGS = Section("__ksymtab_strings", b"kfree\0", address=0x2000)


def entry(value=0, name=0x2000, namespace=0):
    return Section("__ksymtab", struct.pack("<QQQ", value, name, namespace), address=0x1000)


def check_reads(expected, data):
    assert ksymtab.exports(Elf(data)) == tuple(expected)


def check_refuses(message, *sections):
    with pytest.raises(BadFormat) as raised:
        ksymtab.exports(Elf(make_elf(sections)))
    assert str(raised.value) == message


def test_exports_without_strings_are_refused():
    check_refuses("vmlinux has exports, but no section __ksymtab_strings (offset 64)", entry())


@pytest.mark.parametrize("table", [entry(name=0x1FFF), entry(name=0x2006), entry(namespace=0x3000)])
def test_a_string_outside_its_section_is_refused(table):
    check_refuses("vmlinux has exports whose names are not in __ksymtab_strings (offset 64)", table, STRINGS)


def test_a_table_that_no_entry_divides_is_refused():
    check_refuses(
        "vmlinux has exports whose names are not in __ksymtab_strings (offset 64)",
        Section("__ksymtab", b"5 123"),
        STRINGS,
    )


@pytest.mark.parametrize("text", [b"\0", b"9p\0", b"k free\0", b"kfree", b"k\xff\0", b"k" * 5000 + b"\0"])
def test_a_name_that_no_symbol_can_have_is_refused(text):
    strings = replace(STRINGS, content=text)
    check_refuses("name of an export is no text that can be one (offset 0)", entry(), strings)


def test_a_namespace_that_is_no_text_is_refused():
    strings = replace(STRINGS, content=b"kfree\0two words\0")
    check_refuses("namespace of an export is no text that can be one (offset 6)", entry(namespace=0x2006), strings)


def test_more_entries_than_any_kernel_has_are_refused():
    table = replace(entry(), content=bytes(24 * (1 << 18) + 24))
    check_refuses("__ksymtab has 262,145 entries (offset 64)", table, STRINGS)


def test_names_that_all_end_the_same_long_one_are_refused():
    table = replace(entry(), content=entry().content * 20000)
    strings = replace(STRINGS, content=b"k" * 500 + b"\0")
    check_refuses("each name of an export is the end of another, 8,388,608 bytes in all (offset 0)", table, strings)


def test_more_crcs_than_exports_are_refused():
    crcs = Section("__kcrctab", bytes(12))
    check_refuses("__kcrctab has 12 bytes for 1 exports (offset 96)", entry(), STRINGS, crcs)


def test_fewer_flags_than_exports_are_refused():
    check_refuses("__kflagstab has 0 bytes for 1 exports", entry(), STRINGS, Section("__kflagstab"))


def test_a_section_that_reaches_beyond_the_file_is_refused():
    table = replace(entry(), size=1 << 40)
    check_refuses("section of 1,099,511,627,776 bytes reaches beyond the file's 392 (offset 64)", table, STRINGS)


def test_a_file_without_tables_has_no_exports():
    check_reads([], make_elf([Section(".text", b"\x90")]))


@pytest.mark.parametrize(("bits", "little_endian", "relative"), SHAPES)
def test_every_kernel_that_has_namespaces_is_read(bits, little_endian, relative):
    data = make_vmlinux(EXPORTS, bits=bits, little_endian=little_endian, relative=relative)
    check_reads(EXPORTS, data)


@pytest.mark.parametrize(("bits", "little_endian", "relative"), SHAPES)
def test_a_namespace_of_zero_means_none(bits, little_endian, relative):
    data = make_vmlinux(EXPORTS, bits=bits, little_endian=little_endian, relative=relative, namespaces="zero")
    check_reads(EXPORTS, data)


@pytest.mark.parametrize(("bits", "little_endian", "relative"), SHAPES)
def test_entries_of_two_words_have_no_namespace(bits, little_endian, relative):
    data = make_vmlinux(EXPORTS, bits=bits, little_endian=little_endian, relative=relative, namespaces=False)
    check_reads([replace(export, namespace="") for export in EXPORTS], data)


def test_without_crcs_they_are_unknown():
    check_reads([replace(export, crc=None) for export in EXPORTS], make_vmlinux(EXPORTS, crcs=False))


def test_a_single_crc_of_zero_is_unknown():
    exports = (make_export("known", crc=7), make_export("unknown", crc=None))
    check_reads(exports, make_vmlinux(exports))


@pytest.mark.parametrize("bits", [32, 64])
def test_crcs_may_be_longs(bits):
    check_reads(EXPORTS, make_vmlinux(EXPORTS, bits=bits, relative=False, crcs="long"))


def test_crcs_that_are_no_distances_are_taken_as_they_are():
    exports = tuple(make_export(f"s{i:02}", crc=0x9E3779B9 * i % (1 << 32)) for i in range(1, 20))
    check_reads(exports, make_vmlinux(exports))


@pytest.mark.parametrize(("bits", "little_endian", "relative"), SHAPES)
def test_crcs_may_be_distances_to_where_they_are(bits, little_endian, relative):
    exports = tuple(make_export(f"s{i:02}", crc=0x9E3779B9 * i % (1 << 32)) for i in range(1, 20))
    data = make_vmlinux(exports, bits=bits, little_endian=little_endian, relative=relative, crcs="distance")
    check_reads(exports, data)


@pytest.mark.parametrize("crcs", [True, False])
def test_flags_say_the_type_where_there_is_one_table(crcs):
    exports = [replace(export, crc=export.crc if crcs else None) for export in EXPORTS]
    check_reads(sorted(exports, key=lambda export: export.symbol), make_vmlinux(exports, crcs=crcs, flags=True))


def test_the_sections_until_v5_11_are_types_of_their_own():
    kinds = [
        "EXPORT_SYMBOL",
        "EXPORT_SYMBOL_GPL",
        "EXPORT_UNUSED_SYMBOL",
        "EXPORT_UNUSED_SYMBOL_GPL",
        "EXPORT_SYMBOL_GPL_FUTURE",
    ]
    exports = [make_export(f"of_kind_{number}", kind=kind) for number, kind in enumerate(kinds)]
    check_reads(exports, make_vmlinux(exports))


def test_a_name_that_ends_another_is_read_from_inside_it():
    exports = [make_export("__x86_return_thunk"), make_export("thunk")]
    check_reads(exports, make_vmlinux(exports))


def test_an_exact_repeat_counts_once():
    check_reads([EXPORTS[0]], make_vmlinux([EXPORTS[0], EXPORTS[0]]))


def test_a_name_with_another_crc_is_kept():
    exports = [make_export("memcpy", crc=1), make_export("memcpy", crc=2)]
    check_reads(exports, make_vmlinux(exports))


def test_names_may_be_in_any_order():
    exports = [make_export(name) for name in ("zap", "alloc", "map", "free")]
    check_reads(exports, make_vmlinux(exports, namespaces=False, crcs="long", relative=False, in_order=False))
