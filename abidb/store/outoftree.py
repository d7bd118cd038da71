# SPDX-License-Identifier: GPL-2.0-or-later
"""What became of building packages against kernels, and what kernels said of the modules."""

from __future__ import annotations

import datetime as dt
import json
import zlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db import transaction

from abidb.errors import Conflict, UnknownName
from abidb.outoftree import (
    HARNESS,
    NO_DEPENDENCY,
    Attempt,
    BuiltModule,
    Difference,
    LoadResult,
    PackageKey,
    Rebuild,
    Target,
    Use,
)
from abidb.publicwords import without_places
from abidb.rank import attempt_rank
from abidb.store.imports import import_sets, symbol_ids
from abidb.store.rows import row, run, run_many, value
from abidb.versions import version_key

NEW, BETTER, KNOWN = "new", "better", "known"  #: what became of an attempt that was to be saved
LONGEST = 2000  #: bytes of a line that tools or kernels wrote
NAME = 200  #: bytes of a module's name, as a package's dkms.conf says it
MOST_MISSING = 500  #: modules that a dkms.conf promises and that did not come out; the largest packages have some 100


@transaction.atomic
def save_attempt(attempt: Attempt) -> str:
    """Keep an attempt with its modules and uses, where it is NEW or BETTER than the record's; else that is KNOWN.

    Raises UnknownName where the record has no such package, Conflict where the kernel has another release there.
    """
    ids = symbols_of([attempt])
    run("raise_generation")
    return put_attempt(attempt, ids)[1]


def symbols_of(attempts: Iterable[Attempt]) -> dict[str, int]:
    """The ids of all symbols that modules of these attempts use: see symbol_ids()."""
    return symbol_ids(use.symbol for one in attempts for module in one.modules for use in module.uses)


def put_attempt(attempt: Attempt, ids: Mapping[str, int]) -> tuple[int, str]:
    """The rows: the id of what the record has now, and what became of the attempt."""
    package, target = _package(attempt.package), _target(attempt.target)
    stored = row("stored_dkms_build", package=package, target=target)
    if stored and not _replaces(attempt, *stored[1:]):
        return stored[0], KNOWN
    columns = _columns(attempt)
    if stored:
        run("replace_dkms_build", build=stored[0], **columns)
        _add_modules(stored[0], attempt, ids)
        return stored[0], BETTER
    build = int(value("add_dkms_build", package=package, target=target, **columns))
    _add_modules(build, attempt, ids)
    return build, NEW


def _replaces(attempt: Attempt, outcome: str, builder: int, exact: bool, at: dt.datetime) -> bool:
    """Whether it is better than the stored one; of two that failed by us, or for want of a dependency, the later one
    tells what is in the way now.
    """
    if attempt.outcome == outcome and outcome in (HARNESS, NO_DEPENDENCY):
        return (attempt.builder, attempt.at) > (builder, at)
    return rank(attempt) > attempt_rank(outcome, builder, exact)


@transaction.atomic
def save_rebuild(rebuild: Rebuild) -> None:
    """Keep a comparison in place of an earlier one of the same package and kernels, unless that came to something and
    this one to nothing. Raises as save_attempt does.
    """
    run("raise_generation")
    put_rebuild(rebuild)


def put_rebuild(rebuild: Rebuild) -> None:
    """The row."""
    run(
        "put_rebuild",
        package=_package(rebuild.package),
        old=_target(rebuild.old),
        new=_target(rebuild.new),
        outcome=rebuild.outcome,
        reason=plain(without_places(rebuild.reason)),
        modules=rebuild.modules,
        functions=rebuild.functions,
        differing=json.dumps(sorted(set(map(_difference, rebuild.differing)))),
        plugin=rebuild.plugin,
        at=rebuild.at,
    )


def _difference(one: Difference) -> tuple[str, str, str, tuple[str, ...]]:
    return one.module, plain(one.name), one.what, tuple(map(plain, one.members))


@transaction.atomic
def save_load_results(results: Iterable[LoadResult]) -> None:
    """Keep what kernels answered, in place of earlier answers to the same file; none never in place of one.

    Raises Conflict as save_attempt.
    """
    run("raise_generation")
    for result in results:
        put_load_result(result)


def put_load_result(result: LoadResult) -> None:
    """The row."""
    run(
        "put_load_result",
        sha256=result.sha256,
        module=result.module,
        target=_target(result.kernel),
        answer=result.answer,
        reasons=json.dumps(result.reasons),
        messages=[plain(message) for message in result.messages],
        at=result.at,
    )


@transaction.atomic
def put_scan(package: PackageKey, target: Target, symbols: Iterable[str]) -> None:
    """Keep what the source of a package seems to use on a kernel. Raises as save_attempt does."""
    uses = [Use(symbol, None, True) for symbol in sorted(set(symbols))]
    ids = symbol_ids(use.symbol for use in uses)
    run("raise_generation")
    add_scan(package, target, uses, ids)


def add_scan(package: PackageKey, target: Target, uses: Sequence[Use], ids: Mapping[str, int]) -> None:
    """The row."""
    (import_set,) = import_sets([uses], ids)
    run("put_scan", package=_package(package), target=_target(target), import_set=import_set)


def plain(text: str, most: int = LONGEST) -> str:
    """A line that packages, tools or kernels wrote, as it is kept: without control characters, at most `most` bytes."""
    printable = "".join(sign if sign.isprintable() else " " for sign in text).strip()
    return printable.encode(errors="replace")[:most].decode(errors="ignore")


def rank(attempt: Attempt) -> tuple[bool, int, bool, bool]:
    """How good it is: abidb.rank."""
    return attempt_rank(attempt.outcome, attempt.builder, attempt.headers == attempt.target.kernel_release)


def _package(key: PackageKey) -> int:
    found = row("dkms_package_id", package=key.package, version=key.version, arch=key.arch)
    if not found:
        raise UnknownName(f"no package {key.package} {key.version} ({key.arch}) in the record")
    return int(found[0])


def _target(target: Target) -> int:
    """The id of a kernel, which becomes known by that. The generation must be raised."""
    named = {"source": target.source, "version": target.version, "arch": target.arch, "flavour": target.flavour}
    found = row("target_id", **named)
    if not found:
        key = version_key(target.version)
        return int(value("add_target", version_key=key, kernel_release=target.kernel_release, **named))
    if found[1] != target.kernel_release:
        told = f"{' '.join(named.values())} is the kernel {found[1]} in the record"
        raise Conflict(f"{told}, not {target.kernel_release}")
    return int(found[0])


def _columns(attempt: Attempt) -> dict[str, Any]:
    log = attempt.log.encode(errors="replace")
    return {
        "headers": attempt.headers,
        "root": attempt.root,
        "outcome": attempt.outcome,
        "reason": plain(without_places(attempt.reason)),
        "missing": sorted({plain(name, NAME) for name in attempt.missing})[:MOST_MISSING],
        "log": zlib.compress(log) if log else b"",
        "log_size": len(log),
        "tools": plain(attempt.tools),
        "seconds": round(attempt.seconds, 1),
        "at": attempt.at,
        "builder": attempt.builder,
    }


def _add_modules(build: int, attempt: Attempt, ids: Mapping[str, int]) -> None:
    modules = sorted(attempt.modules, key=lambda module: (module.name, module.sha256))
    sets = import_sets([module.uses for module in modules], ids)
    run_many("add_dkms_module", [_module(build, *one) for one in zip(modules, sets, strict=True)])


def _module(build: int, module: BuiltModule, import_set: int) -> dict[str, Any]:
    return {
        "build": build,
        "name": module.name,
        "sha256": module.sha256,
        "size": module.size,
        "licenses": [plain(license) for license in module.licenses],
        "vermagic": module.vermagic,
        "depends": list(module.depends),
        "namespaces": list(module.namespaces),
        "siblings": sorted(module.siblings),
        "exports": sorted(module.exports),
        "btf": module.btf,
        "import_set": import_set,
    }
