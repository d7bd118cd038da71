# SPDX-License-Identifier: GPL-2.0-or-later
import io
import itertools
import struct

import pytest
from elftools.elf.elffile import ELFFile

from abidb.errors import BadFormat
from ingest.formats import elf as elf_module
from ingest.formats.elf import Elf, c_string
from tests.builders.elf import ABSOLUTE, UNDEFINED, Section, Symbol, make_elf

KINDS = list(itertools.product((32, 64), ("little", "big")))
SECTIONS = [Section(".text", b"\x90" * 5), Section(".modinfo", b"license=GPL\0"), Section(".bss", type=8, size=1 << 30)]
SYMBOLS = [Symbol("init_module", ".text", 3), Symbol("__crc_f", ABSOLUTE, 0xDEADBEEF), Symbol("kfree", UNDEFINED)]


def check_refuses(message, data, act=lambda elf: None):
    with pytest.raises(BadFormat) as raised:
        act(Elf(data))
    assert str(raised.value) == message


def patched(data, offset, format, value):
    changed = bytearray(data)
    struct.pack_into(format, changed, offset, value)
    return bytes(changed)


@pytest.mark.parametrize("data", [b"", b"MZ" * 100, b"\x7fELF\x02\x01\x01"])
def test_a_file_without_the_magic_is_refused(data):
    check_refuses("not an ELF file (offset 0)", data)


def test_a_word_size_that_does_not_exist_is_refused():
    check_refuses("ELF class 3 and byte order 1 are not known (offset 4)", patched(make_elf(), 4, "B", 3))


def test_a_header_that_is_cut_short_is_refused():
    check_refuses("ELF header is cut short (offset 50)", make_elf()[:50])


def test_section_headers_of_another_size_are_refused():
    check_refuses("section headers of 40 bytes, expected 64 (offset 16)", patched(make_elf(), 58, "<H", 40))


def test_a_section_table_outside_the_file_is_refused():
    check_refuses(
        "section table of 64 bytes reaches beyond the file's 208 (offset 1,000,000)",
        patched(make_elf(), 40, "<Q", 1_000_000),
    )


def test_more_sections_than_the_file_has_room_for_are_refused():
    check_refuses(
        "section table of 64,000 bytes reaches beyond the file's 208 (offset 80)", patched(make_elf(), 60, "<H", 1000)
    )


def test_names_in_a_section_that_does_not_exist_are_refused():
    check_refuses("section 7 is said to hold the sections' names, of 2 (offset 16)", patched(make_elf(), 62, "<H", 7))


def test_a_section_outside_the_file_is_refused_when_it_is_read():
    check_refuses(
        "section of 9,999 bytes reaches beyond the file's 288 (offset 64)",
        make_elf([Section(".text", b"x", size=9999)]),
        lambda elf: elf.read(".text"),
    )


def test_a_section_number_that_does_not_exist_is_refused():
    check_refuses("section 9 is referred to, of 2", make_elf(), lambda elf: elf.section_at(9))


def test_more_sections_than_any_file_has_are_refused():
    check_refuses(
        "section table of 65,537 sections, more than the 65,536 allowed (offset 80)",
        patched(make_elf(extended=True), 80 + 32, "<Q", 65537),
    )


def test_names_that_are_longer_than_any_files_are_refused(monkeypatch):
    monkeypatch.setattr(elf_module, "SECTION_NAMES_LIMIT", 10)
    check_refuses("section of 11 bytes is larger than the 10 allowed (offset 64)", make_elf())


@pytest.mark.parametrize(
    ("bound", "value", "what"),
    [("MOST_SYMBOLS", 1, "section of 96 bytes"), ("SYMBOL_NAMES_LIMIT", 9, "section of 27 bytes")],
)
def test_more_symbols_than_any_file_has_are_refused(monkeypatch, bound, value, what):
    monkeypatch.setattr(elf_module, bound, value)
    with pytest.raises(BadFormat, match=f"^{what} is larger than the (24|9) allowed"):
        Elf(make_elf(SECTIONS, SYMBOLS)).symbols()


def test_a_symbol_table_that_is_no_multiple_of_its_entries_is_refused():
    check_refuses(
        "symbol table of 25 bytes does not divide by 24 (offset 64)",
        make_elf([Section(".symtab", bytes(25), type=2)]),
        lambda elf: elf.symbols(),
    )


def test_far_symbols_without_a_fitting_table_of_their_sections_are_refused():
    symbol = struct.pack("<IBBHQQ", 0, 0, 0, 0xFFFF, 0, 0)
    check_refuses(
        "symbols refer to a table of section indexes that does not fit them (offset 64)",
        make_elf([Section(".symtab", symbol, type=2), Section(".far", bytes(8), type=18, link=1)]),
        lambda elf: elf.symbols(),
    )


@pytest.mark.parametrize(
    ("at", "message"),
    [
        (9, "name lies outside its table of 8 bytes (offset 9)"),
        (6, "name lies outside its table of 8 bytes (offset 6)"),
        (-1, "name lies outside its table of 8 bytes (offset -1)"),
        (4, "name is not UTF-8 (offset 4)"),
    ],
)
def test_a_string_that_is_not_in_its_table_is_refused(at, message):
    with pytest.raises(BadFormat) as raised:
        c_string(b"abc\0\xff\0de", at, "name")
    assert str(raised.value) == message


def test_a_file_without_a_section_table_has_no_sections():
    elf = Elf(patched(make_elf(SECTIONS), 40, "<Q", 0))
    assert (elf.sections, elf.section(".text"), elf.symbols()) == ([], None, None)


def test_sections_without_names_are_found_by_none():
    elf = Elf(patched(make_elf(SECTIONS), 62, "<H", 0))
    assert (len(elf.sections), elf.section(".text")) == (5, None)


@pytest.mark.parametrize(("bits", "byteorder"), KINDS)
def test_sections_are_found_by_their_whole_name(bits, byteorder):
    elf = Elf(make_elf([*SECTIONS, Section(".init.text", b"init")], bits=bits, byteorder=byteorder))
    names = (".text", ".init.text", ".modinfo", ".bss", "text", ".nothing")
    assert {name: None if (c := elf.read(name)) is None else bytes(c) for name in names} == {
        ".text": b"\x90" * 5,
        ".init.text": b"init",
        ".modinfo": b"license=GPL\0",
        ".bss": b"",
        "text": None,
        ".nothing": None,
    }


def test_of_sections_with_one_name_the_first_is_taken():
    assert bytes(Elf(make_elf([Section(".a", b"1"), Section(".a", b"2")])).read(".a")) == b"1"


@pytest.mark.parametrize("extended", [False, True])
@pytest.mark.parametrize(("bits", "byteorder"), KINDS)
def test_sections_are_what_pyelftools_reads(bits, byteorder, extended):
    data = make_elf(SECTIONS, SYMBOLS, bits=bits, byteorder=byteorder, extended=extended, type=3, machine=22)
    elf, other = Elf(data), ELFFile(io.BytesIO(data))
    assert (elf.machine, elf.type, [(elf.name(s), s.offset, s.size, s.link) for s in elf.sections]) == (
        22,
        3,
        [(s.name, s["sh_offset"], s["sh_size"], s["sh_link"]) for s in other.iter_sections()],
    )


@pytest.mark.parametrize("extended", [False, True])
@pytest.mark.parametrize(("bits", "byteorder"), KINDS)
def test_symbols_are_what_pyelftools_reads(bits, byteorder, extended):
    data = make_elf(SECTIONS, SYMBOLS, bits=bits, byteorder=byteorder, extended=extended)
    other = ELFFile(io.BytesIO(data))
    far = other.get_section_by_name(".symtab_shndx")
    numbers = {"SHN_UNDEF": 0, "SHN_ABS": 0xFFF1}
    expected = []
    for index, symbol in enumerate(other.get_section_by_name(".symtab").iter_symbols()):
        section = numbers.get(symbol["st_shndx"], symbol["st_shndx"])
        section = far.get_section_index(index) if section == 0xFFFF else section
        expected.append((symbol.name, section, symbol["st_value"]))
    table, sections, strings = Elf(data).symbols()
    names = [c_string(strings, name, "name") for name in table["name"].tolist()]
    assert list(zip(names, sections.tolist(), table["value"].tolist(), strict=True)) == expected
