# SPDX-License-Identifier: GPL-2.0-or-later
"""Records of out-of-tree modules: the packages that bring them, their builds, what came out, what kernels said."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

from abidb.records import Listing

BUILDER = 1  # raise it when the same package and kernel yield another outcome, other modules or other uses than before

# What became of building a package against a kernel.
BUILT = "built"
PARTLY = "partly built"
NO_COMPILE = "does not compile"
NOT_APPLICABLE = "not applicable"  # BUILD_EXCLUSIVE of its dkms.conf
NO_DEPENDENCY = "dependency not to be had"
HARNESS = "harness failure"  # ours
OUTCOMES = (BUILT, PARTLY, NO_COMPILE, NOT_APPLICABLE, NO_DEPENDENCY, HARNESS)


@dataclass(frozen=True, slots=True, order=True)
class PackageKey:
    """One version of a binary package, as the archive has it."""

    package: str  #: zfs-dkms
    version: str
    arch: str  #: of the deb: all, amd64


@dataclass(frozen=True, slots=True)
class DkmsPackage:
    """A package that brings source of kernel modules, as indexes list it."""

    key: PackageKey
    source: str  #: zfs-linux
    source_version: str
    component: str  #: main, contrib, non-free
    depends: str  #: its Pre-Depends and Depends fields, word for word
    filename: str  #: under the archive's root
    size: int
    sha256: str
    listings: tuple[Listing, ...]  #: each suite that has it


@dataclass(frozen=True, slots=True, order=True)
class Target:
    """The kernel that a package is built against or a module is loaded into: a build of the record."""

    source: str
    version: str
    arch: str
    flavour: str
    kernel_release: str


@dataclass(frozen=True, slots=True, order=True)
class Use:
    """One symbol that a module imports from the kernel or its in-tree modules."""

    symbol: str
    crc: int | None  #: None where the kernel has no MODVERSIONS: unknown, never 0
    named: bool  #: the package's own source has the name; else it comes through a header or the compiler
    weak: bool = False  #: may be missing: the kernel then leaves its address 0


@dataclass(frozen=True, slots=True)
class BuiltModule:
    """One .ko that came out of a build."""

    name: str  #: as the kernel lists it: "nf_nat_rtsp"
    sha256: str  #: of the file as built, debug sections stripped
    size: int  #: bytes
    licenses: tuple[str, ...]
    vermagic: str
    depends: tuple[str, ...]
    namespaces: tuple[str, ...]  #: imported ones
    uses: tuple[Use, ...] = field(repr=False)  #: in order of symbols
    siblings: tuple[str, ...]  #: symbols that another module of the same package exports, in order
    exports: tuple[str, ...]  #: its own exported symbols, in order
    btf: bool  #: has a .BTF section


@dataclass(frozen=True, slots=True)
class Attempt:
    """A package built against a kernel with dkms, and what became of it."""

    package: PackageKey
    target: Target
    headers: str  #: kernel release whose headers were used: the target's, or the nearest where those are gone
    root: str  #: release whose compiler and tools were used: bookworm
    outcome: str  #: one of OUTCOMES
    reason: str  #: what stands in the way, one line; first error of the compiler; "" where built
    modules: tuple[BuiltModule, ...]
    missing: tuple[str, ...]  #: modules that dkms.conf promises and that did not come out
    log: str = field(repr=False)  #: of dkms and make; its middle is left out where it is long
    tools: str  #: "dkms 3.0.10, gcc-12 12.2.0-14+deb12u1"
    seconds: float
    at: dt.datetime
    builder: int = BUILDER


# A rebuild compared with the build before.
SAME, DIFFERENT, NOT_COMPARED = "same", "different", "not compared"


@dataclass(frozen=True, slots=True, order=True)
class Difference:
    """One function or object whose code or content is not the same in two builds of one source."""

    module: str
    name: str  #: of the function or object
    what: str  #: "function" or "data"
    members: tuple[str, ...] = ()  #: "struct key.payload: offset 176 -> 192", as the compiler plug-in saw them


@dataclass(frozen=True, slots=True)
class Rebuild:
    """The code of one package built against two kernels, compared."""

    package: PackageKey
    old: Target
    new: Target
    outcome: str  #: SAME, DIFFERENT, NOT_COMPARED
    reason: str  #: why it was not compared
    modules: int  #: modules compared
    functions: int  #: functions and objects compared
    differing: tuple[Difference, ...]
    plugin: bool  #: whether the plug-in looked at members
    at: dt.datetime


# What a running kernel said to a module.
ACCEPTED, REFUSED, UNTRIED = "accepted", "refused", "untried"


@dataclass(frozen=True, slots=True)
class LoadResult:
    """One insmod of one module on a real kernel, in an emulator."""

    sha256: str  #: of the .ko
    module: str
    kernel: Target
    answer: str  #: ACCEPTED (also where the driver then found no device), REFUSED, UNTRIED (a dependency was refused)
    reasons: tuple[tuple[str, str], ...]  #: (kind, symbol) as abidb.verdict has them; symbol "" where it has none
    messages: tuple[str, ...]  #: what the kernel logged
    at: dt.datetime
