# SPDX-License-Identifier: GPL-2.0-or-later
import pytest

from abidb import queries, store
from abidb.outoftree import NO_COMPILE
from abidb.packageanswers import Building
from ingest import queue
from tests.builders.outoftree import make_attempt, make_key, make_package, make_target
from tests.builders.records import DAY

pytestmark = pytest.mark.django_db


def test_nothing_was_tried_in_an_empty_record() -> None:
    assert queries.building() == Building((), None, 0, 0, 0)


def test_attempts_are_counted_by_what_became_of_them_and_jobs_by_how_far_they_are() -> None:
    store.put_packages([make_package(), make_package("bar-dkms")], whole=True)
    for attempt in (
        make_attempt(),
        make_attempt(target=make_target("6.1.0-2-amd64", "6.1.2-1")),
        make_attempt(make_key("bar-dkms"), outcome=NO_COMPILE),
    ):
        store.save_attempt(attempt)
    tasks = ("build_outoftree", "compare_rebuild", "ingest_build")
    queue.defer([queue.Job(task, task, 0, {}, "nobody's") for task in tasks])
    found = queries.building()
    assert found == Building((("built", 2), ("does not compile", 1)), DAY, 2, 0, 0)
    assert found.attempts == 3
