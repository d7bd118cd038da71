# SPDX-License-Identifier: GPL-2.0-or-later
"""What must hold of out-of-tree modules at any time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import groupby

import numpy as np
import numpy.typing as npt

from abidb import importset
from abidb.comparison import stored_set
from abidb.dictionary import declarations
from abidb.errors import BadFormat, UnknownName
from abidb.exportset import IdArray
from abidb.importset import ImportSet, unpack
from abidb.outoftree import Attempt
from abidb.packagerows import AttemptRow
from abidb.queries import outoftree_content
from abidb.queries.dkms import dkms_attempts, symbol_names
from abidb.queries.rows import rows
from abidb.transfer.content import OutOfTreeRow
from abidb.transfer.outoftree import lines
from abidb.transfer.valid import check
from abidb.versions import version_key

SHOWN = 3  #: symbols of one module
Keys = npt.NDArray[np.uint64]


def outoftree_invariants() -> Iterator[str]:
    """What does not hold, a line each: none in a sound record.

    Import sets decode, their ids ascend and are known, they have their digest; no field holds what an import would
    refuse; version keys are those of versions; what modules import has the CRCs that their kernel exports.
    """
    yield from _sets()
    for row in _rows():
        try:
            check(row)
        except (BadFormat, UnknownName) as error:
            what = " ".join(lines(row)[0].decode().split("\t")[:9])
            yield f"{what}: {error}"
    for what, version, key in rows("outoftree_version_keys"):
        if key != version_key(version):
            yield f"{what} {version}: its version key is another version's"
    yield from import_mismatches()


def _sets() -> Iterator[str]:
    sets: dict[int, tuple[bytes, ImportSet]] = {}
    for row_id, digest, symbols, crc, named in rows("all_import_sets"):
        try:
            stored = unpack(bytes(symbols), None if crc is None else bytes(crc), bytes(named))
            sets[row_id] = bytes(digest), stored
        except BadFormat as error:
            yield f"import set {row_id}: {error}"
    names = symbol_names(stored.ids for _, stored in sets.values())
    for row_id, (digest, stored) in sets.items():
        try:
            if importset.digest(importset.uses(stored, names)) != digest:
                yield f"import set {row_id}: its members are not those of its digest"
        except BadFormat as error:
            yield f"import set {row_id}: {error}"


def _rows() -> Iterator[OutOfTreeRow]:
    """All of them but those with a set that is damaged, which is said."""
    yield from outoftree_content.sightings()
    yield from outoftree_content.packages()
    for attempt in dkms_attempts():
        yield from _attempt(attempt)
    yield from outoftree_content.results()
    try:
        yield from outoftree_content.scans()
    except BadFormat:
        return


def _attempt(row: AttemptRow) -> Sequence[Attempt]:
    try:
        return list(outoftree_content.with_modules([row]))
    except BadFormat:
        return ()


def import_mismatches() -> Iterator[str]:
    """Modules that were built with a kernel's own headers and import a symbol with another CRC than it exports, a line
    each. One that it does not export at all is no contradiction: it may come from a module that a package builds and
    does not install (dahdi's echo), and then no kernel takes it.
    """
    for export_set, found in groupby(rows("imports_of_kernels"), key=lambda row: int(row[0])):
        modules = [(int(import_set), str(what)) for _, import_set, what in found]
        try:
            wrong = _wrong(export_set, {import_set for import_set, _ in modules})
        except (BadFormat, KeyError, UnknownName):
            continue  # what is wrong with the set was said
        for import_set, what in modules:
            if symbols := wrong.get(import_set):
                more = f" and {len(symbols) - SHOWN:,} more" if len(symbols) > SHOWN else ""
                shown = ", ".join(symbols[:SHOWN])
                yield f"{what}: imports with another CRC than the kernel exports: {shown}{more}"


def _wrong(export_set: int, import_sets: set[int]) -> dict[int, list[str]]:
    """Symbols by import set."""
    kernel = stored_set(export_set)
    symbols, crcs = declarations(kernel.ids).symbol[kernel.ids], kernel.crcs
    if crcs is None:
        return {}
    unknown, known = symbols[crcs == 0], _keys(symbols, crcs)
    told = np.setdiff1d(symbols, unknown)
    wrong: dict[int, list[str]] = defaultdict(list)
    for set_id, stored in _stored(import_sets):
        if stored.crcs is None:
            continue
        comparable = (stored.crcs != 0) & np.isin(stored.ids, told)
        bad: IdArray = stored.ids[comparable & ~np.isin(_keys(stored.ids, stored.crcs), known)]
        if bad.size:
            wrong[set_id] = sorted(symbol_names([bad]).values())
    return wrong


def _keys(symbols: IdArray, crcs: npt.NDArray[np.uint32]) -> Keys:
    return (symbols.astype(np.uint64) << np.uint64(32)) | crcs.astype(np.uint64)


def _stored(import_sets: set[int]) -> Iterator[tuple[int, ImportSet]]:
    for row_id, symbols, crc, named in rows("import_sets_of", ids=sorted(import_sets)):
        yield row_id, unpack(bytes(symbols), None if crc is None else bytes(crc), bytes(named))
