# SPDX-License-Identifier: GPL-2.0-or-later
"""Verdicts on the modules of an attempt: columns find what may be refused, abidb.verdict decides."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from abidb.exportset import CrcArray, IdArray
from abidb.queries.kernels import Side
from abidb.queries.stock import Module, Try, symbol_names
from abidb.verdict import (
    ANSWERS,
    LOADS,
    PROPRIETARY,
    REFUSED,
    UNCHECKED,
    UNSAID,
    Candidate,
    Host,
    Reason,
    Verdict,
    verdict,
)

#: Of several modules of a package the one that fares worst speaks for it.
_WORST = (REFUSED, UNSAID, UNCHECKED, LOADS)
assert set(_WORST) == set(ANSWERS)


@dataclass(frozen=True, slots=True, eq=False)
class Group:
    """Modules of one attempt that differ in nothing that the kernel looks at but their imports, taken together."""

    name: str
    licenses: tuple[str, ...]
    vermagic: str
    namespaces: tuple[str, ...]
    btf: bool
    symbols: IdArray  #: ascending
    crcs: CrcArray | None
    names: dict[int, str]


def groups(modules: Iterable[Module]) -> tuple[Group, ...]:
    """The modules of an attempt in groups."""
    alike: dict[tuple[object, ...], list[Module]] = {}
    for each in modules:
        known = each.name if each.name in PROPRIETARY else ""
        key = (known, each.licenses, each.vermagic, each.namespaces, each.btf, each.imports.crcs is None)
        alike.setdefault(key, []).append(each)
    return tuple(_group(found) for found in alike.values())


def groups_of(attempt: Try, kept: dict[object, object]) -> tuple[Group, ...]:
    """The same, kept beside the stock that the attempt is from."""
    key = ("groups", attempt.id)
    if key not in kept:
        kept[key] = groups(attempt.modules)
    return kept[key]  # type: ignore[return-value]


def _group(modules: Sequence[Module]) -> Group:
    first = modules[0]
    symbols, at = np.unique(np.concatenate([each.imports.symbols for each in modules]), return_index=True)
    crcs = None
    if first.imports.crcs is not None:
        crcs = np.concatenate([each.imports.crcs for each in modules if each.imports.crcs is not None])[at]
    names = symbol_names(symbols)
    return Group(first.name, first.licenses, first.vermagic, first.namespaces, first.btf, symbols, crcs, names)


def as_built_on(group: Group, side: Side) -> tuple[Group, tuple[str, ...]]:
    """The group as if built on that kernel: with its CRCs and vermagic; and symbols that it does not export.

    What those would be is not known: another version of a header brings other symbols.
    """
    at = side.table.places(group.symbols)
    there = at >= 0
    crcs = side.table.crcs[at[there]] if side.has_crcs else None
    gone = tuple(group.names[symbol] for symbol in group.symbols[~there].tolist())
    names, magic = group.names, side.vermagic
    made = Group(group.name, group.licenses, magic, group.namespaces, group.btf, group.symbols[there], crcs, names)
    return made, gone


def judge(group: Group, side: Side) -> Verdict:
    """The kernel's answer to modules of the group."""
    table, at = side.table, side.table.places(group.symbols)
    wanted = _doubtful(group, side, at)
    crcs = [0] * group.symbols.size if group.crcs is None else group.crcs.tolist()
    symbols, ids = group.symbols.tolist(), {}
    imports = []
    for place in np.flatnonzero(wanted).tolist():
        name = group.names[symbols[place]]
        ids[name] = symbols[place]
        imports.append((name, crcs[place] or None))
    candidate = Candidate(
        group.name, group.licenses, group.vermagic, group.namespaces, tuple(sorted(imports)), btf=group.btf
    )
    host = Host(
        kernel_release=side.ref.kernel_release,
        vermagic=side.vermagic,
        covers=side.ref.covers,
        has_crcs=side.has_crcs,
        apart=side.ref.status != "good",
        btf_enforced=side.btf_enforced,
        shared_name=side.shared_name,
        force_load=side.has("CONFIG_MODULE_FORCE_LOAD"),
        lax_namespaces=side.has("CONFIG_MODULE_ALLOW_MISSING_NAMESPACE_IMPORTS"),
        exports=lambda name: table.exports(ids[name]) if name in ids else (),
    )
    return verdict(candidate, host)


def _doubtful(group: Group, side: Side, at: npt.NDArray[np.intp]) -> npt.NDArray[np.bool_]:
    """Which imports must be looked at one by one: all but those that are surely found as they were at build time.

    One of the sure ones stays, so that a module that imports only such is not taken for one that imports nothing.
    """
    table = side.table
    place = np.maximum(at, 0)
    if not table.symbols.size:
        return np.ones(group.symbols.size, dtype=bool)
    sure = (at >= 0) & table.plain[place]
    if side.has_crcs and group.crcs is not None:
        sure &= (group.crcs != 0) & (table.crcs[place] == group.crcs)
    elif side.has_crcs:
        sure &= False
    doubtful = ~sure
    if sure.any():
        doubtful[int(np.flatnonzero(sure)[0])] = True
    return doubtful


def worst(verdicts: Sequence[Verdict]) -> Verdict:
    """What is said of a package whose modules have these verdicts; all reasons, the kernel's first first."""
    answers = {each.answer for each in verdicts}
    answer = next((each for each in _WORST if each in answers), UNSAID)
    reasons: dict[Reason, None] = {}
    for each in verdicts:
        reasons.update(dict.fromkeys(each.reasons))
    untold = tuple(dict.fromkeys(word for each in verdicts for word in each.untold))
    return Verdict(answer, tuple(reasons), untold)
