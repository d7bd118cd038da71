# SPDX-License-Identifier: GPL-2.0-or-later
"""Which of two ingests of a build stays, and who vouches for what it was read from."""

from __future__ import annotations

import dataclasses

import pytest
from django.db import connection

from abidb import queries, store
from abidb.queries import content
from abidb.rank import Known, Merits
from abidb.records import Snapshot, SymversCheck
from tests.builders.records import DAY, make_deb, make_export, make_kernel, make_listing

RELEASE = "6.1.0-1-amd64"
BEST = Merits(2, "all", True, True, True, 5, 2, 9)


def value(query: str) -> object:
    with connection.cursor() as cursor:
        cursor.execute(query)
        return cursor.fetchone()[0]


@pytest.mark.parametrize(
    ("light", "grave"),
    [
        ({"provenance": 1, "covers": "vmlinux"}, {"provenance": 0}),
        ({"provenance": 1}, {"covers": "vmlinux"}),
        ({"signed": False}, {"provenance": 1}),
        ({"symvers": False}, {"signed": False}),
        ({"config": False}, {"symvers": False}),
        ({"debs": 4}, {"config": False}),
        ({"signed_debs": 1}, {"debs": 4}),
        ({"extractor": 1}, {"signed_debs": 1}),
    ],
    ids=" ".join,
)
def test_it_is_worse_to_lack_what_is_more_important(light: dict, grave: dict) -> None:
    assert dataclasses.replace(BEST, **grave).rank < dataclasses.replace(BEST, **light).rank < BEST.rank


def test_a_deb_is_known_by_its_sha256_else_by_name_and_size() -> None:
    known = Known(BEST, frozenset([("linux-image", 10, "a" * 64)]))
    asked = [("linux-image", 10, "b" * 64), ("linux-image", 11, ""), ("linux-base", 10, "")]
    assert [known.holds(*deb) for deb in asked] == [False] * 3
    assert known.holds("other", 0, "a" * 64) and known.holds("linux-image", 10, "")


@pytest.mark.django_db
@pytest.mark.parametrize(
    "better",
    [
        {"covers": "all"},
        {"signed": True},
        {"symvers": SymversCheck(2)},
        {"config": "CONFIG_MODULES=y\n"},
        {"debs": (make_deb(f"linux-image-{RELEASE}"), make_deb(f"linux-base-{RELEASE}"))},
        {"extractor": 2},
    ],
    ids=["whole", "signed", "compared with its headers", "configuration known", "more debs", "newer extractor"],
)
def test_a_better_ingest_takes_the_place_and_a_lesser_one_does_not(better: dict) -> None:
    poor = {"covers": "vmlinux", "signed": False, "config": "", "extractor": 1, "exports": (make_export(),)}
    first = store.save(make_kernel(**poor))
    digest = bytes(value("SELECT digest FROM export_set"))
    exports = {"exports": (make_export(), make_export("more"))}
    assert store.save(make_kernel(**{**poor, **exports, **better})) == store.Saved(first.build, "better")
    assert store.save(make_kernel(**poor)).outcome == "known"
    assert len(queries.all_exports(first.build)) == 2
    assert [bytes(d) for d in value("SELECT replaced FROM build")] == [digest]


SNAPSHOT = make_deb(f"linux-image-{RELEASE}", listings=(), snapshot=Snapshot("c" * 40, DAY))
LISTED = dataclasses.replace(SNAPSHOT, snapshot=None, listings=(make_listing(),))


def snapshots() -> list[tuple]:
    """What the snapshot service is said to vouch for, in the table and in an export."""
    with connection.cursor() as cursor, content.one_moment():
        cursor.execute("SELECT snapshot_sha1, snapshot_seen FROM deb")
        (build,) = content.builds()
        return [*cursor.fetchall(), tuple(deb.snapshot for deb in build.debs)]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("order", ["snapshot first", "listed first", "listed without having been read", "by a look"])
def test_the_snapshot_service_s_word_does_not_stay_beside_an_index_s(order: str) -> None:
    both = [make_kernel(debs=(SNAPSHOT,)), make_kernel(debs=(LISTED,))]
    if order.startswith("listed without"):
        store.put_listings([(LISTED.sha256, make_listing())])
        both = both[:1]
    for kernel in reversed(both) if order == "listed first" else both:
        if order == "by a look" and kernel.debs == (LISTED,):
            store.put_listings([(LISTED.sha256, make_listing())])
        else:
            store.save(kernel)
    assert snapshots() == [("", None), (None,)]


@pytest.mark.django_db(transaction=True)
def test_the_snapshot_service_s_word_stays_where_no_index_lists_the_deb() -> None:
    store.save(make_kernel(debs=(SNAPSHOT,)))
    assert snapshots() == [("c" * 40, DAY), (SNAPSHOT.snapshot,)]
