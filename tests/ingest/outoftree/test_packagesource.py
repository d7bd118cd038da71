# SPDX-License-Identifier: GPL-2.0-or-later
import datetime as dt
import hashlib
from dataclasses import replace

import pytest
import requests

from abidb.records import Listing
from ingest.archive.client import Client
from ingest.archive.roots import Root
from ingest.outoftree.apt import Unsolvable
from ingest.outoftree.packagesource import deb_of
from tests.builders.outoftree import make_package

DATA = b"a deb"


@pytest.fixture
def archives(tmp_path):
    roots = tuple(Root(f"file:{tmp_path}/{name}", ()) for name in ("one", "other"))
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
    return roots


@pytest.fixture
def package(archives):
    day = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    listings = tuple(Listing(root.name, "bookworm", "main/binary-all/Packages", "0" * 64, day) for root in archives)
    digest = hashlib.sha256(DATA).hexdigest()
    return replace(make_package(), filename="p.deb", size=len(DATA), sha256=digest, listings=listings)


@pytest.fixture
def client(tmp_path):
    return Client(requests.Session(), tmp_path / "cache", tries=1)


def test_what_no_archive_has_any_more_is_not_to_be_had(package, archives, client):
    with pytest.raises(Unsolvable):
        deb_of(package, archives, client)


def test_what_one_archive_has_lost_another_may_have(package, archives, client, tmp_path):
    (tmp_path / "other/p.deb").write_bytes(DATA)
    assert deb_of(package, archives, client).read_bytes() == DATA
