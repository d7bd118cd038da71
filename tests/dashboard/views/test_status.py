# SPDX-License-Identifier: GPL-2.0-or-later
import datetime as dt

import pytest
from django.utils import timezone

from abidb import queries
from abidb.answers import QueueState, ReleaseAge, RunState, Status
from abidb.packageanswers import Building
from abidb.publication import contents
from dashboard.views import status
from tests.dashboard.answers import DAY, make_coverage, make_facts, make_ref, make_waiting
from tests.dashboard.conftest import fill_archive
from tests.dashboard.reading import read

IDLE = QueueState(paused=False, reason="", waiting=0, doing=0, failed=0, succeeded=0, workers=0)
MATRIX = "Builds by suite and architecture; the age is that of the suite’s newest verified Release file"
WAITING = "Why, and when it is tried again"


@pytest.fixture
def answers(monkeypatch):
    """What the queries answer on an installation where all is well; a test says what else there is."""

    def answer(**given: object) -> None:
        fine = {
            "run_state": None,
            "status": Status(10, 0, 4, 24_664, 7, DAY, 0),
            "queue_state": IDLE,
            "coverage": (),
            "release_ages": (),
            "attempts": (),
            "apart": (),
            "apart_facts": (),
            "building": Building((), None, 0, 0, 0),
        }
        for question, said in {**fine, **given}.items():
            monkeypatch.setattr(queries, question, lambda *_, said=said: said, raising=False)

    return answer


def age(suite: str, root: str = "http://127.0.0.1/debian", date: dt.datetime = DAY) -> ReleaseAge:
    return ReleaseAge(root, suite, date, date)


def test_only_reading_is_allowed(client) -> None:
    assert [client.post(address).status_code for address in ("/status/", "/status/sid/")] == [405, 405]


def test_an_installation_that_looked_at_no_archive_says_so(client, answers) -> None:
    answers()
    text = read(client.get("/status/")).text
    for said in (
        "10 builds with 4 different sets of exports",
        "0 jobs at work, 0 waiting; no worker runs.",
        "No archive has been looked at yet",
        "Listed, but could not be had or read None.",
        "None: every build of the record passed its checks.",
    ):
        assert said in text
    assert "Paused" not in text


def test_a_pause_is_told_with_its_reason(client, answers) -> None:
    answers(queue_state=QueueState(True, "the mirror is being moved", 310, 0, 0, 12, 2))
    text = read(client.get("/status/")).text
    assert "Paused. No job is begun until manage.py resume: the mirror is being moved." in text
    assert "0 jobs at work, 310 waiting; 2 workers. 12 done of late." in text


@pytest.mark.parametrize(
    ("attempts", "said"),
    [((), "the log of the workers says why"), ((make_waiting(),), "what could not be had says why")],
)
def test_failed_jobs_lead_to_their_reason(client, answers, attempts, said: str) -> None:
    answers(queue_state=QueueState(False, "", 0, 1, 2, 0, 1), attempts=attempts)
    text = read(client.get("/status/")).text
    assert "1 job at work, 0 waiting, 2 failed; 1 worker." in text
    assert said in text


def test_coverage_is_a_table_of_suites_and_architectures_with_their_age(client, answers) -> None:
    coverage = (
        make_coverage("sid", "amd64", offered=4, whole=2, partial=1, waiting=1),
        make_coverage("bookworm", "amd64", offered=1_200, whole=1_200),
        make_coverage("bookworm", "s390x", offered=3),
    )
    coverage += (make_coverage("", "amd64", offered=9, whole=9),)
    ages = (age("bookworm"), age("bookworm", "http://127.0.0.1/old", DAY - dt.timedelta(days=9)), age("buster"))
    answers(coverage=coverage, release_ages=ages)
    page = read(client.get("/status/"))
    header, sid, bookworm, none = page.tables[MATRIX]
    ago = bookworm[1].removeprefix("2026-11-01 ")
    assert [header, sid, bookworm, none] == [
        ["Suite", "Release file", "amd64", "s390x"],
        ["sid", "unknown", "2 of 4 1 partial 1 missing", "–"],
        ["bookworm", f"2026-11-01 {ago}", "1,200", "0 of 3 3 to come"],
        ["in no suite any more", "unknown", "9", "–"],
    ]
    assert ago.endswith("ago")
    assert page.to("bookworm") == ["/status/bookworm/"]
    assert "Asked too, and without kernels of their own: buster 2026-11-01" in page.text


def test_what_could_not_be_had_has_its_reason_tries_and_next_try(client, answers) -> None:
    later = timezone.now() + dt.timedelta(days=4, hours=1)
    answers(attempts=(make_waiting(7, reason="its SHA-256 is another", next_try=later), make_waiting(8)))
    page = read(client.get("/status/"))
    _, *rows = page.tables[WAITING]
    assert rows == [
        [
            "6.1.0-7-amd64=6.1.7-1:amd64",
            "its SHA-256 is another",
            "3",
            "2026-11-01",
            f"{later:%Y-%m-%d} in 4 days",
        ],
        ["6.1.0-8-amd64=6.1.8-1:amd64", "404 Not Found", "3", "2026-11-01", "2026-11-05 due"],
    ]
    assert "1 to 2 of 2 builds, source packages counted with them. Each is tried again" in page.text


def test_of_much_that_could_not_be_had_a_page_is_shown(client, answers, monkeypatch) -> None:
    monkeypatch.setattr(status, "PAGE", 2)
    answers(attempts=tuple(make_waiting(n) for n in range(5)))
    page = read(client.get("/status/?offset=2"))
    assert [row[0] for row in page.tables[WAITING][1:]] == [
        "6.1.0-2-amd64=6.1.2-1:amd64",
        "6.1.0-3-amd64=6.1.3-1:amd64",
    ]
    assert "3 to 4 of 5 builds" in page.text
    assert [page.to("Previous page"), page.to("Next page")] == [["?offset=0#waiting"], ["?offset=4#waiting"]]
    assert WAITING not in read(client.get("/status/?offset=99")).tables


def test_builds_set_apart_stand_with_the_symbols_that_differ(client, answers, monkeypatch) -> None:
    monkeypatch.setattr(status, "APART", 2)
    monkeypatch.setattr(status, "SYMBOLS", 1)
    refs = {n: make_ref(n, status="apart") for n in (1, 2, 3)}
    facts = {
        1: make_facts(refs[1], mismatches=("alpha", "beta")),
        2: make_facts(refs[2], symvers_lines=6, symvers_differing=("gamma",)),
    }
    answers(apart=tuple(refs.values()))
    monkeypatch.setattr(queries, "apart_facts", lambda most: tuple(facts.values())[:most])
    page = read(client.get("/status/"))
    assert "3 builds failed a check and feed no chart; the first 2 of them." in page.text
    assert "2 symbols exported with another CRC than the build's own modules import: alpha and 1 more" in page.text
    assert "1 symbol not as the headers' Module.symvers has them: gamma" in page.text
    assert page.to("6.1.0-2-amd64") == ["/build/6.1.0-2-amd64=6.1.2-1:amd64/"]


def test_what_the_last_run_met_is_told(client, answers) -> None:
    problems = (("http://127.0.0.1/debian sid", "its Release is older than one seen before"),)
    answers(run_state=RunState(DAY, DAY, DAY, 2, 2, 0, "", problems))
    text = read(client.get("/status/")).text
    assert "What the last run met Ingested 2 of 2." in text
    assert "http://127.0.0.1/debian sid: its Release is older than one seen before" in text


def test_a_run_at_work_is_told_and_the_page_refreshes_itself(client, answers) -> None:
    now = timezone.now()
    answers(run_state=RunState(now, now, None, 23, 7, 0, "6.1.0-56-cloud-amd64", ()))
    response = client.get("/status/")
    assert "Reading kernels Ingested 7 of 23, now 6.1.0-56-cloud-amd64." in read(response).text
    assert b'<meta http-equiv="refresh" content="5">' in response.content


def test_a_run_that_met_nothing_is_not_told(client, answers) -> None:
    answers(run_state=RunState(DAY, DAY, DAY, 2, 2, 0, "", ()))
    assert "The last run" not in read(client.get("/status/")).text


def test_the_same_is_there_for_programs(client, answers) -> None:
    answers(coverage=(make_coverage(offered=1),), release_ages=(age("sid"),), attempts=(make_waiting(),))
    found = client.get("/status/?format=json").json()
    assert found == {
        "record": {
            **{"builds": 10, "apart": 0, "export_sets": 4, "symbols": 24664, "generation": 7, "absent": 0},
            "at": "2026-11-01T00:00:00+00:00",
        },
        "queue": {
            **{"paused": False, "reason": "", "waiting": 0, "doing": 0, "failed": 0, "succeeded": 0, "workers": 0}
        },
        "coverage": [
            {
                **{"suite": "bookworm", "arch": "amd64", "offered": 1, "whole": 0, "partial": 0, "apart": 0},
                **{"waiting": 0, "exports": 0, "sets": 0},
            }
        ],
        "releases": [
            {
                **{"root": "http://127.0.0.1/debian", "suite": "sid"},
                **dict.fromkeys(("date", "asked"), "2026-11-01T00:00:00+00:00"),
            }
        ],
        "waiting": [
            {
                **{"name": "6.1.0-1-amd64=6.1.1-1:amd64", "reason": "404 Not Found", "tries": 3},
                **{"at": "2026-11-01T00:00:00+00:00", "next_try": "2026-11-05T00:00:00+00:00"},
            }
        ],
        "apart": [],
        "packages": {"outcomes": {}, "last": None, "waiting": 0, "doing": 0, "failed": 0},
        "published": None,
    }


def test_what_became_of_module_packages_is_told(client, answers) -> None:
    answers()
    assert "No package has been built against a kernel yet." in read(client.get("/status/")).text
    answers(building=Building((("built", 1_200), ("does not compile", 3)), DAY, 24, 2, 1))
    text = read(client.get("/status/")).text
    assert "1,203 attempts at building packages of modules against kernels, the last 2026-11-01" in text
    assert "built 1,200 does not compile 3" in text
    assert "2 jobs at work on them, 24 waiting, 1 failed." in text
    found = client.get("/status/?format=json").json()["packages"]
    assert found == {
        **{"outcomes": {"built": 1200, "does not compile": 3}, "last": "2026-11-01T00:00:00+00:00"},
        **{"waiting": 24, "doing": 2, "failed": 1},
    }


@pytest.mark.parametrize(
    ("generation", "said"), [(7, "the record has not changed since"), (6, "the record has changed since")]
)
def test_the_age_of_published_tables_is_told(client, answers, settings, tmp_path, generation: int, said: str) -> None:
    settings.ABIDB_PUBLISHED = tmp_path
    answers()
    assert "None have been written yet." in read(client.get("/status/")).text
    (tmp_path / "current").mkdir()
    (tmp_path / "current" / "contents.json").write_text(contents(generation, DAY, []))
    assert said in read(client.get("/status/")).text
    assert client.get("/status/?format=json").json()["published"] == {
        "generation": generation,
        "made": "2026-11-01T00:00:00+00:00",
    }
    (tmp_path / "current" / "contents.json").write_text("{")
    assert "None have been written yet." in read(client.get("/status/")).text


def test_a_suite_that_is_not_known_is_404_with_those_that_are(client, answers) -> None:
    answers(coverage=(make_coverage("sid"), make_coverage("sid", "arm64")))
    response = client.get("/status/bookworm/")
    assert (response.status_code, read(response).to("sid")) == (404, ["/status/sid/"])


@pytest.mark.parametrize("ages", [(), (age("sid"),)])
def test_a_suite_has_its_exports_and_sets_by_architecture(client, answers, ages) -> None:
    full = make_coverage("sid", offered=30, whole=28, partial=1, waiting=1, exports=700_000, sets=9)
    answers(coverage=(full, make_coverage("bookworm"), make_coverage("sid", "arm64", offered=2)), release_ages=ages)
    page = read(client.get("/status/sid/"))
    (table,) = page.tables.values()
    assert table[1:] == [
        ["amd64", "30", "28", "1", "0", "1", "700,000", "9"],
        ["arm64", "2", "0", "0", "0", "0", "0", "0"],
    ]
    assert ("By its Release file of 2026-11-01" in page.text) == bool(ages)


@pytest.mark.django_db
def test_the_record_s_own_state_is_shown(client, record) -> None:
    fill_archive()
    page = read(client.get("/status/"))
    assert [row[0] for row in page.tables[MATRIX]] == ["Suite", "bookworm-security"]
    assert page.tables[MATRIX][1][2:] == [
        "3 of 6 1 missing 2 to come",
        "0 of 6 1 missing 5 to come",
        "0 of 6 2 missing 4 to come",
    ]
    assert len(page.tables[WAITING]) == 5
    for said in ("Paused. No job is begun", "Asked too, and without kernels of their own: sid", "6.1.0-9-amd64 apart"):
        assert said in page.text
    assert client.get("/status/?format=json").json()["apart"][0]["name"] == "6.1.0-9-amd64=6.1.9-1:amd64"
