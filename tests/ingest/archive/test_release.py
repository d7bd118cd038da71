# SPDX-License-Identifier: GPL-2.0-or-later
import datetime as dt
import hashlib

import pytest

from abidb.errors import BadArchive, NotThere
from ingest.archive.release import Release, fetch_release, parse_release
from ingest.archive.roots import Root
from tests.builders.archive import DATE, release_text, write, write_suite

FILES = {"main/binary-amd64/Packages": b"plain", "main/binary-amd64/Packages.xz": b"packed"}


def parse(text):
    return parse_release(text.encode(), root="http://a/debian", folder="trixie", sha256="ab" * 32)


@pytest.mark.parametrize(
    "text",
    [
        "",
        release_text(FILES, Date=""),
        release_text(FILES, Date="yesterday"),
        release_text(FILES, Date="Fri, 31 Dec 9999 23:59:00 -2359"),
        release_text(FILES, Suite="", Codename=""),
        release_text({}),
    ],
)
def test_text_without_date_name_or_checksums_is_refused(text):
    with pytest.raises(BadArchive, match="http://a/debian/dists/trixie/InRelease lacks its date, its name or its SHA"):
        parse(text)


def test_checksum_of_a_file_of_impossible_size_counts_for_none():
    text = release_text(FILES).replace(" 5 main", " " + "9" * 5000 + " main")
    assert list(parse(text).files) == ["main/binary-amd64/Packages.xz"]


def test_suite_that_is_not_there_is_not_there(server, key, client):
    with pytest.raises(NotThere, match="/dists/duke/InRelease is not there"):
        fetch_release(Root(server.address, (key.public,)), "duke", client)


def test_unsigned_release_is_refused(server, folder, key, client):
    write(folder / "dists/trixie/InRelease", release_text(FILES).encode())
    with pytest.raises(BadArchive, match="/dists/trixie/InRelease is not one clear-signed message"):
        fetch_release(Root(server.address, (key.public,)), "trixie", client)


def test_tampered_release_is_refused(server, folder, key, client):
    write_suite(folder, key)
    path = folder / "dists/trixie/InRelease"
    path.write_bytes(path.read_bytes().replace(b"13.8", b"13.9"))
    with pytest.raises(BadArchive, match="/dists/trixie/InRelease: the signature does not"):
        fetch_release(Root(server.address, (key.public,)), "trixie", client)


def test_release_signed_by_another_key_is_refused(server, folder, key, stranger, client):
    write_suite(folder, stranger)
    with pytest.raises(BadArchive, match="/dists/trixie/InRelease: "):
        fetch_release(Root(server.address, (key.public,)), "trixie", client)


def test_signed_release_of_another_suite_is_refused(server, folder, key, client):
    write_suite(folder, key, folder="trixie", Codename="bullseye", Suite="oldoldstable")
    with pytest.raises(
        BadArchive, match="trixie/InRelease is the Release of bullseye: the mirror answers with another"
    ):
        fetch_release(Root(server.address, (key.public,)), "trixie", client)


def test_release_says_what_its_text_says():
    digests = {path: (hashlib.sha256(data).hexdigest(), len(data)) for path, data in FILES.items()}
    text = release_text(FILES, Valid_Until="Sat, 28 Nov 2026 00:53:02 UTC", Acquire_By_Hash="yes")
    assert parse(text) == Release(
        root="http://a/debian",
        folder="trixie",
        suite="trixie",
        alias="stable",
        codename="trixie",
        origin="Debian",
        label="Debian",
        version="13.8",
        date=DATE,
        valid_until=dt.datetime(2026, 11, 28, 0, 53, 2, tzinfo=dt.UTC),
        architectures=("all", "amd64", "arm64"),
        components=("main", "contrib"),
        by_hash=True,
        files=digests,
        sha256="ab" * 32,
    )


@pytest.mark.parametrize(
    ("alias", "codename", "suite"),
    [
        ("unstable", "sid", "sid"),
        ("experimental", "rc-buggy", "experimental"),
        ("oldstable-security", "bookworm-security", "bookworm-security"),
        ("trixie", "", "trixie"),
    ],
)
def test_suite_goes_by_its_codename(alias, codename, suite):
    assert parse(release_text(FILES, Suite=alias, Codename=codename)).suite == suite


def test_only_debians_own_archives_are_debian():
    origins = ("Debian", "Debian Backports", "Debian Pure Blends", "Docker", "")
    assert [parse(release_text(FILES, Origin=origin)).is_debian for origin in origins] == [
        True,
        True,
        False,
        False,
        False,
    ]


def test_dates_without_zone_or_with_another_are_utc():
    dates = ("Sat, 21 Nov 2026 09:15:44 -0000", "Sat, 21 Nov 2026 10:15:44 +0100")
    assert [parse(release_text(FILES, Date=date)).date for date in dates] == [DATE, DATE]


def test_release_expires_after_its_valid_until_and_never_without_one():
    fresh = parse(release_text(FILES))
    bound = parse(release_text(FILES, Valid_Until="Sat, 28 Nov 2026 00:00:00 UTC"))
    times = (dt.datetime(2026, 11, 27, tzinfo=dt.UTC), dt.datetime(2026, 11, 29, tzinfo=dt.UTC))
    assert [(fresh.expired(now), bound.expired(now)) for now in times] == [(False, False), (False, True)]


def test_fetched_release_is_known_by_the_digest_of_its_file(server, folder, key, client):
    write_suite(folder, key)
    data = (folder / "dists/trixie/InRelease").read_bytes()
    release = fetch_release(Root(server.address, (key.public,)), "trixie", client)
    assert (release.sha256, release.root, release.suite) == (hashlib.sha256(data).hexdigest(), server.address, "trixie")


def test_suite_may_be_asked_for_by_its_alias(server, folder, key, client):
    write_suite(folder, key, folder="stable", Codename="trixie")
    release = fetch_release(Root(server.address, (key.public,)), "stable", client)
    assert (release.folder, release.suite) == ("stable", "trixie")
