# SPDX-License-Identifier: GPL-2.0-or-later
"""A key, a server and an impatient client for the tests of archives."""

import shutil
import tempfile
from pathlib import Path

import pytest
import requests

from ingest.archive.client import Client
from tests.builders.archive import served
from tests.builders.keys import made_key


def keys(name, **made):
    if not shutil.which("gpg"):
        pytest.skip("gpg is missing: `make system-tools` installs it (package gnupg)")
    with tempfile.TemporaryDirectory(prefix="abidb-gpg-") as folder, made_key(Path(folder, name), name, **made) as key:
        yield key


@pytest.fixture(scope="session")
def key():
    yield from keys("archive")


@pytest.fixture(scope="session")
def stranger():
    yield from keys("stranger")


@pytest.fixture(scope="session")
def old_key():
    """Of an ended release: it was good in 2011."""
    yield from keys("old", algorithm="rsa2048", year=2011)


@pytest.fixture
def folder(tmp_path):
    """What the server serves."""
    made = tmp_path / "served"
    made.mkdir()
    return made


@pytest.fixture
def server(folder):
    with served(folder) as running:
        yield running


@pytest.fixture
def waits():
    """The seconds that the client would have waited between tries."""
    return []


@pytest.fixture
def client(tmp_path, waits):
    with requests.Session() as session:
        session.headers["Accept-Encoding"] = "identity"
        yield Client(session, tmp_path / "cache", tries=4, timeout=(5.0, 0.5), pause=waits.append)


@pytest.fixture
def files(tmp_path):
    """Write files, such as debs, by name; returns their paths."""

    def write(debs):
        paths = [tmp_path / name for name in debs]
        for path, data in zip(paths, debs.values(), strict=True):
            path.write_bytes(data)
        return paths

    return write
