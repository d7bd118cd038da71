# SPDX-License-Identifier: GPL-2.0-or-later
"""Import sets: content, written once and never changed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from abidb import importset
from abidb.outoftree import Use
from abidb.store.rows import add, rows, send, value
from abidb.store.sets import add_modules


def symbol_ids(names: Iterable[str]) -> dict[str, int]:
    """The ids of symbols by name; new ones are added. To be called before the generation is raised."""
    add_modules([])  # no row, but the lock on that table: whoever loads many sets waits for it, or we for them
    send("incoming_names", "incoming_name", ([name] for name in sorted(set(names))))
    add("add_names", "symbol")
    return dict(rows("name_ids"))


def import_sets(several: Sequence[Sequence[Use]], ids: Mapping[str, int]) -> list[int]:
    """The ids of import sets, in the order given; new ones are added.

    To be called after the generation was raised, so that nothing is collected before a module has it.
    """
    by_digest = {importset.digest(uses): uses for uses in several}
    known = {bytes(digest): row for digest, row in rows("known_import_sets", digests=list(by_digest))}
    for digest in sorted(by_digest.keys() - known.keys()):
        symbols, crc, named = importset.pack(by_digest[digest], ids)
        known[digest] = value("add_import_set", digest=digest, symbols=symbols, crc=crc, named=named)
    return [known[importset.digest(uses)] for uses in several]
