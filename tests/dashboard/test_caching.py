# SPDX-License-Identifier: GPL-2.0-or-later
import pytest
from django.http import HttpResponse
from django.test import RequestFactory

from abidb import queries, store
from dashboard import caching
from tests.builders.records import make_kernel

ASKED: list[str] = []


@caching.conditional
def view(request, status: int = 200) -> HttpResponse:
    ASKED.append(request.path)
    return HttpResponse("told", status=status)


@pytest.fixture
def ask(db):
    ASKED.clear()
    store.save(make_kernel("6.1.0-1-amd64", "6.1.1-1"))
    return lambda status=200, **headers: view(RequestFactory().get("/", headers=headers), status)


def test_what_is_no_answer_has_no_tag(ask) -> None:
    assert {"ETag", "Last-Modified"}.isdisjoint(ask(404).headers)


@pytest.mark.parametrize("names", [("ETag", "if-none-match"), ("Last-Modified", "if-modified-since")])
def test_who_has_the_answer_is_told_so_without_a_look_at_the_record(ask, names, django_assert_num_queries) -> None:
    had = ask().headers[names[0]]
    with django_assert_num_queries(1):
        again = ask(**{names[1]: had})
    assert (again.status_code, again.content, ASKED) == (304, b"", ["/"])


def test_an_answer_changes_with_the_record(ask) -> None:
    tag = ask().headers["ETag"]
    store.save(make_kernel("6.1.0-2-amd64", "6.1.2-1"))
    assert ask(**{"if-none-match": tag}).status_code == 200


def test_an_answer_changes_with_the_day_and_with_abidb(ask, monkeypatch) -> None:
    tags = [ask().headers["ETag"]]
    for name in ("midnight", "version"):
        monkeypatch.setattr(caching, name, lambda: 4_000_000_000)
        tags.append(ask(**{"if-none-match": tags[0]}).headers["ETag"])
    assert len(set(tags)) == 3


def test_a_record_that_was_never_written_to_is_as_old_as_abidb(db) -> None:
    now = queries.generation()
    assert caching.last_modified(now) == max(caching.midnight(), caching.version())
