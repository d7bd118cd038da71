# SPDX-License-Identifier: GPL-2.0-or-later
"""Which packages outside of the kernel use what a module exports."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from abidb.exportset import IdArray
from abidb.moduleanswers import ModuleUser
from abidb.queries.stock import Stock, kept, stock


@dataclass(frozen=True, slots=True, eq=False)
class Uses:
    """Every package and symbol that it uses, once."""

    symbols: IdArray
    owner: npt.NDArray[np.int64]  #: place in `packages`
    packages: tuple[tuple[str, str], ...]  #: source and package


@dataclass(frozen=True, slots=True, eq=False)
class Users:
    """Who uses a set of symbols."""

    packages: tuple[ModuleUser, ...]  #: those of most symbols first
    of: dict[int, int]  #: packages by symbol, where there is one
    known: int  #: packages of which what they use is known


def users_of(symbols: IdArray) -> Users:
    """The packages that import any of these symbols, by their ids in the record."""
    found = stock()
    uses: Uses = kept(found, ("module users",), lambda: _uses(found))
    at = np.flatnonzero(np.isin(uses.symbols, symbols))
    times = np.bincount(uses.owner[at], minlength=len(uses.packages)).tolist()
    packages = [ModuleUser(*uses.packages[place], n) for place, n in enumerate(times) if n]
    ids, counts = np.unique(uses.symbols[at], return_counts=True)
    return Users(
        packages=tuple(sorted(packages, key=lambda user: (-user.symbols, user.package))),
        of=dict(zip(ids.tolist(), counts.tolist(), strict=True)),
        known=len(uses.packages),
    )


def _uses(found: Stock) -> Uses:
    sets: dict[tuple[str, str], dict[int, IdArray]] = {}
    for attempt in found.tries.values():
        version = found.versions[attempt.package_id]
        for module in attempt.modules:  # sets that are alike are one object
            own = sets.setdefault((version.source, version.key.package), {})
            own[id(module.imports)] = module.imports.symbols
    packages = sorted(sets)
    used = [np.unique(np.concatenate(list(sets[package].values()))) for package in packages]
    none = np.zeros(0, dtype=np.int32)
    return Uses(
        symbols=np.concatenate([none, *used]),
        owner=np.repeat(np.arange(len(used)), [each.size for each in used]),
        packages=tuple(packages),
    )
