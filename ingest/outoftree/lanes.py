# SPDX-License-Identifier: GPL-2.0-or-later
"""Kernels that packages can be built against, by release line and flavour: pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from abidb.outoftree import Target
from abidb.versions import codename, line, version_key


@dataclass(frozen=True, slots=True)
class Kernel:
    """A kernel of the record that an archive has."""

    target: Target
    suites: tuple[str, ...]
    headers: bool  #: whether the archive has its headers, too


@dataclass(frozen=True, slots=True)
class Lane:
    """The kernels of a release line in one flavour that can be built against, oldest first."""

    release: str
    kernels: tuple[Kernel, ...]


Lanes = Mapping[tuple[str, str], Lane]  # by line and flavour


def lanes_of(kernels: Iterable[Kernel], flavours: Collection[str]) -> Lanes:
    """Kernels with headers by line and flavour; those that only proposed-updates has are a line of their own.

    Where none of a line has headers, all of them: the builder takes the nearest headers and says so.
    """
    found: dict[tuple[str, str], list[Kernel]] = defaultdict(list)
    release: dict[str, str] = {}
    for kernel in kernels:
        if kernel.target.flavour in flavours:
            for name, suite in _lines(kernel).items():
                found[name, kernel.target.flavour].append(kernel)
                release[name] = codename(suite)
    return {key: Lane(release[key[0]], _usable(members)) for key, members in found.items()}


def _lines(kernel: Kernel) -> dict[str, str]:
    """The lines of a kernel, each with the suite that makes it so."""
    plain = [suite for suite in kernel.suites if not suite.endswith("-proposed-updates")]
    return {line(suite, kernel.target.source): suite for suite in plain} or {suite: suite for suite in kernel.suites}


def _usable(kernels: Iterable[Kernel]) -> tuple[Kernel, ...]:
    ordered = tuple(sorted(kernels, key=lambda kernel: version_key(kernel.target.version)))
    return tuple(kernel for kernel in ordered if kernel.headers) or ordered


def newest_of(lanes: Lanes, lines: Iterable[str], flavour: str) -> tuple[Kernel, ...]:
    return tuple(found.kernels[-1] for name in lines if (found := lanes.get((name, flavour))))
