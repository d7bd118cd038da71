# SPDX-License-Identifier: GPL-2.0-or-later
"""Which real kernels are measured: chosen from what the archive has now."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from abidb.records import Listing
from ingest import configured
from ingest.archive.builds import ListedBuild
from ingest.build import fetch_build
from ingest.look import look

Debs = Mapping[Path, tuple[Listing, ...]]
SERIES = ("6.1.", "6.12.", "7.")
#: Neighbours of which the later changed most CRCs; used where the archive still has them.
PAIR = ("6.1.0-54-amd64", "6.1.0-55-amd64")


class Archive:
    """The listed amd64 kernels and how to get them."""

    def __init__(self, cache: Path) -> None:
        self._client = replace(configured.cached_client(), cache=cache)
        self._roots = configured.roots()
        self.builds = look(self._roots, self._client, ["amd64"]).catalogue.builds

    def debs(self, build: ListedBuild) -> Debs:
        """The debs of a build with their listings, fetched if need be; none where they are not to be had."""
        fetched = fetch_build(build, self._roots, self._client, lambda name: lambda done, total: None)
        whole = len(fetched.listings) >= (3 if build.split else 1)
        return fetched.listings if whole else {}

    def newest(self, series: str, flavour: str) -> tuple[ListedBuild, Debs] | None:
        """The newest build of a series that is whole."""
        for build in self.builds:
            fits = build.kernel_release.startswith(series) and build.flavour == flavour and not build.partial
            if fits and (debs := self.debs(build)):
                return build, debs
        return None

    def cloud(self) -> list[tuple[ListedBuild, Debs]]:
        """The newest cloud image of each series."""
        found = [self.newest(series, "cloud-amd64") for series in SERIES]
        return [one for one in found if one]

    def generic_line(self, count: int = 6) -> list[tuple[ListedBuild, Debs]]:
        """The newest generic builds of bookworm's kernel, with PAIR among them where it is there."""
        listed = [b for b in self.builds if b.source == "linux" and b.kernel_release.startswith("6.1.0-")]
        generic = [build for build in listed if build.flavour == "amd64"]
        pair = [build for build in generic if build.kernel_release in PAIR]
        wanted: Sequence[ListedBuild] = list(dict.fromkeys([*pair, *generic]))[:count]
        print(f"fetching {sum(b.size for b in wanted) / 1e6:,.0f} MB where the cache lacks it", file=sys.stderr)
        return [(build, debs) for build in wanted if (debs := self.debs(build))]
