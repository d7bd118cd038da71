# SPDX-License-Identifier: GPL-2.0-or-later
import pytest

from abidb import queries, store
from tests.builders.records import make_export, make_kernel
from tests.dashboard.reading import read

pytestmark = pytest.mark.django_db


def test_no_question_explains_what_can_be_asked(client) -> None:
    assert "Write a symbol (tcp_sendmsg)" in read(client.get("/search/")).text


def test_nothing_found_is_said_with_what_the_record_holds(client, record) -> None:
    response = client.get("/search/", {"q": "no_such_thing"})
    assert response.status_code == 200
    assert "Nothing in the record has no_such_thing in its name." in read(response).text


@pytest.mark.parametrize("question", ["alpha", " alpha ", "alpha()"])
def test_a_symbol_of_that_name_is_gone_to_at_once(client, record, question: str) -> None:
    assert client.get("/search/", {"q": question})["Location"] == "/symbol/alpha/"


@pytest.mark.parametrize("question", ["6.1.0-1-amd64", "6.1.0-1-amd64=6.1.1-1", "6.1.0-1-amd64:amd64"])
def test_a_build_of_that_name_is_gone_to_at_once(client, record, question: str) -> None:
    assert client.get("/search/", {"q": question})["Location"] == "/build/6.1.0-1-amd64=6.1.1-1:amd64/"


def test_a_part_of_names_finds_all_that_hold_it(client, record) -> None:
    page = read(client.get("/search/", {"q": "ET"}))
    assert page.to("beta") == ["/symbol/beta/"]
    assert page.to("lib/beta") == ["/build/7.3+deb13-amd64=7.3~rc2-1~bpo13+1:amd64/?module=lib%2Fbeta#exports"]
    builds = read(client.get("/search/", {"q": "6.1.0-"}))
    assert len([link for link in builds.links if link[1].startswith("/build/")]) == 5


def test_of_a_long_question_only_the_beginning_is_looked_up(client, record, monkeypatch) -> None:
    asked = []
    for name in ("search", "one_build"):
        question = getattr(queries, name)
        monkeypatch.setattr(queries, name, lambda text, ask=question: asked.append(text) or ask(text))
    response = client.get("/search/", {"q": "x" * 4_000})
    assert f"Nothing in the record has {'x' * 200} in its name." in read(response).text
    assert (response.status_code, asked, "x" * 201 in response.content.decode()) == (200, ["x" * 200] * 2, False)


def test_a_symbol_with_a_long_name_is_gone_to_at_once(client) -> None:
    """Those of Rust may be longer than what is looked up."""
    name = "_RNv" + "x" * 300
    store.save(make_kernel(exports=(make_export(name),)))
    assert client.get("/search/", {"q": name})["Location"] == f"/symbol/{name}/"


def test_what_is_asked_is_shown_escaped(client, record) -> None:
    content = client.get("/search/", {"q": "<b>x</b>"}).content.decode()
    assert "<b>x</b>" not in content
    assert "&lt;b&gt;x&lt;/b&gt;" in content
