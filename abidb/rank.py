# SPDX-License-Identifier: GPL-2.0-or-later
"""What makes one ingest of a build, or one attempt at a package, better than another. Pure.

The store, an import and a look at archives ask it.
"""

from __future__ import annotations

from dataclasses import dataclass

from abidb.outoftree import HARNESS, NO_DEPENDENCY

Rank = tuple[bool, bool, int, bool, bool, bool, int, int, int]


@dataclass(frozen=True, slots=True)
class Merits:
    """What of an ingest decides whether it is better than another of the same build."""

    provenance: int  #: 2: a verified index lists every deb of it, 1: at least the snapshot service does, 0: local
    covers: str  #: "all" or "vmlinux"
    signed: bool
    symvers: bool  #: its headers' Module.symvers was compared
    config: bool  #: its configuration is known
    debs: int  #: that it was read from
    signed_debs: int  #: of them, from a source package linux-signed-…
    extractor: int

    @property
    def rank(self) -> Rank:
        """The greater, the better; the most important first: that anything vouches for it, whole over partial, what
        vouches, signed over unsigned, and so on.
        """
        return (
            self.provenance > 0,
            self.covers == "all",
            self.provenance,
            self.signed,
            self.symvers,
            self.config,
            self.debs,
            self.signed_debs,
            self.extractor,
        )


@dataclass(frozen=True, slots=True)
class Known:
    """What decides whether an archive's offer of a build is better than what the record has."""

    merits: Merits
    debs: frozenset[tuple[str, int, str]]  #: it was read from: name, size in bytes and SHA-256 of each

    def holds(self, name: str, size: int, sha256: str) -> bool:
        """Whether it was read from this deb: by SHA-256, where that is not yet known ("") by name and size."""
        if sha256:
            return any(sha256 == held for _, _, held in self.debs)
        return any((name, size) == held[:2] for held in self.debs)


def attempt_rank(outcome: str, builder: int, exact: bool) -> tuple[bool, int, bool, bool]:
    """What makes one attempt at a pair of package and kernel better than another, the greater the better: that it was
    not we who failed, a newer builder, that all it depends on was to be had, the kernel's own headers over the nearest.
    """
    return outcome != HARNESS, builder, outcome != NO_DEPENDENCY, exact
