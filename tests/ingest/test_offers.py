# SPDX-License-Identifier: GPL-2.0-or-later
import dataclasses
import datetime as dt

import pytest

from abidb.answers import Known
from abidb.records import Listing
from abidb.versions import split_release
from ingest.archive.builds import ListedBuild, ListedDeb, Place
from ingest.offers import Wish, chosen, is_needed, ranked

PLACE = Place(
    Listing(
        "http://a/debian", "trixie", "main/binary-amd64/Packages", "ab" * 32, dt.datetime(2026, 11, 1, tzinfo=dt.UTC)
    ),
    "pool/x.deb",
)


def deb(name: str = "linux-image", **fields) -> ListedDeb:
    given = {
        "version": "1",
        "arch": "amd64",
        "source": "linux-signed-amd64",
        "unsigned": False,
        "size": 1,
        "sha256": "0",
        "places": (PLACE,),
    }
    return ListedDeb(**{"name": name, **given, **fields})


def build(release: str, version: str, *suites: str, **fields) -> ListedBuild:
    given = {"source": "linux", "arch": "amd64", "split": False, "image": (deb(),)}
    flavour = split_release(release)[1]
    return ListedBuild(
        **{**given, "version": version, "kernel_release": release, "flavour": flavour, "suites": suites, **fields}
    )


B1 = build("6.1.0-1-amd64", "6.1.9-1", "bookworm")
B2 = build("6.1.0-2-amd64", "6.1.10-1", "bookworm-security")
T1 = build("6.12.1+deb13-amd64", "6.12.1-1", "trixie")
T2 = build("6.12.2+deb13-amd64", "6.12.2-1", "trixie", "sid")
BUILDS = [B1, T1, B2, T2]


@pytest.mark.parametrize(
    ("wish", "expected"),
    [
        (Wish(), [T2, B2, T1, B1]),
        (Wish(newest=1), [T2, B2]),
        (Wish(suites=["bookworm"]), [B1]),
        (Wish(suites=["bookworm", "bookworm-security"], newest=1), [B2]),
        (Wish(arches=["arm64"]), []),
        (Wish(flavours=["rt-amd64"]), []),
        (Wish(ended=["bookworm"]), [T2, T1]),
        (Wish(ended=["trixie"]), [T2, B2, B1]),
        (Wish(suites=["sid"], newest=1), [T2]),
    ],
)
def test_the_newest_of_every_lane_comes_first(wish: Wish, expected: list[ListedBuild]) -> None:
    assert [b.version for b in chosen(BUILDS, wish)] == [b.version for b in expected]


def test_rank_is_the_best_that_a_build_has_in_any_of_its_lanes() -> None:
    older_in_trixie = build("6.12.0+deb13-amd64", "6.12.0-1", "trixie", "testing")
    assert ranked([*BUILDS, older_in_trixie], Wish()) == [
        (0, T2),
        (0, older_in_trixie),
        (0, B2),
        (1, T1),
        (1, B1),
    ]


NOW = dt.datetime(2026, 11, 23, tzinfo=dt.UTC)
HAVE = Known(2, "all", True, 3, True, frozenset())
HEADERS = dataclasses.replace(B1, headers=(deb("linux-headers"),))
SNAPSHOT_ONLY = dataclasses.replace(B1, image=(deb(places=()),))


def test_what_no_suite_holds_comes_last_and_only_if_everything_is_asked_for() -> None:
    gone = [build("2.6.32-5-amd64", version) for version in ("2.6.32-45", "2.6.32-48")]
    builds = [*gone, B1, build("2.6.32-5-xen-amd64", "2.6.32-48")]
    assert ranked(builds, Wish(flavours=["amd64"])) == [(0, B1), (10_000, gone[1]), (10_001, gone[0])]
    for wish in (Wish(suites=["bookworm"]), Wish(newest=1), Wish(ended=["squeeze"])):
        assert ranked(builds, wish) == [(0, B1)]


def check_needed(
    needed: bool, known: Known | None, offer: ListedBuild = B1, wait: int | None = None, **asked: bool
) -> None:
    record = {offer.key: known} if known else {}
    tries = {} if wait is None else {offer.key: NOW + dt.timedelta(days=wait)}
    assert is_needed(offer, record, tries, 3, NOW, **asked) is needed


@pytest.mark.parametrize(
    ("known", "offer", "needed"),
    [
        (HAVE, B1, False),
        (dataclasses.replace(HAVE, extractor=2), B1, False),
        (dataclasses.replace(HAVE, signed=False), dataclasses.replace(B1, image=(deb(source="linux"),)), False),
        (
            dataclasses.replace(HAVE, covers="vmlinux"),
            dataclasses.replace(B1, split=True, binary=(deb("linux-binary"),)),
            False,
        ),
        (dataclasses.replace(HAVE, provenance=1), SNAPSHOT_ONLY, False),
        (dataclasses.replace(HAVE, symvers=False), B1, False),
        (dataclasses.replace(HAVE, covers="vmlinux", signed=False), SNAPSHOT_ONLY, True),
        (None, B1, True),
        (dataclasses.replace(HAVE, covers="vmlinux"), B1, True),
        (dataclasses.replace(HAVE, signed=False), B1, True),
        (dataclasses.replace(HAVE, provenance=0), SNAPSHOT_ONLY, True),
        (dataclasses.replace(HAVE, provenance=1), B1, True),
        (dataclasses.replace(HAVE, symvers=False), HEADERS, True),
    ],
    ids=[
        "known",
        "older extractor",
        "no signed one offered",
        "modules still lost",
        "snapshot's already",
        "no headers offered",
        "whole, though by hash only",
        "new",
        "partial",
        "unsigned",
        "local, now the snapshot's",
        "snapshot's, now listed",
        "headers not compared",
    ],
)
def test_a_build_is_fetched_only_for_something_better(known: Known | None, offer: ListedBuild, needed: bool) -> None:
    check_needed(needed, known, offer)


def test_what_could_not_be_had_waits_for_its_next_try() -> None:
    check_needed(False, None, wait=1)
    check_needed(True, None, wait=-1)


def test_retry_waits_for_nothing() -> None:
    check_needed(True, None, wait=1, retry=True)
    check_needed(False, HAVE, wait=1, retry=True)


def test_reextract_asks_only_about_builds_of_an_older_extractor() -> None:
    older = dataclasses.replace(HAVE, extractor=2)
    check_needed(False, None, reextract=True)
    check_needed(False, dataclasses.replace(HAVE, covers="vmlinux"), reextract=True)
    check_needed(False, older, wait=1, reextract=True)
    check_needed(True, older, reextract=True)
