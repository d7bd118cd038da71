# SPDX-License-Identifier: GPL-2.0-or-later
"""Lines of an export as records of out-of-tree modules."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import pairwise

from abidb.errors import BadFormat
from abidb.importset import NAMED, WEAK
from abidb.outoftree import (
    Attempt,
    BuiltModule,
    Difference,
    DkmsPackage,
    LoadResult,
    PackageKey,
    Rebuild,
    Target,
    Use,
)
from abidb.packagerows import PopconRow, ScanRow
from abidb.transfer import fields
from abidb.transfer.content import OutOfTreeRow, PackageSeenRow
from abidb.transfer.source import Lines

KEY, KERNEL = 3, 5  # fields of a package and of a kernel
SECONDS = re.compile(r"[0-9]{1,9}\.[0-9]")


def _listed(source: Lines) -> PackageSeenRow:
    *key, root, suite, index, release, first, last = fields.split(source.take(), KEY + 6)
    return PackageSeenRow(PackageKey(*key), root, suite, index, release, fields.moment(first), fields.moment(last))


def _popcon(source: Lines) -> PopconRow:
    package, reporting, at = fields.split(source.take(), 3)
    return PopconRow(package, fields.number(reporting), fields.moment(at))


def _package(source: Lines) -> DkmsPackage:
    *key, origin, version, component, depends, filename, size, sha256 = fields.split(source.take(), KEY + 7)
    length = fields.number(size, fields.INT8)
    return DkmsPackage(PackageKey(*key), origin, version, component, depends, filename, length, sha256, listings=())


def _attempt(source: Lines) -> Attempt:
    found = fields.split(source.take(), KEY + KERNEL + 8)
    headers, root, outcome, reason, tools, seconds, at, builder = found[KEY + KERNEL :]
    if not SECONDS.fullmatch(seconds):
        raise BadFormat(f"{seconds!r} are no seconds")
    missing = _several(source, b"missing\t")
    return Attempt(
        package=PackageKey(*found[:KEY]),
        target=Target(*found[KEY : KEY + KERNEL]),
        headers=headers,
        root=root,
        outcome=outcome,
        reason=reason,
        modules=tuple(_modules(source)),
        missing=missing,
        log="",
        tools=tools,
        seconds=float(seconds),
        at=fields.moment(at),
        builder=fields.number(builder),
    )


def _modules(source: Lines) -> list[BuiltModule]:
    found = []
    while source.next.startswith(b"module\t"):
        name, sha256, size, vermagic, btf = fields.split(source.take(), 5)
        module = BuiltModule(
            name=name,
            sha256=sha256,
            size=fields.number(size, fields.INT8),
            vermagic=vermagic,
            btf=fields.flag(btf),
            licenses=_several(source, b"license\t"),
            depends=_several(source, b"depends\t"),
            namespaces=_several(source, b"namespace\t"),
            siblings=_several(source, b"sibling\t"),
            exports=_several(source, b"exported\t"),
            uses=_uses(source),
        )
        found.append(module)
    return found


def _several(source: Lines, word: bytes) -> tuple[str, ...]:
    return tuple(fields.split(line, 1)[0] for line in source.take_while(word))


def _uses(source: Lines) -> tuple[Use, ...]:
    found = (fields.split(line, 3) for line in source.take_while(b"use\t"))
    uses = tuple(Use(symbol, _crc(crc), *_flags(told)) for symbol, crc, told in found)
    if any(a.symbol == b.symbol for a, b in pairwise(uses)):
        raise BadFormat("a symbol stands twice among uses")
    return uses


def _flags(field: str) -> tuple[bool, bool]:
    flags = fields.number(field, NAMED + WEAK + 1)
    return bool(flags & NAMED), bool(flags & WEAK)


def _crc(field: str) -> int | None:
    return fields.number(field, 2**32) if field else None


def _rebuild(source: Lines) -> Rebuild:
    found = fields.split(source.take(), KEY + 2 * KERNEL + 6)
    outcome, reason, modules, functions, plugin, at = found[KEY + 2 * KERNEL :]
    differing = []
    while source.next.startswith(b"difference\t"):
        module, name, what = fields.split(source.take(), 3)
        differing.append(Difference(module, name, what, _several(source, b"member\t")))
    return Rebuild(
        package=PackageKey(*found[:KEY]),
        old=Target(*found[KEY : KEY + KERNEL]),
        new=Target(*found[KEY + KERNEL : KEY + 2 * KERNEL]),
        outcome=outcome,
        reason=reason,
        modules=fields.number(modules),
        functions=fields.number(functions),
        differing=tuple(differing),
        plugin=fields.flag(plugin),
        at=fields.moment(at),
    )


def _load(source: Lines) -> LoadResult:
    sha256, module, *kernel, answer, at = fields.split(source.take(), 2 + KERNEL + 2)
    told = (fields.split(line, 2) for line in source.take_while(b"because\t"))
    reasons = tuple((kind, symbol) for kind, symbol in told)
    messages = _several(source, b"said\t")
    return LoadResult(sha256, module, Target(*kernel), answer, reasons, messages, fields.moment(at))


def _scan(source: Lines) -> ScanRow:
    found = fields.split(source.take(), KEY + KERNEL)
    return ScanRow(PackageKey(*found[:KEY]), Target(*found[KEY:]), _uses(source))


READ: dict[str, Callable[[Lines], OutOfTreeRow]] = {
    "listed": _listed,
    "popcon": _popcon,
    "package": _package,
    "attempt": _attempt,
    "rebuild": _rebuild,
    "load": _load,
    "scan": _scan,
}
