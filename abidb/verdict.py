# SPDX-License-Identifier: GPL-2.0-or-later
"""Whether a kernel takes a module that was built for another one, decided as the kernel decides it.

The functions of the kernel that this mirrors, in the order in which load_module() (kernel/module/main.c; until 5.18
kernel/module.c) comes to them; it was the same from 5.10 to 7.x, but for what is said below:

1. module_sig_check(): refuses by signature alone, under lockdown. Not part of a verdict, which is about the ABI.
2. check_modstruct_version() (kernel/module/version.c): the CRC of module_layout. Nothing else is looked at after that.
3. check_modinfo(), same_magic(): vermagic; without its first word where kernel and module have CRCs, else whole.
4. simplify_symbols(): each undefined symbol, all of them before it gives up; of each, resolve_symbol() asks
   - find_symbol(): is it exported; of a GPL-only one only where license_is_gpl_compatible() (include/linux/license.h):
     for other modules it does not exist. A weak symbol may be missing.
   - check_version(): the CRC. Of a symbol that a module with CRCs has none of the kernel's own code says so once and
     goes on; Debian's kernels refuse it (their patch "module: Disable matching missing version CRC"; seen on 5.10,
     6.1 and 6.12).
   - verify_namespace_is_imported(); since 6.16 a namespace "module:a,b" is open to modules of those names alone
     (verify_module_namespace()), and nobody may import it (setup_modinfo()).
5. btf_module_notify() (kernel/bpf/btf.c): BTF that does not fit vmlinux's, unless MODULE_ALLOW_BTF_MISMATCH is set.

What inherit_taint() refuses, symbols of a proprietary module beside GPL-only ones, concerns siblings, which are not
looked at here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from abidb.compat import gpl_only, magic_flags
from abidb.outoftree import BuiltModule
from abidb.records import VMLINUX, Export, ModuleFile

LOADS, REFUSED, UNCHECKED, UNSAID = "loads", "refused", "unchecked", "cannot be said"
ANSWERS = (LOADS, REFUSED, UNCHECKED, UNSAID)
# Why a kernel refuses, in the order in which it looks.
LAYOUT, VERMAGIC, MISSING, GPL, CRC, NAMESPACE, BTF = (
    "module_layout",
    "vermagic",
    "missing",
    "gpl",
    "crc",
    "namespace",
    "btf",
)
KINDS = (LAYOUT, VERMAGIC, MISSING, GPL, CRC, NAMESPACE, BTF)
# What cannot be told, beside symbols. No symbol is written like that.
APART, NO_VERMAGIC, NO_LICENSE, NO_NAMESPACES, NO_BTF = "(apart)", "(vermagic)", "(license)", "(namespaces)", "(btf)"

# Details of reasons where the module has nothing to compare.
NO_CRCS, NO_MAGIC, NONE = "no CRC", "none", "none -> "
MODULE_LAYOUT = "module_layout"
FOR_MODULES = "module:"
GPL_COMPATIBLE = frozenset(
    ("GPL", "GPL v2", "GPL and additional rights", "Dual BSD/GPL", "Dual MIT/GPL", "Dual MPL/GPL")
)
PROPRIETARY = frozenset(("driverloader", "lve"))  # module_augment_kernel_taints(): whatever license they state


@dataclass(frozen=True, slots=True)
class Candidate:
    """All of a module that the kernel looks at. BuiltModule and an uploaded .ko both become one."""

    name: str
    licenses: tuple[str, ...]  #: the kernel goes by the first
    vermagic: str
    namespaces: tuple[str, ...]
    imports: tuple[tuple[str, int | None], ...]  #: symbol and CRC; None: it has none. module_layout is among them
    siblings: frozenset[str] = frozenset()  #: symbols that come from modules beside it and are not looked up
    btf: bool = False
    weak: frozenset[str] = frozenset()  #: of the imports, those that may be missing
    dump: bool = False  #: only its CRCs are known (modprobe --dump-modversions): no license, vermagic, namespaces


@dataclass(frozen=True, slots=True)
class Host:
    """All of a kernel build that a verdict needs."""

    kernel_release: str
    vermagic: str  #: of its own modules; "" unknown
    covers: str  #: "all", or "vmlinux" where the modules are not to be had
    has_crcs: bool
    apart: bool  #: failed a check of its ingest: nothing is said of it
    btf_enforced: bool | None  #: CONFIG_DEBUG_INFO_BTF_MODULES without CONFIG_MODULE_ALLOW_BTF_MISMATCH; None unknown
    exports: Callable[[str], Sequence[Export]]  #: of a symbol; more than one where two modules export it
    shared_name: bool = False  #: another build of the record has the same release: it says less of the BTF
    force_load: bool | None = None  #: CONFIG_MODULE_FORCE_LOAD; None unknown
    lax_namespaces: bool | None = None  #: CONFIG_MODULE_ALLOW_MISSING_NAMESPACE_IMPORTS; None unknown


@dataclass(frozen=True, slots=True, order=True)
class Reason:
    """One thing that the kernel refuses."""

    kind: str  #: one of KINDS
    symbol: str = ""
    detail: str = ""  #: "0x1234abcd -> 0x9876fedc" (the module's, the kernel's), the namespace, both vermagics


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer, why, and what could not be told."""

    answer: str  #: one of ANSWERS
    reasons: tuple[Reason, ...] = ()  #: of a refusal: every one, the kernel's first first
    untold: tuple[str, ...] = ()  #: symbols, or a word in brackets for what else is not known
    more: tuple[tuple[str, int], ...] = ()  #: how many were left out: of each kind of reason, of UNSAID what is untold


Found = tuple[Reason | str, ...]  #: reasons, and what could not be told


@dataclass(frozen=True, slots=True)
class Rules:
    """All that decides about a symbol beside the module and the kernel's exports of it."""

    covers: str
    lax_namespaces: bool | None
    versions: bool  #: CRCs are compared
    free: bool  #: GPL-only symbols may be used


def of_file(module: ModuleFile, siblings: frozenset[str] = frozenset()) -> Candidate:
    """What the kernel looks at in a module file, as ingest.formats.kmod.read_built() has read it."""
    crcs = {wanted.symbol: wanted.crc for wanted in module.imports}
    looked_up = [*module.undefined, *module.weak] or list(crcs)
    layout = [MODULE_LAYOUT] if MODULE_LAYOUT in crcs else []
    return Candidate(
        name=module.name,
        licenses=module.licenses,
        vermagic=module.vermagic,
        namespaces=module.namespaces,
        imports=tuple((symbol, crcs.get(symbol)) for symbol in dict.fromkeys(layout + looked_up)),
        siblings=siblings,
        btf=module.btf,
        weak=frozenset(module.weak),
    )


def of_built(module: BuiltModule) -> Candidate:
    """What the kernel looks at in a module that a build has left."""
    return Candidate(
        name=module.name,
        licenses=module.licenses,
        vermagic=module.vermagic,
        namespaces=module.namespaces,
        imports=tuple((use.symbol, use.crc) for use in module.uses),
        siblings=frozenset(module.siblings),
        btf=module.btf,
        weak=frozenset(use.symbol for use in module.uses if use.weak),
    )


def verdict(module: Candidate, host: Host) -> Verdict:
    """What the kernel answers to insmod of this module."""
    rules = rules_of(module, host)
    each = (of_symbol(module, rules, symbol, crc, host.exports(symbol)) for symbol, crc in module.imports)
    return concluded(module, host, rules, [one for found in each for one in found])


def rules_of(module: Candidate, host: Host) -> Rules:
    """What a kernel's answers about this module's symbols go by."""
    versions = host.has_crcs and any(crc is not None for _, crc in module.imports)
    return Rules(host.covers, host.lax_namespaces, versions, module.dump or gpl_compatible(module))


def concluded(module: Candidate, host: Host, rules: Rules, of_symbols: Iterable[Reason | str]) -> Verdict:
    """The verdict, given what of_symbol() has found of all the module's imports, in their order."""
    if host.apart:
        return Verdict(UNSAID, (), (APART,))
    versions = rules.versions
    found = [*_layout(module, host, versions), *_vermagic(module, host, versions), *of_symbols, *_btf(module, host)]
    reasons = tuple(one for one in found if isinstance(one, Reason))
    untold = tuple(dict.fromkeys(one for one in found if isinstance(one, str)))
    return Verdict(_answer(module, reasons, untold, versions), reasons, untold)


def _answer(module: Candidate, reasons: tuple[Reason, ...], untold: tuple[str, ...], versions: bool) -> str:
    if reasons:
        return REFUSED
    if any(one not in _never_in_a_dump(module) for one in untold):
        return UNSAID
    return LOADS if versions else UNCHECKED


def _never_in_a_dump(module: Candidate) -> frozenset[str]:
    """What is said beside an answer that goes by the CRCs alone, since more is not in a dump."""
    return frozenset((NO_VERMAGIC, NO_LICENSE, NO_NAMESPACES)) if module.dump else frozenset()


def _layout(module: Candidate, host: Host, versions: bool) -> Iterator[Reason | str]:
    """check_modstruct_version(), which lets all pass where the kernel has no CRCs."""
    if host.has_crcs and not versions and host.force_load is False:  # try_to_force_load()
        yield Reason(LAYOUT, MODULE_LAYOUT, NO_CRCS)
    if not versions:
        return
    crc = next((crc for symbol, crc in module.imports if symbol == MODULE_LAYOUT), None)
    theirs = {export.crc for export in host.exports(MODULE_LAYOUT)}
    if not theirs or None in theirs or (crc is None and module.dump):  # who pasted it may have left out a line
        yield MODULE_LAYOUT
    elif crc not in theirs:
        yield Reason(LAYOUT, MODULE_LAYOUT, _crcs(crc, theirs.pop()))


def _crcs(module: int | None, kernel: int | None) -> str:
    return f"{NONE}{kernel:#010x}" if module is None else f"{module:#010x} -> {kernel:#010x}"


def _vermagic(module: Candidate, host: Host, versions: bool) -> Iterator[Reason | str]:
    """check_modinfo() and same_magic()."""
    if not module.vermagic and not module.dump:
        yield Reason(VERMAGIC, "", NO_MAGIC) if host.force_load is False else NO_VERMAGIC
        return
    if not host.vermagic or not module.vermagic:
        yield from _vermagic_of_one_side(module, host, versions)
        return
    ours, theirs = module.vermagic.rstrip(), host.vermagic.rstrip()
    if versions:
        ours, theirs = magic_flags(ours), magic_flags(theirs)
    if ours != theirs:
        yield Reason(VERMAGIC, "", f"{ours} -> {theirs}")


def _vermagic_of_one_side(module: Candidate, host: Host, versions: bool) -> Iterator[Reason | str]:
    """A module with CRCs states "modversions", which a kernel without them lacks; such a one compares the release."""
    release = module.vermagic.split(" ")[0]
    if versions:
        yield NO_VERMAGIC
    elif module.dump:
        yield Reason(VERMAGIC, "", f"modversions -> {host.vermagic.rstrip() or host.kernel_release}")
    elif release != host.kernel_release:
        yield Reason(VERMAGIC, "", f"{release} -> {host.kernel_release}")
    else:
        yield NO_VERMAGIC


def of_symbol(module: Candidate, rules: Rules, symbol: str, crc: int | None, exports: Sequence[Export]) -> Found:
    """resolve_symbol(): what stands against one import of a kernel with these exports of that name.

    Of a CRC it matters whether the kernel's is the same, another or unknown; beyond that it is in the reason's detail.
    """
    if symbol == MODULE_LAYOUT or symbol in module.siblings:
        return ()
    usable = [export for export in exports if rules.free or not gpl_only(export.kind)]
    if not usable:
        return _not_found(module, rules, symbol, there=bool(exports))
    first = [export for export in usable if export.module == VMLINUX][:1] if len(usable) > 1 else usable
    found = [_export(module, rules, export, crc) for export in first or usable]
    return found[0] if all(one == found[0] for one in found) else (symbol,)


def _not_found(module: Candidate, rules: Rules, symbol: str, *, there: bool) -> Found:
    """find_symbol() found nothing, though it may be `there` for other licenses."""
    if symbol in module.weak:
        return ()
    if there:
        return (Reason(GPL, symbol, module.licenses[0] if module.licenses else "unspecified"),)
    return (symbol,) if rules.covers == VMLINUX else (Reason(MISSING, symbol),)


def gpl_compatible(module: Candidate) -> bool:
    """license_is_gpl_compatible() of its first license, and not one that the kernel knows better."""
    return bool(module.licenses) and module.licenses[0] in GPL_COMPATIBLE and module.name not in PROPRIETARY


def _export(module: Candidate, rules: Rules, export: Export, crc: int | None) -> Found:
    """check_version() and verify_namespace_is_imported(); the kernel says only the first that it finds."""
    found: Found = ()
    if rules.versions and export.crc is None:
        found = (export.symbol,)
    elif rules.versions and crc != export.crc:
        return (Reason(CRC, export.symbol, _crcs(crc, export.crc)),)
    if module.dump:
        return found + (NO_LICENSE,) * gpl_only(export.kind) + (NO_NAMESPACES,) * bool(export.namespace)
    if export.namespace and not is_open(export.namespace, module) and not rules.lax_namespaces:
        found += (Reason(NAMESPACE, export.symbol, export.namespace),)
    return found


def is_open(namespace: str, module: Candidate) -> bool:
    """Whether a module may use what is exported in this namespace, "" for none."""
    if namespace.startswith(FOR_MODULES):
        name = module.name.replace("-", "_")  # mod_strncmp()
        return any(_fits(name, one.replace("-", "_")) for one in namespace.removeprefix(FOR_MODULES).split(","))
    return not namespace or namespace in module.namespaces


def _fits(name: str, pattern: str) -> bool:
    return name.startswith(pattern[:-1]) if pattern.endswith("*") else name == pattern


def _btf(module: Candidate, host: Host) -> Iterator[str]:
    """What btf_parse_module() makes of the module's BTF on another vmlinux than it was made for is not known here."""
    same = module.vermagic.split(" ")[0] == host.kernel_release and not host.shared_name
    if module.btf and host.btf_enforced is not False and not same:
        yield NO_BTF
