# SPDX-License-Identifier: GPL-2.0-or-later
import dataclasses
import datetime as dt
from typing import Any

import pytest

from abidb.rank import Known, Merits
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
OTHER = frozenset([("linux-image", 2, "1")])
SNAPSHOT_ONLY = dataclasses.replace(B1, image=(deb(places=(), sha256=""),))
UNSIGNED = deb("linux-image-unsigned", source="linux", sha256="9")
SPLIT = build(
    *("7.3.4+deb13-amd64", "7.3.4-1", "trixie"),
    split=True,
    binary=(deb("linux-binary", sha256="2"),),
    modules=(deb("linux-modules", source="linux", sha256="3"),),
    base=(deb("linux-base", source="linux", sha256="4"),),
    image=(deb("linux-image", sha256="5"), UNSIGNED),
    headers=(deb("linux-headers", source="linux", sha256="6"),),
)


def held(*debs: ListedDeb, **merits: Any) -> Known:
    """The record's ingest of those debs, which an index lists, with all that they promise or what is given."""
    names = {deb.name for deb in debs}
    given = {
        **{"provenance": 2, "covers": "all", "signed": debs[0].source != "linux"},
        **{"symvers": "linux-headers" in names, "config": not names & {"linux-binary"} or "linux-base" in names},
        **{"debs": len(debs), "signed_debs": sum(deb.source != "linux" for deb in debs), "extractor": 3},
    }
    return Known(Merits(**{**given, **merits}), frozenset((deb.name, deb.size, deb.sha256) for deb in debs))


def held_but(lost: str, instead: tuple[ListedDeb, ...] = (), **merits: Any) -> Known:
    """The ingest of the split build when one of its debs could not be had."""
    firsts = [choices[0] for choices in SPLIT.parts]
    return held(*(deb for deb in firsts if deb.name != lost), *instead, **merits)


HAVE = held(*B1.image)


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


NEEDED = {
    "new": (None, B1),
    "partial": (held_but("linux-modules", covers="vmlinux"), SPLIT),
    "without its configuration": (held_but("linux-base"), SPLIT),
    "without its image, which draws in the others": (held_but("linux-image"), SPLIT),
    "with an unsigned image in place of the signed one": (held_but("linux-image", (UNSIGNED,)), SPLIT),
    "headers not compared": (held_but("linux-headers"), SPLIT),
    "unsigned": (held(UNSIGNED), B1),
    "whole, though by hash only": (held(UNSIGNED, covers="vmlinux"), SNAPSHOT_ONLY),
    "local, now the snapshot's": (held(*B1.image, provenance=0), SNAPSHOT_ONLY),
    "snapshot's, others now listed": (held(UNSIGNED, provenance=1), B1),
}
NOT_NEEDED = {
    "known": (HAVE, B1),
    "of all first choices": (held_but(""), SPLIT),
    "older extractor": (held(*B1.image, extractor=2), B1),
    "no modules in its image": (held(*B1.image, covers="vmlinux"), B1),
    "no configuration in its image": (held(*B1.image, config=False), B1),
    "no Module.symvers in its headers": (held_but("", symvers=False), SPLIT),
    "no signed one offered": (held(UNSIGNED), dataclasses.replace(B1, image=(UNSIGNED,))),
    "a signed one only behind": (held(UNSIGNED), dataclasses.replace(B1, image=(UNSIGNED, deb(places=())))),
    "another, no better one": (dataclasses.replace(HAVE, debs=OTHER), B1),
    "modules still lost": (held_but("linux-modules", covers="vmlinux"), dataclasses.replace(SPLIT, modules=())),
    "listed, by hash only now": (HAVE, SNAPSHOT_ONLY),
    "by hash only, now listed": (held(*B1.image, provenance=1), B1),
    "no modules in its image, by hash": (held(*B1.image, provenance=1, covers="vmlinux"), SNAPSHOT_ONLY),
}


@pytest.mark.parametrize("why", NEEDED)
def test_a_build_is_fetched_for_something_better(why: str) -> None:
    known, offer = NEEDED[why]
    check_needed(True, known, offer)
    check_needed(False, known, offer, wait=1)


@pytest.mark.parametrize("why", NOT_NEEDED)
def test_a_build_is_not_fetched_for_what_is_no_better(why: str) -> None:
    known, offer = NOT_NEEDED[why]
    check_needed(False, known, offer)
    check_needed(False, known, offer, wait=-1, retry=True)


def test_what_could_not_be_had_waits_for_its_next_try() -> None:
    check_needed(False, None, wait=1)
    check_needed(True, None, wait=-1)


def test_retry_waits_for_nothing() -> None:
    check_needed(True, None, wait=1, retry=True)
    check_needed(False, HAVE, wait=1, retry=True)


def test_reextract_asks_only_about_builds_of_an_older_extractor() -> None:
    older = held(*B1.image, extractor=2)
    check_needed(False, None, reextract=True)
    check_needed(False, held(UNSIGNED), reextract=True)
    check_needed(False, older, wait=1, reextract=True)
    check_needed(True, older, reextract=True)
