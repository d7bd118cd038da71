# SPDX-License-Identifier: GPL-2.0-or-later
import dataclasses
import datetime as dt

import pytest
from django.db import connection
from django.utils import timezone

from abidb import queries, store
from abidb.answers import RunState
from dashboard.views.home import is_running
from tests.builders.records import make_kernel
from tests.dashboard.conftest import FIRST
from tests.dashboard.reading import read

pytestmark = pytest.mark.django_db
REFRESH = '<meta http-equiv="refresh" content="5">'


@pytest.fixture
def run(db):
    """A sync that has begun; it is closed at the end, since only one may run on a record."""
    begun = store.start_run()
    yield begun
    store.finish_run(begun)


def test_an_empty_record_is_explained(client) -> None:
    page = read(client.get("/"))
    assert "The record is empty" in page.text
    assert "make run reads the newest kernels" in page.text


def test_home_shows_a_card_for_each_release_line_that_is_supported(client, record) -> None:
    page = read(client.get("/"))
    lanes = [address for _, address in page.links if address.endswith("/amd64/amd64/")]
    assert list(dict.fromkeys(lanes)) == ["/trixie-backports/amd64/amd64/", "/bookworm/amd64/amd64/"]
    assert page.to("1 of 5 exports changed (20 %), 1 removed, 1 made GPL-only, 1 put into a namespace, 1 added") == [
        "/diff/6.1.0-2-amd64=6.1.2-1:amd64/6.1.0-3-amd64=6.1.3-1:amd64/"
    ]
    assert "3 uploads, archive as of 2026-11-01" in page.text


def test_ended_releases_have_a_page_of_their_own(client, record) -> None:
    assert read(client.get("/")).to("Releases that have ended") == ["/?ended=1"]
    ended = read(client.get("/?ended=1"))
    assert ended.to("bullseye amd64") == ["/bullseye/amd64/amd64/"]
    assert not ended.to("bookworm amd64")


def test_home_draws_churn_on_the_server_and_loads_no_script(client, record) -> None:
    content = client.get("/").content.decode()
    assert "The last 2 steps: 1 without change, the largest 6 changes in 6.1.3-1." in content
    assert content.count("<script") == 1  # of the search box


def test_a_record_of_local_builds_alone_says_so(client) -> None:
    store.save(make_kernel(suite=None))
    assert "The record holds 1 build, none of them in a lane" in read(client.get("/")).text


def test_a_run_at_work_is_told_and_the_page_refreshes_itself(client, run) -> None:
    store.step_run(run, total=23, done=7, failed=1, current="6.1.0-56-cloud-amd64")
    store.add_problem(run, "6.1.0-52-cloud-amd64", "listed, but no longer to be had")
    response = client.get("/")
    assert "Ingested 7 of 23, now 6.1.0-56-cloud-amd64, 1 failed." in read(response).text
    assert "6.1.0-52-cloud-amd64: listed, but no longer to be had" in read(response).text
    assert REFRESH in response.content.decode()


def test_an_empty_record_says_what_went_wrong(client, run) -> None:
    """An archive that cannot be reached leaves a run with nothing to do and nothing failed."""
    store.add_problem(run, "http://127.0.0.1/debian bookworm", "no key of the keyring has signed it")
    store.add_problem(run, "sync", "http://127.0.0.1/debian cannot be reached")
    store.finish_run(run)
    response = client.get("/")
    page = read(response)
    told = page.text.index("The last run read no kernel"), page.text.index("The record is empty")
    assert told == tuple(sorted(told))
    assert "http://127.0.0.1/debian bookworm: no key of the keyring has signed it" in page.text
    assert "sync: http://127.0.0.1/debian cannot be reached" in page.text
    assert "No kernel has been read yet: what went wrong is said above." in page.text
    assert ("0 of 0" in page.text, REFRESH in response.content.decode()) == (False, False)


def test_a_refused_index_is_told_where_the_other_kernels_were_read(client, record, run) -> None:
    store.step_run(run, total=2, done=2, failed=0, current="")
    store.add_problem(run, "http://127.0.0.1/debian sid", "its Release is older than one seen before")
    store.finish_run(run)
    text = read(client.get("/")).text
    assert "What the last run met Ingested 2 of 2." in text
    assert "http://127.0.0.1/debian sid: its Release is older than one seen before" in text


def test_a_run_without_a_problem_is_not_told(client, record) -> None:
    store.finish_run(store.start_run())
    assert "The last run" not in read(client.get("/")).text


def test_a_run_that_was_killed_is_called_interrupted_and_not_waited_for(client, run) -> None:
    store.step_run(run, total=23, done=7, failed=0, current="6.1.0-56-cloud-amd64")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE run SET updated = now() - interval '11 minutes'")
    response = client.get("/")
    text = read(response).text
    assert "The last run was interrupted Ingested 7 of 23. Its last word, 11 minutes ago: 6.1.0-56-cloud-amd64." in text
    assert REFRESH not in response.content.decode()


@pytest.mark.parametrize(
    ("age", "said"),
    [
        ("1 minute", "Reading kernels Reading the archive's indexes. This page shows the progress every 5 seconds."),
        ("1 hour", "The last run was interrupted Its last word, 1 hour ago: reading the archive's indexes."),
    ],
)
def test_a_run_that_has_chosen_no_build_yet_says_what_it_does(client, run, age: str, said: str) -> None:
    store.step_run(run, total=0, done=0, failed=0, current="reading the archive's indexes")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE run SET updated = now() - %s::interval", [age])
    assert said in read(client.get("/")).text


def test_a_finished_run_does_not_refresh_the_page(client, record) -> None:
    store.finish_run(store.start_run())
    assert REFRESH not in client.get("/").content.decode()


@pytest.mark.parametrize(("finished", "silent", "running"), [(True, 0, False), (False, 700, False), (False, 500, True)])
def test_a_run_that_fell_silent_is_not_at_work(finished: bool, silent: int, running: bool) -> None:
    now = timezone.now()
    updated = now - dt.timedelta(seconds=silent)
    run = RunState(updated, updated, updated if finished else None, 4, 1, 0, "", ())
    assert is_running(run, now) is running
    assert is_running(None, now) is False


def test_home_leads_to_updates_that_stop_packages_and_to_their_feed(client, record) -> None:
    response = client.get("/")
    assert read(response).to("Kernel updates that stop packages from compiling") == ["/breaks/"]
    assert 'type="application/atom+xml" title="Updates that stop packages from compiling" href="/breaks/feed.atom"' in (
        response.content.decode()
    )


def test_a_card_counts_all_uploads_of_its_lane(client, record, monkeypatch) -> None:
    """Home is given the newest steps alone."""
    found = queries.overview(arch="amd64", flavour="amd64")
    (news,) = (each for each in found.news if each.lane.name.line == "bookworm")
    news = dataclasses.replace(news, lane=dataclasses.replace(news.lane, older=247))
    monkeypatch.setattr(queries, "overview", lambda **_: dataclasses.replace(found, news=(news,)))
    assert "250 uploads, archive as of" in read(client.get("/")).text


def test_home_leads_to_the_state_of_the_record(client, record) -> None:
    page = read(client.get("/"))
    assert page.to("What the record has of the archive, and what its workers do") == ["/status/"]
    assert page.to("1") == ["/status/#apart"]


@pytest.fixture
def arm64(record):
    """bookworm on arm64 too, in two flavours."""
    for release in ("6.1.0-3-arm64", "6.1.0-3-cloud-arm64"):
        store.save(make_kernel(release, "6.1.3-1", arch="arm64", exports=FIRST))


@pytest.mark.parametrize(
    ("asked", "offered"),
    [
        ("arch=arm46", ("arm64", "/?arch=arm64")),
        ("arch=amd64&flavour=clod", ("amd64/cloud-amd64", "/?arch=amd64&flavour=cloud-amd64")),
        ("flavour=cloud-arm46", ("arm64/cloud-arm64", "/?arch=arm64&flavour=cloud-arm64")),
        ("ended=1&arch=arm64", ("amd64", "/?ended=1&arch=amd64")),
        (f"arch={'x' * 10_000}", ("amd64", "/?arch=amd64")),
    ],
)
def test_an_unknown_architecture_or_flavour_is_404_with_those_there_are(client, arm64, asked: str, offered) -> None:
    response = client.get(f"/?{asked}")
    assert (response.status_code, offered in read(response).links) == (404, True)


@pytest.mark.parametrize(
    ("asked", "lanes"),
    [
        ("arch=arm64", ["/bookworm/arm64/arm64/"]),
        ("flavour=cloud-arm64", ["/bookworm/arm64/cloud-arm64/"]),
        ("arch=amd64&flavour=cloud-amd64", ["/bookworm/amd64/cloud-amd64/"]),
    ],
)
def test_another_architecture_or_flavour_is_asked_for_in_the_address(client, arm64, asked: str, lanes) -> None:
    page = read(client.get(f"/?{asked}"))
    assert [there for said, there in page.links if there.count("/") == 4 and said.startswith("bookworm ")] == lanes
    assert "No such kernel is in a lane of trixie-backports." in page.text


def test_home_offers_the_other_architectures_and_flavours(client, arm64) -> None:
    page = read(client.get("/?arch=arm64"))
    switches = [(said, there) for said, there in page.links if there.startswith("/?arch=")]
    assert switches == [
        ("amd64", "/?arch=amd64"),
        ("arm64", "/?arch=arm64"),
        ("arm64", "/?arch=arm64&flavour=arm64"),
        ("cloud-arm64", "/?arch=arm64&flavour=cloud-arm64"),
    ]


def test_the_verdicts_are_explained(client, record) -> None:
    text = read(client.get("/")).text
    assert "Identical Nothing that a module could notice changed: modules of the previous build still load." in text
