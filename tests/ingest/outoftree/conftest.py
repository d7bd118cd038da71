# SPDX-License-Identifier: GPL-2.0-or-later
"""Where packages are and what they are built in."""

import pytest
import requests

from ingest import configured
from ingest.archive.client import Client
from ingest.archive.roots import Root
from ingest.outoftree import attempt as room
from ingest.outoftree import rootfs
from ingest.outoftree.rootfs import Base
from ingest.outoftree.sandbox import Limits
from tests.builders.attempts import Nothing, base_of


@pytest.fixture(scope="session")
def tree(tmp_path_factory):
    folder = tmp_path_factory.mktemp("attempt") / "base-1"
    folder.mkdir()
    return base_of(folder)


@pytest.fixture
def archive(tmp_path, tree, settings, monkeypatch):
    """Where debs are; the data directory is another one."""
    settings.ABIDB_DATA = tmp_path / "data"
    root = Root(f"file:{tmp_path}/archive", ())
    client = Client(requests.Session(), tmp_path / "cache", tries=1)
    monkeypatch.setattr(configured, "roots", lambda: (root,))
    monkeypatch.setattr(configured, "cached_client", lambda share=1: client)
    monkeypatch.setattr(rootfs, "base", lambda *given: Base(tree, Nothing()))
    monkeypatch.setattr(
        room, "_limits", lambda: Limits(seconds=60, scratch=64 << 20, temporary=1 << 20, processes=100, output=8 << 20)
    )
    return tmp_path / "archive"
