# SPDX-License-Identifier: GPL-2.0-or-later
"""One typed function per question; pages, API and terminal ask nowhere else."""

from abidb.queries.builds import (
    Facets,
    all_exports,
    build,
    build_by_id,
    exports,
    facets,
    find_builds,
    neighbours,
    one_build,
)
from abidb.queries.diffs import diff, diff_with_exports
from abidb.queries.lanes import lane, lane_names, lanes, release_words
from abidb.queries.record import damaged_sets, known_builds, run_state, status
from abidb.queries.symbols import search, symbol

__all__ = [
    "Facets",
    "all_exports",
    "build",
    "build_by_id",
    "damaged_sets",
    "diff",
    "diff_with_exports",
    "exports",
    "facets",
    "find_builds",
    "known_builds",
    "lane",
    "lane_names",
    "lanes",
    "neighbours",
    "one_build",
    "release_words",
    "run_state",
    "search",
    "status",
    "symbol",
]
