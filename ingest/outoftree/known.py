# SPDX-License-Identifier: GPL-2.0-or-later
"""What a plan of builds starts from: kernels of the record, earlier attempts, symbols in use and where they changed."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from abidb import queries
from abidb.dictionary import Declarations, declarations
from abidb.lifecycle import DebianRelease
from abidb.outoftree import PackageKey, Target
from abidb.queries.kernels import Side, Table, lane_sides
from abidb.queries.stock import stock
from ingest.outoftree.lanes import Kernel, lanes_of
from ingest.outoftree.plan import Change, Record, Tried

ROLLING = ("sid", "experimental")


def record(arch: str, flavours: Collection[str]) -> Record:
    """All that a plan needs to know about kernels of one architecture."""
    found = tuple(kernels(arch))
    return Record(
        kernels=found,
        releases=ordered(queries.debian_releases()),
        tried=tuple(tried()),
        uses=uses(),
        changes=tuple(changes(found, flavours)),
    )


def kernels(arch: str) -> Iterator[Kernel]:
    """The kernels of the record that archives have, in suites of Debian's."""
    known = queries.known_builds()
    for offer in queries.offers():
        suites = tuple(suite for suite in offer.suites if ":" not in suite)  # those with a label are third parties'
        if offer.key.arch == arch and offer.key in known and suites:
            key = offer.key
            target = Target(key.source, key.version, key.arch, key.flavour, offer.kernel_release)
            yield Kernel(target, suites, bool(offer.content.get("headers")))


def ordered(releases: Collection[DebianRelease]) -> tuple[str, ...]:
    """Codenames in the order in which users come to them."""
    numbered = sorted((one for one in releases if one.version), key=lambda one: float(one.version))
    return (*(one.codename for one in numbered), *ROLLING)


def tried() -> Iterator[Tried]:
    """Every attempt of the record."""
    for row in queries.dkms_attempts():
        exact = row.headers in ("", row.target.kernel_release)
        yield Tried(row.key, row.target, row.outcome, row.seconds, row.builder, exact)


def uses() -> dict[PackageKey, frozenset[int]]:
    """The ids of the symbols that each version imports, from all its builds."""
    found = stock()
    return {
        found.versions[number].key: frozenset(
            symbol for one in attempts for module in one.modules for symbol in module.imports.symbols.tolist()
        )
        for number, attempts in found.tries_of.items()
    }


def changes(kernels: Collection[Kernel], flavours: Collection[str]) -> Iterator[Change]:
    """Every step of every lane, from one kernel with headers to the next."""
    for (line, flavour), lane in lanes_of(kernels, flavours).items():
        wanted = {kernel.target for kernel in lane.kernels}
        arch = lane.kernels[0].target.arch
        sides = [side for side in lane_sides(line, arch, flavour) if side.target in wanted]
        for old, new in pairwise(sides):
            if old.export_set != new.export_set or not (old.has_crcs and new.has_crcs):
                yield Change(new.target, changed(old, new))


def changed(old: Side, new: Side) -> frozenset[int]:
    """The ids of symbols that only one of two kernels exports, or each with another CRC, kind or namespace.

    All where one of them has no CRCs: nothing tells what stayed the same.
    """
    if not (old.has_crcs and new.has_crcs):
        return frozenset(np.union1d(old.table.symbols, new.table.symbols).tolist())
    known = declarations(old.table.ids, new.table.ids)
    before, now = (list(_rows(side.table, known)) for side in (old, new))
    differences = [np.setxor1d(one, other) >> 32 for one, other in zip(before, now, strict=True)]
    return frozenset(np.union1d(*differences).tolist())


def _rows(table: Table, known: Declarations) -> Iterator[npt.NDArray[np.int64]]:
    """Each symbol with its CRC in the lower half, and with its kind and namespace."""
    symbols = table.symbols.astype(np.int64) << 32
    yield symbols | table.crcs.astype(np.int64)
    yield symbols | known.kind[table.ids].astype(np.int64) << 16 | known.namespace[table.ids].astype(np.int64)
