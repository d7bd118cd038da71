# SPDX-License-Identifier: GPL-2.0-or-later
import hashlib
from dataclasses import replace

import pytest

from abidb.errors import BadArchive, NotThere
from abidb.records import Listing, Snapshot
from ingest.archive.builds import Place
from ingest.archive.debs import fetch_source
from ingest.archive.roots import Root
from ingest.archive.sources import ListedSource, listed_sources, merged, source_stanzas
from tests.builders.archive import DATE, MadeDeb, MadeSource, packages_file, sources_file, write

LISTING = Listing("http://a/debian", "trixie", "main/source/Sources", "ab" * 32, DATE)
LINUX = MadeSource("linux", "6.1.192-2")


def found(*sources):
    return list(listed_sources(source_stanzas(sources_file(sources)), LISTING))


@pytest.mark.parametrize(
    "source",
    [
        MadeSource("bash", "5"),
        MadeSource("linux-signed-amd64", "6.1.192+2"),
        MadeSource("linux-base", "4"),
        MadeSource("linux-2.6", "2.6.32-48", suffix=".diff.gz"),
    ],
)
def test_source_without_a_kernels_policy_is_left_out(source):
    assert found(source) == []


def test_index_of_packages_holds_no_sources():
    assert list(source_stanzas(packages_file([MadeDeb("linux-image-6.1.0-56-amd64", "1")]))) == []


def test_kernels_of_every_name_and_form_are_found():
    sources = [
        LINUX,
        MadeSource("linux-6.12", "6.12.9-1~deb12u1"),
        MadeSource("linux-2.6", "3", suffix=".debian.tar.gz"),
    ]
    assert [(one.source, one.filename) for one in found(*sources)] == [
        ("linux", "linux_6.1.192-2.debian.tar.xz"),
        ("linux-6.12", "linux-6.12_6.12.9-1~deb12u1.debian.tar.xz"),
        ("linux-2.6", "linux-2.6_3.debian.tar.gz"),
    ]


def test_source_is_read_from_its_stanza():
    assert found(LINUX) == [
        ListedSource(
            source="linux",
            version="6.1.192-2",
            filename="linux_6.1.192-2.debian.tar.xz",
            size=len(LINUX.data),
            sha256=LINUX.sha256,
            places=(Place(LISTING, "pool/main/l/linux/linux_6.1.192-2.debian.tar.xz"),),
        )
    ]


def test_source_that_two_suites_list_is_one_with_two_places():
    (here,) = found(LINUX)
    there = replace(here, places=(Place(replace(LISTING, suite="sid"), "pool/x"),))
    assert merged([here, there, here]) == (replace(here, places=here.places + there.places),)


def test_source_of_the_snapshot_service_is_known_by_its_sha1():
    only = replace(found(LINUX)[0], sha256="", snapshot=Snapshot("cd" * 20, DATE))
    assert (only.digest, replace(only, snapshot=None).digest) == ("cd" * 20, "")


@pytest.fixture
def here(server):
    """The source as listed in two suites of the served archive, the first with a path of its own."""
    (listed,) = found(LINUX)
    listing = replace(LISTING, root=server.address)
    return replace(listed, places=(Place(listing, "pool/elsewhere"), Place(listing, listed.places[0].filename)))


def test_source_that_is_nowhere_is_said(here, server, client):
    with pytest.raises(NotThere, match=r"^linux_6.1.192-2.debian.tar.xz: listed, but no longer to be had$"):
        fetch_source(here, [Root(server.address, ())], client)


def test_source_with_other_bytes_is_refused(here, server, folder, client):
    write(folder / "pool/elsewhere", b"other")
    with pytest.raises(BadArchive, match="elsewhere has 5 bytes, but is listed with"):
        fetch_source(here, [Root(server.address, ())], client)


def test_source_is_fetched_from_where_it_is_in_order(here, server, folder, client):
    write(folder / "pool/elsewhere", b"other")
    write(folder / here.places[1].filename, LINUX.data)
    assert fetch_source(here, [Root(server.address, ())], client).read_bytes() == LINUX.data


def test_source_that_no_archive_has_any_more_is_had_from_the_snapshot_service(here, server, folder, client):
    sha1 = hashlib.sha1(LINUX.data).hexdigest()
    write(folder / "file" / sha1, LINUX.data)
    only = replace(here, places=(), sha256="", snapshot=Snapshot(sha1, DATE))
    assert fetch_source(only, [], client, snapshot=server.address).read_bytes() == LINUX.data
