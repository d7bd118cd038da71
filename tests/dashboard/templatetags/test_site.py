# SPDX-License-Identifier: GPL-2.0-or-later
import pytest
from django.template import engines
from django.template.loader import render_to_string
from django.test import RequestFactory

from dashboard.templatetags import site

CHILD = """{% extends "base.html" %}
{% block title %}{{ name }} · abidb{% endblock %}
{% block description %}What {{ name }} “is”.{% endblock %}"""


def rendered(path: str = "/", template: str = CHILD, **headers: str) -> str:
    request = RequestFactory().get(path, headers=headers)
    return engines["django"].from_string(template).render({"name": "<a>"}, request)


@pytest.mark.parametrize("name", ["400", "404", "500", "503"])
def test_a_page_of_an_error_needs_no_request_and_has_no_address_of_its_own(name: str) -> None:
    page = render_to_string(f"{name}.html")
    assert ('<meta name="robots" content="noindex">' in page, "canonical" in page, "og:url" in page) == (
        True,
        False,
        False,
    )


def test_under_a_host_that_is_not_ours_no_address_is_told() -> None:
    assert "canonical" not in rendered(host="evil.example")


def test_title_and_description_stand_in_the_preview_too() -> None:
    page = rendered()
    assert [line for line in page.splitlines() if "&lt;a&gt;" in line] == [
        "<title>&lt;a&gt; · abidb</title>",
        '<meta name="description" content="What &lt;a&gt; “is”.">',
        '<meta property="og:title" content="&lt;a&gt; · abidb">',
        '<meta property="og:description" content="What &lt;a&gt; “is”.">',
    ]


def test_a_page_s_own_address_is_told_without_its_query() -> None:
    address = "http://testserver/build/6.1.0-1-amd64=6.1.1-1~bpo:amd64/%22"
    page = rendered("/build/6.1.0-1-amd64=6.1.1-1~bpo:amd64/%22?kind=a&text=b")
    told = [line for line in page.splitlines() if "testserver" in line]
    assert told == [
        f'<link rel="canonical" href="{address}">',
        f'<meta property="og:url" content="{address}">',
    ]


@pytest.mark.parametrize(
    ("path", "current"),
    [
        ("/", []),
        ("/packages/", ['<a href="/packages/" aria-current="page">Packages</a>']),
        ("/package/zfs-dkms/", ['<a href="/packages/" aria-current="true">Packages</a>']),
        ("/status/sid/", ['<a href="/status/" aria-current="true">Status</a>']),
    ],
)
def test_the_navigation_tells_where_one_is(path: str, current: list[str]) -> None:
    page = rendered(path)
    links = page[page.index('<nav aria-label="Site">') : page.index("</nav>")].replace("<a ", "\n<a ").splitlines()
    assert [link for link in links if "aria-current" in link] == current


def test_the_navigation_has_only_pages_that_exist(monkeypatch) -> None:
    monkeypatch.setattr(site, "PAGES", (("Status", "status", ()), ("Weather", "weather", ())))
    assert "Status" in rendered()
    assert "Weather" not in rendered()
