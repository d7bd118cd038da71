# SPDX-License-Identifier: GPL-2.0-or-later
import hashlib

import pytest

from abidb import queries, store
from abidb.errors import BadArchive, NotThere
from ingest.archive.cache import path_of
from ingest.build import Fetched
from ingest.outoftree import kerneldebs
from ingest.outoftree.kerneldebs import debs_of
from tests.builders.records import make_deb, make_kernel

pytestmark = pytest.mark.django_db
PARTS = ("linux-image", "linux-binary", "linux-modules", "linux-base", "linux-headers")


@pytest.fixture(autouse=True)
def cache(settings, tmp_path):
    settings.ABIDB_DATA = tmp_path
    return tmp_path / "cache"


def digest(name):
    return hashlib.sha256(name.encode()).hexdigest()


def saved():
    debs = tuple(make_deb(f"{part}-6.1.0-1-amd64", sha256=digest(part)) for part in PARTS)
    return queries.build_by_id(store.save(make_kernel(debs=debs)).build)


def keep(cache, *names):
    paths = []
    for name in names:
        path = path_of(cache, digest(name))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
        paths.append(path)
    return paths


def test_a_build_that_neither_the_cache_nor_an_archive_has_is_not_there(cache):
    keep(cache, *PARTS[:2])
    with pytest.raises(NotThere, match="6.1.0-1-amd64=6.1.1-1:amd64: no archive has it any more"):
        debs_of(saved())


def test_what_the_cache_has_is_not_asked_for_and_headers_are_not_needed(cache):
    kept = keep(cache, *PARTS[:3])
    assert set(debs_of(saved())) == set(kept)


class Offered:
    """What archives offer in a test, and what they hand over."""

    def __init__(self, monkeypatch, paths, parts):
        self.parts = parts
        monkeypatch.setattr(queries, "offer", lambda key: type("Offer", (), {"content": {}}))
        monkeypatch.setattr(kerneldebs, "listed_from_json", lambda content: self)
        monkeypatch.setattr(kerneldebs, "replace", self.without)
        monkeypatch.setattr(kerneldebs, "fetch_build", lambda *_: Fetched(dict.fromkeys(paths), []))

    partial = False

    def without(self, build, **parts):
        assert parts == {"headers": (), "base": ()}
        return build


def test_a_build_of_which_nothing_is_handed_over_is_not_there(monkeypatch):
    Offered(monkeypatch, [], [1])
    with pytest.raises(NotThere, match="listed, but no longer to be had"):
        debs_of(saved())


def test_a_build_whose_modules_are_gone_is_no_kernel_to_try(monkeypatch, tmp_path):
    Offered(monkeypatch, [tmp_path / "image"], [1, 2])
    with pytest.raises(BadArchive, match="its modules are not to be had"):
        debs_of(saved())


def test_what_the_cache_lacks_is_fetched(monkeypatch, tmp_path):
    Offered(monkeypatch, [tmp_path / "image", tmp_path / "modules"], [1, 2])
    assert debs_of(saved()) == (tmp_path / "image", tmp_path / "modules")
