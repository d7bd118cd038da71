# SPDX-License-Identifier: GPL-2.0-or-later
import datetime as dt
import email.utils
from dataclasses import replace

import pytest

from abidb.errors import NotThere, Unavailable
from ingest import look as looking
from ingest.archive.memory import in_process
from ingest.archive.roots import Root
from ingest.look import configured_roots, look
from tests.builders.archive import DATE, Fault, MadeDeb, MadeSource, write_suite
from tests.builders.deb import make_deb

CSV = """version,codename,series,created,release,eol,eol-lts,eol-elts
11,Bullseye,bullseye,2019-07-06,2021-08-14,2024-08-14,2025-08-31
12,Bookworm,bookworm,2021-08-14,2023-06-10,2099-01-01,2099-01-01
13,Trixie,trixie,2023-06-10,2025-08-09,2099-01-01,2099-01-01
,Sid,sid,1993-08-16
"""
IMAGE = MadeDeb("linux-image-6.12.1+deb13-amd64", "6.12.1-1")
RELEASES = MadeDeb(
    "distro-info-data",
    "0.70",
    source="distro-info-data",
    content=make_deb({}, {"./usr/share/distro-info/debian.csv": CSV.encode()}),
)
LATER = {"Date": email.utils.format_datetime(DATE + dt.timedelta(days=1), usegmt=True)}


@pytest.fixture
def trixie(folder, key):
    """Writes suite trixie; `fields` are those of its Release."""

    def written(**fields):
        write_suite(folder, key, [IMAGE], sources=[MadeSource("linux", "6.12.1-1")], **fields)

    return written


@pytest.fixture
def archive(folder, key, trixie):
    write_suite(folder, key, [RELEASES], folder="sid", Suite="unstable")
    trixie()


@pytest.fixture
def sight(server, key, client, archive):
    """Looks at the archive with what the looks before remembered, and the rows of the one that is given."""
    kept = in_process()

    def seen(before=None, **asked):
        rows = {(row.root, row.folder): row for row in before.rows} if before else {}
        memory = replace(kept, release=lambda root, folder: rows.get((root, folder)))
        found = look([Root(server.address, (key.public,))], client, ["amd64"], memory=memory, **asked)
        for name, content in found.remembered.items():
            kept.remember(name, content)
        return found

    return seen


def suites(sight, digests):
    return {release.suite for release in sight.catalogue.releases if release.sha256 in digests}


def test_archive_with_nothing_of_debians_is_said(server, key, client, monkeypatch):
    monkeypatch.setattr(looking, "known_releases", lambda *_: ())
    with pytest.raises(Unavailable, match="none of the archives has a suite of Debian"):
        look([Root(server.address, (key.public,))], client, ["amd64"])


def test_reasons_are_said_where_nothing_can_be_had(server, folder, stranger, key, client, archive, monkeypatch):
    releases = looking.known_releases([Root(server.address, (key.public,))], client, in_process(), DATE)
    monkeypatch.setattr(looking, "known_releases", lambda *_: releases)
    for suite in ("sid", "trixie"):
        write_suite(folder, stranger, folder=suite)
    with pytest.raises(Unavailable, match="sid: .*signed by no key.*trixie: "):
        look([Root(server.address, (key.public,))], client, ["amd64"])


def test_no_root_at_all_says_what_to_set(monkeypatch):
    monkeypatch.setattr(looking, "host_roots", lambda: ())
    with pytest.raises(Unavailable, match="set ABIDB_MIRROR to the address of a Debian archive"):
        configured_roots([], None)


def test_further_roots_stand_behind_the_mirrors(tmp_path):
    file = tmp_path / "further.sources"
    file.write_text("URIs: http://ended/debian\nSuites: *\nEnded: yes\nSigned-By: /k.gpg\n")
    assert [root.address for root in configured_roots(["http://a/debian"], None, file)] == [
        "http://a/debian",
        "http://ended/debian",
    ]


def test_first_look_sees_everything_as_new(sight):
    found = sight()
    assert (
        [build.kernel_release for build in found.catalogue.builds],
        [source.version for source in found.sources],
        suites(found, found.changed),
        [row.folder for row in found.rows],
        (found.words["trixie"], found.words["sid"], found.aliases),
    ) == (
        ["6.12.1+deb13-amd64"],
        ["6.12.1-1"],
        {"sid", "trixie"},
        ["sid", "trixie"],
        ("stable", "unstable", {"sid": "unstable", "trixie": "stable"}),
    )


def test_second_look_at_an_unchanged_archive_asks_only_for_releases_and_finds_the_same(sight, server):
    first = sight()
    before = len(server.requests)
    second = sight(first)
    asked = [path for path, _ in server.requests[before:]]
    assert (second.catalogue.builds, second.sources, second.changed, second.rows) == (
        first.catalogue.builds,
        first.sources,
        frozenset(),
        (),
    )
    assert {path.rpartition("/")[2] for path in asked} == {"InRelease", "Release", ""}


def test_release_with_a_new_date_is_changed_though_its_indexes_are_not(sight, trixie):
    first = sight()
    trixie(**LATER)
    second = sight(first)
    assert (suites(second, second.changed), [row.folder for row in second.rows]) == ({"trixie"}, ["trixie"])


def test_index_that_can_be_had_at_last_makes_its_release_changed(sight, server):
    server.fault("dists/trixie/main/binary-amd64/Packages.xz", Fault(status=403))
    first = sight()
    second = sight(first)
    assert (first.catalogue.builds, len(second.catalogue.builds), suites(second, second.changed)) == (
        (),
        1,
        {"trixie"},
    )


def test_refused_index_is_asked_for_again_at_once_where_that_is_wished(sight, server):
    path = "dists/trixie/main/binary-amd64/Packages.xz"
    server.fault(path, Fault(status=404), Fault(status=404))
    found = [sight(), sight(), sight(), sight(retry=True)]
    assert [len(one.catalogue.builds) for one in found] == [0, 0, 0, 1]


def test_host_knows_releases_where_the_archive_does_not(server, key, client, monkeypatch):
    monkeypatch.setattr(looking.archive, "host_releases", lambda: ("trixie",))
    assert looking.known_releases([Root(server.address, (key.public,))], client, in_process(), DATE) == ("trixie",)


def test_releases_that_neither_archive_nor_host_knows_are_said(server, key, client, monkeypatch):
    monkeypatch.setattr(looking.archive, "host_releases", lambda: None)
    with pytest.raises(NotThere, match="install it: apt-get install distro-info-data"):
        looking.known_releases([Root(server.address, (key.public,))], client, in_process(), DATE)


def test_release_that_was_kept_for_more_than_a_day_is_kept_anew(sight):
    first = sight()
    old = replace(first, rows=tuple(replace(row, asked=row.asked - dt.timedelta(days=2)) for row in first.rows))
    second = sight(old)
    assert (second.changed, [row.folder for row in second.rows]) == (frozenset(), ["sid", "trixie"])


def test_memory_is_told_what_of_it_is_in_use(server, key, client, archive):
    used, memory = [], in_process()
    for _ in range(2):
        told = replace(memory, used=lambda keys: used.append(sorted(key.partition(" ")[0] for key in keys)))
        found = look([Root(server.address, (key.public,))], client, ["amd64"], memory=told)
        for name, content in found.remembered.items():
            memory.remember(name, content)
    assert used == [[], ["distro-info-data", "last", "last", "last", "packages", "packages", "sources"]]


def test_what_a_look_reads_is_remembered_by_who_notes_what_follows_from_it(server, key, client, archive):
    memory = replace(in_process(), remember=pytest.fail)
    found = look([Root(server.address, (key.public,))], client, ["amd64"], memory=memory)
    assert sorted(name.partition(" ")[0] for name in found.remembered) == [
        *["distro-info-data", "last", "last", "last", "packages", "packages", "sources"]
    ]


def test_suite_of_an_ended_release_that_was_not_there_is_asked_for_again_where_that_is_wished(sight, server):
    for retry in (False, False, True):
        sight(suites=["bullseye", "trixie"], retry=retry)
    assert [path for path, _ in server.requests].count("/dists/bullseye/InRelease") == 2


def test_old_table_of_releases_is_not_used_though_it_is_signed(sight, folder, key):
    first = sight()
    data = MadeDeb(RELEASES.name, "0.60", source=RELEASES.source, content=make_deb({}, {}))
    old = {"Date": email.utils.format_datetime(DATE - dt.timedelta(days=1), usegmt=True)}
    write_suite(folder, key, [data], folder="sid", Suite="unstable", **old)
    second = sight(first)
    assert (second.releases, [problem.suite for problem in second.catalogue.problems]) == (first.releases, ["sid"])


def test_look_without_a_memory_reads_all(server, key, client, archive):
    found = look([Root(server.address, (key.public,))], client, ["amd64"], ["trixie"])
    assert [release.suite for release in found.catalogue.releases] == ["trixie"]
