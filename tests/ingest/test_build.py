# SPDX-License-Identifier: GPL-2.0-or-later
# ruff: noqa: F811  (a test's argument is the fixture of that name, which is imported)
"""What a build is made of when a part of it cannot be used, and what was downloaded for it."""

from __future__ import annotations

import dataclasses
import itertools

import pytest
from django.db import connection

from abidb import queries, store
from abidb.errors import Unavailable
from ingest import build
from ingest.archive.client import CHUNK
from ingest.kernel import read_kernel
from tests.builders.archive import Fault, MadeDeb
from tests.builders.deb import make_deb
from tests.builders.kernel import make_image_deb
from tests.builders.queue import own_hands
from tests.ingest.test_sync import KFREE, archive, image, problems, split, sync, whole  # noqa: F401
from tests.ingest.test_tasks import B1

R1 = "6.1.0-1-amd64"
IMAGE = f"linux-image-{R1}"
CONTROL = {"Package": f"linux-headers-{R1}", "Version": "6.1.1-1", "Architecture": "amd64", "Source": "linux"}
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


def jobs() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'ingest_build'")
        return cursor.fetchone()[0]


def looks(*asked: str) -> list[int]:
    """How many jobs for builds each of these syncs has queued."""
    before = [jobs()]
    for options in asked:
        sync(*options.split())
        before.append(jobs())
    return [after - earlier for earlier, after in itertools.pairwise(before)]


def due() -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE attempt SET next_try = now() - interval '1 minute'")


@pytest.mark.django_db
@pytest.mark.parametrize("lost", ["base", "image", "modules"])
def test_what_could_not_be_had_of_a_build_comes_with_the_next_try(archive, server, lost: str) -> None:
    debs = split()
    archive("trixie-backports", *debs.values(), Suite="stable-backports")
    server.fault(f"debian/{debs[lost].filename}", Fault(status=404))
    assert (looks("", ""), len(noted())) == ([1, 0], 1)
    due()
    assert (looks("", "--retry"), noted()) == ([1, 0], [])
    (known,) = queries.known_builds().values()
    assert (known.merits.covers, known.merits.config, len(known.debs)) == ("all", True, 4)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "debs",
    [
        [MadeDeb(IMAGE, "6.1.1-1", content=make_image_deb(image(KFREE), {}, release=R1, version="6.1.1-1"))],
        [whole(1), dataclasses.replace(HEADERS, content=make_deb(CONTROL, {"./usr/share/doc/x": b""}))],
    ],
    ids=["an image without modules", "headers without Module.symvers"],
)
def test_a_build_of_all_its_debs_is_read_once_whatever_they_lack(archive, debs: list[MadeDeb]) -> None:
    archive("bookworm", *debs)
    assert (looks("", "", "--retry"), noted()) == ([1, 0, 0], [])


@pytest.mark.django_db
def test_what_promised_to_be_better_and_is_not_waits_before_it_is_read_again(archive) -> None:
    first, second = (
        make_image_deb(image(KFREE), {}, release=R1, version="6.1.1-1", compression=how) for how in ("xz", "gzip")
    )
    archive("bookworm", MadeDeb(IMAGE, "6.1.1-1", content=first))
    assert looks("") == [1]
    archive("bookworm", MadeDeb(IMAGE, "6.1.1-1", content=second))
    assert (looks("", ""), noted()) == ([1, 0], [build.NO_BETTER])


@pytest.mark.django_db
def test_a_local_build_takes_the_word_of_who_vouches_for_the_same_debs(monkeypatch, client, files) -> None:
    (path,) = files({"local.deb": whole(1).data})
    store.save(read_kernel([path]))
    (known,) = queries.known_builds().values()
    listed = dataclasses.replace(B1.image[0], sha256=whole(1).sha256, size=len(whole(1).data))
    monkeypatch.setattr(build, "fetch_build", lambda *given: build.Fetched({path: listed}, ()))
    assert build.ingest(B1, known, build.Sources((), client)).outcome == "better"
    (known,) = queries.known_builds().values()
    assert (known.merits.provenance, build.ingest(B1, known, build.Sources((), client)).outcome) == (2, "known")


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
