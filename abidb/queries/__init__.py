# SPDX-License-Identifier: GPL-2.0-or-later
"""One typed function per question; pages, API and terminal ask nowhere else."""

from abidb.queries.archive import (
    attempts,
    coverage,
    index_packages,
    known_build,
    known_builds,
    next_tries,
    offer,
    offers,
    paused,
    queue_state,
    release_files,
)
from abidb.queries.arrivals import arrival, arrivals
from abidb.queries.attemptlog import attempt_page
from abidb.queries.beside import builds_of_upload, neighbours
from abidb.queries.breaks import breaks, lane_steps
from abidb.queries.building import building
from abidb.queries.buildlist import build_list
from abidb.queries.builds import (
    Facets,
    all_exports,
    apart,
    apart_facts,
    build,
    build_by_id,
    build_modules,
    exports,
    facets,
    find_builds,
    one_build,
)
from abidb.queries.changelogs import changelog
from abidb.queries.checks import DEFAULT_ARCH, check
from abidb.queries.configs import config_diff
from abidb.queries.details import config, release_ages
from abidb.queries.diffs import compared, diff, diff_with_exports
from abidb.queries.dkms import (
    attempt_log,
    dkms_attempts,
    dkms_packages,
    load_results,
    modules_of,
    popcon,
    rebuilds,
    scans,
)
from abidb.queries.figures import figures
from abidb.queries.finding import equal, search, suggestions, uploads_named
from abidb.queries.hits import hits
from abidb.queries.hosts import architectures, hosts, hosts_of
from abidb.queries.inuse import in_use
from abidb.queries.invariants import invariants
from abidb.queries.lanehits import lane_hits
from abidb.queries.lanes import debian_releases, lane, lane_list, lane_names, lanes, line_lanes, release_words
from abidb.queries.lasting import lasting
from abidb.queries.modules import module
from abidb.queries.names import new_names
from abidb.queries.news import lane_news, line_news
from abidb.queries.outoftree_invariants import import_mismatches
from abidb.queries.overview import overview
from abidb.queries.packages import package, packages, source_of, verdicts
from abidb.queries.record import run_state, status
from abidb.queries.releaseuse import lanes_of, release_uses
from abidb.queries.spread import spread
from abidb.queries.symbols import looks_at_all, symbol
from abidb.queries.uploads import upload, upload_notes, uploads, uploads_without_policy
from abidb.queries.users import users
from abidb.queries.volatile import all_broken, volatile
from abidb.queries.wholerecord import behind, generation, one_answer

__all__ = [
    "DEFAULT_ARCH",
    "Facets",
    "all_broken",
    "all_exports",
    "apart",
    "apart_facts",
    "architectures",
    "arrival",
    "arrivals",
    "attempt_log",
    "attempt_page",
    "attempts",
    "behind",
    "breaks",
    "build",
    "build_by_id",
    "build_list",
    "build_modules",
    "building",
    "builds_of_upload",
    "changelog",
    "check",
    "compared",
    "config",
    "config_diff",
    "coverage",
    "debian_releases",
    "diff",
    "diff_with_exports",
    "dkms_attempts",
    "dkms_packages",
    "equal",
    "exports",
    "facets",
    "figures",
    "find_builds",
    "generation",
    "hits",
    "hosts",
    "hosts_of",
    "import_mismatches",
    "in_use",
    "index_packages",
    "invariants",
    "known_build",
    "known_builds",
    "lane",
    "lane_hits",
    "lane_list",
    "lane_names",
    "lane_news",
    "lane_steps",
    "lanes",
    "lanes_of",
    "lasting",
    "line_lanes",
    "line_news",
    "load_results",
    "looks_at_all",
    "module",
    "modules_of",
    "neighbours",
    "new_names",
    "next_tries",
    "offer",
    "offers",
    "one_answer",
    "one_build",
    "overview",
    "package",
    "packages",
    "paused",
    "popcon",
    "queue_state",
    "rebuilds",
    "release_ages",
    "release_files",
    "release_uses",
    "release_words",
    "run_state",
    "scans",
    "search",
    "source_of",
    "spread",
    "status",
    "suggestions",
    "symbol",
    "upload",
    "upload_notes",
    "uploads",
    "uploads_named",
    "uploads_without_policy",
    "users",
    "verdicts",
    "volatile",
]
