# SPDX-License-Identifier: GPL-2.0-or-later
"""The headers of a kernel, or of the nearest one where its own are gone."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from abidb.errors import UnknownName
from abidb.outoftree import Target
from abidb.versions import split_release, version_key
from ingest.formats import symvers
from ingest.outoftree.apt import WITHOUT_POCKETS, Apt, Solution, Unsolvable

PREFIX = "linux-headers-"
# What kernels of one lane share: 6.1 of 6.1.0-56, 6.12 and deb13 of 6.12.117+deb13, 0.deb11 of 6.1.0-0.deb11.48.
SERIES = re.compile(r"(\d+\.\d+)[^+-]*(?:-((?:0\.)?(?:bpo|deb\d+))\.\d+|\+([a-z]+\d*))?")
COMPILER = re.compile(r"\bgcc-(\d+)\b")


@dataclass(frozen=True, slots=True)
class Headers:
    """The headers that a build uses."""

    release: str  #: kernel release
    version: str
    solution: Solution  #: what APT installs with them

    @property
    def package(self) -> str:
        return f"{PREFIX}{self.release}={self.version}"

    @property
    def name(self) -> str:
        """Of the layer that has them."""
        return f"{self.release}={self.version}"


def told(found: Headers, target: Target) -> str:
    """How an attempt names the headers that it used: by their release, with their version where it is another."""
    same = (found.release, found.version) == (target.kernel_release, target.version)
    return found.release if same or found.release != target.kernel_release else found.name


def choose(apt: Apt, target: Target, codename: str) -> Headers:
    """The headers of `target`, else those nearest to it that can be installed.

    Raises Unsolvable with APT's words about the nearest, or because the lists have none of its lane.
    """
    found = apt.versions(PREFIX)
    problem: Unsolvable | None = None
    for release, version in list(nearest(found, target))[:3]:
        try:
            return Headers(release, version, solve(apt, [f"{PREFIX}{release}={version}"], codename))
        except Unsolvable as error:
            problem = problem or error
    raise problem or Unsolvable(f"no headers of {target.kernel_release} or of any kernel of its lane")


def nearest(found: Mapping[str, Sequence[str]], target: Target) -> Iterator[tuple[str, str]]:
    """Release and version of a lane's headers, the nearest in order of versions first, newer ones before."""
    abi, flavour = split_release(target.kernel_release)
    lane = sorted(
        (version_key(version), name.removeprefix(PREFIX), version)
        for name, versions in found.items()
        for version in versions
        if _same_lane(name.removeprefix(PREFIX), abi, flavour)
    )
    wanted = (version_key(target.version), target.kernel_release)
    older = [one for one in lane if one[:2] < wanted]
    newer = [one for one in lane if one[:2] >= wanted]
    ranked = [(place, 0, one) for place, one in enumerate(newer)]
    ranked += [(place, 1, one) for place, one in enumerate(reversed(older))]
    for _, _, (_, release, version) in sorted(ranked):
        yield release, version


def _same_lane(release: str, abi: str, flavour: str) -> bool:
    try:
        other_abi, other_flavour = split_release(release)
    except UnknownName:
        return False
    return other_flavour == flavour and _series(other_abi) == _series(abi)


def _series(abi: str) -> tuple[str, ...]:
    match = SERIES.match(abi)
    return tuple(word or "" for word in match.groups()) if match else (abi,)


def solve(apt: Apt, wanted: Sequence[str], codename: str) -> Solution:
    """What APT installs; raises Unsolvable with what it says first.

    Where it says no, packages of the release itself are preferred to their updates, as it was before those came; then
    those of its backports.
    """
    refusal: Unsolvable | None = None
    for suite in ("", "experimental") if codename in WITHOUT_POCKETS else ("", codename, f"{codename}-backports"):
        try:
            return apt.solve(wanted, suite)
        except Unsolvable as error:
            refusal = refusal or error
    assert refusal
    raise refusal


def with_compiler(package: str, layer: Path, release: str) -> str:
    """`package` with the major version of the kernel's gcc for "-N-": gcc-12-plugin-dev of gcc-N-plugin-dev."""
    folder = layer / "usr/src" / f"{PREFIX}{release}"
    for name in (".kernelvariables", ".config"):
        if (path := folder / name).is_file() and (found := COMPILER.search(path.read_text(errors="replace"))):
            return package.replace("-N-", f"-{found[1]}-")
    return package.replace("-N-", "-")


def exports(layer: Path, release: str) -> frozenset[str]:
    """The symbols that a kernel exports, as its headers tell it; none where they do not. Raises BadFormat."""
    path = layer / "usr/src" / f"{PREFIX}{release}" / "Module.symvers"
    return frozenset(export.symbol for export in symvers.read(path.read_bytes())) if path.is_file() else frozenset()
