# SPDX-License-Identifier: GPL-2.0-or-later
"""Real kernels of the configured mirror: what abidb reads must be what Debian's own Module.symvers says.

Which builds are tried follows from what the mirror has today.
"""

from __future__ import annotations

import pytest

from abidb import queries, store
from abidb.errors import Unavailable
from bench.oracle import compare
from ingest import configured
from ingest.archive.builds import ListedBuild
from ingest.archive.client import client as make_client
from ingest.build import fetch_build
from ingest.kernel import read_kernel
from ingest.look import Sight, look
from ingest.offers import Wish, chosen

pytestmark = pytest.mark.archive


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    from django.conf import settings

    return make_client(settings.ABIDB_TEST_CACHE, "test", settings.ABIDB_CONTACT)


@pytest.fixture(scope="module")
def sight(client) -> Sight:
    try:
        return look(configured.roots(), client, ["amd64"])
    except Unavailable as error:
        pytest.skip(f"the archive cannot be reached: {error}")


def newest_cloud(sight: Sight) -> list[ListedBuild]:
    """The newest cloud image of each release line, each once."""
    return chosen(sight.catalogue.builds, Wish(flavours=["cloud-amd64"], newest=1))


def test_the_mirror_has_stable_and_it_is_verified(sight) -> None:
    assert "stable" in sight.words.values()
    assert {release.suite for release in sight.catalogue.releases} >= {"sid"}


def test_the_newest_cloud_image_of_each_suite_is_read_exactly(sight, client) -> None:
    wrong, compared = [], 0
    for build in newest_cloud(sight):
        verdict = compare(build, sight.roots, client)
        if verdict is not None:
            compared += 1
            if not verdict.equal:
                wrong.append((build.kernel_release, verdict))
    assert wrong == []
    assert compared >= 3


@pytest.mark.django_db
def test_a_real_build_in_the_record_is_the_real_build(sight, client) -> None:
    """Through the store and back: nothing is lost on the way to the page."""
    build = next(build for build in newest_cloud(sight) if build.headers and build.kernel_release.startswith("6."))
    fetched = fetch_build(build, sight.roots, client, lambda name: lambda done, total: None)
    kernel = read_kernel(tuple(fetched.debs), fetched.listings)
    saved = store.save(kernel)
    facts = queries.build(saved.build)
    assert set(queries.all_exports(saved.build)) == set(kernel.exports)
    assert (facts.ref.status, facts.local, facts.imports_checked > 10_000) == ("good", False, True)
    assert facts.lanes
    assert facts.config_options > 1000
