# SPDX-License-Identifier: GPL-2.0-or-later
"""What rows of out-of-tree modules hold in a sound record."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

from abidb import naming, outoftree, verdict
from abidb.errors import BadFormat
from abidb.outoftree import Attempt, BuiltModule, DkmsPackage, LoadResult, PackageKey, Rebuild, Target, Use
from abidb.packagerows import PopconRow, ScanRow
from abidb.records import BuildKey
from abidb.transfer.content import PackageSeenRow
from abidb.transfer.texts import (
    ARCH,
    CODENAME,
    PACKAGE,
    SHA256,
    SYMBOL,
    VERMAGIC,
    VERSION,
    build_key,
    kernel_release,
    match,
    not_to_come,
    text,
)

LINE = 2000  #: bytes of what tools or kernels wrote; the store keeps no more
MODULE = re.compile(r"[!-~]{1,200}")
NAMESPACE = re.compile(naming.NAMESPACE.decode())
FILENAME = re.compile(r"(?!.*(?:^|/)\.\.(?:/|$))[!-~]{1,500}")
WHAT = ("function", "data")
MISSING, MOST_MISSING = 200, 500  #: bytes of a module's name and modules, as the store keeps them
OTHER = "other"  #: a kernel refused for what no verdict knows of


def _key(key: PackageKey) -> None:
    match(PACKAGE, key.package, "package")
    match(VERSION, key.version, "version")
    match(ARCH, key.arch, "architecture")


def _target(target: Target) -> None:
    build_key(BuildKey(target.source, target.version, target.arch, target.flavour))
    kernel_release(target.kernel_release, target.flavour)


def _one_of(known: tuple[str, ...], value: str, what: str) -> None:
    if value not in known:
        raise BadFormat(f"{value[:100]!a} is no {what}")


def _listed(row: PackageSeenRow) -> None:
    _key(row.key)
    text(row.root, 1000, "root")
    text(row.suite, 200, "suite")
    text(row.index, 500, "index")
    match(SHA256, row.release_sha256, "SHA-256")
    if row.first > row.last:
        raise BadFormat(f"seen in {row.suite} last before it was first")
    not_to_come(row.last)


def _popcon(row: PopconRow) -> None:
    match(PACKAGE, row.package, "package")
    not_to_come(row.at)


def _package(row: DkmsPackage) -> None:
    _key(row.key)
    match(PACKAGE, row.source, "source package")
    match(VERSION, row.source_version, "version")
    match(CODENAME, row.component, "component")
    text(row.depends, 10_000, "list of dependencies")
    match(FILENAME, row.filename, "path of a deb")
    match(SHA256, row.sha256, "SHA-256")
    if row.size <= 0:
        raise BadFormat(f"{row.key.package} has {row.size} bytes")


def _attempt(row: Attempt) -> None:
    """A newer builder may have told what this program does not know; and it would always win."""
    not_to_come(row.at)
    _key(row.package)
    _target(row.target)
    text(row.headers, 200, "kernel release")
    match(CODENAME, row.root, "codename")
    _one_of(outoftree.OUTCOMES, row.outcome, "outcome")
    text(row.reason, LINE, "reason")
    text(row.tools, LINE, "list of tools")
    if row.builder > outoftree.BUILDER:
        told = f"this program's is {outoftree.BUILDER}, only a newer one can take it"
        raise BadFormat(f"built by builder {row.builder}; {told}")
    if len(row.missing) > MOST_MISSING:
        raise BadFormat(f"{len(row.missing):,} modules are missing, more than {MOST_MISSING:,}")
    for name in row.missing:
        text(name, MISSING, "module")
    for module in row.modules:
        _module(module)
    _once(row.missing, "module that is missing")
    _once([(module.name, module.sha256) for module in row.modules], "module")
    _outcome(row)


def _outcome(row: Attempt) -> None:
    """What an outcome says of the modules."""
    if row.modules and row.outcome not in (outoftree.BUILT, outoftree.PARTLY, outoftree.HARNESS):
        raise BadFormat(f"{min(module.name for module in row.modules)} came out of what was not built")
    if not row.modules and row.outcome in (outoftree.BUILT, outoftree.PARTLY):
        raise BadFormat(f"{row.outcome}, but no module came out")
    if row.missing and row.outcome == outoftree.BUILT:
        raise BadFormat(f"built, but {row.missing[0]} is missing")


def _once(several: Sequence[object], what: str) -> None:
    if len(set(several)) < len(several):
        raise BadFormat(f"a {what} stands twice")


def _module(module: BuiltModule) -> None:
    match(MODULE, module.name, "module")
    match(SHA256, module.sha256, "SHA-256")
    match(VERMAGIC, module.vermagic, "vermagic")
    for license in module.licenses:
        text(license, LINE, "license")
    for name in module.depends:
        match(MODULE, name, "module")
    for name in module.namespaces:
        match(NAMESPACE, name, "namespace")
    for symbol in (*module.siblings, *module.exports):
        match(SYMBOL, symbol, "symbol")
    _once(module.siblings, "symbol of a sibling")
    _uses(module.uses)


def _uses(uses: tuple[Use, ...]) -> None:
    for use in uses:
        match(SYMBOL, use.symbol, "symbol")
        if use.crc == 0:
            raise BadFormat(f"{use.symbol} has the CRC 0")


def _rebuild(row: Rebuild) -> None:
    _key(row.package)
    _target(row.old)
    _target(row.new)
    _one_of((outoftree.SAME, outoftree.DIFFERENT, outoftree.NOT_COMPARED), row.outcome, "outcome of a rebuild")
    text(row.reason, LINE, "reason")
    not_to_come(row.at)
    if bool(row.differing) != (row.outcome == outoftree.DIFFERENT):
        raise BadFormat(f"a rebuild whose outcome is {row.outcome!r}, with {len(row.differing):,} differences")
    if bool(row.reason) != (row.outcome == outoftree.NOT_COMPARED):
        raise BadFormat("it is not said why a rebuild was not compared, or said where it was")
    _once(row.differing, "difference")
    for one in row.differing:
        match(MODULE, one.module, "module")
        text(one.name, LINE, "name of a function")
        _one_of(WHAT, one.what, "kind of a difference")
        for member in one.members:
            text(member, LINE, "member")


def _load(row: LoadResult) -> None:
    match(SHA256, row.sha256, "SHA-256")
    match(MODULE, row.module, "module")
    _target(row.kernel)
    _one_of((outoftree.ACCEPTED, outoftree.REFUSED, outoftree.UNTRIED), row.answer, "answer of a kernel")
    not_to_come(row.at)
    if bool(row.reasons) != (row.answer == outoftree.REFUSED):
        raise BadFormat(f"a kernel's answer {row.answer!r} with {len(row.reasons):,} reasons")
    for kind, symbol in row.reasons:
        _one_of((*verdict.KINDS, OTHER), kind, "reason of a kernel")
        if symbol:
            match(SYMBOL, symbol, "symbol")
    for message in row.messages:
        text(message, LINE, "message of a kernel")


def _scan(row: ScanRow) -> None:
    _key(row.key)
    _target(row.target)
    _uses(row.uses)


CHECKS: dict[type, Callable[[Any], None]] = {
    PackageSeenRow: _listed,
    PopconRow: _popcon,
    DkmsPackage: _package,
    Attempt: _attempt,
    Rebuild: _rebuild,
    LoadResult: _load,
    ScanRow: _scan,
}
