# SPDX-License-Identifier: GPL-2.0-or-later
import datetime as dt
import hashlib

import pytest

from abidb.errors import BadArchive, NotThere
from abidb.records import ReleaseRow
from ingest.archive.release import Release, fetch_release, kept_release, parse_release
from ingest.archive.roots import Root
from tests.builders.archive import DATE, release_text, write, write_suite

ROOT = Root("http://a/debian", ())
FILES = {"main/binary-amd64/Packages": b"plain", "main/binary-amd64/Packages.xz": b"packed"}


def parse(text, folder="trixie"):
    return parse_release(text.encode(), root=ROOT, folder=folder, sha256="ab" * 32)


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
    with pytest.raises(BadArchive, match="http://a/debian/dists/trixie lacks its date, its name or its SHA"):
        parse(text)


def test_checksum_of_a_file_of_impossible_size_counts_for_none():
    text = release_text(FILES).replace(" 5 main", " " + "9" * 5000 + " main")
    assert list(parse(text).files) == ["main/binary-amd64/Packages.xz"]


def test_suite_that_is_not_there_is_not_there(server, key, client):
    with pytest.raises(NotThere, match="/dists/duke/Release is not there"):
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
    with pytest.raises(BadArchive, match="trixie is the Release of bullseye: the mirror answers with another"):
        fetch_release(Root(server.address, (key.public,)), "trixie", client)


def test_release_without_a_signature_is_refused(server, folder, key, client):
    write_suite(folder, key, apart=True)
    (folder / "dists/trixie/Release.gpg").unlink()
    with pytest.raises(BadArchive, match="/dists/trixie/Release has no signature"):
        fetch_release(Root(server.address, (key.public,)), "trixie", client)


def test_release_with_the_signature_of_another_is_refused(server, folder, key, client):
    write_suite(folder, key, apart=True)
    write(folder / "dists/trixie/Release", release_text(FILES, Version="1").encode())
    with pytest.raises(BadArchive, match="/dists/trixie/Release: the signature does not"):
        fetch_release(Root(server.address, (key.public,)), "trixie", client)


def test_expired_key_is_refused_of_a_release_that_lives(server, folder, old_key, client):
    write_suite(folder, old_key)
    with pytest.raises(BadArchive, match="the key that signed has expired"):
        fetch_release(Root(server.address, (old_key.public,)), "trixie", client)


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
        content=text,
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


@pytest.mark.parametrize(("folder", "codename"), [("buster/updates", "buster"), ("stretch/updates", "stretch/updates")])
def test_old_folder_of_security_updates_goes_by_the_new_name(folder, codename):
    found = parse(release_text(FILES, Suite="oldoldstable", Codename=codename), folder)
    assert found.suite == f"{codename.removesuffix('/updates')}-security"


def test_suite_of_a_third_party_is_labelled():
    root = Root("http://a/elts", (), label="elts")
    text = release_text(FILES, Suite="stretch-lts", Codename="stretch")
    assert parse_release(text.encode(), root=root, folder="stretch", sha256="").suite == "elts:stretch"


def test_only_debians_own_archives_are_debian():
    origins = ("Debian", "Debian Backports", "Debian Ports", "Debian Pure Blends", "Docker", "")
    assert [parse(release_text(FILES, Origin=origin)).is_debian for origin in origins] == [
        True,
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


def test_old_security_suite_is_fetched_from_its_folder(server, folder, key, client):
    write_suite(folder, key, folder="buster/updates", Codename="buster", Suite="oldoldstable")
    release = fetch_release(Root(server.address, (key.public,)), "buster/updates", client)
    assert (release.folder, release.suite) == ("buster/updates", "buster-security")


@pytest.mark.parametrize("where", ["release", "root"])
def test_ended_release_is_verified_by_old_rules_and_says_so(server, folder, old_key, client, where):
    write_suite(folder, old_key, folder="squeeze", apart=True, digest="SHA1")
    root = Root(server.address, (old_key.public,), ended=where == "root")
    release = fetch_release(root, "squeeze", client, ended=where == "release")
    expired = f"signed by key {old_key.fingerprint}, which has expired"
    data = (folder / "dists/squeeze/Release").read_bytes()
    assert (release.suite, release.remarks, release.sha256) == (
        "squeeze",
        (expired, "signed with SHA-1"),
        hashlib.sha256(data).hexdigest(),
    )


def test_kept_release_is_the_fetched_one(server, folder, key, client):
    write_suite(folder, key)
    root = Root(server.address, (key.public,))
    release = fetch_release(root, "trixie", client, now=DATE)
    row = ReleaseRow(root.name, "trixie", release.sha256, release.date, DATE, release.content)
    assert kept_release(root, row) == release


@pytest.mark.parametrize("fields", [{"Description": "a\0b"}, {"Suite": "s" * 9000}])
def test_release_that_no_database_could_keep_is_refused(fields):
    text = release_text({"main/binary-amd64/Packages.xz": b""}, **fields).encode()
    with pytest.raises(BadArchive, match="/dists/trixie has a NUL, or a name of more than 200 characters$"):
        parse_release(text, root=Root("http://archive.invalid", ()), folder="trixie", sha256="ab")
