# SPDX-License-Identifier: GPL-2.0-or-later
from urllib.parse import unquote, urljoin, urlsplit

import pytest
from django.urls import resolve

from abidb import store
from dashboard.addresses import address
from tests.builders.records import make_export, make_kernel
from tests.dashboard.conftest import FIRST
from tests.dashboard.reading import read

WITHOUT = ["", "\n", "a\nb", "a\n", ".", "..", "a/../b", "/.."]
ODD = ["/", "a/b", "//a", "a/", "a b", "?x#y", "%2e%2e", "\\..", "a\r\x1f", "x..", "…", "<i>", "'\"&", "-"]


@pytest.mark.parametrize("name", WITHOUT)
def test_a_name_that_makes_no_address_has_none(name: str) -> None:
    assert address("symbol", name) == ""


def test_a_part_that_would_end_the_address_early_makes_none() -> None:
    assert (address("build", "6.1/2"), address("lane", "bookworm", "", "amd64")) == ("", "")


@pytest.mark.parametrize("name", ODD)
def test_every_other_address_leads_back_to_its_name(name: str) -> None:
    there = urlsplit(urljoin("http://127.0.0.1/build/x/", address("symbol", name)))
    assert (resolve(unquote(there.path)).kwargs, there.query, there.fragment) == ({"name": name}, "", "")


def test_query_and_fragment_are_part_of_the_address() -> None:
    assert address("build", "x", query={"a": "b c"}, fragment="d") == "/build/x/?a=b+c#d"


@pytest.fixture
def odd(db):
    """Two uploads whose symbols have odd names, and one with an odd version."""
    names = [name for name in WITHOUT + ODD if "\n" not in name]  # the record takes none with a line break
    exports = [make_export(name, module=name or "vmlinux", crc=n + 1) for n, name in enumerate(names)]
    store.save(make_kernel("6.1.0-1-amd64", "6.1.1-1", exports=tuple(exports)))
    store.save(make_kernel("6.1.0-2-amd64", "6.1.2-1", exports=FIRST))
    store.save(make_kernel("6.1.0-3-amd64", "6.1.3/..\n'\"-1", exports=FIRST))


@pytest.mark.parametrize(
    "there",
    [
        *("/", "/bookworm/", "/bookworm/amd64/amd64/", "/symbol/alpha/", "/symbol/x../"),
        *("/build/6.1.0-1-amd64/", "/build/6.1.0-2-amd64/", "/build/6.1.0-3-amd64/"),
        *("/build/6.1.0-3-amd64/Module.symvers", "/diff/6.1.0-1-amd64/6.1.0-2-amd64/"),
        *("/diff/6.1.0-2-amd64/6.1.0-1-amd64/?format=json", "/diff/6.1.0-2-amd64/6.1.0-3-amd64/"),
        *("/diff/?old=6.1.0-2-amd64&new=6.1.0-3-amd64", "/search/?q=6.1.0-3-amd64", "/search/?q=6.1", "/search/?q=."),
        *("/search/?q=a%0Ab", "/search/?q=..", "/search/?q=a%2F..%2Fb"),
    ],
)
def test_whatever_names_are_on_it_a_page_is_shown(client, odd, there: str) -> None:
    assert client.get(there, follow=True).status_code == 200


def test_a_name_without_an_address_is_plain_text(client, odd) -> None:
    page = read(client.get("/build/6.1.0-1-amd64/", follow=True))
    rows = {row[0]: row[1:4] for row in page.tables["In order of symbols"]}
    assert rows["a/../b"] == ["a/../b", "0x00000004", "EXPORT_SYMBOL"]
    assert [page.to(".."), page.to("a/b")] == [[""], ["/symbol/a/b/"]]


def test_two_builds_that_make_no_address_cannot_be_gone_to(client, odd) -> None:
    response = client.get("/diff/", {"old": "6.1.0-1-amd64", "new": "6.1.0-3-amd64=6.1.3/..\n'\"-1"})
    assert response.status_code == 404


def test_the_name_of_a_download_is_a_plain_file_name(client, odd) -> None:
    response = client.get("/build/6.1.0-3-amd64/Module.symvers")
    assert response["Content-Disposition"] == 'attachment; filename="Module.symvers-6.1.0-3-amd64_6.1.3_..___-1_amd64"'
