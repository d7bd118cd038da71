# SPDX-License-Identifier: GPL-2.0-or-later
import json
from dataclasses import replace

from abidb.records import Listing, Snapshot
from ingest.archive.builds import ListedBuild, ListedDeb, Place
from ingest.archive.listed import listed_from_json, listed_to_json
from tests.builders.archive import DATE

STABLE = Listing("http://a/debian", "trixie", "main/binary-amd64/Packages", "ab" * 32, DATE)
SECURITY = replace(STABLE, root="http://a/debian-security", suite="trixie-security")
IMAGE = ListedDeb(
    "linux-image-6.12.1+deb13-amd64",
    "6.12.1-1",
    "amd64",
    "linux-signed-amd64",
    unsigned=False,
    size=7,
    sha256="cd" * 32,
    places=(Place(STABLE, "pool/main/l/x.deb"), Place(SECURITY, "pool/updates/main/l/x.deb")),
)
SNAPSHOT = replace(
    IMAGE, name="linux-headers-6.12.1+deb13-amd64", sha256="", places=(), snapshot=Snapshot("ef" * 20, DATE)
)
BUILD = ListedBuild(
    source="linux",
    version="6.12.1-1",
    arch="amd64",
    kernel_release="6.12.1+deb13-amd64",
    flavour="amd64",
    suites=("trixie", "trixie-security"),
    split=False,
    image=(IMAGE, replace(IMAGE, unsigned=True, sha256="01" * 32)),
    headers=(SNAPSHOT,),
)


def test_build_without_debs_is_the_same_after_json():
    empty = replace(BUILD, image=(), headers=())
    assert listed_from_json(json.loads(json.dumps(listed_to_json(empty)))) == empty


def test_build_is_the_same_after_json():
    assert listed_from_json(json.loads(json.dumps(listed_to_json(BUILD)))) == BUILD


def test_each_listing_and_deb_is_written_once():
    content = listed_to_json(replace(BUILD, base=(IMAGE,)))
    assert (len(content["listings"]), len(content["debs"]), content["image"], content["base"], content["headers"]) == (
        2,
        3,
        [0, 1],
        [0],
        [2],
    )
