# SPDX-License-Identifier: GPL-2.0-or-later
from abidb.outoftree import BuiltModule, Use
from abidb.records import Export, Import, ModuleFile
from ingest.outoftree.uses import built_modules

MAGIC = "6.1.0-56-amd64 SMP preempt mod_unload modversions"


def module(name, *, imports=(), undefined=(), exports=(), **fields):
    exported = tuple(Export(symbol, name, 9, "EXPORT_SYMBOL", "") for symbol in exports)
    crcs = tuple(Import(symbol, crc) for symbol, crc in imports)
    return ModuleFile(name, exported, crcs, ("GPL",), MAGIC, (), (), name=name, undefined=undefined, **fields)


def test_imports_of_the_kernel_and_of_siblings_are_told_apart():
    common = module("common", imports=[("module_layout", 1), ("kfree", 2)], undefined=("kfree",), exports=("b", "a"))
    user = module(
        "user", imports=[("kfree", 2), ("a", 9)], undefined=("a", "kfree", "no_crc"), weak=("maybe",), btf=True
    )
    found = built_modules({"22": user, "11": common}, {"11": 100, "22": 200}, {"kfree", "unused"})
    assert found == (
        BuiltModule(
            name="common",
            sha256="11",
            size=100,
            licenses=("GPL",),
            vermagic=MAGIC,
            depends=(),
            namespaces=(),
            uses=(Use("kfree", 2, True), Use("module_layout", 1, False)),
            siblings=(),
            exports=("a", "b"),
            btf=False,
        ),
        BuiltModule(
            name="user",
            sha256="22",
            size=200,
            licenses=("GPL",),
            vermagic=MAGIC,
            depends=(),
            namespaces=(),
            uses=(Use("kfree", 2, True), Use("no_crc", None, False)),
            siblings=("a",),
            exports=(),
            btf=True,
        ),
    )


def test_what_a_module_exports_itself_is_no_sibling_of_its_own():
    alone = module("alone", undefined=("x",), exports=("x",))
    assert built_modules({"11": alone}, {"11": 1}, ())[0].uses == (Use("x", None, False),)


def test_what_nobody_exports_is_used_and_has_no_crc() -> None:
    """The kernel refuses it as missing: the module that would export it was made and not kept."""
    alone = module("alone", imports=[("kfree", 1), ("oslec_create", 2)], undefined=("kfree", "oslec_create"))
    (found,) = built_modules({"11": alone}, {"11": 1}, (), {"kfree"})
    assert (found.uses, found.siblings) == ((Use("kfree", 1, False), Use("oslec_create", None, False)), ())


def test_what_another_module_of_the_build_exports_is_a_siblings_whatever_the_kernel_exports() -> None:
    user, giver = module("user", imports=[("x", 2)], undefined=("x",)), module("giver", exports=("x",))
    found = built_modules({"11": user, "22": giver}, {"11": 1, "22": 1}, (), {"kfree"})
    assert {one.name: (one.uses, one.siblings) for one in found} == {"giver": ((), ()), "user": ((), ("x",))}


def test_a_symbol_of_versions_that_may_be_missing_is_told_as_weak():
    alone = module("alone", imports=[("kfree", 1), ("maybe", 2)], undefined=("kfree",), weak=("maybe",))
    assert built_modules({"11": alone}, {"11": 1}, ())[0].uses == (
        Use("kfree", 1, False),
        Use("maybe", 2, False, weak=True),
    )


def test_what_was_built_and_installed_before_gives_symbols_as_a_sibling_does():
    alone = module("alone", imports=[("kfree", 1)], undefined=("kfree", "given"))
    (found,) = built_modules({"11": alone}, {"11": 1}, (), {"kfree"}, {"given"})
    assert (found.uses, found.siblings) == ((Use("kfree", 1, False),), ("given",))
