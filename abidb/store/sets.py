# SPDX-License-Identifier: GPL-2.0-or-later
"""Dictionaries and the sets that are made of them. All of it is content: written once, never changed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from django.db import connection, transaction

from abidb import exportset, factset
from abidb.records import Export, ModuleFact
from abidb.store.rows import add, row, rows, run, send, value

OPTION = re.compile(r"CONFIG_\w{1,100}=[^\0]*", re.ASCII)
LONGEST = 2200  #: bytes of an option's line; a row of PostgreSQL's index has no more than 2704
_FACT_QUERIES = {"config_option": "add_config_options", "module_fact": "add_module_facts"}


def export_set(exports: Sequence[Export], covers: str) -> int:
    """The id of the set of these exports. Their modules must be known: see add_modules."""
    digest = exportset.digest(exports, covers)
    known = row("export_set_id", digest=digest)
    if known:
        return int(known[0])
    packed, crc = exportset.pack(export_ids(exports), [e.crc for e in exports])
    run("add_export_set", digest=digest, covers=covers, exports=packed, crc=crc)
    return int(value("export_set_id", digest=digest))


def export_ids(exports: Iterable[Export]) -> list[int]:
    """The ids of declarations, in the order given; new ones are added, their modules must be known."""
    named = ((n, e.symbol, e.module, e.kind, e.namespace) for n, e in enumerate(exports))
    send("incoming_exports", "incoming_export", named)
    add("add_symbols", "symbol")
    add("add_exports", "export")
    return [found[0] for found in rows("export_ids")]


def add_modules(paths: Iterable[str]) -> None:
    """Make modules known. Of exports and facts at once: a second ordered insert could meet another writer's first."""
    add("add_modules", "module", paths=sorted(set(paths)))


def options(config: str) -> list[tuple[str, str]]:
    """CONFIG_X=value lines; what is not set has no line of that form."""
    lines = (line for line in config.splitlines() if OPTION.fullmatch(line))
    return sorted({_pair(line) for line in lines if len(line.encode()) <= LONGEST})


def _pair(line: str) -> tuple[str, str]:
    name, _, given = line.partition("=")
    return name, given


def licenses(modules: Iterable[ModuleFact]) -> list[tuple[str, str]]:
    """What is kept of the facts of modules as a set."""
    return sorted({(fact.module, fact.license) for fact in modules})


def fact_set(of: str, facts: Sequence[tuple[str, str]]) -> int | None:
    """The id of a set of ordered "config_option" or "module_fact" rows; None for an empty one."""
    if not facts:
        return None
    digest = factset.digest(facts)
    known = row("fact_set_id", of=of, digest=digest)
    if known:
        return int(known[0])
    members, _ = exportset.pack(fact_ids(of, facts), [None] * len(facts))
    run("add_fact_set", of=of, digest=digest, members=members)
    return int(value("fact_set_id", of=of, digest=digest))


def fact_ids(of: str, facts: Iterable[tuple[str, str]]) -> list[int]:
    """The ids of facts, in the order given; new ones are added."""
    send("incoming_facts", "incoming_fact", ((n, name, given) for n, (name, given) in enumerate(facts)))
    add(_FACT_QUERIES[of], of)
    return [found[0] for found in rows(f"{of}_ids")]


@transaction.atomic
def collect() -> int:
    """Remove export sets that no build has any more, with their memos, and import sets of no module; returns how many.

    A set that another writer is about to give to a build stays: export_set() holds it until that build is there.
    """
    run("raise_generation")
    loose = [found[0] for found in rows("hold_loose_sets")]
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL abidb.collecting = 'on'")
    run("collect_memos", sets=loose)
    return run("collect_sets", sets=loose) + run("collect_import_sets")
