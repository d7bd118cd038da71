# SPDX-License-Identifier: GPL-2.0-or-later
import itertools
import struct
from pathlib import Path

import pytest

from abidb.errors import BadFormat
from abidb.records import Export, Import, ModuleFile
from ingest.formats import kmod, symvers
from tests.builders.compress import compress
from tests.builders.elf import UNDEFINED, Section, Symbol, make_elf
from tests.builders.kernel import VERMAGIC, make_module

PATH = "drivers/net/tap"
REAL = Path(__file__).parent / "real_modules"  # its README says where they are from
KINDS = list(itertools.product((32, 64), ("little", "big")))
EXPORTS = (
    Export("tap_get_socket", PATH, 0x8AF6319A, "EXPORT_SYMBOL_GPL", "NETDEV_INTERNAL"),
    Export("tap_queue_resize", PATH, 0x9A89E954, "EXPORT_SYMBOL_GPL", ""),
    Export("tap_open", PATH, 0x00000001, "EXPORT_SYMBOL", "module:kvm-intel,kvm-amd"),
    Export("__crc__ksymtab_odd", PATH, 0xFFFFFFFF, "EXPORT_SYMBOL", ""),
)
IMPORTS = (Import("module_layout", 0xDEADBEEF), Import("kfree", 0x00000037), Import("x" * 55, 0))
SIGNATURE = b"pkcs7" * 100 + struct.pack(">8BI", *b"\0\0\2\0\0\0\0\0", 500) + b"~Module signature appended~\n"

NO_NAMES = ("", "a b", "a\tb", "a\nb", "\x1b[31m", "1a", "ä", "x" * 513)


def plain(exports=(), imports=()):
    return ModuleFile(PATH, tuple(exports), tuple(imports), ("GPL",), VERMAGIC, (), ())


def sorted_by_name(exports):
    return sorted(exports, key=lambda export: export.symbol)


def check_refuses(message, data):
    with pytest.raises(BadFormat) as raised:
        kmod.read(data, PATH)
    assert str(raised.value) == message


def test_what_is_no_relocatable_elf_file_is_refused():
    check_refuses("not an ELF file (offset 0)", b"#!/bin/sh\nexit 0\n")
    check_refuses("ELF file of type 2 is no module (offset 16)", make_elf(type=2))


def test_exports_without_a_symbol_table_are_refused():
    check_refuses("module exports symbols, but has no symbol table", make_elf([Section("__ksymtab", bytes(12))]))


def test_more_entries_than_names_are_refused():
    check_refuses(
        "table of 36 bytes has 2 named entries (offset 64)",
        make_elf(
            [Section("__ksymtab", bytes(36))],
            [Symbol("__ksymtab_a", "__ksymtab", 0), Symbol("__ksymtab_b", "__ksymtab", 12)],
        ),
    )


def test_a_symbol_table_of_nothing_is_refused():
    nothing = [Section("__ksymtab", bytes(12)), Section(".symtab", type=2, link=3), Section(".strtab", type=3)]
    check_refuses("symbol name 0 lies outside its table of 0 bytes", make_elf(nothing))


def test_a_table_without_any_name_is_refused():
    check_refuses("table of 12 bytes has 0 named entries (offset 64)", make_elf([Section("__ksymtab", bytes(12))], []))


def test_a_symbol_name_outside_its_table_is_refused():
    symbols = Section(".symtab", struct.pack("<IBBHQQ", 1000, 0, 0, 0, 0, 0), type=2, link=2)
    check_refuses(
        "symbol name 1,000 lies outside its table of 1 bytes",
        make_elf([symbols, Section(".strtab", b"\0", type=3), Section("__ksymtab", bytes(12))]),
    )


@pytest.mark.parametrize("label", ["__crc_f", "__flags_f"])
def test_a_label_beyond_its_section_is_refused(label):
    symbols = [Symbol("__ksymtab_f", "__ksymtab"), Symbol(label, "__ksymtab", 12)]
    check_refuses(f"{label} points beyond section 1 (offset 12)", make_elf([Section("__ksymtab", bytes(12))], symbols))


def test_a_namespace_beyond_its_strings_is_refused():
    symbols = [Symbol("__ksymtab_f", "__ksymtab"), Symbol("__kstrtabns_f", "__ksymtab", 12)]
    check_refuses(
        "namespace of f is no text that can be one (offset 12)",
        make_elf([Section("__ksymtab", bytes(12))], symbols),
    )


def test_versions_that_are_no_whole_records_are_refused():
    check_refuses("__versions has 65 bytes, which does not divide by 64", make_elf([Section("__versions", bytes(65))]))


def test_a_version_of_more_than_32_bits_is_refused():
    check_refuses(
        "CRC 0x100000000 in __versions is more than 32 bits long",
        make_elf([Section("__versions", struct.pack("<Q56s", 1 << 32, b"f"))]),
    )


def test_a_version_whose_name_does_not_end_is_refused():
    check_refuses(
        "name of an import is no name that can be one (offset 8)",
        make_elf([Section("__versions", struct.pack("<Q56s", 1, b"f" * 56))]),
    )


@pytest.mark.parametrize("names", [b"f\0", b"f\0g\0h\0", b"f\0g"])
def test_extended_versions_with_more_or_fewer_names_than_crcs_are_refused(names):
    count = names.count(b"\0")
    check_refuses(
        f"__version_ext_crcs has 8 bytes for {count:,} names",
        make_elf([Section("__version_ext_crcs", bytes(8)), Section("__version_ext_names", names)]),
    )


@pytest.mark.parametrize("name", NO_NAMES)
def test_an_export_whose_name_is_none_is_refused(name):
    check_refuses(
        "label of an export is no name that can be one (offset 1)",
        make_elf([Section("__ksymtab", bytes(12))], [Symbol(f"__ksymtab_{name}", "__ksymtab")]),
    )


@pytest.mark.parametrize("name", ["a b", "a\tb", "a\nb", "\x1b[31m", "ä", "N" * 2048])
def test_an_export_whose_namespace_is_none_is_refused(name):
    with pytest.raises(BadFormat, match=r"^namespace of f is no text that can be one \(offset 1\)$"):
        kmod.read(make_module([Export("f", PATH, 1, "EXPORT_SYMBOL", name)]), PATH)


@pytest.mark.parametrize("extended", [False, True])
@pytest.mark.parametrize("name", [name for name in NO_NAMES if len(name) < 50])
def test_an_import_whose_name_is_none_is_refused(name, extended):
    with pytest.raises(BadFormat, match=r"^name of an import is no name that can be one \(offset \d\)$"):
        kmod.read(make_module(imports=[Import(name, 1)], extended_versions=extended), PATH)


def test_an_extended_import_whose_name_is_too_long_is_refused():
    check_refuses(
        "name of an import is no name that can be one (offset 2)",
        make_module(imports=[Import("f", 1), Import("x" * 513, 1)], extended_versions=True),
    )


@pytest.mark.parametrize("key", ["license", "vermagic", "depends", "import_ns"])
@pytest.mark.parametrize("value", ["a\tb", "GPL\n", "\x1b[31m", "ä", "x" * 9000])
def test_what_a_module_says_of_itself_must_be_short_plain_text(key, value):
    info = Section(".modinfo", f"{key}={value}\0".encode())
    check_refuses(f"{key} in .modinfo is no text that can be one", make_elf([info]))


@pytest.mark.parametrize("path", ["", "a b", "a\tb", "a\nb", "\x1b[31m", "ä", "x" * 1024, "vmlinux"])
def test_a_path_that_cannot_be_a_modules_is_refused(path):
    with pytest.raises(BadFormat) as raised:
        kmod.read(make_module(), path)
    assert str(raised.value) == f"{path[:100]!a} is no path of a module"


@pytest.mark.parametrize(
    ("bound", "what", "module"),
    [
        ("LIMIT", "bytes", {}),
        ("MODINFO_LIMIT", "bytes in .modinfo", {}),
        ("LICENSES", "licenses", {"licenses": "ABC"}),
        ("MOST_LABELS", "labels of exports", {"exports": EXPORTS[:1]}),
        ("MOST_IMPORTS", "imports", {"imports": IMPORTS}),
        ("MOST_IMPORTS", "imports", {"imports": IMPORTS, "extended_versions": True}),
    ],
)
def test_a_module_with_more_than_any_has_is_refused(monkeypatch, bound, what, module):
    monkeypatch.setattr(kmod, bound, 2 if bound != "MOST_LABELS" else 0)
    allowed = getattr(kmod, bound)
    check_refuses(f"module has more than the {allowed} {what} that are allowed", make_module(**module))


def test_many_symbols_that_are_one_label_are_refused(monkeypatch):
    monkeypatch.setattr(kmod, "MOST_LABELS", 2)
    same = Section(".symtab", struct.pack("<IBBHQQ", 1, 0, 0, 1, 0, 0) * 3, type=2, link=3)
    check_refuses(
        "module has more than the 2 labels of exports that are allowed",
        make_elf([Section("__ksymtab", bytes(12)), same, Section(".strtab", b"\0__ksymtab_f\0", type=3)]),
    )


def test_license_that_is_repeated_counts_once():
    assert kmod.read(make_module(licenses=["GPL"] * 1000), PATH).licenses == ("GPL",) * 1000


def test_a_module_that_says_nothing_is_read():
    assert kmod.read(make_elf(), PATH) == ModuleFile(PATH, (), (), (), "", (), ())


def test_a_module_without_exports_needs_no_symbols():
    assert kmod.read(make_elf([Section("__ksymtab", b"")]), PATH).exports == ()


@pytest.mark.parametrize("crcs", ["labels", "absolute"])
@pytest.mark.parametrize(("bits", "byteorder"), KINDS)
def test_exports_and_imports_are_read_for_every_architecture(bits, byteorder, crcs):
    data = make_module(EXPORTS, IMPORTS, bits=bits, byteorder=byteorder, crcs=crcs)
    module = kmod.read(data, PATH)
    assert (sorted_by_name(module.exports), module.imports) == (sorted_by_name(EXPORTS), IMPORTS)


def test_without_crcs_they_are_unknown():
    expected = [Export(e.symbol, PATH, None, e.kind, e.namespace) for e in EXPORTS]
    assert sorted_by_name(kmod.read(make_module(EXPORTS, crcs="none"), PATH).exports) == sorted_by_name(expected)


def test_one_weak_crc_among_others_is_unknown():
    exports = (EXPORTS[2], Export("asm_function", PATH, None, "EXPORT_SYMBOL", ""))
    assert kmod.read(make_module(exports), PATH) == plain(exports)


def test_flags_say_what_is_gpl_only_where_there_is_one_table():
    assert kmod.read(make_module(EXPORTS, flags=True, crcs="none"), PATH).exports == tuple(
        Export(e.symbol, PATH, None, e.kind, e.namespace) for e in EXPORTS
    )


def test_exports_from_before_namespaces_have_none():
    assert kmod.read(make_module(EXPORTS[1:2], namespace_labels=False), PATH) == plain(EXPORTS[1:2])


def test_the_export_types_that_ended_with_5_11_keep_their_names():
    kinds = ("EXPORT_UNUSED_SYMBOL", "EXPORT_UNUSED_SYMBOL_GPL", "EXPORT_SYMBOL_GPL_FUTURE")
    exports = tuple(Export(f"f{n}", PATH, n + 1, kind, "") for n, kind in enumerate(kinds))
    assert kmod.read(make_module(exports), PATH).exports == exports


@pytest.mark.parametrize("crc", [7, None])
def test_a_namespace_before_the_name_as_in_release_candidates_of_5_4_is_read(crc):
    labels = [Symbol("__ksymtab_USB_STORAGE.f", "__ksymtab_gpl"), Symbol("__ksymtab_g", "__ksymtab_gpl", 12)]
    crcs = [] if crc is None else [Symbol("__crc_f", value=crc)]
    assert kmod.read(make_elf([Section("__ksymtab_gpl", bytes(24))], labels + crcs), PATH).exports == (
        Export("f", PATH, crc, "EXPORT_SYMBOL_GPL", "USB_STORAGE"),
        Export("g", PATH, None, "EXPORT_SYMBOL_GPL", ""),
    )


@pytest.mark.parametrize("name", ["f.llvm.1", ".f", "f."])
def test_a_dot_in_a_name_of_its_own_stays(name):
    exports = (Export(name, PATH, 1, "EXPORT_SYMBOL", ""),)
    assert kmod.read(make_module(exports), PATH).exports == exports


def test_functions_that_ppc64_imports_with_a_dot_go_by_the_name_they_are_exported_with():
    dotted = (Import(".kfree", 1), Import(".TOC.", 0), Import("jiffies", 2), Import(".kfree", 1))
    module = make_module(imports=dotted, byteorder="big", machine=21)
    assert kmod.read(module, PATH).imports == (Import("kfree", 1), Import("jiffies", 2), Import("kfree", 1))


def test_other_architectures_keep_a_dot():
    assert kmod.read(make_module(imports=[Import(".f", 1)]), PATH).imports == (Import(".f", 1),)


def test_extended_versions_come_before_the_others():
    long = (Import("rust_" * 50, 1), Import("kfree", 2))
    data = make_module(imports=long, extended_versions=True)
    assert kmod.read(data, PATH).imports == long
    both = make_elf(
        [
            Section("__versions", struct.pack("<Q56s", 7, b"kfree")),
            Section("__version_ext_crcs", struct.pack("<I", 2)),
            Section("__version_ext_names", b"kfree\0"),
        ]
    )
    assert kmod.read(both, PATH).imports == (Import("kfree", 2),)


def test_what_a_module_says_of_itself_is_read_in_its_order():
    data = make_module(
        licenses=["Dual MIT/GPL", "GPL v2"], vermagic="7.3 SMP", depends=["tun", "vhost"], namespaces=["B", "A", "B"]
    )
    assert kmod.read(data, PATH) == ModuleFile(
        PATH, (), (), ("Dual MIT/GPL", "GPL v2"), "7.3 SMP", ("tun", "vhost"), ("B", "A")
    )


def test_undefined_labels_of_imported_symbols_are_no_exports():
    symbols = [Symbol("__ksymtab_f", "__ksymtab"), Symbol("__ksymtab_g", UNDEFINED), Symbol("__flags_f", UNDEFINED)]
    data = make_elf([Section("__ksymtab", bytes(12))], symbols)
    assert kmod.read(data, PATH).exports == (Export("f", PATH, None, "EXPORT_SYMBOL", ""),)


def test_a_signature_after_the_file_changes_nothing():
    data = make_module(EXPORTS, IMPORTS)
    assert kmod.read(data + SIGNATURE, PATH) == kmod.read(data, PATH)


@pytest.mark.parametrize("name", ["gzip", "xz", "zstd"])
def test_compressed_modules_are_read_alike(name):
    data = make_module(EXPORTS, IMPORTS) + SIGNATURE
    assert kmod.read(compress(name, data), PATH) == kmod.read(data, PATH)


def test_a_module_that_unpacks_to_too_much_is_refused(monkeypatch):
    monkeypatch.setattr(kmod, "LIMIT", 1000)
    check_refuses("module holds more than the 1,000 bytes that are allowed", compress("xz", bytes(1001)))


@pytest.mark.parametrize(
    ("release", "has_crcs"),
    [
        ("5.10.0-32-686", True),
        ("5.10.0-46-cloud-amd64", True),
        ("6.1.0-47-s390x", True),
        ("6.1.0-50-loongson-3", True),
        ("6.1.0-56-cloud-amd64", True),
        ("6.12.117+deb13-cloud-amd64", True),
        ("7.3.4+deb13-cloud-amd64", False),
    ],
)
def test_real_modules_export_what_their_builds_module_symvers_says(release, has_crcs):
    lines = symvers.read((REAL / f"{release}.symvers").read_bytes())
    module = kmod.read((REAL / f"{release}.ko.xz").read_bytes(), lines[0].module)
    assert (module.vermagic.split(" ")[0], sorted_by_name(module.exports), bool(module.imports)) == (
        release,
        sorted_by_name(lines),
        has_crcs,
    )
