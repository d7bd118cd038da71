# SPDX-License-Identifier: GPL-2.0-or-later
import pytest
from django.http import HttpResponse
from django.test import RequestFactory

from dashboard.negotiation import varies, wants_text

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
CURL = "curl/8.14.1"


@pytest.mark.parametrize(
    ("accept", "program", "text"),
    [
        (None, "", False),
        (None, CURL, True),
        ("*/*", CURL, True),
        ("*/*", "Wget/1.25.0", True),
        ("*/*", "facebookexternalhit/1.1", False),
        ("*/*", "Mozilla/5.0 like curl/8", False),
        ("", CURL, True),
        ("image/png", CURL, False),
        ("application/json", CURL, False),
        (BROWSER, "Mozilla/5.0", False),
        ("text/html", CURL, False),
        ("text/plain", "Mozilla/5.0", True),
        ("text/*", CURL, True),
        ("text/plain;q=0.5, text/html", CURL, False),
        ("TEXT/PLAIN, text/html;q=0.1", "", True),
        ("text/plain;q=0, text/html;q=nonsense", CURL, False),
        (";;;,,,/;q=;text/plain" * 400, CURL, False),
        ("text/html;q=\N{SNOWMAN}", CURL, False),
    ],
)
def test_text_goes_to_who_asks_for_it_and_to_programs_of_the_terminal_that_take_anything(accept, program, text) -> None:
    given = {name: value for name, value in (("accept", accept), ("user-agent", program)) if value is not None}
    assert wants_text(RequestFactory(headers=given).get("/")) is text


@pytest.mark.parametrize(
    ("accept", "vary"), [("*/*", "Accept, User-Agent"), ("text/plain", "Accept"), (BROWSER, "Accept")]
)
def test_an_answer_hangs_on_the_program_only_where_accept_does_not_decide(accept, vary) -> None:
    request = RequestFactory(headers={"accept": accept}).get("/")
    assert varies(request, HttpResponse())["Vary"] == vary
