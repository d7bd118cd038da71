# SPDX-License-Identifier: GPL-2.0-or-later
import pytest
from django.db import OperationalError

from abidb import queries
from dashboard import warming


def lost() -> None:
    raise OperationalError("no database")


def test_a_process_serves_where_the_database_is_lost(monkeypatch) -> None:
    monkeypatch.setattr(warming, "ASKED", (lost, lost))
    warming.warm()


def test_warming_does_not_hold_up_its_caller(monkeypatch) -> None:
    asked = []
    monkeypatch.setattr(warming, "warm", lambda: asked.append("all"))
    thread = warming.start()
    thread.join()
    assert (thread.daemon, asked) == (True, ["all"])


@pytest.mark.django_db
def test_an_empty_record_has_nothing_to_read() -> None:
    warming.warm()


@pytest.mark.django_db
def test_who_asks_after_warming_waits_for_no_names(record, django_assert_num_queries) -> None:
    warming.warm()
    with django_assert_num_queries(1):
        queries.suggestions("kfree", 1)
