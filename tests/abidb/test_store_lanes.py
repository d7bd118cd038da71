# SPDX-License-Identifier: GPL-2.0-or-later
import dataclasses
import datetime as dt

import pytest

from abidb import queries, store
from abidb.lifecycle import DebianRelease
from abidb.records import Snapshot, SymversCheck
from tests.builders.records import DAY, make_deb, make_entry, make_export, make_kernel, make_listing

pytestmark = pytest.mark.django_db

OUT = dt.date(2023, 6, 10)
BOOKWORM = DebianRelease("bookworm", "12", dt.date(2021, 8, 14), OUT, None, None)
SID = DebianRelease("sid", "", dt.date(1993, 8, 16), None, None, None)
SNAPSHOT = Snapshot("a" * 40, DAY)


def snapshot_deb(name: str = "old", **fields):
    return make_deb(name, listings=(), snapshot=SNAPSHOT, **fields)


def lines() -> list[str]:
    return sorted({name.line for name in queries.lane_names()})


def seen_on(day: dt.date, suite: str = "bookworm"):
    at = dt.datetime.combine(day, dt.time(), dt.UTC)
    return (make_deb(listings=(make_listing(suite, release_date=at),)),)


def aimed_at(distribution: str, **fields):
    return make_kernel(changelog=(make_entry(distribution=distribution),), **fields)


def test_a_local_build_is_in_no_line_wherever_its_changelog_aims() -> None:
    store.put_releases([BOOKWORM, SID], {})
    store.save(aimed_at("unstable", suite=None))
    store.save(aimed_at("unstable", debs=(snapshot_deb(), make_deb("mine", listings=()))))
    assert lines() == []


def test_a_build_is_in_the_line_it_was_aimed_at_and_in_that_of_each_suite_that_held_it() -> None:
    store.put_releases([BOOKWORM, SID], {})
    store.save(aimed_at("unstable", suite="bookworm-backports"))
    assert lines() == ["bookworm-backports", "sid"]


def test_a_build_that_only_the_snapshot_service_has_is_where_it_was_aimed() -> None:
    store.put_releases([BOOKWORM, SID], {})
    saved = store.save(aimed_at("stable-security", debs=(snapshot_deb(),)))
    facts = queries.build(saved.build)
    assert (lines(), facts.provenance, facts.local, facts.debs[0].snapshot) == (
        ["bookworm"],
        "snapshot hash",
        False,
        SNAPSHOT,
    )


def test_lanes_follow_when_it_becomes_known_what_a_release_is() -> None:
    store.save(aimed_at("stable-security", debs=(snapshot_deb(),)))
    assert lines() == []
    store.put_releases([BOOKWORM], {})
    assert lines() == ["bookworm"]
    store.put_releases([dataclasses.replace(BOOKWORM, released=DAY.date() + dt.timedelta(days=1))], {})
    assert lines() == []


def test_what_testing_held_before_it_was_released_is_not_in_the_release_s_line() -> None:
    store.save(make_kernel(debs=seen_on(OUT - dt.timedelta(days=1))))
    assert lines() == ["bookworm"]
    store.put_releases([BOOKWORM], {})
    assert lines() == []
    store.save(make_kernel(debs=seen_on(OUT)))
    assert lines() == ["bookworm"]


def test_a_neighbour_that_leaves_makes_new_neighbours() -> None:
    before, after = OUT - dt.timedelta(days=1), OUT + dt.timedelta(days=1)
    for n, day in ((1, after), (2, before), (3, after)):
        at = dt.datetime.combine(day, dt.time(), dt.UTC)
        debs = (make_deb(f"image-{n}", listings=(make_listing(release_date=at),)),)
        store.save(make_kernel(f"6.1.0-{n}-amd64", f"6.1.{n}-1", exports=(make_export(crc=n),), debs=debs))
    store.put_releases([BOOKWORM], {})
    steps = queries.lane("bookworm", "amd64", "amd64").steps
    assert [(step.new.version, step.counts and step.counts.crc_changed) for step in steps] == [
        ("6.1.1-1", None),
        ("6.1.3-1", 1),
    ]


def test_a_later_changelog_moves_builds_of_the_uploads_that_it_tells_of() -> None:
    store.put_releases([BOOKWORM, SID], {})
    store.save(make_kernel("6.1.0-1-amd64", "6.1.1-1", suite="bookworm-backports"))
    assert lines() == ["bookworm-backports"]
    changelog = (make_entry("6.1.2-1", distribution="bookworm"), make_entry("6.1.1-1", distribution="sid"))
    store.save(make_kernel("6.1.0-2-amd64", "6.1.2-1", changelog=changelog))
    assert [step.new.version for step in queries.lane("sid", "amd64", "amd64").steps] == ["6.1.1-1"]


@pytest.mark.parametrize(
    ("lesser", "better"),
    [
        ({"suite": None}, {"debs": (snapshot_deb(),)}),
        ({"debs": (snapshot_deb(),)}, {}),
        ({}, {"symvers": SymversCheck(9)}),
        ({"symvers": SymversCheck(9), "extractor": 1}, {"symvers": SymversCheck(9), "extractor": 2}),
        ({"debs": (snapshot_deb(),), "symvers": SymversCheck(9), "extractor": 7}, {"signed": False}),
        ({"covers": "vmlinux"}, {"debs": (snapshot_deb(),)}),
        ({"covers": "vmlinux", "symvers": SymversCheck(9)}, {}),
        ({"signed": False, "symvers": SymversCheck(9)}, {}),
        ({"extractor": 7}, {"symvers": SymversCheck(9)}),
    ],
    ids=[
        "snapshot over local",
        "index over snapshot",
        "headers compared",
        "newer extractor",
        "index over signed and headers",
        "whole snapshot over partial",
        "whole over headers",
        "signed over headers",
        "headers over extractor",
    ],
)
def test_the_better_vouched_for_and_compared_ingest_stays(lesser: dict, better: dict) -> None:
    first = store.save(make_kernel(**lesser))
    assert store.save(make_kernel(**better)) == store.Saved(first.build, "better")
    assert store.save(make_kernel(**lesser)) == store.Saved(first.build, "known")


def test_a_local_build_whose_very_debs_the_snapshot_service_has_is_vouched_for_then() -> None:
    deb = make_deb("mine", listings=())
    saved = store.save(make_kernel(debs=(deb,)))
    store.save(make_kernel(debs=(dataclasses.replace(deb, snapshot=SNAPSHOT),)))
    assert queries.build(saved.build).provenance == "snapshot hash"


def test_a_build_that_differs_from_its_headers_is_set_apart_with_the_symbols() -> None:
    store.save(make_kernel(symvers=SymversCheck(9)))
    apart = store.save(make_kernel("6.1.0-2-amd64", "6.1.2-1", symvers=SymversCheck(9, ("kfree", "kmalloc"))))
    facts = queries.build(apart.build)
    assert (facts.ref.status, facts.symvers_lines, facts.symvers_differing) == ("apart", 9, ("kfree", "kmalloc"))
    assert [ref.id for ref in queries.apart()] == [apart.build]
    assert [step.new.version for step in queries.lane("bookworm", "amd64", "amd64").steps] == ["6.1.1-1"]
