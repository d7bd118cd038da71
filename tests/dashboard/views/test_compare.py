# SPDX-License-Identifier: GPL-2.0-or-later
import dataclasses

import pytest

from abidb import queries
from abidb.errors import UnknownName
from dashboard.views import compare
from tests.dashboard.answers import make_ref
from tests.dashboard.reading import read

pytestmark = pytest.mark.django_db
OLD, NEW = "6.1.0-2-amd64=6.1.2-1:amd64", "6.1.0-3-amd64=6.1.3-1:amd64"
RC1, RC2 = "7.3+deb13-amd64=7.3~rc1-1~bpo13+1:amd64", "7.3+deb13-amd64=7.3~rc2-1~bpo13+1:amd64"
HOSTILE = ["\u2028", "9" * 400, "-1", "☃" * 500, "../../etc", "a/b/c/d", "%", "'; DROP TABLE build", "a" * 10_000]


@pytest.mark.parametrize(
    ("old", "new", "status", "said"),
    [
        ("6.1.0-8-amd64", "", 404, "Old build: no build 6.1.0-8-amd64 in the record. Did you mean:"),
        ("7.3+deb13-amd64", "6.1.0-3-amd64", 300, "Old build: 2 builds are named 7.3+deb13-amd64. They are:"),
        ("6.1.0-3-amd64", "nothing here", 404, "New build: 'nothing here' is not a build"),
        ("7.3+deb13-amd64", "zzz", 404, "New build: no build zzz in the record."),
    ],
)
def test_what_names_no_build_or_several_is_asked_again(client, record, old, new, status, said) -> None:
    response = client.get("/diff/", {"old": old, "new": new})
    assert response.status_code == status
    assert said in read(response).text
    assert f'value="{old}"' in response.content.decode()


def test_a_source_version_offers_the_builds_of_that_upload(client, record) -> None:
    page = read(client.get("/diff/?old=6.1.2-1"))
    assert page.to(OLD) == ["/diff/?old=6.1.0-2-amd64%3D6.1.2-1%3Aamd64&new="]


def test_candidates_lead_on_with_the_other_side_kept(client, record) -> None:
    page = read(client.get("/diff/?old=7.3%2Bdeb13-amd64&new=6.1.0-3-amd64"))
    there = "/diff/?old=7.3%2Bdeb13-amd64%3D7.3~rc1-1~bpo13%2B1%3Aamd64&new=6.1.0-3-amd64"
    assert page.to(RC1) == [there]
    assert client.get(there)["Location"] == f"/diff/{RC1}/{NEW}/"


@pytest.mark.parametrize("field", ["old", "new", "lane"])
def test_whatever_is_asked_for_is_refused_and_nothing_breaks(client, record, field) -> None:
    assert {client.get("/diff/", {field: value}).status_code for value in HOSTILE} <= {300, 404, 200}


def test_a_lane_that_is_not_there_is_refused_with_others(client, record) -> None:
    response = client.get("/diff/?lane=bookworm/amd64/rt-amd64")
    assert response.status_code == 404
    assert "/diff/?lane=bookworm%2Famd64%2Fcloud-amd64" in [there for _, there in read(response).links]


def test_names_that_make_no_address_are_refused(monkeypatch) -> None:
    ref = dataclasses.replace(make_ref(1), version="..", kernel_release="a/..")
    with pytest.raises(UnknownName, match=r"the names of a/\.\. and a/\.\. make no address"):
        compare.diff_address(ref, ref, {"old": "..", "new": ".."})


def test_two_builds_lead_to_their_diff(client, record) -> None:
    assert "Compare any two builds" in read(client.get("/diff/")).text
    response = client.get("/diff/", {"old": " 6.1.0-2-amd64", "new": "6.1.0-3-amd64"})
    assert response["Location"] == f"/diff/{OLD}/{NEW}/"


def test_newest_builds_are_suggested(client, record) -> None:
    assert f'<option value="{NEW}">bookworm amd64</option>' in client.get("/diff/").content.decode()


def test_one_build_is_offered_its_neighbours_and_the_rest_of_its_upload(client, record) -> None:
    page = read(client.get("/diff/?old=6.1.0-3-amd64"))
    assert "Compare 6.1.0-3-amd64 with" in page.text
    assert page.to("6.1.0-2-amd64") == [f"/diff/{OLD}/{NEW}/"]
    assert page.to("6.1.0-3-cloud-amd64") == [f"/diff/{NEW}/6.1.0-3-cloud-amd64=6.1.3-1:amd64/"]
    page = read(client.get("/diff/?new=6.1.0-2-amd64"))
    assert page.to("6.1.0-3-amd64") == [f"/diff/{OLD}/{NEW}/"]


def test_a_build_without_neighbours_says_so(client, record) -> None:
    assert "It is alone in its lane." in read(client.get("/diff/?old=5.10.0-1-amd64")).text


def test_a_lane_s_uploads_can_be_chosen_from(client, record) -> None:
    response = client.get("/diff/?lane=bookworm/amd64/amd64")
    page = read(response)
    assert [row[2] for row in page.tables["Newest first"][1:]] == ["6.1.0-3-amd64", "6.1.0-2-amd64", "6.1.0-1-amd64"]
    text = response.content.decode()
    assert f'name="old" value="{OLD}" aria-label="Old: 6.1.0-2-amd64 6.1.2-1" checked' in text
    assert f'name="new" value="{NEW}" aria-label="New: 6.1.0-3-amd64 6.1.3-1" checked' in text
    assert '<option value="bookworm/amd64/amd64" selected>' in text


def test_of_a_long_lane_the_newest_uploads_are_listed(client, record, monkeypatch) -> None:
    monkeypatch.setattr(compare, "UPLOADS", 2)
    assert len(read(client.get("/diff/?lane=bookworm/amd64/amd64")).tables["Newest first, the first 2 of 3"]) == 3


def test_of_an_upload_of_many_builds_the_first_are_listed(client, record, monkeypatch) -> None:
    monkeypatch.setattr(compare, "BESIDE", 1)
    refs = tuple(make_ref(n, version="6.1.3-1") for n in range(7, 10))
    monkeypatch.setattr(queries, "find_builds", lambda **_: refs)
    assert "and 2 more" in read(client.get("/diff/?old=6.1.0-3-amd64")).text
