# SPDX-License-Identifier: GPL-2.0-or-later
import datetime as dt
from dataclasses import replace

import pytest

from abidb.errors import BadArchive, Unavailable
from abidb.lifecycle import DebianRelease
from abidb.records import Listing, Snapshot
from ingest.archive.builds import Place
from ingest.archive.debs import fetch_deb
from ingest.archive.memory import in_process
from ingest.archive.snapshot import SnapshotDeb, service
from ingest.archive.snapshot_builds import snapshot_builds
from ingest.archive.snapshot_listings import likely_suites, vouched
from tests.builders.archive import DATE, Fault, MadeDeb, write_suite
from tests.builders.snapshot import replica, sha1

SEEN = dt.datetime(2026, 11, 21, 21, 0, tzinfo=dt.UTC)
STAMP = "20261121T210000Z"
NOW = dt.datetime(2030, 1, 1, tzinfo=dt.UTC)
SIGNED = MadeDeb("linux-image-6.1.0-56-amd64", "6.1.192-2", source="linux-signed-amd64 (6.1.192+2)")
UNSIGNED = MadeDeb("linux-image-6.1.0-56-amd64-unsigned", "6.1.192-2")
HEADERS = MadeDeb("linux-headers-6.1.0-56-amd64", "6.1.192-2")


def release(codename, version, created, released=None, eol=None, eol_lts=None):
    days = [day and dt.date.fromisoformat(day) for day in (created, released, eol, eol_lts)]
    return DebianRelease(codename, version, *days)


RELEASES = (
    release("lenny", "5.0", "2007-04-08", "2009-02-14", "2012-02-06"),
    release("squeeze", "6.0", "2009-02-14", "2011-02-06", "2014-05-31", "2016-02-29"),
    release("wheezy", "7", "2011-02-06", "2013-05-04", "2016-04-25", "2018-05-31"),
    release("bookworm", "12", "2021-08-14", "2023-06-10", "2026-07-11", "2028-06-30"),
    release("trixie", "13", "2023-06-10", "2025-08-09", "2028-08-09", "2030-06-30"),
    release("sid", "", "1993-08-16"),
)


@pytest.fixture
def snapshot(folder, key):
    with replica(folder) as running:
        for made in (SIGNED, UNSIGNED, HEADERS):
            running.see(made.filename.rpartition("/")[2], made.data, "/pool/main/l/linux", STAMP)
        write_suite(folder / "debian" / STAMP, key, [SIGNED, UNSIGNED, HEADERS], folder="sid")
        yield running


@pytest.fixture
def asked(snapshot, client):
    return service(snapshot.address, client, in_process())


def had(made):
    source = made.source.partition(" ")[0]
    snapshot = Snapshot(sha1(made.data), SEEN)
    return SnapshotDeb(made.name, made.version, made.arch, source, len(made.data), snapshot)


@pytest.fixture
def build():
    (found,) = snapshot_builds(map(had, (SIGNED, UNSIGNED, HEADERS)), ["amd64"])
    return found


@pytest.fixture
def past(asked, key):
    return {"asked": asked, "keyrings": (key.public,), "releases": RELEASES, "now": NOW}


def test_index_that_a_stranger_signed_vouches_for_nothing(build, past, stranger):
    found, problems = vouched(build, **{**past, "keyrings": (stranger.public,)})
    assert (found, [(problem.suite, problem.refused) for problem in problems]) == (build, [("sid", True)])


def test_index_that_is_not_the_signed_one_vouches_for_nothing(build, past, snapshot, folder):
    index = f"archive/debian/{STAMP}/dists/sid/main/binary-amd64/Packages.xz"
    (folder / index.removeprefix("archive/")).write_bytes(b"another")
    found, (problem,) = vouched(build, **past)
    assert (found, problem.root, problem.index) == (
        build,
        f"{snapshot.address}/archive/debian/{STAMP}",
        "main/binary-amd64/Packages",
    )


def test_deb_of_another_size_than_the_index_lists_is_not_vouched_for(build, past):
    other = replace(build, image=(replace(build.image[0], size=1), *build.image[1:]), headers=())
    assert vouched(other, **past)[0].image[0] == other.image[0]


def test_service_that_fails_is_told_so_that_it_is_tried_again(build, past, snapshot):
    snapshot.fault(f"mr/file/{sha1(SIGNED.data)}/info", *[Fault(503)] * 4)
    with pytest.raises(Unavailable, match="HTTP 503"):
        vouched(build, **past)


def test_service_that_answers_nonsense_is_told(build, past, snapshot):
    snapshot.fault(f"mr/file/{sha1(SIGNED.data)}/info", Fault(content=b"7"))
    with pytest.raises(BadArchive, match="documented shape"):
        vouched(build, **past)


def test_deb_that_no_index_of_its_time_lists_stays_as_it_is(build, past, folder, key):
    write_suite(folder / "debian" / STAMP, key, [], folder="sid")
    assert vouched(build, **past) == (build, ())


def test_build_is_vouched_for_by_the_signed_index_of_its_time(build, past, snapshot):
    found, problems = vouched(build, **past)
    root = f"{snapshot.address}/archive/debian/{STAMP}"
    release_sha256 = found.image[0].places[0].listing.release_sha256
    listing = Listing(root, "sid", "main/binary-amd64/Packages", release_sha256, DATE)

    def with_place(deb, made):
        return replace(deb, sha256=made.sha256, places=(Place(listing, made.filename),))

    assert (found, problems) == (
        replace(
            build,
            image=(with_place(build.image[0], SIGNED), with_place(build.image[1], UNSIGNED)),
            headers=(with_place(build.headers[0], HEADERS),),
        ),
        (),
    )
    assert len(snapshot.asked("/mr/")) == 1  # one index listed them all


def test_archive_is_asked_as_it_was_at_the_last_run_before(build, past, snapshot, folder):
    (folder / "debian" / STAMP).rename(folder / "debian" / "20261121T150000Z")
    found, _ = vouched(build, **past)
    assert (found.image[0].sha256, found.image[0].places[0].listing.root) == (
        SIGNED.sha256,
        f"{snapshot.address}/archive/debian/{STAMP}",
    )


def test_deb_that_an_archive_lists_is_not_asked_for(build, past, snapshot):
    found, _ = vouched(build, **past)
    snapshot.requests.clear()
    assert (vouched(found, **past), snapshot.requests) == ((found, ()), [])


def test_vouched_deb_is_checked_by_its_sha256_when_it_is_fetched(build, past, snapshot, client):
    found, _ = vouched(build, **past)
    digest = sha1(SIGNED.data)
    snapshot.files[digest] = SIGNED.data[:-1] + b"!"
    with pytest.raises(BadArchive, match="has SHA-256 .* but is listed with"):
        fetch_deb(found.image[:1], (), client, snapshot=snapshot.address)
    snapshot.files[digest] = SIGNED.data
    assert fetch_deb(found.image, (), client, snapshot=snapshot.address)[1].name == SIGNED.sha256


@pytest.mark.parametrize(
    ("archive", "version", "day", "suites"),
    [
        ("debian", "2.6.32-5", "2010-01-15",
         ("sid", "experimental", "lenny-proposed-updates", "lenny", "squeeze-proposed-updates", "squeeze")),
        ("debian", "2.6.37~rc7-1~experimental.1", "2010-12-25", ("experimental", "sid")),
        ("debian", "2.6.32-48squeeze1", "2013-03-01", ("squeeze-proposed-updates", "squeeze")),
        ("debian", "6.1.192-2+deb12u1", "2026-11-01", ("bookworm-proposed-updates", "bookworm")),
        ("debian", "7.3.4-1~bpo13+1", "2026-11-01", ("trixie-backports", "trixie-backports-sloppy")),
        ("debian-backports", "2.6.32-45~bpo50+1", "2011-12-01", ("lenny-backports", "lenny-backports-sloppy")),
        ("debian-security", "2.6.26-26lenny3", "2011-05-01", ("lenny/updates", "lenny-security")),
        ("debian-security", "6.1.192-2", "2026-11-01",
         ("bookworm/updates", "bookworm-security", "trixie/updates", "trixie-security")),
    ],
)  # fmt: skip
def test_suites_are_looked_for_as_version_archive_and_time_suggest(archive, version, day, suites):
    assert likely_suites(archive, version, RELEASES, dt.date.fromisoformat(day)) == suites
