# SPDX-License-Identifier: GPL-2.0-or-later
"""Verdicts on the modules of an attempt: columns find what may be refused, abidb.verdict decides."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from abidb.exportset import CrcArray, IdArray
from abidb.queries.kernels import Side
from abidb.queries.stock import Module, Stock, Try
from abidb.records import VMLINUX
from abidb.verdict import (
    ANSWERS,
    LOADS,
    MODULE_LAYOUT,
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
    names: Mapping[int, str]  #: of symbols, also others
    layout: int  #: the symbol module_layout; 0 where it is not imported
    weak: frozenset[int] = frozenset()  #: symbols that may be missing

    @property
    def alike(self) -> tuple[object, ...]:
        """What the answer to one symbol hangs on beside the symbol and its CRC."""
        known = self.name if self.name in PROPRIETARY else ""
        return known, self.licenses, self.vermagic, self.namespaces, self.btf, self.crcs is None, self.weak


Said = dict[int, tuple[int, tuple[Reason, ...], tuple[str, ...]]]  #: by symbol: CRC, what stands against it, untold
#: What a kernel was found to say of symbols, by what modules are alike in; several packages use the same ones.
Memo = dict[tuple[object, ...], Said]


def groups(modules: Iterable[Module], names: Mapping[int, str]) -> tuple[Group, ...]:
    """The modules of an attempt in groups."""
    alike: dict[tuple[object, ...], list[Module]] = {}
    for each in modules:
        known = each.name if each.name in PROPRIETARY else ""  # module_augment_kernel_taints()
        weak = frozenset(each.imports.symbols[each.imports.weak].tolist())
        key = (known, each.licenses, each.vermagic, each.namespaces, each.btf, each.imports.crcs is None, weak)
        alike.setdefault(key, []).append(each)
    return tuple(_group(found, names) for found in alike.values())


def groups_of(attempt: Try, known: Stock) -> tuple[Group, ...]:
    """The same, kept beside the stock that the attempt is from."""
    key = ("groups", attempt.id)
    if key not in known.parts:
        known.parts[key] = groups(attempt.modules, known.names)
    found: tuple[Group, ...] = known.parts[key]
    return found


def resolved(attempt: Try, side: Side, known: Stock) -> tuple[Group, ...]:
    """The same less the symbols that the kernel does not export that they were built for.

    A module that imports such a symbol loads nowhere, or needs one that its package builds and does not install: no
    update is to blame for that. Of a kernel whose modules are not known all stay.
    """
    key = ("resolved", attempt.id)
    found: tuple[int, tuple[Group, ...]] | None = known.parts.get(key)
    if found is None or found[0] != side.export_set:
        found = known.parts[key] = side.export_set, tuple(_resolved(group, side) for group in groups_of(attempt, known))
    return found[1]


def _resolved(group: Group, side: Side) -> Group:
    there = side.table.places(group.symbols) >= 0
    if side.ref.covers == VMLINUX or there.all():
        return group
    return replace(group, symbols=group.symbols[there], crcs=None if group.crcs is None else group.crcs[there])


def _group(modules: Sequence[Module], names: Mapping[int, str]) -> Group:
    first = modules[0]
    symbols, at = np.unique(np.concatenate([each.imports.symbols for each in modules]), return_index=True)
    crcs = None
    if first.imports.crcs is not None:
        crcs = np.concatenate([each.imports.crcs for each in modules if each.imports.crcs is not None])[at]
    layout = next((symbol for symbol in symbols.tolist() if names[symbol] == MODULE_LAYOUT), 0)
    weak = frozenset(first.imports.symbols[first.imports.weak].tolist())
    return Group(
        *(first.name, first.licenses, first.vermagic, first.namespaces, first.btf),
        symbols=symbols,
        crcs=crcs,
        names=names,
        layout=layout,
        weak=weak,
    )


def as_built_on(group: Group, side: Side) -> tuple[Group, tuple[str, ...]]:
    """The group as if built on that kernel: with its CRCs and vermagic; and symbols that it does not export.

    What those would be is not known: another version of a header brings other symbols. module_layout is imported where
    the kernel has CRCs, and nowhere else (scripts/mod/modpost.c, add_versions()).
    """
    made = _with_layout(group, side)
    at = side.table.places(made.symbols)
    there = at >= 0
    crcs = side.table.crcs[at[there]] if side.has_crcs else None
    gone = tuple(made.names[symbol] for symbol in made.symbols[~there].tolist() if symbol not in made.weak)
    return replace(made, vermagic=side.vermagic, symbols=made.symbols[there], crcs=crcs), gone


def _with_layout(group: Group, side: Side) -> Group:
    """The group with module_layout among its symbols, or without, as the kernel has it; its CRCs are left out."""
    if group.layout and not side.has_crcs:
        return replace(group, symbols=group.symbols[group.symbols != group.layout], crcs=None, layout=0)
    layout = side.table.layout_id
    if group.layout or not side.has_crcs or not layout:
        return replace(group, crcs=None)
    symbols = np.insert(group.symbols, int(np.searchsorted(group.symbols, layout)), layout)
    return replace(group, symbols=symbols, crcs=None, layout=layout)


def judge(group: Group, side: Side, memo: Memo) -> Verdict:
    """The kernel's answer to modules of the group. `memo` is of that kernel alone, and grows."""
    wanted = np.flatnonzero(_doubtful(group, side, side.table.places(group.symbols)))
    symbols = group.symbols[wanted].tolist()
    crcs = [0] * len(symbols) if group.crcs is None else group.crcs[wanted].tolist()
    said = memo.setdefault((side.ref.id, *group.alike), {})
    new = [(symbol, crc) for symbol, crc in zip(symbols, crcs, strict=True) if said.get(symbol, _NONE)[0] != crc]
    always = [pair for pair in zip(symbols, crcs, strict=True) if pair[0] == group.layout]
    found = _verdict(group, side, dict([*always, *new, *zip(symbols[:1], crcs[:1], strict=True)]))
    _remember(said, new, found, group.names)
    return _of_all(group, found, [said[symbol] for symbol in symbols])


_NONE: tuple[int, tuple[Reason, ...], tuple[str, ...]] = (-1, (), ())


def _verdict(group: Group, side: Side, imports: Mapping[int, int]) -> Verdict:
    """The kernel's answer to a module that imports these alone, given as symbol and CRC, 0 for none."""
    there = side.table.exports(imports)
    exports = {group.names[symbol]: there.get(symbol, ()) for symbol in imports}
    if group.layout not in imports:
        exports[MODULE_LAYOUT] = side.table.layout
    named = tuple(sorted((group.names[symbol], crc or None) for symbol, crc in imports.items()))
    weak = frozenset(group.names[symbol] for symbol in imports if symbol in group.weak)
    candidate = Candidate(group.name, group.licenses, group.vermagic, group.namespaces, named, btf=group.btf, weak=weak)
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
        exports=lambda name: exports.get(name, ()),
    )
    return verdict(candidate, host)


def _remember(said: Said, new: Sequence[tuple[int, int]], found: Verdict, names: Mapping[int, str]) -> None:
    """Keep what a verdict says of single symbols."""
    reasons: dict[str, list[Reason]] = {}
    for reason in found.reasons:
        reasons.setdefault(reason.symbol, []).append(reason)
    untold = set(found.untold)
    for symbol, crc in new:
        name = names[symbol]
        alone = () if name == MODULE_LAYOUT else tuple(reasons.get(name, ()))
        said[symbol] = (crc, alone, (name,) if name in untold and name != MODULE_LAYOUT else ())


def _of_all(group: Group, found: Verdict, said: Iterable[tuple[int, tuple[Reason, ...], tuple[str, ...]]]) -> Verdict:
    """The verdict on all symbols, from what it says of the module and what is known of each symbol."""
    own = set(map(group.names.__getitem__, group.symbols.tolist())) - {MODULE_LAYOUT}
    reasons = [reason for reason in found.reasons if reason.symbol not in own]
    untold = [word for word in found.untold if word not in own]
    more = sorted(((each[1], each[2]) for each in said if each[1] or each[2]), key=_first_symbol)
    reasons += [reason for several, _ in more for reason in several]
    untold += [word for _, words in more for word in words]
    if reasons:
        return Verdict(REFUSED, tuple(reasons), tuple(untold))
    answer = found.answer if found.answer in (LOADS, UNCHECKED) else UNSAID
    return Verdict(UNSAID if untold else answer, (), tuple(untold))


def _first_symbol(said: tuple[tuple[Reason, ...], tuple[str, ...]]) -> str:
    return said[0][0].symbol if said[0] else said[1][0]


def _doubtful(group: Group, side: Side, at: npt.NDArray[np.intp]) -> npt.NDArray[np.bool_]:
    """Which imports must be looked at one by one: all but those that are surely found as they were at build time.

    So must module_layout, to which abidb.verdict sees first. One of the sure ones stays, so that a module that imports
    only such is not taken for one that imports nothing.
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
    doubtful: npt.NDArray[np.bool_] = ~sure | (group.symbols == group.layout)
    if sure.any():
        doubtful[int(np.flatnonzero(sure)[0])] = True
    return doubtful


def worst(verdicts: Sequence[Verdict]) -> Verdict:
    """What is said of a package whose modules have these verdicts; all reasons, the kernel's first first."""
    if len(verdicts) == 1:
        return verdicts[0]
    answers = {each.answer for each in verdicts}
    answer = next((each for each in _WORST if each in answers), UNSAID)
    reasons: dict[Reason, None] = {}
    for each in verdicts:
        reasons.update(dict.fromkeys(each.reasons))
    untold = tuple(dict.fromkeys(word for each in verdicts for word in each.untold))
    return Verdict(answer, tuple(reasons), untold)
