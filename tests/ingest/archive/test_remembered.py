# SPDX-License-Identifier: GPL-2.0-or-later
import datetime as dt
import lzma

import pytest

from abidb.errors import BadArchive, NotThere, Unavailable
from ingest.archive.memory import in_process
from ingest.archive.release import fetch_release
from ingest.archive.remembered import READER, key_of, stanzas_of
from ingest.archive.roots import Root
from tests.builders.archive import DATE, Fault, MadeDeb, MadeSource, packages_file, release_text, write, write_suite

INDEX, SOURCES = "main/binary-amd64/Packages", "main/source/Sources"
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

    def read(index=INDEX, hours=0, root=root):
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
    memory.remember(key_of(asked.release(), INDEX), [READER + 1, {"package": "else"}])
    assert [stanza["package"] for stanza in asked()] == [IMAGE.name, "distro-info-data"]


def test_index_that_the_release_does_not_list_has_no_stanzas(asked):
    assert asked("main/binary-s390x/Packages") == []


def test_sources_index_is_read_for_sources(asked):
    assert [stanza["filename"] for stanza in asked("main/source/Sources")] == ["linux_6.12.1-1.debian.tar.xz"]


def test_indexes_are_remembered_by_what_they_are_and_the_digests_of_their_smallest_forms(asked):
    release = asked.release()
    digests = [release.files[f"{index}.xz"][0] for index in (INDEX, SOURCES)]
    assert [key_of(release, index) for index in (INDEX, SOURCES, "main/binary-s390x/Packages")] == [
        f"packages {digests[0]}",
        f"sources {digests[1]}",
        None,
    ]


def test_content_that_somebody_else_lists_as_another_kind_of_index_is_read_as_both(asked, folder, server, key):
    data = (folder / "dists/trixie" / f"{INDEX}.xz").read_bytes()
    write(folder / "elts/dists/trixie" / f"{SOURCES}.xz", data)
    write(folder / "elts/dists/trixie/InRelease", key.sign(release_text({f"{SOURCES}.xz": data})))
    elts = Root(f"{server.address}/elts", (key.public,), label="elts")
    assert (asked(SOURCES, root=elts), len(asked())) == ([], 2)


def test_index_that_one_root_has_not_is_had_from_another(asked, folder, server, key):
    release = (folder / "dists/trixie/InRelease").read_bytes()
    write(folder / "other/dists/trixie/InRelease", release)
    for _ in range(3):
        with pytest.raises((NotThere, BadArchive)):
            asked(root=Root(f"{server.address}/other", (key.public,)))
    assert len(asked()) == 2


def test_index_with_a_nul_in_a_stanza_of_interest_is_refused(asked, folder, key):
    data = lzma.compress(packages_file([IMAGE]).replace(b"Description", b"Depends: a\0b\nDescription"))
    write(folder / "dists/trixie" / f"{INDEX}.xz", data)
    write(folder / "dists/trixie/InRelease", key.sign(release_text({f"{INDEX}.xz": data})))
    with pytest.raises(
        BadArchive, match="/dists/trixie/main/binary-amd64/Packages has a NUL in the stanza of a kernel$"
    ):
        asked()
