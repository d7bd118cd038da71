# SPDX-License-Identifier: GPL-2.0-or-later
"""Records of out-of-tree modules as lines of an export, and the order in which they stand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import astuple
from typing import Any

from abidb import importset
from abidb.outoftree import Attempt, BuiltModule, DkmsPackage, LoadResult, PackageKey, Rebuild, Target, Use
from abidb.packagerows import PopconRow, ScanRow
from abidb.publicwords import without_places
from abidb.transfer.content import OutOfTreeRow, PackageSeenRow
from abidb.transfer.fields import line
from abidb.versions import version_key

Place = tuple[Any, ...]


def _package(key: PackageKey) -> Place:
    return key.package, version_key(key.version), key.version, key.arch


def _kernel(target: Target) -> Place:
    return target.source, target.arch, target.flavour, version_key(target.version), target.version


#: What rows are sorted by: the section first, as the first number.
PLACE: dict[type, Callable[[Any], Place]] = {
    PackageSeenRow: lambda row: (4, *astuple(row.key), row.root, row.suite, row.index),
    PopconRow: lambda row: (5, row.package),
    DkmsPackage: lambda row: (8, *_package(row.key)),
    Attempt: lambda row: (9, *_package(row.package), *_kernel(row.target)),
    Rebuild: lambda row: (10, *_package(row.package), *_kernel(row.old), *_kernel(row.new)),
    LoadResult: lambda row: (11, row.sha256, *_kernel(row.kernel)),
    ScanRow: lambda row: (12, *_package(row.key), *_kernel(row.target)),
}


def place(row: OutOfTreeRow) -> Place:
    """Where a row stands."""
    return PLACE[type(row)](row)


def _listed(row: PackageSeenRow) -> list[bytes]:
    at = (row.root, row.suite, row.index, row.release_sha256, row.first, row.last)
    return [line("listed", *astuple(row.key), *at)]


def _popcon(row: PopconRow) -> list[bytes]:
    return [line("popcon", row.package, row.reporting, row.at)]


def _told(row: DkmsPackage) -> list[bytes]:
    told = (row.source, row.source_version, row.component, row.depends, row.filename, row.size, row.sha256)
    return [line("package", *astuple(row.key), *told)]


def _scan(row: ScanRow) -> list[bytes]:
    return [line("scan", *astuple(row.key), *astuple(row.target)), *map(_use, sorted(row.uses, key=_symbol))]


def _attempt(row: Attempt) -> list[bytes]:
    told = (
        row.headers,
        row.root,
        row.outcome,
        without_places(row.reason),
        row.tools,
        repr(row.seconds),
        row.at,
        row.builder,
    )
    return [
        line("attempt", *astuple(row.package), *astuple(row.target), *told),
        *(line("missing", name) for name in sorted(row.missing)),
        *(text for module in sorted(row.modules, key=lambda one: (one.name, one.sha256)) for text in _module(module)),
    ]


def _module(module: BuiltModule) -> list[bytes]:
    return [
        line("module", module.name, module.sha256, module.size, module.vermagic, module.btf),
        *(line("license", license) for license in module.licenses),
        *(line("depends", name) for name in module.depends),
        *(line("namespace", name) for name in module.namespaces),
        *(line("sibling", symbol) for symbol in sorted(module.siblings)),
        *(line("exported", symbol) for symbol in sorted(module.exports)),
        *map(_use, sorted(module.uses, key=_symbol)),
    ]


def _symbol(use: Use) -> str:
    return use.symbol


def _use(use: Use) -> bytes:
    return line("use", use.symbol, use.crc, importset.flags(use))


def _rebuild(row: Rebuild) -> list[bytes]:
    told = (row.outcome, without_places(row.reason), row.modules, row.functions, row.plugin, row.at)
    found = [line("rebuild", *astuple(row.package), *astuple(row.old), *astuple(row.new), *told)]
    for one in sorted(row.differing):
        found.append(line("difference", one.module, one.name, one.what))
        found += [line("member", member) for member in one.members]
    return found


def _load(row: LoadResult) -> list[bytes]:
    return [
        line("load", row.sha256, row.module, *astuple(row.kernel), row.answer, row.at),
        *(line("because", kind, symbol) for kind, symbol in row.reasons),
        *(line("said", message) for message in row.messages),
    ]


LINES: dict[type, Callable[[Any], list[bytes]]] = {
    PackageSeenRow: _listed,
    PopconRow: _popcon,
    DkmsPackage: _told,
    Attempt: _attempt,
    Rebuild: _rebuild,
    LoadResult: _load,
    ScanRow: _scan,
}


def lines(row: OutOfTreeRow) -> list[bytes]:
    """The lines of a row."""
    return LINES[type(row)](row)
