# SPDX-License-Identifier: GPL-2.0-or-later
import dataclasses

import pytest

from abidb import queries, store
from abidb.changelog import Between, Entry, Fixes, Way
from abidb.queries import changelogs
from abidb.records import UploadFact
from tests.builders.records import DAY, make_entry, make_kernel

pytestmark = pytest.mark.django_db


def fixes(*cves: int, bugs: tuple[int, ...] = ()) -> tuple[UploadFact, ...]:
    named = (UploadFact("cve", "", f"CVE-2026-{n}") for n in cves)
    return (*named, *(UploadFact("bug", "", str(n)) for n in bugs))


def build(release: str, version: str, *facts: UploadFact, **fields):
    source, aimed = fields.get("source", "linux"), fields.get("suite", "bookworm")
    entries = (make_entry(version, facts=facts, source=source, distribution=aimed),)
    store.save(make_kernel(release, version, changelog=entries, **fields))
    return queries.one_build(f"{release}={version}")


@pytest.fixture
def three(db):
    """Three uploads of bookworm, and a rebuild of the last for bullseye."""
    found = (
        build("6.1.0-1-amd64", "6.1.1-1", *fixes(1)),
        build("6.1.0-2-amd64", "6.1.2-1", *fixes(2, 3, bugs=(77,))),
        build("6.1.0-3-amd64", "6.1.3-1", *fixes(3, 10, 9)),
    )
    build("6.1.0-0.deb11.3-amd64", "6.1.3-1~deb11u1", *fixes(99), suite="bullseye")
    return found


def test_the_uploads_between_are_told_newest_first_with_what_they_fix(three) -> None:
    assert queries.changelog(three[0], three[2]) == Between(
        Way.FORWARD,
        (
            Entry("linux", "6.1.3-1", DAY, "bookworm", Fixes(("CVE-2026-3", "CVE-2026-9", "CVE-2026-10"), 3), Fixes()),
            Entry("linux", "6.1.2-1", DAY, "bookworm", Fixes(("CVE-2026-2", "CVE-2026-3"), 2), Fixes(("77",), 1)),
        ),
        uploads=2,
        cves=4,
        bugs=1,
    )


def test_going_back_has_the_same_uploads(three) -> None:
    forward, back = queries.changelog(three[1], three[2]), queries.changelog(three[2], three[1])
    assert back == dataclasses.replace(forward, way=Way.BACK)


def test_of_many_uploads_and_fixes_the_first_are_named(three, monkeypatch) -> None:
    monkeypatch.setattr(changelogs, "SHOWN", 1)
    monkeypatch.setattr(changelogs, "FIRST", 1)
    found = queries.changelog(three[0], three[2])
    assert (found.uploads, [entry.version for entry in found.entries]) == (2, ["6.1.3-1"])
    assert (found.entries[0].cves, found.entries[0].cves.more) == (Fixes(("CVE-2026-3",), 3), 2)


def test_where_no_one_changelog_leads_none_is_told(three) -> None:
    arm = build("6.1.0-3-arm64", "6.1.3-1", arch="arm64")
    other = build("6.12.1+deb13-amd64", "6.12.1-1", suite="trixie")
    renamed = build("6.12.1+deb12-amd64", "6.12.1-1~deb12u1", source="linux-6.12")
    ways = [queries.changelog(three[2], each) for each in (arm, other, renamed)]
    assert ways == [Between(Way.SAME), Between(Way.BRANCHES), Between(Way.SOURCES)]


def test_a_rebuild_for_an_older_release_has_the_fixes_of_what_it_rebuilds(three) -> None:
    first = build("6.1.0-0.deb11.1-amd64", "6.1.1-1~deb11u1", suite="bullseye", source="linux-6.1")
    last = build("6.1.0-0.deb11.3-amd64", "6.1.3-1~deb11u2", *fixes(4), suite="bullseye", source="linux-6.1")
    build("6.1.0-0.deb10.3-amd64", "6.1.3-1~deb10u1", *fixes(98), suite="buster", source="linux-6.1")
    found = queries.changelog(first, last)
    assert [(entry.source, entry.version) for entry in found.entries] == [
        ("linux", "6.1.3-1"),
        ("linux-6.1", "6.1.3-1~deb11u2"),
        ("linux", "6.1.2-1"),
    ]
    assert found.cves == 5
