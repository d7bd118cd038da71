# SPDX-License-Identifier: GPL-2.0-or-later
import datetime as dt
from dataclasses import replace

import pytest

from abidb.records import Snapshot
from ingest.archive.builds import ListedBuild, ListedDeb, builds
from ingest.archive.index import kernel_packages, kernel_stanzas
from ingest.archive.snapshot import SnapshotDeb
from ingest.archive.snapshot_builds import merged, snapshot_builds
from tests.builders.archive import MadeDeb, packages_file
from tests.builders.records import make_listing
from tests.builders.snapshot import sha1

SEEN = dt.datetime(2009, 12, 24, 22, 19, 4, tzinfo=dt.UTC)
RELEASE, VERSION = "7.3.4+deb13-amd64", "7.3.4-1~bpo13+1"
IMAGE = MadeDeb(f"linux-image-{RELEASE}", VERSION, source="linux-signed-amd64")
BINARY = MadeDeb(f"linux-binary-{RELEASE}", VERSION, source="linux-signed-amd64")
UNSIGNED = MadeDeb(f"linux-binary-unsigned-{RELEASE}", VERSION)
MODULES = MadeDeb(f"linux-modules-{RELEASE}", VERSION)
BASE = MadeDeb(f"linux-base-{RELEASE}", VERSION)
HEADERS = MadeDeb(f"linux-headers-{RELEASE}", VERSION)
SPLIT = (IMAGE, BINARY, UNSIGNED, MODULES, BASE, HEADERS)
OLD = MadeDeb("linux-image-2.6.32-5-amd64", "2.6.32-48", source="linux-2.6")


def had(made, days=0, content=b""):
    """The deb as the service has it."""
    data = content or made.data
    return SnapshotDeb(
        *(made.name, made.version, made.arch, made.source, len(data)),
        Snapshot(sha1(data), SEEN + dt.timedelta(days=days)),
    )


def choice(made, days=0, content=b""):
    """The deb as part of a build."""
    deb = had(made, days, content)
    unsigned = "unsigned" in made.name
    return ListedDeb(made.name, made.version, made.arch, made.source, unsigned, deb.size, "", (), deb.snapshot)


def listed(*debs):
    """The builds of an archive that lists these."""
    return builds(kernel_packages(kernel_stanzas(packages_file(debs)), make_listing("trixie-backports")))


OLD_BUILD = ListedBuild(
    source="linux-2.6",
    version="2.6.32-48",
    arch="amd64",
    kernel_release="2.6.32-5-amd64",
    flavour="amd64",
    suites=(),
    split=False,
    image=(choice(OLD),),
)


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("linux-image-amd64", "linux-signed-amd64"),
        ("linux-image-2.6-amd64", "linux-2.6"),
        ("linux-image-6.12-cloud-amd64", "linux-signed-6.12-amd64"),
        ("linux-headers-6.1.0-56-amd64", "linux"),
        ("linux-modules-7.3.4+deb13-amd64", "linux"),
        ("linux-image-nonsense", "linux"),
        ("linux-image-6.1.0-56", "linux"),
    ],
)
def test_what_is_no_kernel_is_no_build(name, source):
    assert snapshot_builds([had(MadeDeb(name, "1", source=source))], ["amd64"]) == ()


def test_only_wished_architectures_are_taken():
    assert snapshot_builds([had(OLD), had(replace(OLD, arch="ia64"))], ["amd64", "arm64"]) == (OLD_BUILD,)


def test_kernel_named_by_two_numbers_is_one_where_its_source_has_no_series():
    made = MadeDeb("linux-image-7.3-amd64", "7.3-1~exp1", source="linux-signed-amd64")
    (build,) = snapshot_builds([had(made)], ["amd64"])
    assert (build.source, build.kernel_release, build.image) == ("linux", "7.3-amd64", (choice(made),))


def test_signed_kernel_comes_before_its_unsigned_twin_of_another_source():
    signed = MadeDeb("linux-image-6.1.0-56-amd64", "6.1.192-2", source="linux-signed-amd64")
    unsigned = MadeDeb("linux-image-6.1.0-56-amd64-unsigned", "6.1.192-2")
    (build,) = snapshot_builds([had(unsigned), had(signed, days=1)], ["amd64"])
    assert (build.source, build.image) == ("linux", (choice(signed, 1), choice(unsigned)))


def test_debs_of_one_name_with_other_content_are_choices_in_the_order_they_were_seen():
    found = [had(OLD, 5, b"rebuilt"), had(OLD)]
    assert snapshot_builds(found, ["amd64"]) == (replace(OLD_BUILD, image=(choice(OLD), choice(OLD, 5, b"rebuilt"))),)


def test_split_kernel_has_all_its_packages_without_being_told_dependencies():
    assert snapshot_builds(map(had, SPLIT), ["amd64"]) == (
        ListedBuild(
            source="linux",
            version=VERSION,
            arch="amd64",
            kernel_release=RELEASE,
            flavour="amd64",
            suites=(),
            split=True,
            image=(choice(IMAGE),),
            binary=(choice(BINARY), choice(UNSIGNED)),
            modules=(choice(MODULES),),
            base=(choice(BASE),),
            headers=(choice(HEADERS),),
        ),
    )


def test_builds_are_in_order_the_newest_first():
    newer = [replace(OLD, version="2.6.32-48squeeze1"), replace(OLD, name="linux-image-2.6.32-5-xen-amd64")]
    found = snapshot_builds([had(OLD), *map(had, newer)], ["amd64"])
    assert [(build.version, build.flavour) for build in found] == [
        ("2.6.32-48squeeze1", "amd64"),
        ("2.6.32-48", "amd64"),
        ("2.6.32-48", "xen-amd64"),
    ]


def test_build_that_only_one_of_both_has_is_as_that_one_has_it():
    ours = listed(*SPLIT)
    assert merged(ours, [OLD_BUILD]) == (*ours, OLD_BUILD)


def test_deb_that_both_have_may_be_had_from_either_and_others_are_choices_behind():
    depending = replace(
        IMAGE, depends=", ".join(f"linux-{role}-{RELEASE} (= {VERSION})" for role in ("base", "binary", "modules"))
    )
    (ours,) = listed(depending, BINARY, MODULES, BASE)
    other = had(MODULES, content=b"of another build daemon")
    (both,) = merged([ours], snapshot_builds([other, *map(had, SPLIT)], ["amd64"]))
    assert both == replace(
        ours,
        image=(replace(ours.image[0], snapshot=had(IMAGE).snapshot),),
        binary=(replace(ours.binary[0], snapshot=had(BINARY).snapshot), choice(UNSIGNED)),
        modules=(
            replace(ours.modules[0], snapshot=had(MODULES).snapshot),
            choice(MODULES, content=b"of another build daemon"),
        ),
        base=(replace(ours.base[0], snapshot=had(BASE).snapshot),),
    )


def test_headers_alone_do_not_come_from_the_service():
    ours = listed(OLD)
    headers = MadeDeb("linux-headers-2.6.32-5-amd64", "2.6.32-48", source="linux-2.6")
    (both,) = merged(ours, snapshot_builds([had(OLD), had(headers)], ["amd64"]))
    assert both == replace(ours[0], image=(replace(ours[0].image[0], snapshot=had(OLD).snapshot),))


def test_what_the_archive_has_lost_comes_from_the_service():
    (ours,) = listed(BINARY)
    (both,) = merged([ours], snapshot_builds(map(had, SPLIT), ["amd64"]))
    assert (ours.partial, both.partial, both.modules, both.headers, both.suites) == (
        True,
        False,
        (choice(MODULES),),
        (choice(HEADERS),),
        ("trixie-backports",),
    )
