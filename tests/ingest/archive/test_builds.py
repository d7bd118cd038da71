# SPDX-License-Identifier: GPL-2.0-or-later
from dataclasses import replace

from abidb.records import BuildKey, Deb, Listing, Snapshot
from ingest.archive.builds import ListedBuild, ListedDeb, Place, builds
from ingest.archive.index import kernel_packages, kernel_stanzas
from tests.builders.archive import DATE, MadeDeb, packages_file

RELEASE, VERSION = "7.3.4+deb13-amd64", "7.3.4-1~bpo13+1"
SIGNED = "linux-signed-amd64 (7.3.4+1~bpo13+1)"
NEEDS = ", ".join(f"linux-{role}-{RELEASE} (= {VERSION})" for role in ("base", "binary", "modules"))
IMAGE = MadeDeb(f"linux-image-{RELEASE}", VERSION, source=SIGNED, depends=f"dracut | initramfs-tools, {NEEDS}")
BINARY = MadeDeb(f"linux-binary-{RELEASE}", VERSION, source=SIGNED)
UNSIGNED = MadeDeb(f"linux-binary-unsigned-{RELEASE}", VERSION)
MODULES = MadeDeb(f"linux-modules-{RELEASE}", VERSION)
BASE = MadeDeb(f"linux-base-{RELEASE}", VERSION)
HEADERS = MadeDeb(f"linux-headers-{RELEASE}", VERSION)
OLD = MadeDeb("linux-image-6.1.0-56-amd64", "6.1.192-2", source="linux-signed-amd64 (6.1.192+2)", depends="kmod")
OLD_UNSIGNED = MadeDeb("linux-image-6.1.0-56-amd64-unsigned", "6.1.192-2", depends="kmod")


def listing(suite):
    return Listing("http://a/debian", suite, "main/binary-amd64/Packages", "ab" * 32, DATE)


def listed(*debs, suite="trixie"):
    return list(kernel_packages(kernel_stanzas(packages_file(debs)), listing(suite)))


def deb(made, *suites):
    places = tuple(Place(listing(suite), made.filename) for suite in suites or ("trixie",))
    source, unsigned = made.source.partition(" ")[0], "unsigned" in made.name
    return ListedDeb(made.name, made.version, made.arch, source, unsigned, len(made.data), made.sha256, places)


def test_nothing_listed_is_no_build():
    assert builds([]) == ()


def test_packages_without_image_or_binary_are_no_build():
    assert builds(listed(MODULES, BASE, HEADERS)) == ()


def test_headers_meta_package_joins_no_build():
    meta = MadeDeb(
        "linux-headers-6.1-amd64", "6.1.192-2", source="linux-signed-amd64", depends="linux-headers-6.1.0-56-amd64"
    )
    (build,) = builds(listed(OLD, meta))
    assert build.headers == ()


def test_kernel_in_one_package_has_its_unsigned_twin_as_stand_in():
    assert builds(listed(OLD_UNSIGNED, OLD)) == (
        ListedBuild(
            source="linux",
            version="6.1.192-2",
            arch="amd64",
            kernel_release="6.1.0-56-amd64",
            flavour="amd64",
            suites=("trixie",),
            split=False,
            image=(deb(OLD), deb(OLD_UNSIGNED)),
        ),
    )


def test_build_is_told_by_source_version_architecture_and_flavour():
    (build,) = builds(listed(OLD))
    assert build.key == BuildKey("linux", "6.1.192-2", "amd64", "amd64")


def test_unsigned_image_alone_is_a_build():
    (build,) = builds(listed(OLD_UNSIGNED))
    assert (build.image, build.parts, build.partial) == ((deb(OLD_UNSIGNED),), ((deb(OLD_UNSIGNED),),), False)


def test_split_kernel_has_the_packages_that_its_image_depends_on():
    (build,) = builds(listed(IMAGE, HEADERS, BASE, MODULES, UNSIGNED, BINARY))
    assert build == ListedBuild(
        source="linux",
        version=VERSION,
        arch="amd64",
        kernel_release=RELEASE,
        flavour="amd64",
        suites=("trixie",),
        split=True,
        image=(deb(IMAGE),),
        binary=(deb(BINARY), deb(UNSIGNED)),
        modules=(deb(MODULES),),
        base=(deb(BASE),),
        headers=(deb(HEADERS),),
    )


def test_parts_are_choices_for_each_deb_with_the_kernel_first_and_headers_last():
    (build,) = builds(listed(IMAGE, HEADERS, BASE, MODULES, UNSIGNED, BINARY))
    parts = ((deb(BINARY), deb(UNSIGNED)), (deb(MODULES),), (deb(BASE),), (deb(IMAGE),), (deb(HEADERS),))
    size = sum(len(made.data) for made in (BINARY, MODULES, BASE, IMAGE, HEADERS))
    assert (build.parts, build.size, build.partial) == (parts, size, False)


def test_split_kernel_whose_modules_are_lost_is_partial():
    (build,) = builds(listed(IMAGE, BINARY))
    assert (build.partial, build.parts) == (True, ((deb(BINARY),), (deb(IMAGE),)))


def test_modules_of_another_version_are_not_this_kernels():
    (build,) = builds(listed(IMAGE, BINARY, replace(MODULES, version="7.3.4-2")))
    assert build.partial


def test_binary_whose_image_is_not_listed_is_a_build_with_all_its_parts():
    (build,) = builds(listed(UNSIGNED, MODULES, BASE))
    assert (build.split, build.image, build.parts) == (True, (), ((deb(UNSIGNED),), (deb(MODULES),), (deb(BASE),)))


def test_kernel_in_one_package_may_have_its_config_in_another():
    image = replace(OLD, depends="kmod, linux-base-6.1.0-56-amd64 (= 6.1.192-2)")
    base = MadeDeb("linux-base-6.1.0-56-amd64", "6.1.192-2")
    (build,) = builds(listed(image, base))
    assert (build.split, build.parts) == (False, ((deb(image),), (deb(base),)))


def test_kernel_for_xen_domains_has_its_modules_in_another_package():
    release = "2.6.26-2-xen-amd64"
    image = MadeDeb(
        f"linux-image-{release}", "2.6.26-29", source="linux-2.6", depends=f"linux-modules-{release} (= 2.6.26-29)"
    )
    modules = MadeDeb(f"linux-modules-{release}", "2.6.26-29", source="linux-2.6")
    (build,) = builds(listed(image, modules))
    assert (build.split, build.parts) == (False, ((deb(image),), (deb(modules),)))


def test_same_deb_in_two_suites_is_one_build_listed_twice():
    (build,) = builds(listed(OLD) + listed(OLD, suite="trixie-security"))
    assert (build.suites, build.image) == (("trixie", "trixie-security"), (deb(OLD, "trixie", "trixie-security"),))


def test_deb_of_the_same_name_with_other_content_is_another_choice():
    other = replace(OLD, content=b"rebuilt")
    (build,) = builds(listed(OLD) + listed(other, suite="trixie-security"))
    assert build.image == (deb(OLD), deb(other, "trixie-security"))


def test_listed_deb_becomes_the_record_that_is_stored():
    (build,) = builds(listed(OLD))
    assert build.image[0].deb() == Deb(
        name="linux-image-6.1.0-56-amd64",
        version="6.1.192-2",
        arch="amd64",
        source="linux-signed-amd64",
        sha256=OLD.sha256,
        size=len(OLD.data),
        listings=(listing("trixie"),),
    )


def test_deb_that_only_the_snapshot_service_has_is_stored_with_its_hash():
    snapshot = Snapshot("cd" * 20, DATE)
    only = replace(deb(OLD), places=(), sha256="", snapshot=snapshot)
    assert (only.digest, only.deb().snapshot, only.deb().listings) == ("cd" * 20, snapshot, ())


def test_deb_that_an_index_lists_is_vouched_for_by_that_though_the_snapshot_service_has_it_too():
    both = replace(deb(OLD), snapshot=Snapshot("cd" * 20, DATE))
    assert (both.digest, both.deb()) == (OLD.sha256, deb(OLD).deb())


def test_deb_without_any_hash_has_none():
    assert replace(deb(OLD), sha256="").digest == ""


def test_uploads_that_kept_a_kernel_release_are_builds_of_their_own():
    found = builds(listed(OLD, replace(OLD, version="6.1.192-1"), replace(OLD, arch="i386")))
    assert [(build.version, build.arch) for build in found] == [
        ("6.1.192-2", "amd64"),
        ("6.1.192-2", "i386"),
        ("6.1.192-1", "amd64"),
    ]


def test_builds_come_newest_first_in_debians_order():
    versions = ("7.3~rc7-1~exp1", "7.3-1", "6.12.9-1", "6.12.10-1")
    found = builds(listed(*(replace(OLD, version=version) for version in versions)))
    assert [build.version for build in found] == ["7.3-1", "7.3~rc7-1~exp1", "6.12.10-1", "6.12.9-1"]


def test_second_kernel_of_a_release_is_told_by_its_source():
    deb = MadeDeb(
        "linux-image-6.12.1+deb12-amd64", "6.12.1-1~deb12u1", source="linux-signed-6.12-amd64 (6.12.1+1~deb12u1)"
    )
    (build,) = builds(listed(deb))
    assert build.source == "linux-6.12"
