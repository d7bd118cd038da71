# SPDX-License-Identifier: GPL-2.0-or-later
import datetime as dt

import pytest

from abidb.errors import BadArchive, NotThere, Unavailable
from ingest.archive.index import smallest_form
from ingest.archive.memory import in_process
from ingest.archive.release import fetch_release
from ingest.archive.remembered import READER, digests, stanzas_of
from ingest.archive.roots import Root
from tests.builders.archive import DATE, Fault, MadeDeb, MadeSource, write_suite

INDEX = "main/binary-amd64/Packages"
IMAGE = MadeDeb("linux-image-6.12.1+deb13-amd64", "6.12.1-1")
OTHERS = [MadeDeb("bash", "5", source="bash"), MadeDeb("distro-info-data", "0.70", source="distro-info-data")]
HOUR = dt.timedelta(hours=1)


@pytest.fixture
def memory():
    return in_process()


@pytest.fixture
def asked(server, folder, key, client, memory):
    """Reads an index of suite trixie, so many hours after its date, and says how often the server was asked for it."""
    root = Root(server.address, (key.public,))
    write_suite(folder, key, [IMAGE, *OTHERS], sources=[MadeSource("linux", "6.12.1-1")])

    def read(index=INDEX, hours=0):
        release = fetch_release(root, "trixie", client)
        return stanzas_of(root, release, index, client=client, memory=memory, now=DATE + hours * HOUR)

    read.requests = lambda index=INDEX: sum(f"/{index}" in path for path, _ in server.requests)
    read.release = lambda: fetch_release(root, "trixie", client)
    return read


def test_index_that_does_not_match_is_said_each_time_and_asked_for_after_growing_intervals(asked, folder):
    (folder / "dists/trixie" / f"{INDEX}.xz").write_bytes(b"stale")
    tried = []
    for hour in (0, 0.1, 1, 1.1, 3, 3.1):
        with pytest.raises(BadArchive, match="Packages.xz has 5 bytes, but is listed with"):
            asked(hours=hour)
        tried.append(asked.requests())
    assert tried == [1, 2, 2, 3, 3, 4]


def test_index_that_is_not_there_is_said_each_time_and_when_it_is_asked_for_again(asked, folder):
    (folder / "dists/trixie" / f"{INDEX}.xz").unlink()
    for _ in range(2):
        with pytest.raises(NotThere):
            asked()
    with pytest.raises(BadArchive, match=r"is not there \(HTTP 404\); it is asked for again from 2026-11-21T10:15 on$"):
        asked()
    assert asked.requests() == 2


def test_outage_is_not_remembered(asked, server):
    server.fault(f"dists/trixie/{INDEX}.xz", Fault(status=403))
    with pytest.raises(Unavailable):
        asked()
    assert [stanza["package"] for stanza in asked()] == [IMAGE.name, "distro-info-data"]


def test_refused_index_that_is_in_order_again_is_used(asked, folder):
    path = folder / "dists/trixie" / f"{INDEX}.xz"
    good = path.read_bytes()
    path.write_bytes(b"stale")
    with pytest.raises(BadArchive):
        asked()
    path.write_bytes(good)
    assert asked() == asked(hours=1)


def test_index_is_fetched_once_however_often_it_is_read(asked):
    first = asked()
    assert (asked(), asked.requests(), [sorted(stanza) for stanza in first]) == (
        first,
        1,
        [
            ["architecture", "filename", "package", "sha256", "size", "source", "version"],
            ["architecture", "filename", "package", "sha256", "size", "version"],
        ],
    )


def test_index_that_was_read_in_another_way_is_read_anew(asked, memory):
    memory.remember(smallest_form(asked.release(), INDEX)[0], [READER + 1, {"package": "else"}])
    assert [stanza["package"] for stanza in asked()] == [IMAGE.name, "distro-info-data"]


def test_index_that_the_release_does_not_list_has_no_stanzas(asked):
    assert asked("main/binary-s390x/Packages") == []


def test_sources_index_is_read_for_sources(asked):
    assert [stanza["filename"] for stanza in asked("main/source/Sources")] == ["linux_6.12.1-1.debian.tar.xz"]


def test_indexes_are_remembered_by_the_digests_of_their_smallest_forms(asked):
    release = asked.release()
    assert digests([release], [INDEX, "main/binary-s390x/Packages"]) == [release.files[f"{INDEX}.xz"][0]]
