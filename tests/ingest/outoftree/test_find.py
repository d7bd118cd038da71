# SPDX-License-Identifier: GPL-2.0-or-later
"""Packages that bring source of kernel modules, found in small signed archives."""

import datetime as dt
import hashlib
import shutil

import pytest

from abidb.lifecycle import DebianRelease
from abidb.outoftree import DkmsPackage, PackageKey
from abidb.records import Listing
from ingest.archive.catalogue import Question
from ingest.archive.memory import in_process
from ingest.archive.roots import Root
from ingest.outoftree import find
from tests.builders.archive import DATE, Fault, MadeDeb, write_suite

NOW = dt.datetime(2026, 11, 23, tzinfo=dt.UTC)
DAY = dt.date(2025, 1, 1)
TRIXIE = DebianRelease("trixie", "13", DAY, DAY, None, None)
QUESTION = Question(("amd64",), (TRIXIE,), ("", "-security"), NOW)
CALL = MadeDeb("acpi-call-dkms", "1.2.2-2", source="acpi-call", depends="dkms (>= 2.1.0.0)")
ZFS = MadeDeb("zfs-dkms", "2.3.2-2", source="zfs-linux (2.3.2-1)", component="contrib")
ODD = MadeDeb("mimic-modules", "0.6-1", source="mimic")
NOISE = (
    MadeDeb("bash", "5"),
    MadeDeb("dh-dkms", "3.2", source="dkms"),
    MadeDeb("dkms-test-dkms", "3.2", source="dkms"),
)
CONTENTS = {
    "main/Contents-amd64": "usr/src/mimic-0.6/dkms.conf kernel/mimic-modules\nusr/src/t/dkms.conf kernel/dkms-test-dkms\n"
}


@pytest.fixture
def root(server, key):
    return Root(server.address, (key.public,))


@pytest.fixture
def suite(folder, key):
    """Writes a suite with what is given, and with packages that are none."""

    def write(*debs, **options):
        write_suite(folder, key, (*debs, *NOISE), **options)

    return write


def found(roots, client, memory=None, question=QUESTION):
    return find.packages(roots, question, client, memory or in_process())


def names(result):
    return [(package.key.package, package.key.version) for package in result.packages]


def refused(result):
    return [(problem.suite, problem.index) for problem in result.problems if problem.refused]


def test_archive_without_any_suite_has_none_and_tells_nothing_of_what_is_gone(root, client):
    result = found([root], client)
    assert (result.packages, result.whole) == ((), False)


@pytest.mark.parametrize("kind", [{"label": "vendor"}, {"ended": True}])
def test_archives_of_third_parties_and_of_ended_releases_are_not_asked(suite, server, key, client, kind):
    suite(CALL)
    assert found([Root(server.address, (key.public,), **kind)], client).packages == ()
    assert server.requests == []


def test_index_that_is_not_the_listed_one_is_a_problem_and_nothing_counts_as_gone(suite, server, root, client):
    suite(CALL)
    server.fault("dists/trixie/main/binary-amd64/Packages.xz", Fault(content=b"forged"), lasting=True)
    result = found([root], client)
    assert (names(result), refused(result), result.whole) == ([], [("trixie", "main/binary-amd64/Packages")], False)


def test_stanza_without_a_size_is_a_problem_and_the_others_count():
    stanza = "Package: {}\nVersion: 1\nArchitecture: all\nFilename: pool/x.deb\nSHA256: 00\n"
    index = (stanza.format("a-dkms") + "\n" + stanza.format("b-dkms") + "Size: 7\n").encode()
    first, second = find.dkms_stanzas(index, ())
    listing = Listing("http://x.test", "sid", "main/binary-amd64/Packages", "00", NOW)
    with pytest.raises(KeyError, match="size"):
        find.dkms_package(first, listing)
    assert find.dkms_package(second, listing).size == 7


def test_unusable_stanza_in_an_archive_is_told(suite, root, client):
    suite(MadeDeb("bad-dkms", ""), CALL)
    result = found([root], client)
    assert (names(result), refused(result)) == (
        [("acpi-call-dkms", "1.2.2-2")],
        [("trixie", "main/binary-amd64/Packages")],
    )


def test_nul_in_a_stanza_is_refused(suite, root, client):
    suite(MadeDeb("bad-dkms", "1", depends="a\0b"))
    assert refused(found([root], client)) == [("trixie", "main/binary-amd64/Packages")]


def test_package_is_found_with_all_that_the_index_says(suite, root, server, client):
    suite(CALL)
    release_sha256 = hashlib.sha256((server.folder / "dists/trixie/InRelease").read_bytes()).hexdigest()
    listing = Listing(server.address, "trixie", "main/binary-amd64/Packages", release_sha256, DATE)
    assert found([root], client).packages == (
        DkmsPackage(
            key=PackageKey("acpi-call-dkms", "1.2.2-2", "amd64"),
            source="acpi-call",
            source_version="1.2.2-2",
            component="main",
            depends="dkms (>= 2.1.0.0)",
            filename=CALL.filename,
            size=len(CALL.data),
            sha256=CALL.sha256,
            listings=(listing,),
        ),
    )


def test_packages_of_every_component_are_found_and_version_of_the_source_may_differ(suite, root, client):
    suite(CALL, ZFS, Components="main contrib")
    result = found([root], client)
    assert [(p.key.package, p.component, p.source, p.source_version) for p in result.packages] == [
        ("acpi-call-dkms", "main", "acpi-call", "1.2.2-2"),
        ("zfs-dkms", "contrib", "zfs-linux", "2.3.2-1"),
    ]
    assert result.whole


def test_package_of_any_name_counts_if_it_ships_a_dkms_conf_but_not_those_of_dkms_itself(suite, root, client):
    suite(ODD, contents=CONTENTS)
    assert names(found([root], client)) == [("mimic-modules", "0.6-1")]


def test_what_a_release_ships_counts_in_its_suites_without_contents(suite, root, client):
    suite(contents=CONTENTS)
    suite(ODD, folder="trixie-security", Codename="trixie-security")
    assert names(found([root], client)) == [("mimic-modules", "0.6-1")]


def test_contents_that_are_not_in_order_are_a_problem_but_do_not_hide_what_is_gone(suite, root, server, client):
    suite(ODD, CALL, contents=CONTENTS)
    server.fault("dists/trixie/main/Contents-amd64.gz", Fault(content=b"forged"), lasting=True)
    result = found([root], client)
    assert (names(result), refused(result)) == ([("acpi-call-dkms", "1.2.2-2")], [("trixie", "main/Contents-amd64")])
    assert result.whole


def test_package_of_two_suites_is_one_with_both_listings(suite, root, client):
    suite(CALL)
    suite(CALL, folder="trixie-security", Codename="trixie-security")
    (package,) = found([root], client).packages
    assert [listing.suite for listing in package.listings] == ["trixie", "trixie-security"]


def test_second_look_fetches_nothing_but_the_release_files(suite, root, server, client):
    suite(ODD, CALL, contents=CONTENTS)
    memory = in_process()
    first = found([root], client, memory)
    server.requests.clear()
    shutil.rmtree(client.cache)
    assert found([root], client, memory).packages == first.packages
    assert [path for path, _ in server.requests if "Release" not in path and path != "/dists/"] == []
