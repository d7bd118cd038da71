# SPDX-License-Identifier: GPL-2.0-or-later
import hashlib
from dataclasses import replace

import pytest

from abidb.errors import BadArchive, NotThere
from abidb.records import Snapshot
from ingest.archive.catalogue import Question, archive_indexes, listed_builds
from ingest.archive.debs import fetch_deb
from ingest.archive.memory import in_process
from ingest.archive.roots import Root
from tests.builders.archive import DATE, MadeDeb, write, write_suite

SIGNED = MadeDeb("linux-image-6.1.0-56-amd64", "6.1.192-2", source="linux-signed-amd64 (6.1.192+2)")
UNSIGNED = MadeDeb("linux-image-6.1.0-56-amd64-unsigned", "6.1.192-2")


@pytest.fixture
def roots(server, key):
    return (Root(server.address.replace("//", "//user:secret@"), (key.public,)),)


@pytest.fixture
def choices(roots, folder, key, client):
    for suite in ("trixie", "trixie-updates"):
        write_suite(folder, key, [SIGNED, UNSIGNED], folder=suite)
    question = Question(["amd64"], (), (), DATE, only=("trixie", "trixie-updates"))
    parts = archive_indexes(roots, question, client, in_process())
    return listed_builds(parts).builds[0].image


def test_deb_that_is_nowhere_is_said_with_its_stand_in(roots, folder, choices, client):
    for made in (SIGNED, UNSIGNED):
        (folder / made.filename).unlink()
    message = f"^{SIGNED.name} 6.1.192-2 and {UNSIGNED.name} 6.1.192-2: listed, but no longer to be had$"
    with pytest.raises(NotThere, match=message):
        fetch_deb(choices, roots, client)


def test_deb_that_is_not_the_listed_one_is_refused_and_has_no_stand_in(roots, folder, choices, client):
    (folder / SIGNED.filename).write_bytes(b"other" * 1000)
    with pytest.raises(BadArchive, match=r"^http://127\.0\.0\.1.*_amd64\.deb has 5,000 bytes, but is listed with "):
        fetch_deb(choices, roots, client)


def test_deb_is_taken_from_the_place_that_has_it_in_order(roots, folder, choices, client):
    place = choices[0].places[0]
    (folder / place.filename).write_bytes(b"other" * 1000)
    (folder / "right").write_bytes(SIGNED.data)
    both = replace(choices[0], places=(place, replace(place, filename="right")))
    assert fetch_deb([both], roots, client)[1].read_bytes() == SIGNED.data


def test_deb_that_indexes_list_but_only_the_snapshot_service_has_is_checked_by_the_indexes_hash(
    roots, server, folder, choices, client
):
    deb = replace(choices[0], snapshot=Snapshot(hashlib.sha1(SIGNED.data).hexdigest(), DATE))
    (folder / SIGNED.filename).unlink()
    write(folder / "snapshot/file" / deb.snapshot.sha1, SIGNED.data)
    found = fetch_deb([deb], roots, client, snapshot=f"{server.address}/snapshot")
    assert found == (deb, client.cache / SIGNED.sha256[:2] / SIGNED.sha256)


def test_deb_that_no_index_lists_is_had_from_the_snapshot_service_by_its_sha1(server, folder, choices, client):
    sha1 = hashlib.sha1(SIGNED.data).hexdigest()
    deb = replace(choices[0], places=(), sha256="", snapshot=Snapshot(sha1, DATE))
    write(folder / "file" / sha1, SIGNED.data)
    assert fetch_deb([deb], (), client, snapshot=server.address) == (deb, client.cache / sha1[:2] / sha1)


def test_snapshot_service_that_is_not_configured_is_not_asked(choices, client):
    deb = replace(choices[0], places=(), sha256="", snapshot=Snapshot("ab" * 20, DATE))
    with pytest.raises(NotThere):
        fetch_deb([deb], (), client)


def test_deb_of_a_root_that_is_no_longer_configured_is_not_to_be_had(choices, client):
    with pytest.raises(NotThere):
        fetch_deb(choices, (), client)


def test_signed_deb_is_preferred(roots, choices, client):
    deb, path = fetch_deb(choices, roots, client)
    assert (deb.name, path.read_bytes()) == (SIGNED.name, SIGNED.data)


def test_unsigned_deb_stands_in_for_a_signed_one_that_is_gone(roots, folder, choices, client):
    (folder / SIGNED.filename).unlink()
    deb, path = fetch_deb(choices, roots, client)
    assert (deb.name, deb.unsigned, path.read_bytes()) == (UNSIGNED.name, True, UNSIGNED.data)


def test_password_of_the_root_stands_in_no_listing(roots, choices):
    assert {place.listing.root for deb in choices for place in deb.places} == {roots[0].name}
