# SPDX-License-Identifier: GPL-2.0-or-later
"""The snapshot service as the settings have it: what it adds to a look, and who vouches for what it has."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

from django.conf import settings

from abidb import queries
from abidb.errors import BadArchive, NotThere
from ingest import configured
from ingest.archive.builds import ListedBuild
from ingest.archive.client import Client
from ingest.archive.memory import Memory
from ingest.archive.problem import Problem
from ingest.archive.roots import debian_keyrings, removed_keys
from ingest.archive.snapshot import kernel_files, service
from ingest.archive.snapshot_builds import joined
from ingest.archive.snapshot_listings import vouched as vouched_by
from ingest.look import Sight


def beside(sight: Sight, client: Client, memory: Memory) -> Sight:
    """What a look at the archives found, with what the service of ABIDB_SNAPSHOT has; as it is where that is not set.

    What the service cannot tell is among the problems.
    """
    if not settings.ABIDB_SNAPSHOT:
        return sight
    found = kernel_files(service(settings.ABIDB_SNAPSHOT, client, memory), dt.datetime.now(dt.UTC))
    return replace(sight, catalogue=joined(sight.catalogue, found, sight.arches))


def vouched(build: ListedBuild, client: Client) -> tuple[ListedBuild, tuple[Problem, ...]]:
    """The build with what signed indexes of its time say of it, if ABIDB_SNAPSHOT_VERIFY asks for that.

    What does not verify, or that the service does not know, is a problem, and the build is as it was. Raises
    Unavailable where the service fails.
    """
    if not (settings.ABIDB_SNAPSHOT and settings.ABIDB_SNAPSHOT_VERIFY):
        return build, ()
    asked = service(settings.ABIDB_SNAPSHOT, client, configured.memory())
    now = dt.datetime.now(dt.UTC)
    try:
        return vouched_by(build, asked, keyrings=keyrings(), releases=queries.debian_releases(), now=now)
    except (NotThere, BadArchive) as error:
        return build, (Problem(asked.name, "", "", str(error), refused=True),)


def keyrings() -> tuple[Path, ...]:
    """The keys that sign Debian's archives or once did: ABIDB_KEYRING, else the host's."""
    given = settings.ABIDB_KEYRING
    return (given,) if given else (*debian_keyrings(), *removed_keys())
