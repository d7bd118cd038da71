# SPDX-License-Identifier: GPL-2.0-or-later
import pytest

from abidb.errors import BadFormat
from abidb.records import Signature
from ingest.formats import identity, kmod
from ingest.formats.elf import Elf
from tests.builders.elf import UNDEFINED, Section, Symbol, make_elf
from tests.builders.kernel import VERMAGIC, make_built, make_module
from tests.builders.signature import make_signature


def undefined(*names, machine=62, bind=1):
    return identity.undefined(
        Elf(make_elf([], [Symbol(each, UNDEFINED, bind=bind) for each in names], machine=machine))
    )


def test_an_undefined_symbol_whose_name_is_none_is_refused():
    with pytest.raises(BadFormat, match="name of an undefined symbol is no name that can be one"):
        undefined("a b")


def test_more_undefined_symbols_than_any_module_has_are_refused(monkeypatch):
    monkeypatch.setattr(identity, "MOST_UNDEFINED", 2)
    with pytest.raises(BadFormat, match="more than the 2 undefined symbols"):
        undefined("a", "b", "c")


def test_a_module_without_a_symbol_table_needs_nothing():
    assert identity.undefined(Elf(make_elf())) == ((), ())


def test_symbols_that_are_needed_and_weak_ones_are_told_apart_and_in_order():
    symbols = [
        Symbol("kfree", UNDEFINED, bind=1),
        Symbol("absent", UNDEFINED, bind=2),
        Symbol("_printk", UNDEFINED, bind=1),
        Symbol("kfree", UNDEFINED, bind=1),
        Symbol("defined"),
    ]
    assert identity.undefined(Elf(make_elf([], symbols))) == (("_printk", "kfree"), ("absent",))


@pytest.mark.parametrize(
    ("machine", "found"),
    [(62, ("._a", ".TOC.", "b")), (3, ("._a", ".TOC.", "b")), (21, ("_GLOBAL_OFFSET_TABLE_", "_a", "b"))],
)
def test_what_a_linker_leaves_and_the_kernel_passes_over_is_left_out(machine, found):
    names = ("_GLOBAL_OFFSET_TABLE_", "._a", ".TOC.", "b")
    assert undefined(*names, machine=machine) == (tuple(sorted(found)), ())


def test_other_machines_look_up_whatever_is_undefined():
    assert undefined("_GLOBAL_OFFSET_TABLE_", machine=183) == (("_GLOBAL_OFFSET_TABLE_",), ())


@pytest.mark.parametrize(("bits", "before"), [(64, 24), (32, 12)])
def test_a_module_from_before_4_13_has_its_name_in_struct_module(bits, before):
    struct = Section(".gnu.linkonce.this_module", bytes(before) + b"nf_nat\0" + bytes(100))
    assert identity.own_name(Elf(make_elf([struct], bits=bits))) == "nf_nat"


def test_a_module_may_have_no_name():
    assert identity.own_name(Elf(make_elf([Section(".modinfo", b"license=GPL\0name=\0")]))) == ""


def test_a_module_from_outside_a_kernel_build_is_told_whole():
    imports = {"module_layout": 7, "kfree": 8, "nothing": None}
    data = make_built(imports, name="nf_nat_rtsp", weak=["perhaps"], btf=True, signature=make_signature())
    found = kmod.read_built(data)
    assert (found.path, found.name, found.undefined, found.weak) == (
        "nf_nat_rtsp",
        "nf_nat_rtsp",
        ("kfree", "nothing"),
        ("perhaps",),
    )
    assert (found.vermagic, found.btf, found.machine) == (VERMAGIC, True, "62/64/little")
    assert found.signature == Signature("DKMS module signing key", "5F:0A", "sha256")
    assert [(wanted.symbol, wanted.crc) for wanted in found.imports] == [("module_layout", 7), ("kfree", 8)]


def test_the_loop_over_a_kernel_s_own_modules_goes_without():
    found = kmod.read(make_module(btf=True, signature=make_signature()), "net/made")
    assert (found.name, found.undefined, found.btf, found.machine, found.signature) == ("", (), False, "", None)
