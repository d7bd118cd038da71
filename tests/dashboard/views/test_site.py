# SPDX-License-Identifier: GPL-2.0-or-later
import dataclasses
import datetime as dt

import pytest
from django.db import connection
from django.utils import timezone

from abidb import queries, store
from abidb.answers import RunState
from dashboard.views.site import is_running
from tests.builders.records import make_kernel
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


def test_only_reading_is_allowed(client) -> None:
    assert [client.post(address).status_code for address in ("/", "/search/", "/diff/", "/healthz", "/bookworm/")] == [
        405
    ] * 5


def test_home_shows_a_card_for_each_release_line_that_is_supported(client, record) -> None:
    page = read(client.get("/"))
    lanes = [address for _, address in page.links if address.endswith("/amd64/amd64/")]
    assert lanes == ["/trixie-backports/amd64/amd64/", "/bookworm/amd64/amd64/"]
    assert page.to(
        "New ABI name, 1 of 5 CRCs changed (20 %), 1 export removed, 1 export became GPL-only, "
        "1 namespace added or changed, 1 export moved to another module, 1 export added"
    ) == ["/diff/6.1.0-2-amd64=6.1.2-1:amd64/6.1.0-3-amd64=6.1.3-1:amd64/"]
    assert "3 uploads; archive as of 2026-11-01" in page.text


def test_ended_releases_have_a_page_of_their_own(client, record) -> None:
    assert read(client.get("/")).to("Releases that have ended") == ["/?ended=1"]
    ended = read(client.get("/?ended=1"))
    assert ended.to("bullseye amd64") == ["/bullseye/amd64/amd64/"]
    assert not ended.to("bookworm amd64")


def test_home_draws_churn_on_the_server_and_loads_no_script(client, record) -> None:
    content = client.get("/").content.decode()
    assert "The last 2 steps: 1 without change, the largest 6 changes in 6.1.3-1." in content
    assert "<script" not in content


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


def test_health_is_that_of_the_database(client, monkeypatch) -> None:
    assert client.get("/healthz").content == b"ok\n"
    monkeypatch.setattr(connection, "is_usable", lambda: False)
    assert client.get("/healthz").status_code == 503


def test_robots_are_kept_from_pairs_searches_logs_and_filters(client) -> None:
    assert client.get("/robots.txt").content.decode().splitlines() == [
        *("User-agent: *", "Disallow: /diff/", "Disallow: /search/"),
        *("Disallow: /package/*/log/", "Disallow: /package/*?", "Disallow: /in-use/*?"),
    ]


def test_home_leads_to_updates_that_stop_packages_and_to_their_feed(client, record) -> None:
    response = client.get("/")
    assert read(response).to("Kernel updates that stop packages from compiling") == ["/breaks/"]
    assert 'type="application/atom+xml" title="Updates that stop packages from compiling" href="/breaks/feed.atom"' in (
        response.content.decode()
    )


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


def test_a_card_counts_all_uploads_of_its_lane(client, record, monkeypatch) -> None:
    """Home is given the newest steps alone."""
    found = queries.lane("bookworm", "amd64", "amd64")
    monkeypatch.setattr(queries, "lanes", lambda **_: (dataclasses.replace(found, older=247),))
    assert "250 uploads; archive as of" in read(client.get("/")).text


def test_home_leads_to_the_state_of_the_record(client, record) -> None:
    page = read(client.get("/"))
    assert page.to("What the record has of the archive, and what its workers do") == ["/status/"]
    assert page.to("1") == ["/status/#apart"]
