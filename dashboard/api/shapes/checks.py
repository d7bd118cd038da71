# SPDX-License-Identifier: GPL-2.0-or-later
"""What kernels answer to a module that somebody has."""

from __future__ import annotations

from typing import Literal

from ninja import Schema
from pydantic import Field

from dashboard.api.shapes.common import Build, said
from dashboard.api.shapes.packages import Reason

Answer = Literal["loads", "refused", "unchecked", "cannot be said"]


class Signature(Schema):
    """Who signed a module, as it says."""

    signer: str = said("", "DKMS module signing key")
    key: str = said("", "5F:0A")
    digest: str = said("", "sha256")
    verified: bool = said("Never: that is not looked at", False)


class CheckedModule(Schema):
    """A module of the file."""

    name: str = said("", "tun")
    path: str = said("In its package; “” where the file is the module", "")
    licenses: list[str] = said("", ["GPL"])
    vermagic: str = said("", "6.1.0-56-amd64 SMP preempt mod_unload modversions ")
    namespaces: list[str] = said("That it imports", [])
    symbols: int = said("That it needs", 120)
    siblings: list[str] = said("Symbols that other modules of the file export", [])
    btf: bool = said("", False)
    signature: Signature | None


class CheckedLane(Schema):
    """A lane with its kernels that were asked."""

    line: str = said("“” for builds that are in none", "bookworm")
    arch: str = said("", "amd64")
    flavour: str = said("", "amd64")
    builds: int = said("That the lane has in all: `skip` leads on", 10)
    kernels: list[str] = said("Names of builds", ["6.1.0-56-amd64=6.1.192-2:amd64"])


class ModuleAnswer(Schema):
    """What a kernel answers to one module."""

    name: str = said("", "tun")
    answer: Answer = said("", "loads")
    sentence: str = said("In words", "loads")
    reasons: list[Reason] = said("In the kernel's order; of a file 20 unless all are asked for")
    reasons_total: int = said("", 0)
    untold: list[str] = said("What could not be told", [])
    untold_total: int = said("", 0)


class KernelAnswer(Schema):
    """What a kernel answers to the file: the worst of what it answers to the modules."""

    build: Build
    answer: Answer = said("", "loads")
    modules: list[ModuleAnswer] | None = Field(None, description="Not there where another kernel says the same")
    same_as: str | None = Field(None, alias="as", description="That kernel: the name of its build")


class Checked(Schema):
    """What each kernel answers to the modules of a file."""

    kind: Literal["module", "package", "dump"] = said("Of the file", "module")
    architectures: list[str] = said("Of the kernels", ["amd64"])
    about: str = said("What these answers are about")
    lacks: str = said("What a dump of CRCs does not tell", "")
    modules: list[CheckedModule]
    counts: dict[str, int] = said("Kernels by answer", {"loads": 2, "refused": 8})
    lanes: list[CheckedLane]
    kernels: list[KernelAnswer]
