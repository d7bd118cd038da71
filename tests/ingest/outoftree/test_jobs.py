# SPDX-License-Identifier: GPL-2.0-or-later
"""Builds of out-of-tree modules as jobs: what becomes of them, whatever a build does."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from django.db import connection

from abidb import queries, store
from abidb.errors import Unavailable, UnknownName
from abidb.outoftree import BUILT, HARNESS, NOT_COMPARED, SAME
from ingest import queue, workers
from ingest.outoftree import attempt, jobs, rebuild
from ingest.outoftree.plan import NEWEST, Pair
from tests.builders.outoftree import (
    make_attempt,
    make_package,
    make_rebuild,
    make_target,
)
from tests.builders.queue import do, drain, taken

pytestmark = pytest.mark.django_db

FOO, TARGET = make_package(), make_target()
NEXT = make_target("6.1.0-2-amd64", "6.1.2-1")
PAIR = Pair(FOO.key, TARGET, "bookworm", NEWEST, 30.0)


@pytest.fixture
def outcome(monkeypatch):
    """What each build comes to: an outcome, or what it raises."""
    given = {"next": BUILT, "asked": []}

    def build(package, target, *, root):
        given["asked"].append((package, target, root))
        if isinstance(given["next"], BaseException):
            raise given["next"]
        made = make_attempt(package.key, target, outcome=given["next"], root=root)
        return SimpleNamespace(attempt=made)

    monkeypatch.setattr(attempt, "attempt", build)
    return given


@pytest.fixture
def queued():
    """One job, of a package that the archive has."""
    store.put_packages([FOO], whole=True)
    return jobs.defer([PAIR])


def stored():
    return [(row.key.package, row.outcome, row.reason) for row in queries.dkms_attempts()]


def compared():
    return [(one.outcome, one.reason) for one in queries.rebuilds()]


def test_package_that_no_archive_has_any_more_is_not_built(queued, outcome):
    store.put_packages([], whole=True)
    drain()
    assert (stored(), outcome["asked"]) == ([], [])


def test_error_of_ours_is_an_attempt_that_says_so_and_is_told_with_its_traceback(queued, outcome):
    outcome["next"] = ZeroDivisionError("oops in /home/somebody/abidb")
    assert isinstance(do(taken()), ZeroDivisionError)
    assert stored() == [("foo-dkms", HARNESS, "abidb failed: ZeroDivisionError('oops in abidb')")]


def test_what_may_go_better_later_is_tried_four_times_and_then_given_up_with_its_reason(queued, outcome):
    outcome["next"] = Unavailable("the mirror is away")
    assert (len(drain()), stored()) == (4, [("foo-dkms", HARNESS, "the mirror is away")])


def test_error_that_is_no_bug_ends_the_job_in_order(queued, outcome):
    outcome["next"] = UnknownName("no such root")
    assert (do(taken()), stored()) == (None, [("foo-dkms", HARNESS, "no such root")])


def test_job_whose_workers_died_of_it_is_given_up_and_noted(queued, monkeypatch):
    arguments = taken().task_kwargs
    monkeypatch.setattr(queue, "recover", lambda: queue.Orphans(0, (), (arguments,)))
    workers.recover()
    assert stored() == [("foo-dkms", HARNESS, workers.DIED)]


def test_comparison_whose_workers_died_of_it_is_given_up_and_noted():
    store.put_packages([FOO], whole=True)
    queue.defer([jobs.rebuild_of(FOO.key, TARGET, NEXT, "bookworm", 0)])
    for _ in range(queue.LIVES):
        taken()
        workers.recover()
    assert compared() == [(NOT_COMPARED, f"{HARNESS}: {workers.DIED}")]


def test_builds_wait_in_the_queue_of_their_architecture_which_only_able_workers_serve():
    made = jobs.job_of(PAIR, 0), jobs.rebuild_of(FOO.key, TARGET, NEXT, "bookworm", 0)
    queue.defer(made)
    with connection.cursor() as cursor:
        cursor.execute("SELECT queue_name FROM procrastinate_jobs")
        assert cursor.fetchall() == [("outoftree-amd64",)] * 2
    assert workers.taken_from("") == {"ingest": 2}
    assert workers.taken_from("amd64") == {"ingest": 2, "outoftree-amd64": 1}  # none is begun that waits for another


def test_build_is_kept_and_all_that_it_needs_is_taken_from_the_record(queued, outcome):
    drain()
    assert (stored(), outcome["asked"]) == ([("foo-dkms", BUILT, "")], [(FOO, TARGET, "bookworm")])


def test_pair_that_is_queued_already_is_not_queued_twice(queued):
    assert jobs.defer([PAIR]) == queued


def test_first_pair_is_built_first_and_kernels_before_all_pairs(queued):
    made = [jobs.job_of(PAIR, place).priority for place in range(3)]
    assert made == sorted(made, reverse=True) and made[0] < -10_000


def test_comparison_is_kept(monkeypatch):
    store.put_packages([FOO], whole=True)
    monkeypatch.setattr(rebuild, "compare", lambda package, old, new, root: make_rebuild(old, new, package=package.key))
    queue.defer([jobs.rebuild_of(FOO.key, TARGET, NEXT, "bookworm", 0)])
    drain()
    assert [(one.old, one.new) for one in queries.rebuilds()] == [(TARGET, NEXT)]


def test_comparison_of_what_no_archive_has_any_more_leaves_no_trace():
    queue.defer([jobs.rebuild_of(FOO.key, TARGET, NEXT, "bookworm", 0)])
    drain()
    assert queries.rebuilds() == []


def test_comparison_that_fails_is_noted_as_not_compared(monkeypatch):
    def fail(*_given):
        raise UnknownName("no compiler")

    store.put_packages([FOO], whole=True)
    monkeypatch.setattr(rebuild, "compare", fail)
    queue.defer([jobs.rebuild_of(FOO.key, TARGET, NEXT, "bookworm", 0)])
    drain()
    assert compared() == [(NOT_COMPARED, "harness failure: no compiler")]


def test_comparison_that_fails_leaves_what_was_compared_before(monkeypatch):
    store.put_packages([FOO], whole=True)
    store.save_rebuild(make_rebuild(TARGET, NEXT, outcome=SAME, differing=()))
    jobs.leave_uncompared(jobs.rebuild_of(FOO.key, TARGET, NEXT, "bookworm", 0).arguments, "the mirror is away")
    assert compared() == [(SAME, "")]
