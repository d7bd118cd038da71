# SPDX-License-Identifier: GPL-2.0-or-later
"""What follows from a look at the archives: offers that are kept, jobs that are queued, and what is let alone."""

# ruff: noqa: F811  (a test's argument is the fixture of that name, which is imported)
from __future__ import annotations

import io
import lzma
import tarfile
from dataclasses import replace

import pytest
from django.core.management import call_command
from django.db import connection

from abidb import queries, store
from abidb.errors import Unavailable
from abidb.records import Listing, Snapshot
from ingest import build, plan, queue
from ingest.archive.builds import Place
from ingest.archive.sources import ListedSource
from tests.builders.archive import DATE, Fault, MadeSource
from tests.builders.queue import drain
from tests.builders.records import make_export
from tests.ingest.test_sync import archive, problems, sync, whole  # noqa: F401  a fixture among them

pytestmark = pytest.mark.django_db

DEFINES = b"[abi]\nignore-changes:\n  __cpuhp_*\n"
SOURCE = ListedSource("linux", "6.1.1-1", "linux_6.1.1-1.debian.tar.xz", 1234, "ab" * 32, ())
PLACE = Place(Listing("file:///mirror", "bookworm", "main/source/Sources", "00" * 32, DATE), "pool/l.debian.tar.xz")


@pytest.fixture(autouse=True)
def _in_this_process(monkeypatch) -> None:
    from tests.builders.queue import own_hands

    monkeypatch.setattr("ingest.sync.hands", own_hands)


def source(n: int) -> MadeSource:
    """The kernel's source package of whole(n), with an ignore pattern."""
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w") as tar:
        entry = tarfile.TarInfo("debian/config/defines")
        entry.size = len(DEFINES)
        tar.addfile(entry, io.BytesIO(DEFINES))
    return MadeSource("linux", f"6.1.{n}-1", content=lzma.compress(content.getvalue()))


def ask(query: str) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(query)
        return cursor.fetchall()


def queued() -> list[tuple[str, int]]:
    return ask("SELECT lock, priority FROM procrastinate_jobs WHERE status = 'todo' ORDER BY priority DESC, id")


def offered() -> dict[str, tuple[str, ...]]:
    return {row.kernel_release: row.suites for row in queries.offers()}


def policies() -> dict[str, tuple[str, ...]]:
    return {upload.version: upload.ignored for upload in queries.uploads() if upload.policy_read}


@pytest.mark.parametrize(
    "found",
    [
        SOURCE,
        ListedSource("linux", "6.1.1-1", "linux_6.1.1-1.debian.tar.xz", 1, "ab" * 32, (PLACE,)),
        ListedSource("linux", "6.1.1-1", "linux_6.1.1-1.debian.tar.xz", 1, "", (), Snapshot("cd" * 20, DATE)),
    ],
    ids=["nowhere", "in an archive", "at the snapshot service"],
)
def test_a_source_package_comes_back_from_its_json(found: ListedSource) -> None:
    assert plan.source_from_json(plan.source_to_json(found)) == found


def test_an_account_is_closed_and_tells_what_ended_it() -> None:
    with pytest.raises(Unavailable, match="no archive"), plan.account():
        raise Unavailable("no archive")
    state = queries.run_state()
    assert (state.finished is None, state.problems) == (False, (("sync", "no archive"),))


def test_what_is_needed_is_queued_by_rank_and_policies_last(archive) -> None:
    archive("bookworm", whole(1), whole(2), sources=[source(1), source(2)])
    call_command("sync", "--queue")
    assert queued() == [
        ("build linux 6.1.2-1 amd64 amd64", 0),
        ("build linux 6.1.1-1 amd64 amd64", -1),
        ("policy linux 6.1.1-1", plan.LAST),
        ("policy linux 6.1.2-1", plan.LAST),
    ]


def test_a_second_look_queues_nothing_twice(archive, capsys) -> None:
    archive("bookworm", whole(1))
    call_command("sync", "--queue")
    call_command("sync", "--queue")
    assert queued() == [("build linux 6.1.1-1 amd64 amd64", 0)]
    assert capsys.readouterr().out == "1 queued, 0 known\n" * 2


def test_a_look_at_everything_forgets_what_no_archive_has_any_more(archive) -> None:
    archive("bookworm", whole(1), whole(2))
    call_command("sync", "--queue")
    archive("bookworm", whole(2), Date="Sun, 22 Nov 2026 09:15:44 UTC")
    call_command("sync", "--queue")
    assert offered() == {"6.1.0-2-amd64": ("bookworm",)}


def test_from_a_look_at_some_suites_nothing_follows_for_the_others(archive) -> None:
    archive("bookworm", whole(1), whole(2))
    archive("bullseye", whole(2), whole(3))
    call_command("sync", "--queue")
    archive("bookworm", whole(2), Date="Sun, 22 Nov 2026 09:15:44 UTC")
    call_command("sync", "--queue", "--suite", "bookworm")
    assert {name: sorted(suites) for name, suites in offered().items()} == {
        "6.1.0-2-amd64": ["bookworm", "bullseye"],
        "6.1.0-3-amd64": ["bullseye"],
    }


def test_the_ignore_patterns_of_a_source_package_are_read_once(archive) -> None:
    archive("bookworm", whole(1), sources=[source(1)])
    assert sync() == 0
    assert policies() == {"6.1.1-1": ("__cpuhp_*",)}
    assert sync() == 0
    assert len(ask("SELECT id FROM procrastinate_jobs WHERE task_name = 'read_policy'")) == 1


def test_a_source_package_that_is_not_to_be_had_is_noted_and_waits(archive, server) -> None:
    archive("bookworm", whole(1), sources=[source(1)])
    made = source(1)
    server.fault(f"debian/{made.folder}/{made.filename}", Fault(status=404), lasting=True)
    assert sync() == 0
    (noted,) = queries.attempts()
    assert (noted.name, noted.reason) == ("linux=6.1.1-1:source", f"{made.filename}: listed, but no longer to be had")
    server.faults.clear()
    server.lasting.clear()
    assert sync() == 0
    assert policies() == {}
    assert sync("--retry") == 0
    assert (policies(), queries.attempts()) == ({"6.1.1-1": ("__cpuhp_*",)}, ())


def test_ignore_patterns_are_read_once_even_where_no_build_can_be_had(archive, server) -> None:
    archive("bookworm", whole(1), sources=[source(1)])
    server.fault(f"debian/{whole(1).filename}", Fault(status=404), lasting=True)
    assert [sync(), sync()] == [1, 0]
    assert policies() == {"6.1.1-1": ("__cpuhp_*",)}
    assert len(ask("SELECT id FROM procrastinate_jobs WHERE task_name = 'read_policy'")) == 1


def test_what_waits_for_its_next_try_is_not_said_to_be_known(archive, server, capsys) -> None:
    archive("bookworm", whole(1), whole(2))
    server.fault(f"debian/{whole(2).filename}", Fault(status=404), lasting=True)
    assert [sync(), sync()] == [1, 0]
    call_command("sync", "--queue")
    waiting = "1 not to be had, waiting for another try (--retry: now)"
    assert capsys.readouterr().out.splitlines()[-2:] == [
        f"0 ingested, 1 known, 0 failed, {waiting}",
        f"0 queued, 1 known, {waiting}",
    ]


def test_a_sync_tells_of_failures_in_jobs_that_an_older_one_queued(archive, server, capsys) -> None:
    archive("bookworm", whole(1))
    server.fault(f"debian/{whole(1).filename}", Fault(status=404), lasting=True)
    call_command("sync", "--queue")
    assert sync() == 1
    assert "0 ingested, 0 known, 1 failed\n" in capsys.readouterr().out


def test_what_is_noted_of_builds_and_sources_goes_with_them(archive, server) -> None:
    archive("bookworm", whole(1), whole(2), sources=[source(1), source(2)])
    for made in (whole(1), whole(2)):
        server.fault(f"debian/{made.filename}", Fault(status=404), lasting=True)
    for made in (source(1), source(2)):
        server.fault(f"debian/{made.folder}/{made.filename}", Fault(status=404), lasting=True)
    sync()
    assert len(queries.attempts()) == 4
    archive("bookworm", whole(2), sources=[source(2)], Date="Sun, 22 Nov 2026 09:15:44 UTC")
    sync()
    assert sorted(noted.name for noted in queries.attempts()) == ["6.1.0-2-amd64=6.1.2-1:amd64", "linux=6.1.2-1:source"]


def test_policies_wait_like_builds_for_what_may_be_there_later(archive, monkeypatch) -> None:
    archive("bookworm", whole(1), sources=[source(1)])
    call_command("sync", "--queue")
    given = [Unavailable("HTTP 503")] * 4

    def fetch_source(*_given: object) -> None:
        raise given.pop()

    monkeypatch.setattr("ingest.archive.debs.fetch_source", fetch_source)
    drain()
    assert (given, [noted.reason for noted in queries.attempts()]) == ([], ["HTTP 503"])


def test_a_source_package_on_which_abidb_breaks_is_noted_too(archive, monkeypatch) -> None:
    archive("bookworm", whole(1), sources=[source(1)])

    def read_policy(_path: object) -> None:
        raise ZeroDivisionError("by zero")

    monkeypatch.setattr("ingest.source.read_policy", read_policy)
    assert sync() == 0
    assert [noted.reason for noted in queries.attempts()] == ["abidb failed: ZeroDivisionError('by zero')"]


def test_an_index_that_was_refused_is_asked_for_again_only_where_that_is_wished_for(archive, server) -> None:
    archive("bookworm", whole(1))
    index = "debian/dists/bookworm/main/binary-amd64/Packages.xz"
    server.fault(index, Fault(status=404), lasting=True)
    for _ in range(2):  # the first time may be a mishap
        sync()
    server.faults.clear()
    server.lasting.clear()
    assert (sync(), queries.status().builds) == (0, 0)
    assert (sync("--retry"), queries.status().builds) == (0, 1)


def test_reextract_asks_only_for_what_an_older_extractor_read(archive, monkeypatch, capsys) -> None:
    archive("bookworm", whole(1))
    assert sync() == 0
    assert sync("--reextract") == 0
    archive("bookworm", whole(1), whole(2), Date="Sun, 22 Nov 2026 09:15:44 UTC")
    for module in ("ingest.plan", "ingest.build", "ingest.kernel"):
        monkeypatch.setattr(f"{module}.EXTRACTOR", 99)
    assert sync("--reextract") == 0
    assert "[1/1] 6.1.0-1-amd64=6.1.1-1:amd64  better, with the same exports" in capsys.readouterr().out
    assert [build.version for build in queries.find_builds()] == ["6.1.1-1"]


def test_what_a_newer_extractor_finds_otherwise_is_told(archive, monkeypatch, capsys) -> None:
    archive("bookworm", whole(1))
    assert sync() == 0
    for module in ("ingest.plan", "ingest.build", "ingest.kernel"):
        monkeypatch.setattr(f"{module}.EXTRACTOR", 99)
    read = build.read_kernel
    monkeypatch.setattr(
        "ingest.build.read_kernel", lambda *debs: replace(k := read(*debs), exports=(*k.exports, make_export("new")))
    )
    assert sync("--reextract") == 0
    assert "6.1.0-1-amd64=6.1.1-1:amd64  better, with other exports" in capsys.readouterr().out


def test_a_build_that_is_known_needs_no_job(archive) -> None:
    archive("bookworm", whole(1))
    assert sync() == 0
    with plan.account() as run:
        planned = plan.plan(plan.Wish(), run=run, warn=print)
    assert planned == plan.Planned({}, (), 1)


def test_the_switch_stops_and_goes_on() -> None:
    call_command("pause", "the mirror is being moved")
    state = queries.queue_state()
    assert (queries.paused(), state.paused, state.reason) == (True, True, "the mirror is being moved")
    call_command("resume")
    assert not queries.paused()


def test_a_wish_that_is_queued_by_another_sync_is_waited_for_all_the_same(archive) -> None:
    archive("bookworm", whole(1))
    call_command("sync", "--queue")
    (number,) = queue.unfinished(["build linux 6.1.1-1 amd64 amd64"]).values()
    with plan.account() as run:
        assert list(plan.plan(plan.Wish(), run=run, warn=print).builds) == [number]
    store.collect()
