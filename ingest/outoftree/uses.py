# SPDX-License-Identifier: GPL-2.0-or-later
"""What the modules of a build use of the kernel, and what of each other."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

from abidb.outoftree import BuiltModule, Use
from abidb.records import ModuleFile


def built_modules(
    read: Mapping[str, ModuleFile],
    sizes: Mapping[str, int],
    named: Collection[str],
    kernel: Collection[str] | None = None,
    beside: Collection[str] = (),
) -> tuple[BuiltModule, ...]:
    """Modules of one build by SHA-256, as records in the order of their names.

    Imports are those of __versions, and every other symbol that is undefined and not weak: the kernel looks up both.
    `named` are the names that the package's source has, `kernel` those that the kernel exports. What neither the kernel
    nor another of the modules exports keeps no CRC: it is that of a module which the build made and did not keep, and
    the kernel refuses the symbol as missing. What modules export that were built and installed before (`beside`) is as
    a sibling's.
    """
    exporters: dict[str, set[str]] = {}
    for digest, module in read.items():
        for export in module.exports:
            exporters.setdefault(export.symbol, set()).add(digest)

    def elsewhere(symbol: str, digest: str) -> bool:
        return symbol in beside or bool(exporters.get(symbol, set()) - {digest})

    def lost(symbol: str) -> bool:
        return symbol not in exporters and kernel is not None and bool(kernel) and symbol not in kernel

    modules = [_module(digest, one, sizes[digest], named, (elsewhere, lost)) for digest, one in read.items()]
    return tuple(sorted(modules, key=lambda module: (module.name, module.sha256)))


def _module(
    digest: str,
    module: ModuleFile,
    size: int,
    named: Collection[str],
    asked: tuple[Callable[[str, str], bool], Callable[[str], bool]],
) -> BuiltModule:
    elsewhere, lost = asked
    crcs: dict[str, int | None] = dict.fromkeys(module.undefined)
    crcs.update((one.symbol, None if lost(one.symbol) else one.crc) for one in module.imports)
    siblings, weak = {symbol for symbol in crcs if elsewhere(symbol, digest)}, frozenset(module.weak)
    return BuiltModule(
        name=module.name,
        sha256=digest,
        size=size,
        licenses=module.licenses,
        vermagic=module.vermagic,
        depends=module.depends,
        namespaces=module.namespaces,
        uses=tuple(
            Use(symbol, crcs[symbol], named=symbol in named, weak=symbol in weak)
            for symbol in sorted(crcs)
            if symbol not in siblings
        ),
        siblings=tuple(sorted(siblings)),
        exports=tuple(sorted(export.symbol for export in module.exports)),
        btf=module.btf,
    )
