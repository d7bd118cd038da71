# SPDX-License-Identifier: GPL-2.0-or-later
"""What all tests share: one PostgreSQL server for a run, and when a test may be skipped."""

import os
import shutil
from collections import Counter
from ctypes.util import find_library
from functools import cache
from importlib import import_module
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests
from django.conf import settings
from django.db import connection
from psycopg import sql

from abidb import postgres
from ingest import configured


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix):
    """The server of this run. Its data need not outlast it, so it does not wait for the disk."""
    server = postgres.ensure_running(**settings.ABIDB_EMBEDDED)
    with postgres.connect(server, postgres.SUPERUSER, "postgres") as admin:
        admin.execute("SELECT pg_advisory_lock(1)")  # workers come at the same time
        admin.execute("ALTER ROLE abidb CREATEDB")
        admin.execute("ALTER SYSTEM SET fsync = off")
        admin.execute("SELECT pg_reload_conf()")


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    """The test database; at the end nobody is left in it, as a process that a test ended may be for a moment."""
    yield
    with django_db_blocker.unblock():
        name = connection.settings_dict["NAME"]
        connection.close()
    server = postgres.status(settings.ABIDB_DATA)
    with postgres.connect(server, postgres.SUPERUSER, "postgres") as admin:
        admin.execute(sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS false").format(sql.Identifier(name)))
        admin.execute("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = %s", [name])


@pytest.fixture
def web_db(transactional_db):
    """A connection to the test database as the site has it: with the role that may only read."""
    server = postgres.status(settings.ABIDB_DATA)
    with postgres.connect(server, postgres.READER, connection.settings_dict["NAME"]) as reader:
        yield reader


@pytest.fixture(autouse=True)
def empty_queue(request):
    """Django empties the tables of its own models after a test that commits; the queue's are procrastinate's."""
    mark = request.node.get_closest_marker("django_db")
    commits = (mark and mark.kwargs.get("transaction")) or "transactional_db" in request.fixturenames
    if commits:
        request.getfixturevalue("transactional_db")
    yield
    if commits:
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM procrastinate_jobs")
            cursor.execute("DELETE FROM procrastinate_workers")


@pytest.fixture(autouse=True)
def nothing_kept():
    """What a process keeps goes by numbers of rows and generations, which a test that is rolled back gives back."""
    for keeper in (
        "stock",
        "configs",
        "kernels",
        "lanehits",
        "hosts",
        "wholerecord",
        "modulepoints",
        "remembered",
    ):  # functions of the same names hide the modules
        import_module(f"abidb.queries.{keeper}").forget()


def pytest_unconfigure(config):
    if not hasattr(config, "workerinput") and "ABIDB_TEST_DATA" in os.environ:
        data = Path(os.environ.pop("ABIDB_TEST_DATA"))
        postgres.stop(data)
        shutil.rmtree(data, ignore_errors=True)


def pytest_runtest_setup(item):
    tools = [name for mark in item.iter_markers("tool") for name in mark.args]
    browser = ["chromium"] if item.get_closest_marker("browser") else []
    missing = [tool for tool in tools + browser if not shutil.which(tool)]
    if browser and not find_library("atomic"):
        missing.append("libatomic1")  # playwright's driver is linked with it
    if missing:
        pytest.skip(f"{' and '.join(missing)} missing: `make system-tools` installs what the tests use")
    if item.get_closest_marker("archive") and not archive_answers():
        pytest.skip("no archive answers: archive tests need a mirror, see ABIDB_MIRROR")


@cache
def archive_answers():
    """Whether any configured archive can be reached; what it answers does not matter here."""
    return any(answers(root.address) for root in configured.roots())


def answers(address):
    parts = urlsplit(address)
    if parts.scheme == "file":
        return Path(parts.path).exists()
    try:
        requests.head(f"{address}/dists/", timeout=20)
    except requests.RequestException:
        return False
    return True


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport(item, call):
    return refuse_skip((yield))


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_make_collect_report(collector):
    return refuse_skip((yield))


def pytest_terminal_summary(terminalreporter):
    """Each reason to skip once, with the number of tests: it says what to install."""
    reasons = Counter(report.longrepr[2].removeprefix("Skipped: ") for report in terminalreporter.getreports("skipped"))
    for reason, tests in reasons.most_common():
        terminalreporter.line(f"{tests} skipped: {reason}")


def refuse_skip(report):
    """Where CI is set, what is skipped has failed."""
    if settings.CI and report.skipped and not hasattr(report, "wasxfail"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        report.outcome = "failed"
        report.longrepr = f"{report.nodeid}: nothing may be skipped in CI: {reason}"
    return report
