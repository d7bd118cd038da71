# SPDX-License-Identifier: GPL-2.0-or-later
"""Packages of out-of-tree modules as the record has them, whole: a few queries, whatever there is."""

from __future__ import annotations

import json
import zlib
from collections import defaultdict
from collections.abc import Collection, Iterable
from typing import Any

import numpy as np

from abidb import dictionary, importset
from abidb.errors import UnknownName
from abidb.outoftree import BuiltModule, Difference, DkmsPackage, LoadResult, PackageKey, Rebuild, Target, Use
from abidb.packagerows import AttemptRow, ModuleRow, PackageRow, PopconRow, ScanRow
from abidb.queries.rows import rows
from abidb.records import Listing

_KERNEL = 5  # columns of a target


def dkms_packages() -> list[PackageRow]:
    """All versions of all packages, the oldest of each first."""
    listings: dict[int, list[Listing]] = defaultdict(list)
    suites: dict[int, dict[str, Any]] = defaultdict(dict)
    for row_id, root, suite, index, release, first, last in rows("dkms_package_listings"):
        listings[row_id].append(Listing(root, suite, index, release, last))
        since, until = suites[row_id].get(suite, (first, last))
        suites[row_id][suite] = (min(since, first), max(until, last))
    found = []
    for row_id, gone, package, version, arch, *told in rows("dkms_package_rows"):
        key = PackageKey(package, version, arch)
        one = DkmsPackage(*[key, *told, tuple(listings[row_id])])
        found.append(PackageRow(row_id, one, suites[row_id], gone))
    return found


def dkms_attempts(package: str | None = None) -> list[AttemptRow]:
    """The attempts of a binary package, or all: in order of packages, their versions and those of kernels."""
    return [_attempt(row) for row in rows("dkms_attempts", package=package)]


def _attempt(row: tuple[Any, ...]) -> AttemptRow:
    headers, root, outcome, reason, missing, *rest = row[9:]
    key, target = PackageKey(*row[1:4]), Target(*row[4:9])
    return AttemptRow(row[0], key, target, headers, root, outcome, reason, tuple(missing), *rest)


def attempt_log(attempt_id: int) -> str:
    """The log of dkms and make, "" where another installation keeps it; raises UnknownName."""
    found = rows("dkms_attempt_log", id=attempt_id)
    if not found:
        raise UnknownName(f"no attempt {attempt_id}")
    packed = bytes(found[0][0])
    return zlib.decompress(packed).decode(errors="replace") if packed else ""


def modules_of(attempt_ids: Collection[int]) -> list[ModuleRow]:
    """What came out of these attempts, in order of ids and names. Raises BadFormat where a set is damaged."""
    found = rows("dkms_modules_of", ids=list(attempt_ids))
    uses = uses_of({row[1] for row in found})
    return [ModuleRow(row[0], _module(row[2:], uses[row[1]])) for row in found]


def _module(row: tuple[Any, ...], uses: tuple[Use, ...]) -> BuiltModule:
    name, sha256, size, licenses, vermagic, depends, namespaces, siblings, exports, btf = row
    return BuiltModule(
        name=name,
        sha256=sha256,
        size=size,
        licenses=tuple(licenses),
        vermagic=vermagic,
        depends=tuple(depends),
        namespaces=tuple(namespaces),
        uses=uses,
        siblings=tuple(siblings),
        exports=tuple(exports),
        btf=btf,
    )


def uses_of(set_ids: Collection[int]) -> dict[int, tuple[Use, ...]]:
    """The uses of import sets, each decoded once. Raises BadFormat where one is damaged."""
    stored = {
        row_id: importset.unpack(bytes(symbols), None if crc is None else bytes(crc), bytes(named))
        for row_id, symbols, crc, named in rows("import_sets_of", ids=list(set_ids))
    }
    names = symbol_names(found.ids for found in stored.values())
    return {row_id: importset.uses(found, names) for row_id, found in stored.items()}


def symbol_names(several: Iterable[Any]) -> dict[int, str]:
    """The names of symbols by id, also of those that no kernel of the record exports."""
    ids = np.unique(np.concatenate([np.empty(0, dtype=np.int32), *several])).tolist()
    ((packed, lines),) = dictionary.rows("symbol_names", ids="{" + ",".join(map(str, ids)) + "}")
    numbers = np.frombuffer(packed or b"", dtype=">i4").tolist()
    return dict(zip(numbers, lines.split("\n"), strict=True)) if numbers else {}


def rebuilds() -> list[Rebuild]:
    """All comparisons of rebuilds."""
    return [_rebuild(row) for row in rows("dkms_rebuilds_of")]


def _rebuild(row: tuple[Any, ...]) -> Rebuild:
    outcome, reason, modules, functions, differing, plugin, at = row[13:]
    told = (Difference(module, name, what, tuple(members)) for module, name, what, members in json.loads(differing))
    return Rebuild(
        PackageKey(*row[:3]),
        Target(*row[3:8]),
        Target(*row[8:13]),
        outcome,
        reason,
        modules,
        functions,
        differing=tuple(told),
        plugin=plugin,
        at=at,
    )


def load_results() -> list[LoadResult]:
    """All that kernels answered, in order of modules and kernels."""
    return [_load_result(row) for row in rows("dkms_load_results")]


def _load_result(row: tuple[Any, ...]) -> LoadResult:
    sha256, module, *kernel, answer, reasons, messages, at = row
    told = tuple((kind, symbol) for kind, symbol in json.loads(reasons))
    return LoadResult(sha256, module, Target(*kernel), answer, told, tuple(messages), at)


def scans() -> list[ScanRow]:
    """What sources seem to use; of packages and kernels that were built too."""
    found = rows("dkms_scans_of")
    uses = uses_of({row[-1] for row in found})
    return [ScanRow(PackageKey(*row[:3]), Target(*row[3 : 3 + _KERNEL]), uses[row[-1]]) for row in found]


def popcon() -> list[PopconRow]:
    """How many systems report each package, as far as a file told."""
    return [PopconRow(*row) for row in rows("dkms_popcon_rows")]
