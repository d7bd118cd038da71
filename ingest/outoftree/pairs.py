# SPDX-License-Identifier: GPL-2.0-or-later
"""Modules and kernels of the record: what the kernel answers to each, and what abidb does."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from abidb import queries, store
from abidb.agreement import STRUCT_MODULE, disagreement
from abidb.answers import BuildRef
from abidb.errors import UnknownName
from abidb.outoftree import LoadResult, Target
from abidb.queries.hosts import hosts_of
from abidb.verdict import GPL, Candidate, Verdict, of_built, of_file, verdict
from abidb.versions import version_key
from ingest.formats import compress, kmod
from ingest.outoftree import files, kerneldebs, loadtest


@dataclass(frozen=True, slots=True)
class Module:
    """A module file, and what a verdict goes by."""

    sha256: str
    path: Path
    candidate: Candidate


@dataclass(frozen=True, slots=True)
class Pair:
    """A module and a kernel, with both answers."""

    result: LoadResult
    ours: Verdict
    difference: str | None  #: "" where they agree; None where one of them said nothing

    @property
    def kinds(self) -> tuple[str, ...]:
        """What the pair counts as: the kinds of the kernel's reasons, else its answer. Missing and GPL-only symbols,
        which are the same to the kernel, are told apart as the verdict does."""
        gpl = {reason.symbol for reason in self.ours.reasons if reason.kind == GPL}
        told = (
            "size of struct module" if one == STRUCT_MODULE else GPL if one[1] in gpl else one[0]
            for one in self.result.reasons
        )
        return tuple(dict.fromkeys(told)) or (self.result.answer,)


def target_of(ref: BuildRef) -> Target:
    """A build of the record as the kernel that modules are loaded into."""
    return Target(ref.source, ref.version, ref.arch, ref.flavour, ref.kernel_release)


def pairs_on(ref: BuildRef, packages: Sequence[Sequence[Module]], *, keep: bool) -> Iterator[Pair]:
    """Each module of each package with a kernel of the record; `keep` what the kernel answers. Raises as run() does."""
    given = [[(module.sha256, module.path) for module in package] for package in packages]
    beside = {symbol for package in packages for module in package for symbol in module.candidate.siblings}
    results = loadtest.run(target_of(ref), given, kerneldebs.debs_of(ref), beside)
    if keep:
        store.save_load_results(results)
    candidates = {module.sha256: module.candidate for package in packages for module in package}
    symbols = {symbol for candidate in candidates.values() for symbol, _ in candidate.imports}
    _, host = hosts_of([ref.id], symbols)[ref.id]
    for result in results:
        ours = verdict(candidates[result.sha256], host)
        yield Pair(result, ours, disagreement(result, ours))


def from_files(paths: Sequence[Path]) -> list[Module]:
    """Files as modules of one package. Raises BadFormat."""
    data = [compress.decompress_if_compressed(path.read_bytes(), limit=kmod.LIMIT, what=path.name) for path in paths]
    read = [kmod.read_built(each) for each in data]
    exported = frozenset(export.symbol for one in read for export in one.exports)
    digests = [hashlib.sha256(each).hexdigest() for each in data]
    return [
        Module(digest, path, of_file(one, exported)) for digest, path, one in zip(digests, paths, read, strict=True)
    ]


def from_record(packages: Sequence[str] = (), built_on: str | None = None) -> list[list[Module]]:
    """The modules of each version of these packages, else of all, as built on a kernel, else as built last.

    Raises UnknownName where there is none whose file is here.
    """
    found = [row for name in packages or (None,) for row in queries.dkms_attempts(name)]
    rows = {row.id: row for row in found if built_on in (None, row.target.kernel_release)}
    modules: dict[int, list[Module]] = {}
    for one in queries.modules_of(rows):
        if path := files.find(one.module.sha256):
            modules.setdefault(one.attempt_id, []).append(Module(one.module.sha256, path, of_built(one.module)))
    oldest_first = sorted((rows[number] for number in modules), key=lambda row: version_key(row.target.version))
    if not oldest_first:
        raise UnknownName("no such modules are here: `manage.py outoftree` builds them")
    last = {(row.key, row.target if built_on else None): row.id for row in oldest_first}
    return [modules[number] for number in last.values()]
