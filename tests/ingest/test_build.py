# SPDX-License-Identifier: GPL-2.0-or-later
# ruff: noqa: F811  (a test's argument is the fixture of that name, which is imported)
"""What a build is made of when a part of it cannot be used, and what was downloaded for it."""

from __future__ import annotations

import dataclasses

import pytest

from abidb import queries
from abidb.errors import Unavailable
from ingest import build
from ingest.archive.client import CHUNK
from tests.builders.archive import Fault, MadeDeb
from tests.builders.queue import own_hands
from tests.ingest.test_sync import archive, problems, sync, whole  # noqa: F401
from tests.ingest.test_tasks import B1

HEADERS = MadeDeb("linux-headers-6.1.0-1-amd64", "6.1.1-1", content=b"this is no deb")


@pytest.fixture(autouse=True)
def _in_this_process(monkeypatch) -> None:
    monkeypatch.setattr("ingest.sync.hands", own_hands)


def noted() -> list[str]:
    return [waiting.reason for waiting in queries.attempts()]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (None, "linux-headers-6.1.0-1-amd64_6.1.1-1_amd64.deb: not an ar archive (offset 0)"),
        (Fault(content=b"x" * len(HEADERS.data)), "is listed with"),
        (Fault(status=404), "linux-headers-6.1.0-1-amd64 6.1.1-1: listed, but no longer to be had"),
    ],
    ids=["broken", "other bytes", "gone"],
)
def test_headers_that_cannot_be_used_are_done_without_and_noted(archive, server, fault, reason: str) -> None:
    archive("bookworm", whole(1), HEADERS)
    if fault:
        server.fault(f"debian/{HEADERS.filename}", fault, lasting=True)
    assert sync() == 0
    (found,) = queries.find_builds()
    assert (queries.build(found.id).symvers_lines, problems()) == (None, "")
    assert len(noted()) == 1
    assert reason in noted()[0]


@pytest.mark.django_db
def test_what_cannot_be_read_with_or_without_headers_fails_with_its_own_reason(archive) -> None:
    archive("bookworm", dataclasses.replace(whole(1), content=b"this is no deb either"), HEADERS)
    assert sync() == 1
    assert noted() == ["linux-image-6.1.0-1-amd64_6.1.1-1_amd64.deb: not an ar archive (offset 0)"]


def test_a_deb_that_left_the_cache_too_soon_is_fetched_again_later(monkeypatch, client) -> None:
    def gone(*_given: object) -> None:
        raise FileNotFoundError("a deb")

    monkeypatch.setattr(build, "fetch_build", lambda *given: build.Fetched({client.cache / "a": B1.image[0]}, ()))
    monkeypatch.setattr(build, "read_kernel", gone)
    with pytest.raises(Unavailable, match="ABIDB_CACHE_GB is too small"):
        build.ingest(B1, None, build.Sources((), client))


def test_what_was_downloaded_is_counted_over_all_files() -> None:
    meter = build.Meter()
    first, second = meter.watch("a.deb"), meter.watch("b.deb")
    for done in (100, 300, 1000):
        first(done, 1000)
    second(CHUNK, 3 * CHUNK)
    second(CHUNK + 50, 3 * CHUNK)
    assert meter.total == 1000 + CHUNK + 50


def test_what_was_there_of_an_interrupted_download_is_not_counted() -> None:
    meter = build.Meter()
    resumed = meter.watch("a.deb")
    resumed(5 * CHUNK, 6 * CHUNK)
    resumed(6 * CHUNK, 6 * CHUNK)
    assert meter.total == 2 * CHUNK
