# SPDX-License-Identifier: GPL-2.0-or-later
"""Extraction against Debian's own Module.symvers: name, CRC, module, export type and namespace of every export.

    python -m bench.oracle --arch amd64 --arch arm64 --flavour cloud-amd64 --series 6.12 --newest 1

The newest builds, of each lane and series, whose image and headers are both to be had. Exit status 1: some differ.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import django

if TYPE_CHECKING:
    from abidb.records import SelfCheck, SymversCheck
    from ingest.archive.builds import ListedBuild
    from ingest.archive.client import Client
    from ingest.archive.roots import Root


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is compared at each ingest: the exports with Module.symvers, the CRCs of imports with the exports."""

    symvers: SymversCheck
    check: SelfCheck

    @property
    def equal(self) -> bool:
        return not (self.symvers.differing or self.check.mismatches)


def compare(build: ListedBuild, roots: Sequence[Root], client: Client) -> Verdict | None:
    """The verdict on one listed build; None where its debs or headers are not to be had."""
    from ingest.build import fetch_build
    from ingest.kernel import read_kernel

    fetched = fetch_build(build, roots, client, lambda name: lambda done, total: None)
    if not build.headers or not fetched.debs:
        return None
    kernel = read_kernel(tuple(fetched.debs), fetched.listings, fetched.snapshots)
    return Verdict(kernel.symvers, kernel.check) if kernel.symvers else None


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
    found, check = verdict.symvers, verdict.check
    said = "equal" if verdict.equal else f"DIFFERS in {len(found.differing)} symbols, {len(check.mismatches)} imports"
    name = f"{build.kernel_release}={build.version}:{build.arch}"
    print(f"{name:56} {found.lines:7,} exports  {said}; {check.imports:,} imports checked", flush=True)
    for symbol in sorted({*found.differing, *check.mismatches})[:6]:
        print(f"    {symbol}")


if __name__ == "__main__":
    sys.exit(main())
