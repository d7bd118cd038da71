# SPDX-License-Identifier: GPL-2.0-or-later
"""What a job does with what goes wrong: tried again, noted, or done without."""

from __future__ import annotations

import dataclasses
import logging

import pytest
from django import db
from procrastinate.jobs import Job

from abidb import queries, store
from abidb.errors import BadArchive, BadFormat, BuildFailed, NotThere, Unavailable
from abidb.records import OfferRow
from ingest import build, queue, tasks
from ingest.archive.listed import listed_to_json
from ingest.build import Done
from tests.builders.queue import do, drain, taken
from tests.ingest.test_offers import B1, deb

pytestmark = pytest.mark.django_db

WITH_HEADERS = dataclasses.replace(B1, headers=(deb("linux-headers", sha256="1"),))
NAME = "6.1.0-1-amd64=6.1.9-1:amd64"


@pytest.fixture(autouse=True)
def run(settings) -> int:
    """The number of a sync; its archive is nowhere."""
    settings.ABIDB_MIRROR = ("file:///nonexistent",)
    return store.start_run()


@pytest.fixture
def outcomes(monkeypatch) -> list[Done | BaseException]:
    """What fetching and reading a build comes to, one after the other; the last goes on."""
    given: list[Done | BaseException] = []

    def ingest(listed, known, sources) -> Done:
        outcome = given.pop(0) if len(given) > 1 else given[0]
        if isinstance(outcome, BaseException):
            raise outcome
        return outcome

    monkeypatch.setattr(build, "ingest", ingest)
    return given


def offered(listed=B1) -> None:
    store.put_offers([OfferRow(listed.key, listed.kernel_release, listed.suites, listed_to_json(listed))])


def queued(run: int, listed=B1) -> None:
    offered(listed)
    key = listed.key
    arguments = {**dataclasses.asdict(key), "run": run}
    queue.defer([queue.Job("ingest_build", queue.lock_of(key), 0, arguments)])


def noted() -> list[tuple[str, str]]:
    return [(waiting.name, waiting.reason) for waiting in queries.attempts()]


def problems() -> tuple[tuple[str, str], ...]:
    return queries.run_state().problems


def test_what_no_archive_has_any_more_is_left(run: int, outcomes, caplog) -> None:
    queued(run)
    store.put_offers([])
    with caplog.at_level(logging.INFO, "ingest"):
        (job,) = drain()
    assert (queue.ended([job.id]), noted(), problems()) == ({job.id: False}, [], ())
    assert "linux 6.1.9-1 amd64 amd64: no archive has it any more" in caplog.text


@pytest.mark.parametrize(
    "error",
    [NotThere("gone"), BadArchive("other bytes"), BadFormat("no ELF file"), BuildFailed("two kernels")],
    ids=lambda error: type(error).__name__,
)
def test_what_another_try_does_not_help_is_noted_at_once(run: int, outcomes, error) -> None:
    outcomes.append(error)
    queued(run)
    assert len(drain()) == 1
    assert (noted(), problems()) == ([(NAME, str(error))], ((NAME, str(error)),))


def test_what_may_be_there_later_is_tried_again_and_noted_in_the_end(run: int, outcomes) -> None:
    outcomes.append(Unavailable("HTTP 503"))
    queued(run)
    assert [job.attempts for job in drain()] == [0, 1, 2, 3]
    assert (noted(), problems()) == ([(NAME, "HTTP 503")], ((NAME, "HTTP 503"),))


def test_workers_that_were_killed_are_no_tries(run: int, outcomes) -> None:
    outcomes += [Unavailable("HTTP 503"), Done("new")]
    queued(run)
    for _ in range(tasks.TRIES):
        taken()
        queue.recover()
    assert ([job.attempts for job in drain()], noted()) == ([0, 1], [])


def test_what_is_there_later_is_not_noted(run: int, outcomes) -> None:
    outcomes += [Unavailable("HTTP 503"), Done("new")]
    queued(run)
    assert (len(drain()), noted(), problems()) == (2, [], ())


def test_a_build_whose_headers_never_come_is_read_without_them(run: int, monkeypatch) -> None:
    given = []

    def ingest(listed, known, sources) -> Done:
        given.append(bool(listed.headers))
        if listed.headers:
            raise Unavailable("HTTP 503")
        return Done("new")

    monkeypatch.setattr(build, "ingest", ingest)
    queued(run, WITH_HEADERS)
    drain()
    assert (given, noted(), problems()) == ([True] * 4 + [False], [(NAME, "HTTP 503")], ())


def test_what_was_had_without_a_part_is_noted_with_the_reason(run: int, outcomes) -> None:
    outcomes.append(Done("new", ("no modules", "no headers")))
    queued(run)
    drain()
    assert (noted(), problems()) == ([(NAME, "no modules; no headers")], ())


def test_what_was_had_after_all_is_no_longer_noted(run: int, outcomes) -> None:
    store.note_attempt(B1.key, B1.kernel_release, "gone")
    outcomes.append(Done("new"))
    queued(run)
    drain()
    assert noted() == []


def test_too_little_memory_is_a_reason_and_no_end_of_the_worker(run: int, outcomes, settings) -> None:
    settings.ABIDB_WORKER_MB = 500
    outcomes.append(MemoryError())
    queued(run)
    drain()
    assert noted() == [(NAME, "reading it needs more memory than ABIDB_WORKER_MB allows (500)")]


def test_what_nobody_foresaw_is_noted_and_told_with_its_traceback(run: int, outcomes) -> None:
    outcomes.append(ZeroDivisionError("by zero"))
    queued(run)
    job = taken()
    assert do(job) is outcomes[0]
    assert queue.ended([job.id]) == {job.id: True}
    assert noted() == [(NAME, "abidb failed: ZeroDivisionError('by zero')")]


def test_what_nobody_foresaw_is_noted_without_the_folders_of_the_machine(run: int, outcomes) -> None:
    outcomes.append(OSError("no room for '/srv/my/cache/ab/abcd.part' of http://mirror/pool/a.deb; 1 / 2 and/or /tmp"))
    queued(run)
    drain()
    said = "no room for 'abcd.part' of http://mirror/pool/a.deb; 1 / 2 and/or tmp"
    assert noted() == [(NAME, f'abidb failed: OSError("{said}")')]


def test_while_the_database_is_away_nothing_is_given_up(run: int, outcomes) -> None:
    outcomes += [db.OperationalError("the server closed the connection")] * (queue.LIVES - 1) + [Done("new")]
    queued(run)
    assert len(drain()) == queue.LIVES
    assert (noted(), problems()) == ([], ())


def test_a_connection_that_is_lost_every_time_is_a_reason_in_the_end(run: int, outcomes) -> None:
    outcomes.append(db.OperationalError("the server closed the connection"))
    queued(run)
    assert len(drain()) == queue.LIVES
    assert noted() == [(NAME, "abidb failed: OperationalError('the server closed the connection')")]


@pytest.mark.django_db(transaction=True)
def test_a_reason_is_noted_by_another_connection_where_the_first_is_lost(run: int, monkeypatch) -> None:
    def ingest(listed, known, sources) -> Done:
        db.connection.connection.close()
        raise Unavailable("HTTP 503")

    monkeypatch.setattr(build, "ingest", ingest)
    queued(run)
    job = taken()
    do(job.evolve(attempts=tasks.TRIES - 1))
    with db.connection.cursor() as cursor:  # these rows outlive the test
        cursor.execute("DELETE FROM procrastinate_jobs")
    assert noted() == [(NAME, "HTTP 503")]


def of_the_server(state: str) -> db.Error:
    """An error as PostgreSQL sends it, by its SQLSTATE."""
    with pytest.raises(db.Error) as caught, db.transaction.atomic(), db.connection.cursor() as cursor:
        cursor.execute(f"DO $$ BEGIN RAISE 'the disk is full' USING ERRCODE = '{state}'; END $$")
    return caught.value


def test_what_the_database_always_refuses_is_a_reason_after_a_few_tries(run: int, outcomes) -> None:
    outcomes.append(of_the_server("53100"))
    queued(run)
    jobs = drain()
    assert (len(jobs), queue.ended([jobs[0].id])) == (tasks.TRIES, {jobs[0].id: True})
    ((name, reason),) = noted()
    assert (name, "the disk is full" in reason) == (NAME, True)


@pytest.mark.parametrize(
    ("state", "lost"), [("53100", False), ("54000", False), ("40P01", False), ("57P01", True), ("08006", True)]
)
def test_only_a_connection_that_is_gone_is_tried_again_at_once(state: str, lost: bool) -> None:
    assert tasks.is_lost(of_the_server(state)) == lost


@pytest.mark.parametrize(
    ("error", "attempts", "seconds"),
    [
        (Unavailable(), 0, 6),
        (Unavailable(), 1, 36),
        (Unavailable(), 2, 216),
        (db.InterfaceError(), 0, 2),
        (db.InterfaceError(), queue.LIVES - 2, 2),
    ],
)
def test_the_pauses_between_tries_grow(monkeypatch, error, attempts: int, seconds: int) -> None:
    asked = []
    monkeypatch.setattr(tasks, "RetryDecision", lambda *, retry_in: asked.append(retry_in))
    job = Job(queue="ingest", lock="", queueing_lock="", task_name="ingest_build", attempts=attempts)
    tasks.Backoff().get_retry_decision(exception=error, job=job)
    assert asked == [{"seconds": seconds}]


def test_a_line_says_what_was_done(run: int, outcomes, caplog) -> None:
    outcomes.append(Done("better"))
    queued(run)
    with caplog.at_level(logging.INFO, "ingest"):
        drain()
    (line,) = [record.getMessage() for record in caplog.records if record.name == "ingest.tasks"]
    assert line.startswith(f"{NAME}: better; 0.0 MB downloaded, ")


def test_a_look_that_finds_no_archive_is_tried_again_then_left_to_the_next(run: int, caplog) -> None:
    store.finish_run(run)
    queue.defer([queue.Job("look_again", "look", 0, {})])
    jobs = drain()
    assert ([job.attempts for job in jobs], queue.ended([jobs[0].id])) == ([0, 1, 2, 3], {jobs[0].id: False})
    assert "the archives could not be looked at" in caplog.text
    assert queries.run_state().finished is not None
