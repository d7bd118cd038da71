# SPDX-License-Identifier: GPL-2.0-or-later
import datetime as dt

import pytest

from abidb.lifecycle import DebianRelease
from ingest.archive.problem import Problem
from ingest.archive.roots import Root
from ingest.archive.suites import is_security, looks_like_debian, suites_of
from tests.builders.archive import Fault

TODAY = dt.date(2026, 11, 23)


def release(codename, version, created, last=None):
    days = [day and dt.date.fromisoformat(day) for day in (created, last)]
    return DebianRelease(codename, version, days[0], days[0], days[1], None, days[1])


RELEASES = (
    release("squeeze", "6.0", "2009-02-14", "2016-02-29"),
    release("buster", "10", "2017-06-17", "2029-06-30"),
    release("trixie", "13", "2023-06-10"),
    release("duke", "15", "2027-08-01"),
    release("sid", "", "1993-08-16"),
    release("experimental", "", "1993-08-16"),
)
POCKETS = ("", "-security")
PAGE = """<html><head><link href="/style/"></head><h1>Index of /debian/dists</h1><a href="?C=N;O=D">Name</a>
<a href="/debian/">Parent</a> <a href="../">up</a> <A class=x HREF='trixie/'>trixie/</A> <a href="buster-backports/">b</a>
<a href="./buster/">b</a> <a href="README">README</a> <a href="stable/">s</a> <a href="unstable/">u</a> <a href="sid/">s</a>
<a href="rc-buggy/">r</a> <a href="experimental/">e</a> <a href="Debian13.8/">D</a> <a href="stable-updates/">s</a>
<a href="squeeze/">s</a> <a href="oldstable-proposed-updates">o</a> <a href="http://elsewhere/trixie-x/">x</a></html>"""


@pytest.fixture
def found(all_found):
    """The suites to ask the served archive for."""

    def asked(name="debian", **root):
        return all_found(name, **root)[0]

    return asked


@pytest.fixture
def all_found(server, client):
    """Those suites, with the problems."""

    def asked(name="debian", kept=(), **root):
        return suites_of(Root(f"{server.address}/{name}", (), **root), RELEASES, POCKETS, client, TODAY, kept=kept)

    return asked


def test_archive_that_does_not_list_its_suites_is_asked_for_those_of_releases_that_somebody_supports(found):
    assert found() == ("experimental", "sid", "trixie", "trixie-security", "buster", "buster/updates")


def test_archive_of_ended_releases_that_does_not_list_its_suites_is_asked_for_all_that_there_ever_were(found):
    assert found(ended=True)[-2:] == ("squeeze", "squeeze/updates")


@pytest.mark.parametrize("fault", [Fault(status=403), Fault(content=b"x" * 2_000_000), Fault(content=b"no links")])
def test_page_that_says_nothing_counts_for_none(found, server, fault):
    server.fault("debian/dists/", fault)
    assert found()[:2] == ("experimental", "sid")


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (Fault(status=403), "{address}/debian/dists/: HTTP 403 Forbidden"),
        (Fault(content=b'<a href="login">'), "lists no suite of Debian"),
    ],
)
def test_page_that_says_nothing_is_a_problem_where_suites_were_seen_that_nobody_would_expect(
    all_found, server, fault, reason
):
    server.fault("debian/dists/", fault)
    suites, problems = all_found(kept=("sid", "squeeze"))
    message = f"{reason}; of ended releases only the suites seen before are asked for"
    expected = Problem(f"{server.address}/debian", "", "dists/", message.format(address=server.address), refused=True)
    assert (suites[0], suites[-1], problems) == ("experimental", "squeeze", (expected,))


def test_page_that_says_nothing_is_no_problem_where_all_that_was_seen_is_expected(all_found, server):
    server.fault("debian/dists/", Fault(status=403))
    assert all_found(kept=("sid", "trixie"))[1] == ()


def test_archive_is_asked_for_what_its_page_lists_by_codename_newest_first(found, server):
    server.fault("debian/dists/", Fault(content=PAGE.encode()))
    assert found() == ("experimental", "sid", "trixie", "buster", "buster-backports", "squeeze")


def test_archive_of_security_updates_has_those_of_old_releases_in_folders_below(found, server):
    server.fault("debian-security/dists/", Fault(content=b'<a href="buster/"><a href="trixie-security/">'))
    assert found("debian-security") == ("trixie-security", "buster/updates")


def test_folder_on_the_disk_lists_its_suites(folder, client):
    for name in ("trixie", "stable", "buster-backports"):
        (folder / "dists" / name).mkdir(parents=True)
    (folder / "dists/README").write_text("")
    assert suites_of(Root(folder.as_uri(), ()), RELEASES, POCKETS, client, TODAY)[0] == ("trixie", "buster-backports")


def test_folder_without_suites_is_asked_for_the_expected_ones(folder, client):
    assert suites_of(Root(folder.as_uri(), ()), RELEASES, (""), client, TODAY)[0][:2] == ("experimental", "sid")


def test_name_tells_whether_a_suite_may_be_debians():
    names = ("trixie", "trixie-backports", "stable", "oldstable-proposed-updates", "nodistro", "noble")
    assert [looks_like_debian(name, RELEASES) for name in names] == [True, True, True, True, False, False]


def test_security_suites_are_told_by_their_old_and_new_names():
    assert [is_security(name) for name in ("trixie-security", "buster/updates", "trixie-updates")] == [
        True,
        True,
        False,
    ]
