# SPDX-License-Identifier: GPL-2.0-or-later
import pytest

from dashboard.views import names
from tests.dashboard.reading import read

pytestmark = pytest.mark.django_db
OVERSTATES = "A changed CRC overstates"


def test_a_line_that_does_not_exist_is_404_with_those_that_do(client, record) -> None:
    response = client.get("/woody/names/")
    assert (response.status_code, read(response).to("bookworm")) == (404, ["/bookworm/names/"])


@pytest.mark.parametrize("key", ["x", "bookworm/linux/6.1.1-1", "-1", "é" * 9_999, "9" * 400, "../..", "'; --"])
def test_a_page_behind_a_name_that_is_none_is_404(client, record, key: str) -> None:
    assert client.get("/names/", {"before": key}).status_code == 404


def test_a_nul_is_a_bad_request(client, record) -> None:
    assert client.get("/names/?before=%00").status_code == client.get("/a%00/names/").status_code == 400


def test_a_record_without_a_new_name_says_so(client, db) -> None:
    page = read(client.get("/names/"))
    assert "No upload on record brought a new ABI name." in page.text
    assert "None is on record." in page.text


def test_new_names_are_told_with_what_came_with_them(client, record) -> None:
    page = read(client.get("/names/"))
    assert page.tables["New names by release line"][1:] == [["bookworm", "3", "1", "1"]]
    assert "Of 3 new ABI names 1 came without an export change; of 1 it cannot be told." in page.text
    assert "Without an export change: unchanged in 1 of 1" in page.text
    assert "Exports changed: changed in 1 of 1 measured; 1 not measurable" in page.text
    assert "Cannot be told: measurable in none of 2 flavours" in page.text
    assert "set apart: one of the two failed a check: amd64" in page.text
    assert OVERSTATES in page.text
    (told,) = [link for link in page.links if "CRC" in link[0]]
    assert told[1] == "/diff/6.1.0-2-amd64=6.1.2-1:amd64/6.1.0-3-amd64=6.1.3-1:amd64/"


def test_those_without_an_export_change_can_be_had_alone(client, record) -> None:
    page = read(client.get("/bookworm/names/", {"unchanged": "1"}))
    assert page.to("6.1.2-1") == ["/upload/linux/6.1.2-1/"]
    assert "Exports changed" not in page.text
    assert page.to("All new names") == ["/bookworm/names/"]
    assert page.to("As JSON") == ["/api/v1/names?line=bookworm&unchanged=true"]
    assert client.get("/api/v1/names?line=bookworm&unchanged=true").status_code == 200


def test_older_names_are_a_link_away_with_what_was_asked_for(client, record, monkeypatch) -> None:
    monkeypatch.setattr(names, "PAGE", 1)
    first = read(client.get("/bookworm/names/", {"unchanged": "x"}))
    assert first.to("Older names") == ["?before=bookworm%2Flinux%2F6.1.9-1"]
    second = read(client.get("/bookworm/names/?before=bookworm%2Flinux%2F6.1.3-1"))
    assert (second.to("6.1.2-1"), second.to("Older names"), second.to("Newest names")) == (
        ["/upload/linux/6.1.2-1/"],
        [],
        ["/bookworm/names/"],
    )
