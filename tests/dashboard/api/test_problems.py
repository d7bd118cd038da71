# SPDX-License-Identifier: GPL-2.0-or-later
"""Whatever goes wrong under /api/ is a problem that a program can read, and any page may read it."""

import json

import pytest
from django.db import OperationalError

from abidb import queries
from dashboard.api import lanes
from dashboard.api.page import known
from dashboard.api.problems import MEDIA_TYPE, SORTS

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("get", "/api/v1/nothing", 404),
        ("get", "/api/v1/nothing/", 404),
        ("get", "/api/v2/lanes", 404),
        ("get", "/api/v1/builds/", 404),
        ("get", "/api/v1/symbols/a%00b", 400),
        ("get", "/api/v1/lanes?line=a%00b", 400),
        ("get", "/api/v1/lanes?" + "&".join(f"a{n}=" for n in range(1001)), 400),
        ("get", "/api/v1/lanes?limit=0", 422),
        ("get", "/api/v1/lanes?limit=501", 422),
        ("get", "/api/v1/lanes?limit=x", 422),
        ("get", "/api/v1/lanes?limit=" + "9" * 10_000, 422),
        ("get", "/api/v1/lanes?line=" + "a" * 10_000, 422),
        ("get", "/api/v1/lanes?nothing=1", 422),
        ("get", "/api/v1/symbols/%F0%9F%90%A7", 422),
        ("get", "/api/v1/symbols/" + "a" * 513, 422),
        ("get", "/api/v1/builds/..%2F..", 404),
        ("get", "/api/v1/diff/a b/c", 422),
        ("get", "/api/v1/search", 422),
        ("post", "/api/v1/lanes", 405),
        ("get", "/api/v1/check", 405),
        ("delete", "/api/v1/builds/x", 405),
        ("post", "/api/v1/check", 400),
        ("post", "/api/v1/check?arch=A", 422),
        ("post", "/api/v1/check?kernle=6.1.0-1-amd64", 422),
    ],
)
def test_every_refusal_is_a_problem(client, method, path, status) -> None:
    response = getattr(client, method)(path)
    told = response.json()
    (sort,) = [sort for sort in SORTS if sort.status == status]
    assert (response.status_code, response["Content-Type"]) == (status, MEDIA_TYPE)
    assert (told["status"], told["type"], told["title"]) == (status, f"/api/#{sort.name}", sort.title)
    assert response["Access-Control-Allow-Origin"] == "*"
    assert not response.cookies


def test_a_host_that_is_not_ours_is_a_problem(client) -> None:
    response = client.get("/api/v1/lanes", headers={"host": "elsewhere"})
    assert (response.status_code, response["Content-Type"]) == (400, MEDIA_TYPE)


def test_what_is_out_of_bounds_is_named(client) -> None:
    assert client.get("/api/v1/lanes?limit=0&line=A").json()["errors"] == [
        {"where": "query", "name": "line", "detail": "String should match pattern '^([a-z0-9][a-z0-9.-]{0,49})?$'"},
        {"where": "query", "name": "limit", "detail": "Input should be greater than or equal to 1"},
    ]


def test_a_parameter_that_would_do_nothing_is_refused_with_those_that_do_something(client) -> None:
    assert client.get("/api/v1/record?line=sid").json()["errors"] == [
        {"where": "query", "name": "line", "detail": "no parameter of this call; it has none"}
    ]


def test_another_method_is_told_which_ones_there_are(client) -> None:
    assert client.put("/api/v1/check")["Allow"] == "POST"


@pytest.mark.parametrize("lost", ["generation", "lane_list"])
def test_a_database_that_is_lost_is_503_with_a_time(client, monkeypatch, lost) -> None:
    def fail(**_):
        raise OperationalError

    monkeypatch.setattr(queries, lost, fail)
    response = client.get("/api/v1/lanes")
    assert (response.status_code, response["Content-Type"], response["Retry-After"]) == (503, MEDIA_TYPE, "30")
    assert response["Cache-Control"] == "no-store"


def test_a_mistake_of_ours_is_a_problem_that_tells_nothing_of_it(client, monkeypatch) -> None:
    def fail(*_):
        raise ZeroDivisionError("secret")

    client.raise_request_exception = False
    monkeypatch.setattr(lanes.lanejson, "lanes_json", fail)
    response = client.get("/api/v1/lanes")
    assert (response.status_code, response["Content-Type"]) == (500, MEDIA_TYPE)
    assert "secret" not in response.content.decode()


def test_any_page_may_ask_before_it_asks(client) -> None:
    response = client.options("/api/v1/check", headers={"origin": "https://elsewhere.invalid"})
    assert (response.status_code, response["Access-Control-Allow-Origin"]) == (204, "*")
    assert "POST" in response["Access-Control-Allow-Methods"]


def test_an_answer_may_be_kept_and_read_by_any_page(client, record) -> None:
    response = client.get("/api/v1/lanes")
    assert (response["Cache-Control"], response["Access-Control-Allow-Origin"]) == ("public, max-age=60", "*")
    again = client.get("/api/v1/lanes", headers={"if-none-match": response["ETag"]})
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", response["ETag"])
    assert again["Cache-Control"] == "public, max-age=60"


def test_who_has_an_answer_costs_one_look(client, record, django_assert_num_queries) -> None:
    tag = client.get("/api/v1/builds")["ETag"]
    with django_assert_num_queries(1):
        client.get("/api/v1/builds", headers={"if-none-match": tag})


def test_heads_are_told_without_bodies(client, record) -> None:
    response = client.head("/api/v1/lanes?limit=1")
    assert (response.status_code, response.content) == (200, b"")
    assert 'rel="next"' in response["Link"]


def test_the_document_and_its_page_are_there(client, record) -> None:
    told = json.loads(client.get("/api/v1/openapi.json").content)
    page = client.get("/api/")
    assert (told["openapi"], told["servers"][0]["url"]) == ("3.1.0", "/api/v1")
    assert (page.status_code, page["Content-Type"]) == (200, "text/html; charset=utf-8")
    for methods in told["paths"].values():
        for call in methods.values():
            assert f'id="{call["operationId"]}"' in page.content.decode()


def test_the_page_s_lines_name_what_the_record_has(client, record) -> None:
    names = known()
    assert queries.one_build(names["new"])
    assert f"/api/v1/diff/{names['old']}/{names['new']}" in client.get("/api/").content.decode()


def test_the_page_is_there_without_a_record(client, db) -> None:
    assert client.get("/api/").status_code == 200


def test_nothing_of_the_page_comes_from_elsewhere(client, record) -> None:
    page = client.get("/api/").content.decode()
    assert '<script src="http' not in page
    assert "swagger" not in page
