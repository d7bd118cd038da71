# SPDX-License-Identifier: GPL-2.0-or-later
import csv
import io
from xml.etree import ElementTree

import pytest

from abidb import words
from dashboard.charts import SERIES
from tests.dashboard.conftest import RUST

pytestmark = pytest.mark.django_db
CSS = {css for css, *_ in SERIES}
SVG = "{http://www.w3.org/2000/svg}"


def rows(response) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(response.content.decode())))


@pytest.mark.parametrize("file", ["churn.csv", "churn.svg", "churn-figure.json", "symbols.csv"])
def test_files_of_a_lane_that_is_not_there_are_404(client, record, file: str) -> None:
    assert client.get(f"/bookworm/amd64/rt-amd64/{file}").status_code == 404


def test_the_churn_of_a_lane_is_a_table_whose_unmeasured_cells_are_empty(client, record) -> None:
    response = client.get("/bookworm/amd64/amd64/churn.csv")
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    first, second, third = rows(response)
    assert (first["version"], first["compared_with"], first["removed"], first["outcome"]) == ("6.1.1-1", "", "", "")
    assert (second["new_abi_name"], second["outcome"], second["came_as"]) == ("yes", "same", "point")
    assert [third[kind] for kind in ("removed", "crc_changed", "gpl_tightened", "namespace_changed", "added")] == [
        "1"
    ] * 5
    assert third["diff"] == "http://testserver/diff/6.1.0-2-amd64=6.1.2-1:amd64/6.1.0-3-amd64=6.1.3-1:amd64/"
    newest = rows(client.get("/trixie-backports/amd64/amd64/churn.csv"))[-1]
    assert (newest["scope"], newest["crc_changed"]) == ("vmlinux", "")


@pytest.mark.parametrize("query", ["", "?scale=linear"])
def test_the_churn_of_a_lane_is_a_picture_that_stands_alone(client, record, query: str) -> None:
    response = client.get(f"/bookworm/amd64/amd64/churn.svg{query}")
    picture = ElementTree.fromstring(response.content)
    assert (response["Content-Type"], picture.tag) == ("image/svg+xml", f"{SVG}svg")
    assert len([bar for bar in picture.iter(f"{SVG}path") if bar.get("class") in CSS]) == 5
    assert [link.get("href") for link in picture.iter(f"{SVG}a")][-1].startswith("http://testserver/diff/6.1.0-2-amd64")
    assert list(picture.itertext()).count("What each upload of bookworm changed for modules (amd64, amd64)") == 2
    assert words.CRC_OVERSTATES in picture.itertext()
    assert "style" not in response.content.decode()


def test_the_symbols_of_a_lane_are_a_table_of_how_often_each_broke(client, record) -> None:
    found = {row["symbol"]: row["steps_broken"] for row in rows(client.get("/bookworm/amd64/amd64/symbols.csv"))}
    assert found == {"alpha": "1", "delta": "1", "epsilon": "1", "gamma": "1", "beta": "0", RUST: "0"}


@pytest.mark.parametrize(("query", "axis"), [("", "log"), ("?scale=linear", None)])
def test_the_figure_of_a_lane_leads_from_each_bar_to_what_changed(client, record, query: str, axis: str | None) -> None:
    found = client.get(f"/bookworm/amd64/amd64/churn-figure.json{query}").json()
    assert found["figure"]["layout"]["yaxis"].get("type") == axis
    assert found["links"] == {
        "6.1.2-1": "/diff/6.1.0-1-amd64=6.1.1-1:amd64/6.1.0-2-amd64=6.1.2-1:amd64/",
        "6.1.3-1": "/diff/6.1.0-2-amd64=6.1.2-1:amd64/6.1.0-3-amd64=6.1.3-1:amd64/",
    }
    assert found["said"]["6.1.2-1"] == "6.1.2-1 (2026-11-01, point release): no export changed"
    assert (found["name"], found["title"]) == (
        "churn-bookworm-amd64-amd64",
        "What each upload of bookworm changed for modules (amd64, amd64)",
    )
