# SPDX-License-Identifier: GPL-2.0-or-later
"""How uploads came into release lines."""

from __future__ import annotations

from abidb.answers import LaneName, Upload
from abidb.channels import channels
from abidb.churnanswers import Arrival
from abidb.lifecycle import aimed
from abidb.queries.lanes import debian_releases
from abidb.queries.remembered import remembered
from abidb.queries.rows import rows
from abidb.versions import line as line_of


def arrivals(lane: LaneName) -> dict[int, Arrival]:
    """How each good build of a lane came into its line, by the id of the build. What other lines hold says nothing."""
    return remembered(("arrivals", lane), lambda: _arrivals(lane))


def _arrivals(lane: LaneName) -> dict[int, Arrival]:
    releases = debian_releases()
    found = {}
    for build, source, distribution, urgency, date, suites in rows(
        "lane_arrivals", line=lane.line, arch=lane.arch, flavour=lane.flavour
    ):
        here = tuple(suite for suite in suites if line_of(suite, source) == lane.line)
        day = date.date() if date else None
        to = [suite for suite in aimed(distribution, day, releases) if line_of(suite, source) == lane.line]
        found[build] = Arrival(distribution, urgency, here, channels(to, here, date, releases))
    return found


def arrival(upload: Upload) -> Arrival:
    """How an upload came, whichever line it came into."""
    releases = debian_releases()
    suites = tuple(suite for (suite,) in rows("upload_suites", source=upload.source, version=upload.version))
    to = aimed(upload.distribution, upload.date.date() if upload.date else None, releases)
    return Arrival(upload.distribution, upload.urgency, suites, channels(to, suites, upload.date, releases))
