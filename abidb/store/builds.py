# SPDX-License-Identifier: GPL-2.0-or-later
"""Builds: the better one of two ingests stays."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from abidb import versions
from abidb.rank import Merits, Rank
from abidb.records import Deb, Kernel
from abidb.store.lanes import enter_lanes
from abidb.store.places import see
from abidb.store.rows import row, run, value
from abidb.store.sets import add_modules, export_set, fact_set, licenses, options
from abidb.store.uploads import add_upload, tell


@dataclass(frozen=True, slots=True)
class Saved:
    """What became of a build: "new", "better" (took the place of a lesser one) or "known"."""

    build: int
    outcome: str


@dataclass(frozen=True, slots=True)
class Stored:
    """The ingest that the record has of a build."""

    build: int
    digest: bytes  #: of its export set
    rank: Rank


@transaction.atomic
def save(kernel: Kernel) -> Saved:
    """Put a build into the record, with its exports, config, modules, debs, changelog, places, lanes and memos.

    Saving the same build again changes nothing but the places where it was seen.
    """
    sets = _sets(kernel) if _is_better(kernel, _stored(kernel)) else None
    run("raise_generation")
    upload = add_upload(kernel)
    told = tell(kernel)
    saved = _put(kernel, upload, sets)
    see(((deb.sha256, listing) for deb in kernel.debs for listing in deb.listings), saved.build)
    enter_lanes([saved.build], uploads=told)
    return saved


def _is_better(kernel: Kernel, stored: Stored | None) -> bool:
    return stored is None or stored.rank < _rank(kernel)


def _rank(kernel: Kernel) -> Rank:
    merits = Merits(
        _provenance(kernel.debs),
        kernel.covers,
        kernel.signed,
        kernel.symvers is not None,
        bool(options(kernel.config)),
        len(kernel.debs),
        signed_debs(kernel.debs),
        kernel.extractor,
    )
    return merits.rank


def signed_debs(debs: Iterable[Deb]) -> int:
    """How many of them were built from the package that holds the signatures."""
    return sum(deb.source.startswith("linux-signed") for deb in debs)


def _provenance(debs: Iterable[Deb]) -> int:
    """Of the deb that has least to vouch for it; 0 where there is none."""
    listed = _listed(debs)
    ranks = [2 if deb.sha256 in listed else 1 if deb.snapshot else 0 for deb in debs]
    return min(ranks, default=0)


def _listed(debs: Iterable[Deb]) -> set[str]:
    """SHA-256 of those of them that an index lists: they say so, or the record knows."""
    loose = [deb.sha256 for deb in debs if not deb.listings]
    return {deb.sha256 for deb in debs if deb.listings} | set(value("listed", sha256=loose))


def _stored(kernel: Kernel) -> Stored | None:
    key = kernel.key
    found = row("stored_build", source=key.source, version=key.version, arch=key.arch, flavour=key.flavour)
    return Stored(found[0], bytes(found[1]), Merits(*found[2:]).rank) if found else None


def _sets(kernel: Kernel) -> dict[str, int | None]:
    """The content of a build, by column."""
    add_modules({export.module for export in kernel.exports} | {fact.module for fact in kernel.modules})
    return {
        "export_set": export_set(kernel.exports, kernel.covers),
        "config_set": fact_set("config_option", options(kernel.config)),
        "module_set": fact_set("module_fact", licenses(kernel.modules)),
    }


def _put(kernel: Kernel, upload: int, sets: dict[str, int | None] | None) -> Saved:
    """Write the build where it is better than what the record has now; another writer may have been faster."""
    stored = _stored(kernel)
    if stored and (sets is None or not _is_better(kernel, stored)):
        return Saved(stored.build, "known")
    columns = {"upload": upload, **_columns(kernel), **(sets or {})}
    if stored:
        run("replace_build", build=stored.build, old_digest=stored.digest, **columns)
        run("forget_debs", build=stored.build, keep=[deb.sha256 for deb in kernel.debs])
    saved = Saved(stored.build, "better") if stored else Saved(value("add_build", **columns), "new")
    _add_debs(saved.build, kernel.debs)
    return saved


def _columns(kernel: Kernel) -> dict[str, Any]:
    differing = kernel.symvers.differing if kernel.symvers else ()
    return {
        "arch": kernel.arch,
        "flavour": kernel.flavour,
        "kernel_release": kernel.kernel_release,
        "abi_name": versions.split_release(kernel.kernel_release)[0],
        "vermagic": kernel.modules[0].vermagic if kernel.modules else "",
        "signed": kernel.signed,
        "status": "apart" if kernel.check.mismatches or differing else "good",
        "imports_checked": kernel.check.imports,
        "mismatches": list(kernel.check.mismatches),
        "symvers_lines": kernel.symvers.lines if kernel.symvers else None,
        "symvers_differing": list(differing),
        "extractor": kernel.extractor,
    }


def _add_debs(build: int, debs: Iterable[Deb]) -> None:
    listed = _listed(debs)
    for deb in debs:
        fields = ("name", "version", "arch", "source", "sha256", "size")
        alone = None if deb.sha256 in listed else deb.snapshot
        seen = {"snapshot_sha1": alone.sha1 if alone else "", "snapshot_seen": alone.first_seen if alone else None}
        run("add_deb", build=build, **{name: getattr(deb, name) for name in fields}, **seen)
        run("forget_absent", name=deb.name, version=deb.version, arch=deb.arch)
