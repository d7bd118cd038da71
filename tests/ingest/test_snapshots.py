# SPDX-License-Identifier: GPL-2.0-or-later
"""From what the snapshot service has to the record, the whole way: versions, files, debs, kernels, provenance."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from abidb import queries, store
from abidb.errors import BadArchive, NotThere, Unavailable
from abidb.records import Export, Import, Snapshot
from ingest import configured, snapshots
from ingest.archive.catalogue import Catalogue
from ingest.archive.listed import listed_from_json
from ingest.archive.memory import in_process
from ingest.archive.problem import Problem
from ingest.build import Sources, ingest
from ingest.look import Sight
from ingest.offers import Wish
from ingest.plan import plan
from tests.builders.archive import Fault, MadeDeb, write_suite
from tests.builders.kernel import make_image_deb, make_module
from tests.builders.snapshot import replica, sha1
from tests.builders.vmlinux import make_bzimage, make_vmlinux
from tests.ingest.archive.test_snapshot_listings import RELEASES

LAYOUT = Export("module_layout", "vmlinux", 0xDEADBEEF, "EXPORT_SYMBOL", "")
KFREE = Export("kfree", "vmlinux", 0x037A0CBA, "EXPORT_SYMBOL", "")
UNUSED = Export("init_mm", "vmlinux", 0x0BADCAFE, "EXPORT_UNUSED_SYMBOL", "")
TAP = Export("tap_open", "drivers/net/tap", 0x9A89E954, "EXPORT_SYMBOL_GPL", "")
OLD_SEEN, NEW_SEEN = "20120510T041912Z", "20210131T092402Z"


def kernel_deb(release, version, source, *, old):
    """A kernel as it was in 2.6.32, or in 5.10."""
    shape = {"relative": False, "crcs": "long", "namespaces": False} if old else {}
    exports = [KFREE, LAYOUT, *([UNUSED] if old else [])]
    vermagic = f"{release} SMP mod_unload modversions "
    module = make_module(
        [TAP],
        [Import("module_layout", 0xDEADBEEF), Import("kfree", 0x037A0CBA)],
        crcs="absolute",
        vermagic=vermagic,
        namespace_labels=not old,
    )
    image = make_bzimage(make_vmlinux(exports, **shape), "gzip" if old else "xz")
    content = make_image_deb(
        image,
        {"drivers/net/tap": module},
        release=release,
        version=version,
        source=source,
        compression="gzip" if old else "xz",
    )
    return MadeDeb(f"linux-image-{release}", version, source=source, content=content)


OLD = kernel_deb("2.6.32-5-amd64", "2.6.32-48", "linux-2.6", old=True)
NEW = kernel_deb("5.10.0-3-amd64", "5.10.13-1", "linux-signed-amd64 (5.10.13+1)", old=False)


@pytest.fixture
def snapshot(folder, settings):
    with replica(folder) as running:
        tar = {"linux-2.6_2.6.32-48.debian.tar.gz": b"policy"}
        running.add("linux-2.6", "2.6.32-48", [OLD, replace(OLD, arch="ia64", content=b"ia64's")], tar, OLD_SEEN)
        running.add("linux-signed-amd64", "5.10.13+1", [NEW], first_seen=NEW_SEEN)
        settings.ABIDB_SNAPSHOT, settings.ABIDB_SNAPSHOT_VERIFY = running.address, False
        yield running


@pytest.fixture
def quick(client):
    """A client that does not wait, and does without the rate too."""
    return replace(client, timeout=(5.0, 2.0))


def empty_sight():
    return Sight((), RELEASES, Catalogue((), (), ()), {}, {}, ("amd64",))


@pytest.fixture
def offered(snapshot, quick):
    """The builds that a look finds, newest first."""
    return snapshots.beside(empty_sight(), quick, in_process()).catalogue.builds


def in_record(release):
    (found,) = queries.find_builds(release=release)
    return queries.build(found.id)


def test_without_a_service_a_look_is_as_it_is(snapshot, quick, settings):
    settings.ABIDB_SNAPSHOT = ""
    assert (snapshots.beside(empty_sight(), quick, in_process()), snapshot.requests) == (empty_sight(), [])


def test_outage_of_the_service_is_a_problem_of_the_look(snapshot, quick):
    snapshot.fault("mr/package/", *[Fault(503)] * 4)
    found = snapshots.beside(empty_sight(), quick, in_process()).catalogue
    message = f"{snapshot.address}/mr/package/: HTTP 503 Service Unavailable"
    assert found == Catalogue((), (), (Problem(snapshot.address, "", "", message, refused=True),))


def test_file_that_the_service_has_lost_is_not_to_be_had(offered, snapshot, quick, db):
    del snapshot.files[sha1(OLD.data)]
    with pytest.raises(NotThere, match=r"^linux-image-2\.6\.32-5-amd64 2\.6\.32-48: listed, but no longer"):
        ingest(offered[1], None, Sources((), quick, snapshot.address))


def test_file_that_is_not_the_one_with_that_hash_is_refused(offered, snapshot, quick, db):
    snapshot.files[sha1(OLD.data)] = b"!" * len(OLD.data)
    with pytest.raises(BadArchive, match=r"/file/[0-9a-f]{40} has SHA-1 [0-9a-f]{40}, but is listed with"):
        ingest(offered[1], None, Sources((), quick, snapshot.address))


def test_service_that_is_down_is_tried_by_a_later_job(offered, snapshot, quick, db):
    snapshot.fault(f"file/{sha1(OLD.data)}", *[Fault(503)] * 4)
    with pytest.raises(Unavailable, match="HTTP 503"):
        ingest(offered[1], None, Sources((), quick, snapshot.address))


def test_file_that_broke_off_is_resumed(offered, snapshot, quick, db):
    path = f"/file/{sha1(OLD.data)}"
    snapshot.fault(path[1:], Fault(cut=1000))
    assert ingest(offered[1], None, Sources((), quick, snapshot.address)).outcome == "new"
    assert [asked for asked in snapshot.requests if asked[0] == path] == [(path, ""), (path, "bytes=1000-")]


def test_kernels_of_2_6_32_and_5_10_are_in_the_record_by_snapshot_hash(offered, snapshot, quick, db):
    for build in offered:
        ingest(build, None, Sources((), quick, snapshot.address))
    found = [in_record(name) for name in ("2.6.32-5-amd64", "5.10.0-3-amd64")]
    assert [(page.ref.source, page.ref.version, page.ref.covers, page.provenance) for page in found] == [
        ("linux-2.6", "2.6.32-48", "all", "snapshot hash"),
        ("linux", "5.10.13-1", "all", "snapshot hash"),
    ]
    assert [deb.snapshot for page in found for deb in page.debs] == [
        Snapshot(sha1(OLD.data), dt.datetime(2012, 5, 10, 4, 19, 12, tzinfo=dt.UTC)),
        Snapshot(sha1(NEW.data), dt.datetime(2021, 1, 31, 9, 24, 2, tzinfo=dt.UTC)),
    ]


def test_without_the_wish_to_verify_nothing_is_asked(offered, snapshot, quick):
    snapshot.requests.clear()
    assert snapshots.vouched(offered[0], quick) == (offered[0], ())
    assert snapshot.requests == []


def test_kernel_of_which_the_service_knows_no_archive_stays_as_it_is(offered, snapshot, quick, key, settings, db):
    settings.ABIDB_SNAPSHOT_VERIFY, settings.ABIDB_KEYRING = True, key.public
    path = f"mr/file/{sha1(NEW.data)}/info"
    snapshot.fault(path, Fault(404))
    message = f"{snapshot.address}/{path} is not there (HTTP 404)"
    assert snapshots.vouched(offered[0], quick) == (
        offered[0],
        (Problem(snapshot.address, "", "", message, refused=True),),
    )


def test_kernel_whose_index_of_that_time_verifies_is_in_the_record_by_a_signed_index(
    offered, snapshot, quick, folder, key, settings, db
):
    settings.ABIDB_SNAPSHOT_VERIFY, settings.ABIDB_KEYRING = True, key.public
    store.put_releases(RELEASES, {})
    write_suite(folder / "debian" / "20120510T000000Z", key, [OLD], folder="squeeze-proposed-updates", Suite="stable")
    build, problems = snapshots.vouched(offered[1], quick)
    ingest(build, None, Sources((), quick, snapshot.address))
    assert (in_record("2.6.32-5-amd64").provenance, problems) == ("signed index", ())


def test_a_look_at_the_archives_offers_what_only_the_service_has_too(
    snapshot, folder, key, settings, tmp_path, monkeypatch, db
):
    monkeypatch.setattr(configured, "_turn", lambda apart: None)
    write_suite(folder / "debian" / NEW_SEEN, key, [NEW], folder="sid", Suite="unstable", Codename="sid", Version="")
    settings.ABIDB_MIRROR = (f"{snapshot.address}/archive/debian/{NEW_SEEN}",)
    settings.ABIDB_KEYRING, settings.ABIDB_DATA = key.public, tmp_path
    planned = plan(Wish(arches=("amd64",)), run=store.start_run(), warn=pytest.fail)
    offers = {row.kernel_release: (row.suites, listed_from_json(row.content)) for row in queries.offers()}
    assert [(build.version, build.suites) for build in planned.builds.values()] == [
        ("5.10.13-1", ("sid",)),
        ("2.6.32-48", ()),
    ]
    assert {release: (suites, found.image[0].digest) for release, (suites, found) in offers.items()} == {
        "5.10.0-3-amd64": (("sid",), NEW.sha256),
        "2.6.32-5-amd64": ((), sha1(OLD.data)),
    }


def test_keys_are_the_hosts_where_none_are_set(settings):
    settings.ABIDB_KEYRING = None
    assert all(path.is_file() for path in snapshots.keyrings())
