# SPDX-License-Identifier: GPL-2.0-or-later
import datetime as dt

import pytest

from abidb import queries, store
from abidb.records import ReleaseRow
from ingest import configured
from ingest.archive.roots import Root
from ingest.look import Sight, look
from tests.builders.archive import DATE, Fault, MadeDeb, write_suite
from tests.builders.deb import make_deb

pytestmark = pytest.mark.django_db

CSV = """version,codename,series,created,release,eol,eol-lts
13,Trixie,trixie,2023-06-10,2025-08-09,2099-01-01,2099-01-01
,Sid,sid,1993-08-16
"""
IMAGE = MadeDeb("linux-image-6.12.1+deb13-amd64", "6.12.1-1")
RELEASES = MadeDeb(
    "distro-info-data", "0.70", content=make_deb({}, {"./usr/share/distro-info/debian.csv": CSV.encode()})
)


@pytest.fixture
def sight(server, folder, key, client):
    write_suite(folder, key, [RELEASES], folder="sid", Suite="unstable")
    write_suite(folder, key, [IMAGE])

    def seen(*arches: str) -> Sight:
        return look([Root(server.address, (key.public,))], client, arches, memory=configured.memory())

    return seen


def test_share_of_the_download_limit_is_that_of_one_process(settings):
    settings.ABIDB_DOWNLOAD_MB = 30
    client = configured.cached_client(share=3)
    client.arrived(100)
    assert (configured.traffic.limit, configured.traffic.bytes >= 100) == (10e6, True)


def test_snapshot_service_is_asked_as_often_as_the_share_of_one_process_allows(settings, monkeypatch, server):
    turns = []
    monkeypatch.setattr(configured, "_turn", turns.append)
    settings.ABIDB_SNAPSHOT = f"{server.address}/snapshot"
    for _ in range(2):
        client = configured.cached_client(share=4)
        for name in ("snapshot/mr/package/", "snapshot/file/ab", "debian/dists/"):
            client.before(f"{server.address}/{name}")
        client.session.close()
    assert turns == [2.0] * 4


def test_roots_are_those_of_the_settings(settings, tmp_path):
    settings.ABIDB_MIRROR, settings.ABIDB_SOURCES = ("http://a/debian",), tmp_path / "further.sources"
    settings.ABIDB_SOURCES.write_text("URIs: http://b/debian\nSuites: *\n")
    assert [root.name for root in configured.roots()] == ["http://a/debian", "http://b/debian"]


def test_memory_is_the_record(sight):
    store.put_release_files([ReleaseRow("http://a", "trixie", "ab", DATE, DATE, "Date: today")])
    memory = configured.memory()
    memory.remember("cd", [1, {"package": "linux"}])
    assert (memory.index("cd"), memory.index("ef"), memory.release("http://a", "trixie").sha256) == (
        [1, {"package": "linux"}],
        None,
        "ab",
    )


def test_second_look_after_the_first_was_noted_reads_and_changes_nothing(sight, settings, server):
    settings.ARCHITECTURES = ("amd64",)
    configured.note(sight("amd64"))
    before = len(server.requests)
    second = sight("amd64")
    configured.note(second)
    assert (second.changed, second.rows, {path.rpartition("/")[2] for path, _ in server.requests[before:]}) == (
        frozenset(),
        (),
        {"InRelease", "Release", ""},
    )


def test_listings_that_were_not_written_are_when_the_next_look_is_noted(sight, settings, server, monkeypatch):
    settings.ARCHITECTURES = ("amd64",)
    server.fault("dists/trixie/main/binary-amd64/Packages.xz", Fault(content=b"x"))
    configured.note(sight("amd64"))  # the Release is kept now, its index refused
    lost = sight("amd64")  # reads the index, and ends before it is noted
    written = []
    monkeypatch.setattr(store, "put_listings", written.extend)
    for _ in range(2):
        configured.note(sight("amd64"))
    assert (len(lost.changed), [sha256 for sha256, _ in written]) == (1, [IMAGE.sha256])


def test_releases_of_a_look_at_some_architectures_are_not_kept(sight):
    configured.note(sight("amd64"))
    assert queries.release_files() == ()


def test_releases_of_a_look_at_all_architectures_are_kept(sight, settings):
    settings.ARCHITECTURES = ("amd64",)
    configured.note(sight("amd64"))
    kept = [(row.folder, row.date, row.asked > DATE - dt.timedelta(days=1)) for row in queries.release_files()]
    assert kept == [("sid", DATE, True), ("trixie", DATE, True)]
