# SPDX-License-Identifier: GPL-2.0-or-later
import psycopg
import psycopg_pool
import pytest
from django.db import DataError, InterfaceError, OperationalError, connection

from abidb import queries
from abidb.errors import Unavailable, UnknownName
from dashboard.unknown import Offer, all_fit, offering
from tests.dashboard.reading import read


def fail_with(error: Exception):
    def fail(*_: object, **__: object) -> None:
        raise error

    return fail


LOST = [
    OperationalError("the connection is lost"),
    InterfaceError("closed"),
    Unavailable("no server"),
    psycopg.OperationalError("consuming input failed"),
    psycopg.InterfaceError("the connection is closed"),
    psycopg.errors.QueryCanceled("canceling statement due to statement timeout"),
    psycopg.errors.AdminShutdown("terminating connection due to administrator command"),
    psycopg_pool.PoolTimeout("couldn't get a connection"),
]


@pytest.mark.parametrize("error", LOST, ids=lambda error: type(error).__module__ + "." + type(error).__name__)
@pytest.mark.parametrize(
    "address",
    ["/", "/build/6.1.0-1-amd64/", "/symbol/alpha/", "/bookworm/amd64/amd64/", "/status/", "/bookworm/uploads/"],
)
def test_a_lost_database_is_503_and_never_not_found(client, monkeypatch, address: str, error: Exception) -> None:
    for question in ("generation", "run_state", "one_build", "symbol", "lane", "uploads"):
        monkeypatch.setattr(queries, question, fail_with(error))
    response = client.get(address)
    assert (response.status_code, response["Retry-After"], response["Cache-Control"]) == (503, "30", "no-store")
    page = read(response)
    assert "What you asked for may well exist" in page.text
    assert str(error) not in page.text


@pytest.mark.django_db
def test_a_statement_that_takes_too_long_is_503_on_the_driver_s_own_cursor_too(client, record, monkeypatch) -> None:
    def slow(*_: object) -> None:
        connection.ensure_connection()
        with psycopg.Cursor(connection.connection) as cursor:
            cursor.execute("SET LOCAL statement_timeout = 10")
            cursor.execute("SELECT pg_sleep(10)")

    monkeypatch.setattr(queries, "facets", slow)
    assert client.get("/build/6.1.0-1-amd64=6.1.1-1:amd64/").status_code == 503


@pytest.mark.parametrize("error", [DataError("a bug of ours"), psycopg.DataError("a bug of ours")])
def test_other_errors_are_not_hidden(client, monkeypatch, error: Exception) -> None:
    monkeypatch.setattr(queries, "run_state", fail_with(error))
    with pytest.raises(type(error)):
        client.get("/")


def test_an_error_of_ours_says_so_without_details(client, monkeypatch) -> None:
    monkeypatch.setattr(queries, "run_state", fail_with(DataError("a bug of ours")))
    client.raise_request_exception = False
    response = client.get("/")
    assert (response.status_code, "An error of ours" in read(response).text) == (500, True)


@pytest.mark.parametrize("address", ["/symbol/a%00b/", "/search/?q=a%00b", "/?%00=1", "/build/%00/"])
def test_what_no_name_can_hold_is_a_bad_request(client, address: str) -> None:
    assert client.get(address).status_code == 400


def test_an_address_without_a_page_is_404(client) -> None:
    response = client.get("/a/b/c/d/e/")
    assert (response.status_code, "There is no page of this address" in read(response).text) == (404, True)


def test_an_unknown_name_that_no_view_expected_is_404_with_searches(client, monkeypatch) -> None:
    monkeypatch.setattr(queries, "run_state", fail_with(UnknownName("no such thing", ["alpha"])))
    response = client.get("/")
    assert (response.status_code, read(response).to("alpha")) == (404, ["/search/?q=alpha"])


def test_a_question_s_refusal_becomes_an_offer_with_links() -> None:
    with pytest.raises(Offer) as caught, offering(lambda name: f"/{name}/"):
        raise UnknownName("no x", ["y"])
    assert (str(caught.value), caught.value.links, caught.value.several) == ("no x", (("y", "/y/"),), False)


@pytest.mark.parametrize(
    ("text", "candidates", "fit"),
    [
        ("6.1.0-1-amd64", (), False),
        ("a b", ("6.1.0-1-amd64",), False),
        ("6.1.0-1", ("6.1.0-1-amd64",), False),
        ("6.1.0-1-amd64=6.1.1-1", ("6.1.0-1-amd64=6.1.2-1:amd64",), False),
        ("7.3-amd64", ("7.3-amd64=7.3~rc1-1:amd64", "7.3-amd64=7.3~rc2-1:amd64"), True),
        ("6.1.0-4-octeon=6.1.1-1", ("6.1.0-4-octeon=6.1.1-1:mipsel", "6.1.0-4-octeon=6.1.1-1:mips64el"), True),
    ],
)
def test_a_name_short_of_a_part_is_told_from_a_wrong_one(text: str, candidates: tuple[str, ...], fit: bool) -> None:
    assert all_fit(text, candidates) is fit
