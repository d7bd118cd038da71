# SPDX-License-Identifier: GPL-2.0-or-later
"""What a kernel answers to a module, one rule of the kernel's after the other."""

import dataclasses

import pytest

from abidb import verdict as v
from abidb.outoftree import BuiltModule, Use
from abidb.records import Import, ModuleFile
from abidb.verdict import Candidate, Host, Reason, Verdict, verdict
from tests.builders.records import make_export

FLAGS = "SMP preempt mod_unload modversions "
GPL = "EXPORT_SYMBOL_GPL"
RELEASE = "6.1.0-1-amd64"
LAYOUT = make_export("module_layout", crc=0x10)
KFREE = make_export("kfree", crc=0x11)
TUN = make_export("tun_get", module="drivers/net/tun", crc=0x12, kind=GPL)
SPACED = make_export("spaced", crc=0x13, namespace="NS")
EXPORTS = (LAYOUT, KFREE, TUN, SPACED)


def module(**fields):
    given = {
        "name": "made",
        "licenses": ("GPL",),
        "vermagic": f"6.1.0-0-amd64 {FLAGS}",
        "namespaces": ("NS",),
        "imports": tuple((export.symbol, export.crc) for export in EXPORTS),
    }
    return Candidate(**{**given, **fields})


def host(*exports, **fields):
    """A kernel with these exports, else with EXPORTS."""
    given = exports or EXPORTS
    known = {
        "kernel_release": RELEASE,
        "vermagic": f"{RELEASE} {FLAGS}",
        "covers": "all",
        "has_crcs": True,
        "apart": False,
        "btf_enforced": False,
        "exports": lambda symbol: tuple(export for export in given if export.symbol == symbol),
    }
    return Host(**{**known, **fields})


def without_crcs(*exports, **fields):
    """A kernel without MODVERSIONS."""
    bare = tuple(dataclasses.replace(export, crc=None) for export in exports or EXPORTS)
    return host(*bare, **{"has_crcs": False, "vermagic": f"{RELEASE} SMP preempt mod_unload ", **fields})


BARE = module(
    vermagic=f"{RELEASE} SMP preempt mod_unload ", imports=tuple((e.symbol, None) for e in EXPORTS if e is not LAYOUT)
)


def replaced(export, **fields):
    return tuple(dataclasses.replace(each, **fields) if each is export else each for each in EXPORTS)


def refused(*reasons, untold=()):
    return Verdict("refused", reasons, untold)


def test_another_crc_of_module_layout_is_refused_first():
    found = verdict(module(vermagic="6.1.0-0-amd64 SMP "), host(*replaced(LAYOUT, crc=0xFF)[:2]))
    assert found.reasons[0] == Reason("module_layout", "module_layout", "0x00000010 -> 0x000000ff")
    assert [reason.kind for reason in found.reasons] == ["module_layout", "vermagic", "missing", "missing"]


def test_other_flags_in_vermagic_are_refused_though_the_release_is_not_looked_at():
    rt = host(vermagic=f"{RELEASE} SMP preempt_rt mod_unload modversions ")
    detail = "SMP preempt mod_unload modversions -> SMP preempt_rt mod_unload modversions"
    assert verdict(module(), rt) == refused(Reason("vermagic", "", detail))


def test_without_crcs_on_one_side_the_whole_vermagic_must_be_the_same():
    detail = f"6.1.0-0-amd64 {FLAGS.strip()} -> {RELEASE} SMP preempt mod_unload"
    assert verdict(module(), without_crcs()) == refused(Reason("vermagic", "", detail))
    detail = f"{RELEASE} SMP preempt mod_unload -> {RELEASE} {FLAGS.strip()}"
    assert verdict(BARE, host()) == refused(Reason("vermagic", "", detail))


def test_a_missing_symbol_is_refused():
    assert verdict(module(), host(LAYOUT, TUN, SPACED)) == refused(Reason("missing", "kfree"))


def test_a_gpl_only_symbol_does_not_exist_for_another_license():
    assert verdict(module(licenses=("Proprietary", "GPL")), host()) == refused(Reason("gpl", "tun_get", "Proprietary"))
    assert verdict(module(licenses=()), host()) == refused(Reason("gpl", "tun_get", "unspecified"))
    assert verdict(module(name="lve"), host()) == refused(Reason("gpl", "tun_get", "GPL"))


def test_another_crc_is_refused_and_the_namespace_of_that_symbol_is_not_looked_at():
    found = verdict(module(namespaces=()), host(*replaced(SPACED, crc=0xFF)))
    assert found == refused(Reason("crc", "spaced", "0x00000013 -> 0x000000ff"))


def test_a_namespace_that_is_not_imported_is_refused():
    assert verdict(module(namespaces=("OTHER",)), host()) == refused(Reason("namespace", "spaced", "NS"))


@pytest.mark.parametrize("name", ["made", "kvm", "kvm-intel-x"])
def test_a_symbol_for_named_modules_is_refused_to_others_even_if_they_import_it(name):
    space = "module:kvm-intel,tun-*"
    found = verdict(module(name=name, namespaces=(space,)), host(*replaced(SPACED, namespace=space)))
    assert found == refused(Reason("namespace", "spaced", space))


def test_every_reason_is_told_those_of_symbols_in_the_order_of_the_module():
    found = verdict(module(licenses=(), namespaces=()), host(LAYOUT, dataclasses.replace(KFREE, crc=9), TUN, SPACED))
    assert [(reason.kind, reason.symbol) for reason in found.reasons] == [
        ("crc", "kfree"),
        ("gpl", "tun_get"),
        ("namespace", "spaced"),
    ]


def test_a_module_without_crcs_is_refused_where_none_may_be_forced():
    found = verdict(dataclasses.replace(BARE, vermagic=f"{RELEASE} {FLAGS}"), host(force_load=False))
    assert found == refused(Reason("module_layout", "module_layout", "no CRC"))


def test_a_module_without_vermagic_is_refused_where_none_may_be_forced():
    assert verdict(module(vermagic=""), host(force_load=False)) == refused(Reason("vermagic", "", "none"))


def test_of_a_build_that_was_set_apart_nothing_is_said():
    assert verdict(module(), host(LAYOUT, apart=True)) == Verdict("cannot be said", (), ("(apart)",))


def test_what_vmlinux_lacks_may_be_in_a_module_that_the_archive_has_lost():
    found = verdict(module(), host(LAYOUT, KFREE, SPACED, covers="vmlinux"))
    assert found == Verdict("cannot be said", (), ("tun_get",))


def test_what_is_known_of_vmlinux_alone_can_be_enough_to_refuse():
    found = verdict(module(), host(LAYOUT, dataclasses.replace(KFREE, crc=9), SPACED, covers="vmlinux"))
    assert found == refused(Reason("crc", "kfree", "0x00000011 -> 0x00000009"), untold=("tun_get",))


def test_a_symbol_of_which_a_module_with_crcs_has_none_is_refused():
    lacking = module(imports=(("module_layout", 0x10), ("kfree", None)))
    assert verdict(lacking, host()) == refused(Reason("crc", "kfree", "none -> 0x00000011"))
    assert verdict(module(imports=(("kfree", 0x11),)), host()) == refused(
        Reason("module_layout", "module_layout", "none -> 0x00000010")
    )


def test_a_symbol_of_which_the_kernel_has_no_crc_cannot_be_compared():
    assert verdict(module(), host(*replaced(KFREE, crc=None))) == Verdict("cannot be said", (), ("kfree",))
    assert verdict(module(), host(*replaced(LAYOUT, crc=None))) == Verdict("cannot be said", (), ("module_layout",))


def test_two_modules_that_export_a_symbol_differently_leave_it_open():
    other = dataclasses.replace(TUN, module="lib/tun", crc=0xFF)
    assert verdict(module(), host(*EXPORTS, other)) == Verdict("cannot be said", (), ("tun_get",))


def test_without_a_vermagic_of_the_kernel_its_flags_are_not_known():
    assert verdict(module(), host(vermagic="")) == Verdict("cannot be said", (), ("(vermagic)",))
    assert verdict(module(vermagic=""), host()) == Verdict("cannot be said", (), ("(vermagic)",))
    assert verdict(BARE, without_crcs(vermagic="")) == Verdict("cannot be said", (), ("(vermagic)",))


def test_another_release_is_refused_by_a_kernel_without_crcs_though_its_flags_are_not_known():
    detail = f"6.1.0-0-amd64 -> {RELEASE}"
    assert verdict(module(), without_crcs(vermagic="")) == refused(Reason("vermagic", "", detail))


@pytest.mark.parametrize("enforced", [True, None])
def test_btf_of_another_build_may_be_refused(enforced):
    assert verdict(module(btf=True), host(btf_enforced=enforced)) == Verdict("cannot be said", (), ("(btf)",))
    same = dataclasses.replace(BARE, btf=True)
    shared = without_crcs(btf_enforced=enforced, shared_name=True)
    assert verdict(same, shared) == Verdict("cannot be said", (), ("(btf)",))


def test_btf_of_the_same_build_fits():
    assert verdict(dataclasses.replace(BARE, btf=True), without_crcs(btf_enforced=True)).answer == "unchecked"


def test_a_kernel_that_allows_btf_that_does_not_fit_takes_it():
    assert verdict(module(btf=True), host(btf_enforced=False)) == Verdict("loads")


def test_the_same_vermagic_and_no_crcs_is_accepted_unchecked():
    assert verdict(BARE, without_crcs()) == Verdict("unchecked")


def test_a_module_without_crcs_that_may_be_forced_is_accepted_unchecked():
    assert (
        verdict(dataclasses.replace(BARE, vermagic=f"{RELEASE} {FLAGS}"), host(force_load=True)).answer == "unchecked"
    )


def test_a_kernel_without_crcs_still_looks_for_symbols_licenses_and_namespaces():
    found = verdict(dataclasses.replace(BARE, licenses=(), namespaces=()), without_crcs(LAYOUT, TUN, SPACED))
    assert [reason.kind for reason in found.reasons] == ["missing", "gpl", "namespace"]


def test_the_same_crcs_load():
    assert verdict(module(), host()) == Verdict("loads")


@pytest.mark.parametrize("license", sorted(v.GPL_COMPATIBLE))
def test_licenses_that_the_kernel_takes_for_gpl_compatible(license):
    assert verdict(module(licenses=(license,)), host()) == Verdict("loads")


def test_vmlinux_comes_before_modules_that_export_the_same_name():
    other = dataclasses.replace(KFREE, module="lib/kfree", crc=0xFF)
    assert verdict(module(), host(other, *EXPORTS)) == Verdict("loads")


def test_of_two_exports_the_one_that_the_license_allows_is_found():
    free = dataclasses.replace(TUN, module="lib/tun", kind="EXPORT_SYMBOL")
    assert verdict(module(licenses=("Proprietary",)), host(*EXPORTS, free)) == Verdict("loads")


def test_a_weak_symbol_may_be_missing_or_closed_but_not_another():
    weak = module(weak=frozenset({"kfree", "tun_get"}), licenses=("Proprietary",))
    assert verdict(weak, host(LAYOUT, TUN, SPACED)) == Verdict("loads")
    assert verdict(weak, host(*replaced(KFREE, crc=9))) == refused(Reason("crc", "kfree", "0x00000011 -> 0x00000009"))


def test_symbols_of_siblings_are_not_looked_up():
    with_sibling = module(imports=(*module().imports, ("spl_init", 5)), siblings=frozenset({"spl_init"}))
    assert verdict(with_sibling, host()) == Verdict("loads")


@pytest.mark.parametrize("name", ["kvm_intel", "kvm-intel", "tun_tap"])
def test_a_symbol_for_named_modules_is_open_to_them_however_they_write_the_dash(name):
    kernel = host(*replaced(SPACED, namespace="module:kvm,kvm-intel,tun-*"))
    assert verdict(module(name=name, namespaces=()), kernel) == Verdict("loads")


def test_a_kernel_may_allow_namespaces_that_are_not_imported():
    assert verdict(module(namespaces=()), host(lax_namespaces=True)) == Verdict("loads")


def dump(*imports):
    return Candidate("", (), "", (), imports or module().imports, dump=True)


def test_a_dump_is_judged_by_its_crcs_and_what_it_lacks_is_told():
    assert verdict(dump(), host()) == Verdict("loads", (), ("(vermagic)", "(license)", "(namespaces)"))
    assert verdict(dump(("module_layout", 0x10)), host()) == Verdict("loads", (), ("(vermagic)",))


def test_a_dump_with_another_crc_is_refused():
    found = verdict(dump(), host(*replaced(KFREE, crc=9)))
    assert found.reasons == (Reason("crc", "kfree", "0x00000011 -> 0x00000009"),)


def test_a_dump_that_lacks_the_line_of_module_layout_is_not_whole():
    found = verdict(dump(("kfree", 0x11)), host())
    assert found == Verdict("cannot be said", (), ("module_layout", "(vermagic)"))


def test_a_dump_comes_of_a_module_with_modversions_which_a_kernel_without_refuses():
    found = verdict(dump(("kfree", 0x11)), without_crcs())
    assert found == refused(Reason("vermagic", "", f"modversions -> {RELEASE} SMP preempt mod_unload"))


def test_of_a_file_the_undefined_symbols_are_looked_up_with_their_crcs():
    said = ("net/a", (), (Import("module_layout", 1), Import("kfree", 2)), ("GPL",), FLAGS, (), ("NS",))
    file = ModuleFile(*said, name="a", undefined=("kfree", "new"), weak=("perhaps",), btf=True)
    assert v.of_file(file, frozenset({"new"})) == Candidate(
        name="a",
        licenses=("GPL",),
        vermagic=FLAGS,
        namespaces=("NS",),
        imports=(("module_layout", 1), ("kfree", 2), ("new", None), ("perhaps", None)),
        siblings=frozenset({"new"}),
        btf=True,
        weak=frozenset({"perhaps"}),
    )


def test_of_a_file_whose_symbols_were_not_read_the_stated_imports_are_looked_up():
    file = ModuleFile("net/a", (), (Import("kfree", 2),), (), "", (), ())
    assert v.of_file(file).imports == (("kfree", 2),)


def test_of_a_built_module_the_uses_are_looked_up():
    uses = (Use("kfree", 2, True), Use("maybe", 3, False, weak=True), Use("module_layout", 1, False))
    built = BuiltModule("a", "0" * 64, 9, ("GPL",), FLAGS, ("b",), ("NS",), uses, ("of_b",), (), True)
    found = v.of_built(built)
    assert found == Candidate(
        name="a",
        licenses=("GPL",),
        vermagic=FLAGS,
        namespaces=("NS",),
        imports=(("kfree", 2), ("maybe", 3), ("module_layout", 1)),
        siblings=frozenset({"of_b"}),
        btf=True,
        weak=frozenset({"maybe"}),
    )
