# SPDX-License-Identifier: GPL-2.0-or-later
"""Whatever stands in an address, the answer is a page or a clear refusal, never an error of the server's."""

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, urlencode

import pytest
from django.urls import URLPattern, URLResolver, get_resolver

from dashboard.api import v1

ROOM = Path(__file__).resolve().parents[2] / "dashboard"
NUL, LONG = "\0", "x" * 5000
HOSTILE = [
    *(
        NUL,
        "a\0b",
        LONG,
        "-1",
        "0",
        "99999999999999999999999999",
        "1e308",
        "NaN",
        "١٢٣",
        "\u202e",
        "\U0001f4a9",
        "ÿ\ufffd",
    ),
    *(
        "../../etc/passwd",
        "/etc/passwd",
        "%00",
        "%2e%2e%2f",
        "' OR 1=1 --",
        "{{7*7}}",
        "<script>",
        "a\r\nb: c",
        "\\",
        " ",
    ),
    *("=", "==", ":", "=:", "6.1.0-1-amd64=", "6.1.0-1-amd64:", "~", "*", "%", "_", "(" * 200, "a{1,99999}", "\ud800"),
]
KNOWN = {"line": "bookworm", "arch": "amd64", "flavour": "amd64", "spec": "6.1.0-1-amd64=6.1.1-1:amd64"}
KNOWN |= {"old": "6.1.0-1-amd64=6.1.1-1:amd64", "new": "6.1.0-3-amd64=6.1.3-1:amd64", "number": "1", "name": "alpha"}
KNOWN |= {"source": "linux", "version": "6.1.3-1"}


def routes(patterns, before: str = "") -> Iterator[str]:
    for each in patterns:
        here = before + str(each.pattern)
        if isinstance(each, URLResolver):
            yield from routes(each.url_patterns, here)
        elif isinstance(each, URLPattern) and "^" not in here:
            yield here


ROUTES = sorted(set(routes(get_resolver().url_patterns)))
TEXTS = "".join(path.read_text() for path in ROOM.rglob("*.py"))
PARAMETERS = sorted(
    set(re.findall(r"GET(?:\.get|\.getlist)?[\[(]\"(\w+)\"", TEXTS))
    | {
        p["name"]
        for calls in v1.api.get_openapi_schema()["paths"].values()
        for c in calls.values()
        for p in c["parameters"]
    }
    | {"old", "new"}
)


def filled(route: str, name: str | None = None, value: str = "") -> str:
    """The address of a route, with `value` for one of its parts and known ones for the others."""
    return "/" + re.sub(
        r"<(?:\w+:)?(\w+)>", lambda m: escaped(value) if m[1] == name else escaped(KNOWN.get(m[1], "1")), route
    )


def escaped(text: str) -> str:
    return quote(text.encode(errors="surrogatepass"), safe="")


def parts(route: str) -> list[str]:
    return re.findall(r"<(?:\w+:)?(\w+)>", route)


@pytest.mark.django_db
@pytest.mark.parametrize("route", [route for route in ROUTES if parts(route)])
def test_no_part_of_an_address_is_an_error_of_the_server(client, record, route: str) -> None:
    wrong = [
        (address, answer.status_code)
        for name in parts(route)
        for value in HOSTILE
        for address in [filled(route, name, value)]
        for answer in [client.get(address)]
        if answer.status_code >= 500
    ]
    assert wrong == []


@pytest.mark.django_db
@pytest.mark.parametrize("route", ROUTES)
def test_no_parameter_is_an_error_of_the_server(client, record, route: str) -> None:
    there = filled(route)
    wrong = []
    for value in HOSTILE:
        query = urlencode({name: value.encode(errors="surrogatepass") for name in PARAMETERS})
        if (status := client.get(f"{there}?{query}").status_code) >= 500:
            wrong.append((value[:50], status))
    for name in PARAMETERS:
        for value in ("-1", "99999999999999999999", LONG, "\ud800"):
            query = urlencode({name: value.encode(errors="surrogatepass")})
            if (status := client.get(f"{there}?{query}").status_code) >= 500:
                wrong.append((name, value[:50], status))
    assert wrong == []


def test_the_parameters_that_pages_know_were_found() -> None:
    assert {"q", "text", "after", "limit", "format"} <= set(PARAMETERS)
