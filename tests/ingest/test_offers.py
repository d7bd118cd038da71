# SPDX-License-Identifier: GPL-2.0-or-later
import dataclasses

import pytest

from abidb.answers import Known
from abidb.versions import split_release
from ingest.archive.builds import ListedBuild, ListedDeb
from ingest.offers import Wish, chosen, is_needed, key_of


def deb(name: str = "linux-image", **fields) -> ListedDeb:
    given = {
        "version": "1",
        "arch": "amd64",
        "source": "linux-signed-amd64",
        "unsigned": False,
        "size": 1,
        "sha256": "0",
        "places": (),
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


SIGNED = Known(True, "all", True, 3, frozenset())


@pytest.mark.parametrize(
    ("known", "offer", "needed"),
    [
        (None, B1, True),
        (SIGNED, B1, False),
        (dataclasses.replace(SIGNED, extractor=2), B1, True),
        (dataclasses.replace(SIGNED, covers="vmlinux"), B1, True),
        (dataclasses.replace(SIGNED, signed=False), B1, True),
        (dataclasses.replace(SIGNED, signed=False), dataclasses.replace(B1, image=(deb(source="linux"),)), False),
        (dataclasses.replace(SIGNED, listed=False), B1, True),
        (
            dataclasses.replace(SIGNED, covers="vmlinux"),
            dataclasses.replace(B1, split=True, binary=(deb("linux-binary"),)),
            False,
        ),
    ],
    ids=[
        "new",
        "known",
        "older extractor",
        "partial",
        "unsigned",
        "no signed one offered",
        "local",
        "modules still lost",
    ],
)
def test_a_build_is_fetched_only_for_something_better(known: Known | None, offer: ListedBuild, needed: bool) -> None:
    record = {key_of(offer): known} if known else {}
    assert is_needed(offer, record, 3) is needed
