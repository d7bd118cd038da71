# SPDX-License-Identifier: GPL-2.0-or-later
import datetime as dt
import email.utils
from dataclasses import replace

import pytest

from abidb.records import ReleaseRow
from ingest.archive.newest import newest_release
from ingest.archive.problem import Problem
from ingest.archive.release import fetch_release, kept_release
from ingest.archive.roots import Root
from tests.builders.archive import DATE, Fault, write_suite

NOW = DATE + dt.timedelta(days=2)


@pytest.fixture
def root(server, key):
    return Root(server.address, (key.public,))


@pytest.fixture
def kept(root, folder, key, client):
    """What was kept of suite trixie two days ago."""
    write_suite(folder, key)
    found = fetch_release(root, "trixie", client)
    return ReleaseRow(root.name, "trixie", found.sha256, found.date, DATE, found.content)


@pytest.fixture
def newest(root, client):
    def asked(kept=None, ended=False, now=NOW):
        return newest_release(root, "trixie", kept, ended, client=client, now=now)

    return asked


def refused(root, message):
    return (Problem(root.name, "trixie", "", message, refused=True),)


def test_suite_that_is_not_there_is_none_and_no_problem(newest):
    assert newest() == (None, ())


def test_suite_that_has_not_been_there_for_three_months_is_none_and_no_problem(newest, folder, kept):
    (folder / "dists/trixie/InRelease").unlink()
    assert newest(kept, now=DATE + dt.timedelta(days=91)) == (None, ())


@pytest.mark.parametrize("ended", [False, True])
def test_kept_release_stands_in_for_one_that_is_not_there(newest, root, folder, kept, ended):
    (folder / "dists/trixie/InRelease").unlink()
    message = f"{root.name}/dists/trixie/Release is not there (HTTP 404); the one of 2026-11-21 09:15 stands in"
    expected = kept_release(root, kept), refused(root, message)
    assert newest(kept, ended=ended, now=DATE + dt.timedelta(days=90)) == expected


def test_suite_that_does_not_verify_is_refused(newest, root, folder, stranger):
    write_suite(folder, stranger)
    found, (problem,) = newest()
    assert (found, problem.refused, "signed by no key" in problem.message) == (None, True, True)


def test_older_release_than_the_kept_one_is_refused_and_the_kept_one_stands_in(newest, root, folder, key, kept):
    write_suite(folder, key, Date=email.utils.format_datetime(DATE - dt.timedelta(days=1), usegmt=True))
    message = (
        "its Release is of 2026-11-20 09:15, older than one seen before: not used; "
        "the one of 2026-11-21 09:15 stands in"
    )
    assert newest(kept) == (kept_release(root, kept), refused(root, message))


def test_kept_release_stands_in_for_one_that_is_not_to_be_had(newest, root, server, kept):
    server.fault("dists/trixie/InRelease", Fault(status=403))
    message = f"{root.name}/dists/trixie/InRelease: HTTP 403 Forbidden; the one of 2026-11-21 09:15 stands in"
    assert newest(kept) == (kept_release(root, kept), refused(root, message))


def test_kept_release_stands_in_for_one_that_does_not_verify(newest, root, folder, stranger, kept):
    write_suite(folder, stranger)
    found, (problem,) = newest(kept)
    assert (found, problem.refused) == (kept_release(root, kept), True)


def test_ended_release_is_asked_for_once_in_thirty_days(newest, root, server, kept):
    before = len(server.requests)
    days = [newest(kept, ended=True, now=DATE + dt.timedelta(days=days))[0].asked for days in (29, 30)]
    assert (days, len(server.requests) - before) == ([DATE, DATE + dt.timedelta(days=30)], 1)


def test_living_release_is_asked_for_each_time(newest, root, kept, client):
    assert newest(kept) == (replace(kept_release(root, kept), asked=NOW), ())


def test_suite_past_its_valid_until_is_used_and_it_is_said(newest, root, folder, key):
    write_suite(folder, key, Valid_Until="Fri, 06 Nov 2026 00:00:00 UTC")
    found, problems = newest()
    message = "past its Valid-Until, 2026-11-06: a suite or a mirror that stands still"
    assert (found.suite, problems) == ("trixie", (Problem(root.name, "trixie", "", message, refused=False),))


def test_what_is_accepted_of_an_ended_release_only_is_said(client, root, folder, old_key):
    write_suite(folder, old_key, digest="SHA1")
    old = Root(root.address, (old_key.public,))
    _, problems = newest_release(old, "trixie", None, True, client=client, now=NOW)
    assert [problem.message for problem in problems] == [
        f"signed by key {old_key.fingerprint}, which has expired: accepted, the release has ended",
        "signed with SHA-1: accepted, the release has ended",
    ]
