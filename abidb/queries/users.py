# SPDX-License-Identifier: GPL-2.0-or-later
"""Who uses a symbol, of all packages and versions of the record."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from abidb.exportset import IdArray
from abidb.packageanswers import VersionSeen
from abidb.queries.stock import ImportSet, Module, Stock, kept, stock
from abidb.useanswers import User, Users
from abidb.verdict import Candidate, gpl_compatible


@dataclass(frozen=True, slots=True, eq=False)
class Index:
    """All import sets of built modules, one after the other, and whose they are."""

    symbols: IdArray
    owner: npt.NDArray[np.int32]  #: place in `modules`
    named: npt.NDArray[np.bool_]
    modules: tuple[tuple[tuple[VersionSeen, Module], ...], ...]  #: with each set
    ids: dict[str, int]
    packages: int


def users(symbol: str) -> Users:
    """The packages that import a symbol, and apart those never built whose source has its name."""
    found = stock()
    index: Index = kept(found, ("users",), lambda: _index(found))
    wanted = index.ids.get(symbol)
    if wanted is None:
        return Users((), (), index.packages)
    at = np.flatnonzero(index.symbols == wanted)
    uses: dict[str, list[tuple[VersionSeen, Module, bool]]] = {}
    for owner, named in zip(index.owner[at].tolist(), index.named[at].tolist(), strict=True):
        for version, module in index.modules[owner]:
            uses.setdefault(version.key.package, []).append((version, module, named))
    return Users(
        built=tuple(_user(found, uses[package]) for package in sorted(uses)),
        scanned=tuple(_scanned(found, wanted)),
        packages=index.packages,
    )


def _index(found: Stock) -> Index:
    sets: dict[int, ImportSet] = {}
    owners: dict[int, dict[tuple[int, str], tuple[VersionSeen, Module]]] = {}
    for attempt in found.tries.values():
        version = found.versions[attempt.package_id]
        for module in attempt.modules:
            key = id(module.imports)  # sets that are alike are one object
            sets[key] = module.imports
            owners.setdefault(key, {})[attempt.package_id, module.name] = version, module
    no_ids, no_flags = np.zeros(0, dtype=np.int32), np.zeros(0, dtype=bool)
    packages = {version.key.package for own in owners.values() for version, _ in own.values()}
    return Index(
        symbols=np.concatenate([no_ids, *(each.symbols for each in sets.values())]),
        owner=np.repeat(np.arange(len(sets), dtype=np.int32), [each.symbols.size for each in sets.values()]),
        named=np.concatenate([no_flags, *(each.named for each in sets.values())]),
        modules=tuple(tuple(owners[key].values()) for key in sets),
        ids={name: i for i, name in found.names.items()},
        packages=len(packages),
    )


def _user(found: Stock, uses: Iterable[tuple[VersionSeen, Module, bool]]) -> User:
    """One package, of which every version and module that uses the symbol is given."""
    given = list(uses)
    package = given[0][0].key.package
    here = {version.id for version, *_ in given}
    versions = (each.key.version for each in found.by_package[package] if each.id in here)  # oldest first
    return User(
        source=given[0][0].source,
        package=package,
        versions=tuple(dict.fromkeys(versions)),
        modules=tuple(sorted({module.name for _, module, _ in given})),
        named=any(named for *_, named in given),
        licenses=tuple(sorted({license for _, module, _ in given for license in module.licenses})),
        free=all(_is_free(module) for _, module, _ in given),
        systems=found.popcon.get(package) if found.popcon else None,
    )


def _is_free(module: Module) -> bool:
    return gpl_compatible(Candidate(module.name, module.licenses, module.vermagic, module.namespaces, ()))


def _scanned(found: Stock, symbol: int) -> list[User]:
    """Packages of which no version was built and whose source has the symbol."""
    built = {found.versions[each.package_id].key.package for each in found.tries.values() if each.modules}
    uses: dict[str, list[VersionSeen]] = {}
    for version_id, (_, scan) in found.scans.items():
        version = found.versions[version_id]
        if version.key.package not in built and symbol in scan.symbols:
            uses.setdefault(version.key.package, []).append(version)
    return [_of_scan(found, package, versions) for package, versions in sorted(uses.items())]


def _of_scan(found: Stock, package: str, versions: list[VersionSeen]) -> User:
    here = {each.id for each in versions}
    order = tuple(each.key.version for each in found.by_package[package] if each.id in here)
    systems = found.popcon.get(package) if found.popcon else None
    return User(versions[0].source, package, order, (), True, (), True, systems)
