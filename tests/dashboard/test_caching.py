# SPDX-License-Identifier: GPL-2.0-or-later
import pytest
from django.db import OperationalError, connection
from django.http import HttpResponse
from django.test import RequestFactory

from abidb import queries, store
from abidb.queries import wholerecord
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


def test_an_answer_changes_with_the_hour_and_with_abidb(ask, monkeypatch) -> None:
    tags = [ask().headers["ETag"]]
    for name in ("hour", "version"):
        monkeypatch.setattr(caching, name, lambda: 4_000_000_000)
        tags.append(ask(**{"if-none-match": tags[0]}).headers["ETag"])
    assert len(set(tags)) == 3


def test_a_record_that_was_never_written_to_is_as_old_as_abidb(db) -> None:
    now = queries.generation()
    assert caching.last_modified(now) == max(caching.hour(), caching.version())


PAGE = "/bookworm/amd64/"


@pytest.mark.django_db
@pytest.mark.parametrize("live", ["/", "/status/", "/healthz"])
def test_what_tells_of_this_moment_is_not_kept(client, record, live: str) -> None:
    assert "max-age" not in client.get(live).headers.get("Cache-Control", "")


@pytest.mark.django_db
@pytest.mark.parametrize("there", ["/symbol/there_is_none/", "/build/6.1.0-1-amd64/"])
def test_what_is_not_there_or_elsewhere_is_not_kept(client, record, there: str) -> None:
    response = client.get(there)
    assert (response.status_code == 200, "Last-Modified" in response.headers) == (False, False)


@pytest.mark.django_db
def test_a_page_is_good_for_a_minute_and_until_the_record_changes(client, record) -> None:
    page = client.get(PAGE)
    headers = {"if-none-match": page.headers["ETag"]}
    assert (page.headers["Cache-Control"], client.get(PAGE, headers=headers).status_code) == ("public, max-age=60", 304)
    store.save(make_kernel("6.1.0-9-amd64", "6.1.9-1"))
    assert client.get(PAGE, headers=headers).status_code == 200


@pytest.mark.django_db
@pytest.mark.parametrize("there", ["/symbol/alpha/", "/api/v1/lanes"])
def test_what_was_told_of_the_record_as_it_was_is_not_kept(client, record, there: str) -> None:
    client.get(there)
    store.save(make_kernel("6.1.0-9-amd64", "6.1.9-1"))
    with wholerecord._making[connection.settings_dict["NAME"], "lanes"]:
        old = client.get(there)
    assert (old.status_code, old.headers["Cache-Control"], "Last-Modified" in old.headers) == (200, "no-cache", False)
    assert client.get(there, headers={"if-none-match": old.headers["ETag"]}).status_code == 200
    assert client.get(there).headers["Cache-Control"] == "public, max-age=60"


def test_a_lost_database_is_for_the_page_to_tell(client, monkeypatch) -> None:
    def fail() -> None:
        raise OperationalError("gone")

    monkeypatch.setattr(queries, "generation", fail)
    assert client.get("/method/out-of-tree/").status_code == 200


@pytest.mark.django_db
def test_one_answer_asks_once_how_old_the_record_is(record, django_assert_num_queries) -> None:
    with queries.one_answer():
        queries.lane_names()
        with django_assert_num_queries(0):
            queries.lane_names()
            queries.generation()
    with django_assert_num_queries(1):
        queries.lane_names()
