# SPDX-License-Identifier: GPL-2.0-or-later
"""Whether a kernel takes a module that was built for another one, decided as the kernel decides it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from abidb.records import Export

LOADS, REFUSED, UNCHECKED, UNSAID = "loads", "refused", "unchecked", "cannot be said"
ANSWERS = (LOADS, REFUSED, UNCHECKED, UNSAID)
# Why a kernel refuses, in the order in which it looks.
LAYOUT, VERMAGIC, BTF, MISSING, NAMESPACE, CRC, GPL = (
    "module_layout",
    "vermagic",
    "btf",
    "missing",
    "namespace",
    "crc",
    "gpl",
)
KINDS = (LAYOUT, VERMAGIC, BTF, MISSING, NAMESPACE, CRC, GPL)


@dataclass(frozen=True, slots=True)
class Candidate:
    """All of a module that the kernel looks at. BuiltModule and an uploaded .ko both become one."""

    name: str
    licenses: tuple[str, ...]
    vermagic: str
    namespaces: tuple[str, ...]
    imports: tuple[tuple[str, int | None], ...]  #: symbol and CRC; None: it has none
    siblings: frozenset[str] = frozenset()  #: symbols that come from modules beside it and are not looked up
    btf: bool = False


@dataclass(frozen=True, slots=True)
class Host:
    """All of a kernel build that a verdict needs."""

    kernel_release: str
    vermagic: str  #: of its own modules; "" unknown
    covers: str  #: "all", or "vmlinux" where the modules are not to be had
    has_crcs: bool
    apart: bool  #: failed a check of its ingest: nothing is said of it
    btf_enforced: bool | None  #: CONFIG_DEBUG_INFO_BTF_MODULES without CONFIG_MODULE_ALLOW_BTF_MISMATCH; None unknown
    exports: Callable[[str], Sequence[Export]]  #: of a symbol; more than one where two modules export it


@dataclass(frozen=True, slots=True, order=True)
class Reason:
    """One thing that the kernel refuses, or that cannot be told."""

    kind: str  #: one of KINDS
    symbol: str = ""
    detail: str = ""  #: "0x1234abcd -> 0x9876fedc", the namespace, both vermagics


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer, why, and what could not be told."""

    answer: str  #: one of ANSWERS
    reasons: tuple[Reason, ...] = ()  #: of a refusal: every one, the kernel's first first
    untold: tuple[str, ...] = ()  #: symbols, or a word why nothing can be said


def verdict(module: Candidate, host: Host) -> Verdict:
    """What the kernel answers to insmod of this module."""
    raise NotImplementedError
