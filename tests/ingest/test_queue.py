# SPDX-License-Identifier: GPL-2.0-or-later
"""What is queued once, in which order it is taken, and what becomes of jobs whose worker is gone."""

from __future__ import annotations

import pytest
from django.conf import settings
from django.db import connection, transaction
from psycopg import OperationalError

from abidb import postgres, queries
from abidb.records import BuildKey
from ingest import queue
from tests.builders.queue import taken

pytestmark = pytest.mark.django_db

KEY = BuildKey("linux", "6.1.99-1", "amd64", "cloud-amd64")


def job(lock: str, priority: int = 0, task: str = "ingest_build") -> queue.Job:
    arguments = {"source": "linux", "version": lock, "arch": "amd64", "flavour": "amd64", "run": 1}
    return queue.Job(task, lock, priority, arguments)


def ask(statement: str, *parameters: object) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return cursor.fetchall() if cursor.description else []


def statuses() -> dict[str, str]:
    return dict(ask("SELECT lock, status::text FROM procrastinate_jobs ORDER BY id"))


def silent(seconds: float) -> None:
    """No worker gave a sign of life for so long."""
    ask("UPDATE procrastinate_workers SET last_heartbeat = now() - %s * interval '1 second'", seconds)


@pytest.fixture
def living(transactional_db):
    """Another process is a living worker."""
    server = postgres.status(settings.ABIDB_DATA)
    with postgres.connect(server, postgres.OWNER, connection.settings_dict["NAME"]) as worker:
        worker.execute(queue.SQL["presence"], {"key": queue.PRESENCE})
        yield worker


def test_a_lock_names_a_build() -> None:
    assert queue.lock_of(KEY) == "build linux 6.1.99-1 amd64 cloud-amd64"


def test_a_job_that_waits_is_not_queued_again() -> None:
    first = queue.defer([job("a"), job("b"), job("a")])
    assert queue.defer([job("b"), job("c")])["b"] == first["b"]
    assert statuses() == {"a": "todo", "b": "todo", "c": "todo"}


def test_a_job_that_is_worked_on_is_not_queued_again() -> None:
    first = queue.defer([job("a")])
    taken()
    assert queue.defer([job("a")]) == first
    assert statuses() == {"a": "doing"}


def test_a_job_that_has_ended_is_queued_anew() -> None:
    queue.defer([job("a")])
    ask("SELECT procrastinate_finish_job_v1(%s, 'succeeded', false)", taken().id)
    queue.defer([job("a")])
    assert [status for (status,) in ask("SELECT status::text FROM procrastinate_jobs ORDER BY id")] == [
        "succeeded",
        "todo",
    ]


def test_many_jobs_are_queued_in_batches(monkeypatch) -> None:
    monkeypatch.setattr(queue, "BATCH", 2)
    assert len(queue.defer(job(str(n)) for n in range(5))) == 5


def test_the_greatest_priority_goes_first_then_who_came_first() -> None:
    queue.defer([job("old", -1), job("new", 0), job("new too", 0), job("look", queue.KEPT)])
    assert [taken().lock for _ in range(4)] == ["look", "new", "new too", "old"]


def test_what_is_worked_on_is_told_the_longest_first() -> None:
    queue.defer([job("a"), job("b"), job("policy", 5, "read_policy")])
    for _ in range(3):
        taken()
    assert queue.at_work() == [BuildKey("linux", "a", "amd64", "amd64"), BuildKey("linux", "b", "amd64", "amd64")]


def test_what_has_ended_is_told_and_whether_it_broke() -> None:
    ids = queue.defer([job("a", 3), job("b", 2), job("c", 1), job("d")])
    for status in ("succeeded", "failed"):
        ask("SELECT procrastinate_finish_job_v1(%s, %s::procrastinate_job_status, false)", taken().id, status)
    ask("DELETE FROM procrastinate_jobs WHERE lock = 'd'")
    assert queue.ended(ids.values()) == {ids["a"]: False, ids["b"]: True, ids["d"]: False}


def test_where_no_worker_lives_every_job_that_is_worked_on_is_an_orphan_at_once() -> None:
    queue.defer([job("a"), job("b")])
    taken()
    assert queue.recover() == queue.Orphans(again=1)
    assert statuses() == {"a": "todo", "b": "todo"}
    assert ask("SELECT count(*) FROM procrastinate_workers") == [(0,)]
    assert taken().attempts == 0  # it did not break: its worker did


@pytest.mark.django_db(transaction=True)
def test_while_a_worker_lives_its_jobs_are_its_own(living) -> None:
    queue.defer([job("a")])
    taken()
    assert (queue.living(), queue.recover(), statuses()) == (1, queue.Orphans(), {"a": "doing"})


@pytest.mark.django_db(transaction=True)
def test_a_worker_that_gave_no_sign_of_life_for_long_has_lost_its_jobs(living) -> None:
    queue.defer([job("a")])
    taken()
    silent(queue.STALLED - 5)
    assert queue.recover() == queue.Orphans()
    silent(queue.STALLED + 1)
    assert queue.recover() == queue.Orphans(again=1)
    assert (statuses(), ask("SELECT count(*) FROM procrastinate_workers")) == ({"a": "todo"}, [(0,)])


@pytest.mark.django_db(transaction=True)
def test_the_jobs_of_a_worker_whose_row_is_gone_are_orphans(living) -> None:
    """As procrastinate leaves them: it deletes the rows of stalled workers whenever one starts."""
    queue.defer([job("a")])
    taken()
    ask("DELETE FROM procrastinate_workers")
    assert queue.recover() == queue.Orphans(again=1)


@pytest.mark.django_db(transaction=True)
def test_a_worker_that_was_killed_lives_no_longer(living) -> None:
    living.close()
    assert queue.living() == 0


def test_a_job_whose_workers_always_die_is_given_up() -> None:
    queue.defer([job("a")])
    for _ in range(queue.LIVES - 1):
        taken()
        assert queue.recover() == queue.Orphans(again=1)
    taken()
    assert queue.recover().given_up == (job("a").arguments,)
    assert statuses() == {"a": "failed"}


def test_tries_that_failed_are_no_deaths_of_workers() -> None:
    queue.defer([job("a")])
    for _ in range(queue.LIVES):
        ask("SELECT procrastinate_retry_job_v2(%s, now(), NULL, NULL, NULL)", taken().id)
    taken()
    assert queue.recover() == queue.Orphans(again=1)


def test_an_orphan_that_is_queued_again_already_is_not_done_twice() -> None:
    """The queueing lock holds only while a job waits; a second one is queued by other hands than defer()."""
    queue.defer([job("a")])
    taken()
    ask(
        "INSERT INTO procrastinate_jobs (queue_name, task_name, lock, queueing_lock) "
        "VALUES ('ingest', 'ingest_build', 'a', 'a')"
    )
    assert queue.recover() == queue.Orphans()
    assert ask("SELECT status::text FROM procrastinate_jobs ORDER BY id") == [("failed",), ("todo",)]


def test_jobs_that_ended_days_ago_are_forgotten() -> None:
    queue.defer([job("old", 2), job("young", 1), job("waits")])
    for _ in range(2):
        ask("SELECT procrastinate_finish_job_v1(%s, 'succeeded', false)", taken().id)
    ask(
        "UPDATE procrastinate_events SET at = now() - %s * interval '1 day' WHERE job_id IN "
        "(SELECT id FROM procrastinate_jobs WHERE lock <> 'young')",
        queue.KEPT + 1,
    )
    assert (queue.prune(), statuses()) == (1, {"young": "succeeded", "waits": "todo"})


def test_the_last_look_is_that_of_a_worker() -> None:
    assert queue.seconds_since_look() is None
    queue.defer([job("look", task="look_again"), job("a")])
    ask(
        "UPDATE procrastinate_events SET at = now() - interval '1 hour' WHERE job_id = (SELECT min(id) FROM procrastinate_jobs)"
    )
    assert queue.seconds_since_look() == 3600


def test_the_state_of_the_queue_is_that_of_its_jobs() -> None:
    queue.defer([job("a"), job("b")])
    taken()
    state = queries.queue_state()
    assert (state.waiting, state.doing, state.workers) == (1, 1, 1)


@pytest.mark.django_db(transaction=True)
def test_nobody_begins_to_work_while_orphans_are_put_back(living) -> None:
    living.close()
    server = postgres.status(settings.ABIDB_DATA)
    with postgres.connect(server, postgres.OWNER, connection.settings_dict["NAME"]) as other, transaction.atomic():
        queue.recover()
        other.execute("SET lock_timeout = '50ms'")
        with pytest.raises(OperationalError, match="lock timeout"):
            other.execute(queue.SQL["presence"], {"key": queue.PRESENCE})
