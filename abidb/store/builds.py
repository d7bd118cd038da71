# SPDX-License-Identifier: GPL-2.0-or-later
"""Builds: the better one of two ingests stays."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from abidb import versions
from abidb.records import Deb, Kernel
from abidb.store.lanes import enter_lanes
from abidb.store.places import see
from abidb.store.rows import row, run, value
from abidb.store.sets import add_modules, export_set, fact_set, licenses, options
from abidb.store.uploads import add_upload, tell

Rank = tuple[bool, bool, int, bool, bool, int]


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


def rank(provenance: int, covers: str, signed: bool, symvers: bool, extractor: int) -> Rank:
    """What makes one ingest of a build better than another, the most important first: that anything vouches for it,
    whole over partial, what vouches (2: a verified index, 1: the snapshot service, 0: nothing), signed over unsigned,
    compared with its headers' Module.symvers over not, a newer extractor over an older one.
    """
    return provenance > 0, covers == "all", provenance, signed, symvers, extractor


def _is_better(kernel: Kernel, stored: Stored | None) -> bool:
    compared = kernel.symvers is not None
    mine = rank(_provenance(kernel.debs), kernel.covers, kernel.signed, compared, kernel.extractor)
    return stored is None or stored.rank < mine


def _provenance(debs: Iterable[Deb]) -> int:
    """Of the deb that has least to vouch for it; 0 where there is none."""
    loose = [deb for deb in debs if not deb.listings]
    listed = set(value("listed", sha256=[deb.sha256 for deb in loose]))
    ranks = [2 if deb.listings or deb.sha256 in listed else 1 if deb.snapshot else 0 for deb in debs]
    return min(ranks, default=0)


def _stored(kernel: Kernel) -> Stored | None:
    key = kernel.key
    found = row("stored_build", source=key.source, version=key.version, arch=key.arch, flavour=key.flavour)
    return Stored(found[0], bytes(found[1]), rank(*found[2:])) if found else None


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
    for deb in debs:
        fields = ("name", "version", "arch", "source", "sha256", "size")
        seen = {
            "snapshot_sha1": deb.snapshot.sha1 if deb.snapshot else "",
            "snapshot_seen": deb.snapshot.first_seen if deb.snapshot else None,
        }
        run("add_deb", build=build, **{name: getattr(deb, name) for name in fields}, **seen)
        run("forget_absent", name=deb.name, version=deb.version, arch=deb.arch)
