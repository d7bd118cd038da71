# SPDX-License-Identifier: GPL-2.0-or-later
import re

import pytest

from abidb import compat, words
from dashboard.views import method
from tests.dashboard.reading import read

pytestmark = pytest.mark.django_db


def test_the_method_can_be_read_of_an_empty_record(client) -> None:
    page = read(client.get("/method/"))
    assert "Measured: no upload on record since September 2025 follows another in its line." in page.text
    assert "abidb, record 0, 0 builds" in page.text


def test_every_section_has_an_address_and_a_heading(client, record) -> None:
    text = client.get("/method/").content.decode()
    assert re.findall(r'<h2 id="([a-z-]+)">(.*?)</h2>', text) == [(a, name) for a, name in method.SECTIONS]
    assert read(client.get("/method/")).to("How to cite") == ["#cite"]


def test_figures_are_those_of_the_record(client, record) -> None:
    page = read(client.get("/method/"))
    assert "of 9 builds on record 1 are whole and without CRCs, 1 partial and 1 set apart" in page.text
    assert "Of 3 new ABI names 1 came without an export change; of 1 it cannot be told: all of them." in page.text
    assert words.CRC_OVERSTATES in page.text


def test_every_kind_of_change_is_told_to_break_or_not(client, record) -> None:
    page = read(client.get("/method/"))
    told = {row[0]: row[1] for row in page.tables["Kinds of change"][1:]}
    assert told == {words.KIND_WORDS[kind]: "yes" if kind in compat.BREAKS else "no" for kind in compat.KINDS}


def test_the_two_pages_about_the_method_lead_to_each_other(client, record) -> None:
    assert read(client.get("/method/")).to("How out-of-tree modules are built and judged") == ["/method/out-of-tree/"]
    assert "/method/" in read(client.get("/method/out-of-tree/")).to("Method")
