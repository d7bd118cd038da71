# SPDX-License-Identifier: GPL-2.0-or-later
import re

import pytest
from django.db import connection

from tests.dashboard.reading import read

pytestmark = pytest.mark.django_db


def test_only_reading_is_allowed(client) -> None:
    assert [client.post(address).status_code for address in ("/", "/search/", "/diff/", "/healthz", "/bookworm/")] == [
        405
    ] * 5


def test_health_is_that_of_the_database(client, monkeypatch) -> None:
    assert client.get("/healthz").content == b"ok\n"
    monkeypatch.setattr(connection, "is_usable", lambda: False)
    assert client.get("/healthz").status_code == 503


def test_robots_are_kept_from_pairs_searches_logs_and_filters(client) -> None:
    assert client.get("/robots.txt").content.decode().splitlines() == [
        *("User-agent: *", "Disallow: /diff/", "Disallow: /search/", "Disallow: /api/v1/"),
        *("Disallow: /package/*/log/", "Disallow: /download/*.", "Disallow: /*?"),
        "Sitemap: http://testserver/sitemap.xml",
    ]


def test_the_sitemap_leads_to_lanes_and_packages_which_all_are_there(client, record) -> None:
    found = re.findall("<loc>http://testserver(.*?)</loc>", client.get("/sitemap.xml").content.decode())
    assert {"/", "/names/", "/bookworm/", "/bookworm/amd64/", "/bookworm/amd64/cloud-amd64/"} <= set(found)
    assert [(each, 200) for each in found] == [(each, client.get(each).status_code) for each in found]


@pytest.mark.parametrize("address", ["/", "/packages/", "/breaks/", "/check/", "/diff/6.1.0-1-amd64/6.1.0-2-amd64/"])
def test_pages_lead_to_how_modules_are_judged(client, record, address: str) -> None:
    page = read(client.get(address, follow=True))
    assert page.to("How out-of-tree modules are judged") == ["/method/out-of-tree/"]


@pytest.mark.parametrize(
    "limit",
    [
        *("Secure Boot", "Accepted unchecked", "BTF is not compared here", "A CRC overstates", "rule of locking"),
        *("never permission to force a load", "known only since this record looks", "enters no count"),
        *("a failure of ours", "Computed verdicts", "Confirmed by loading", "lower bound"),
    ],
)
def test_the_method_says_what_it_cannot_see(client, db, limit: str) -> None:
    assert limit in read(client.get("/method/out-of-tree/")).text


def test_the_old_address_of_the_icon_leads_to_the_icon(client) -> None:
    assert client.get("/favicon.ico")["Location"] == "/static/abidb/favicon.svg"


@pytest.mark.parametrize("address", ["/", "/search/?q=alpha", "/bookworm/amd64/amd64/", "/diff/", "/status/"])
def test_pages_set_no_cookie_and_a_strict_policy(client, record, address: str) -> None:
    response = client.get(address)
    assert not response.cookies
    assert "default-src 'self'" in response["Content-Security-Policy"]
    assert "unsafe" not in response["Content-Security-Policy"]
