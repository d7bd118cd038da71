# SPDX-License-Identifier: GPL-2.0-or-later
"""Extraction against Debian's own Module.symvers: name, CRC, module, export type and namespace of every export.

    python -m bench.oracle --arch amd64 --arch arm64 --flavour cloud-amd64 --series 6.12 --newest 1

The newest builds, of each lane and series, whose image and headers are both to be had. Exit status 1: some differ.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import django

if TYPE_CHECKING:
    from abidb.records import Export
    from ingest.archive.builds import ListedBuild
    from ingest.archive.client import Client
    from ingest.archive.roots import Root

SYMVERS = re.compile(r"usr/src/linux-headers-[^/]+/Module\.symvers")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the two sides have alone; equal where both are empty."""

    exports: int
    only_ours: frozenset[Export] = field(repr=False)
    only_theirs: frozenset[Export] = field(repr=False)
    self_check: int  #: imports whose CRC was compared
    mismatches: tuple[str, ...]

    @property
    def equal(self) -> bool:
        return not (self.only_ours or self.only_theirs or self.mismatches)


def symvers_of(headers: Path) -> tuple[Export, ...]:
    """The exports that a linux-headers deb states."""
    from ingest.formats import deb, symvers

    with headers.open("rb") as file:
        (data,) = [data for _, data in deb.files(file, lambda name: bool(SYMVERS.fullmatch(name)))]
    return symvers.read(data)


def compare(build: ListedBuild, roots: Sequence[Root], client: Client) -> Verdict | None:
    """The verdict on one listed build; None where its debs or headers are not to be had."""
    from abidb.errors import NotThere
    from ingest.archive.debs import fetch_deb
    from ingest.kernel import read_kernel
    from ingest.build import fetch_build

    fetched = fetch_build(build, roots, client, lambda name: lambda done, total: None)
    if not build.headers or not fetched.paths:
        return None
    try:
        _, headers = fetch_deb(build.headers, roots, client)
    except NotThere:
        return None
    kernel = read_kernel(tuple(fetched.paths), fetched.paths)
    if kernel.covers != "all":
        return None
    ours, theirs = frozenset(kernel.exports), frozenset(symvers_of(headers))
    return Verdict(len(theirs), ours - theirs, theirs - ours, kernel.check.imports, kernel.check.mismatches)


def offered(builds: Sequence[ListedBuild], series: Sequence[str], newest: int) -> Iterator[list[ListedBuild]]:
    """Builds with headers, newest first, for each line, architecture, flavour and series; `newest` is the caller's."""
    from abidb.versions import line

    groups: dict[tuple[str, ...], list[ListedBuild]] = {}
    for build in builds:
        of = next((s for s in series if build.kernel_release.startswith(s)), None) if series else ""
        if of is not None and build.headers and not build.partial:
            key = ("" if series else line(build.suites[0], build.source), build.arch, build.flavour, of)
            groups.setdefault(key, []).append(build)
    yield from groups.values()


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.oracle", description=__doc__)
    parser.add_argument("--suite", action="append", default=[])
    parser.add_argument("--arch", action="append", default=[])
    parser.add_argument("--flavour", action="append", default=[])
    parser.add_argument("--series", action="append", default=[], help="such as 6.12.; one kernel of each")
    parser.add_argument("--newest", type=int, default=1)
    options = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "abidb.settings")
    django.setup()
    from ingest import configured
    from ingest.look import look
    from ingest.offers import Wish, chosen

    roots, client = configured.roots(), configured.cached_client()
    listed = look(roots, client, options.arch or ["amd64"], options.suite).catalogue.builds
    builds = chosen(listed, Wish(options.suite, options.arch, options.flavour))
    differing = 0
    for group in offered(builds, options.series, options.newest):
        left = options.newest
        for build in group:
            if left and (verdict := compare(build, roots, client)):
                left -= 1
                differing += not verdict.equal
                _print(build, verdict)
    return min(differing, 1)


def _print(build: ListedBuild, verdict: Verdict) -> None:
    said = "equal" if verdict.equal else f"DIFFERS: {len(verdict.only_ours)} ours, {len(verdict.only_theirs)} theirs"
    name = f"{build.kernel_release}={build.version}:{build.arch}"
    print(f"{name:56} {verdict.exports:7,} exports  {said}; {verdict.self_check:,} imports checked", flush=True)
    for export in sorted(verdict.only_ours | verdict.only_theirs, key=str)[:6]:
        print(f"    {'ours' if export in verdict.only_ours else 'theirs'} {export}")


if __name__ == "__main__":
    sys.exit(main())
