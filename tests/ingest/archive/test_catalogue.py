# SPDX-License-Identifier: GPL-2.0-or-later
import datetime as dt
from dataclasses import replace

import pytest

from abidb.lifecycle import DebianRelease
from abidb.records import ReleaseRow
from ingest.archive.catalogue import Catalogue, Index, Question, Sources, archive_indexes, listed_builds
from ingest.archive.memory import in_process
from ingest.archive.problem import Problem
from ingest.archive.release import Release
from ingest.archive.roots import Root
from tests.builders.archive import DATE, Fault, MadeDeb, MadeSource, served, write_suite

NOW = dt.datetime(2026, 11, 23, tzinfo=dt.UTC)
IMAGE = MadeDeb("linux-image-6.12.1+deb13-amd64", "6.12.1-1")
DAY = dt.date(2026, 1, 1)
SID = DebianRelease("sid", "", DAY, None, None, None)
TRIXIE = DebianRelease("trixie", "13", DAY, DAY, None, None)
SQUEEZE = DebianRelease("squeeze", "6.0", DAY, DAY, DAY, None)
POCKETS = ("", "-security")
STALE = {"Valid_Until": "Fri, 06 Nov 2026 00:00:00 UTC"}


def question(arches=("amd64",), releases=(SQUEEZE, TRIXIE, SID), pockets=POCKETS, only=()):
    return Question(arches, releases, pockets, NOW, only)


@pytest.fixture
def look(client):
    """What is found in roots, each part in a few words."""

    def found(*roots, **asked):
        parts = archive_indexes(roots, question(**asked), client, in_process())
        return [words(part) for part in parts if not isinstance(part, Sources)]

    return found


def words(part):
    if isinstance(part, (Release, Sources)):
        return part.suite
    if isinstance(part, Index):
        return part.suite, part.arch, len(part.packages)
    return "refused" if part.refused else "warned", part.suite, part.index


@pytest.fixture
def root(server, key):
    return Root(server.address, (key.public,))


def asked(server):
    return [path.removeprefix("/dists/").removesuffix("/InRelease") for path, _ in server.requests if "InR" in path]


def test_root_without_any_suite_gives_nothing(look, root):
    assert look(root) == []


def test_archive_of_another_origin_is_refused_where_it_was_given_for_debians(look, root, folder, key):
    write_suite(folder, key, [IMAGE], Origin="Vendor")
    assert look(root) == [("refused", "trixie", "")]


def test_archive_of_another_vendor_among_the_hosts_is_passed_over(look, server, folder, key):
    write_suite(folder, key, [IMAGE], Origin="Docker")
    assert (look(Root(server.address, (key.public,), ("trixie",))), asked(server)) == ([], ["trixie"])


def test_vendors_archive_without_a_suite_of_debians_is_not_even_asked(look, server, key):
    assert (look(Root(server.address, (key.public,), ("nodistro",))), server.requests) == ([], [])


def test_suite_that_does_not_verify_is_a_problem_beside_the_others(look, root, folder, key, stranger):
    write_suite(folder, stranger, [IMAGE], folder="sid")
    write_suite(folder, key, [IMAGE])
    assert look(root) == [("refused", "sid", ""), "trixie", ("trixie", "amd64", 1)]


def test_index_that_does_not_match_is_a_problem_beside_the_others(look, root, folder, key):
    write_suite(folder, key, [IMAGE, MadeDeb(IMAGE.name, IMAGE.version, "arm64")])
    (folder / "dists/trixie/main/binary-amd64/Packages.xz").write_bytes(b"stale")
    assert look(root, arches=("amd64", "arm64")) == [
        "trixie",
        ("refused", "trixie", "main/binary-amd64/Packages"),
        ("trixie", "arm64", 1),
    ]


def test_index_that_is_not_in_order_is_followed_by_what_it_listed_last(client, root, folder, key):
    memory = in_process()

    def found():
        parts = list(archive_indexes([root], question(only=("trixie",)), client, memory))
        return [words(part) for part in parts if not isinstance(part, Sources)], listed_builds(parts).builds

    write_suite(folder, key, [IMAGE])
    first = found()
    write_suite(folder, key, [IMAGE, MadeDeb("linux-image-6.12.2+deb13-amd64", "6.12.2-1")])
    (folder / "dists/trixie/main/binary-amd64/Packages.xz").unlink()
    second = found()
    assert second == (["trixie", ("refused", "trixie", "main/binary-amd64/Packages"), ("trixie", "amd64", 1)], first[1])


def test_suite_of_an_ended_release_that_was_seen_is_never_known_to_be_absent(client, root, folder, old_key, server):
    write_suite(folder, old_key, [IMAGE], folder="squeeze")
    old, then = replace(root, keyrings=(old_key.public,)), replace(question(only=("squeeze",)), now=DATE)
    seen = next(part for part in archive_indexes([old], then, client, in_process()) if isinstance(part, Release))
    kept = ReleaseRow(root.name, "squeeze", seen.sha256, seen.date, DATE - dt.timedelta(days=31), seen.content)
    memory = replace(in_process(), release=lambda *_: kept)
    server.fault("dists/squeeze/InRelease", Fault(status=404))
    server.fault("dists/squeeze/Release", Fault(status=404))
    looks = [[words(part) for part in archive_indexes([old], then, client, memory)][:2] for _ in range(2)]
    assert looks == [[("refused", "squeeze", ""), "squeeze"], [("warned", "squeeze", ""), "squeeze"]]


def test_suite_that_was_seen_is_asked_for_though_the_page_of_suites_fails(client, root, server):
    memory = replace(in_process(), folders=lambda _: ["squeeze"])
    server.fault("dists/", Fault(status=403))
    parts = [words(part) for part in archive_indexes([root], question(), client, memory)]
    assert (parts, "squeeze" in asked(server)) == ([("refused", "", "dists/")], True)


def test_suite_past_its_valid_until_is_used_with_a_warning(look, root, folder, key):
    write_suite(folder, key, [IMAGE], **STALE)
    assert look(root) == [("warned", "trixie", ""), "trixie", ("trixie", "amd64", 1)]


def test_warning_says_since_when(client, root, folder, key):
    write_suite(folder, key, [IMAGE], **STALE)
    parts = archive_indexes([root], question(only=("trixie",)), client, in_process())
    message = "past its Valid-Until, 2026-11-06: a suite or a mirror that stands still"
    assert next(parts) == Problem(root.name, "trixie", "", message, refused=False)


def test_hosts_own_suites_are_asked_for_first_and_then_the_others(look, server, folder, key):
    write_suite(folder, key, [IMAGE], folder="bookworm")
    write_suite(folder, key, folder="sid", Suite="unstable")
    assert look(Root(server.address, (key.public,), ("bookworm", "stable"))) == [
        "bookworm",
        ("bookworm", "amd64", 1),
        "sid",
        ("sid", "amd64", 0),
    ]


def test_suite_asked_for_by_codename_and_by_alias_is_found_once(look, server, folder, key):
    write_suite(folder, key, [IMAGE])
    write_suite(folder, key, [IMAGE], folder="stable", Codename="trixie")
    assert look(Root(server.address, (key.public,), ("stable",))) == ["trixie", ("trixie", "amd64", 1)]


def test_only_the_suites_that_were_named_are_asked_for(look, server, root):
    look(root, only=("trixie", "trixie-backports"))
    assert sorted(asked(server)) == ["trixie", "trixie-backports"]


def test_security_is_asked_only_for_its_own_suites_and_the_others_not_for_them(look, tmp_path, key):
    (tmp_path / "debian").mkdir()
    (tmp_path / "debian-security").mkdir()
    with served(tmp_path) as server:
        look(*(Root(f"{server.address}/{name}", (key.public,)) for name in ("debian", "debian-security")))
        paths = sorted(path for path, _ in server.requests if path.endswith("InRelease"))
    assert paths == [
        "/debian-security/dists/trixie-security/InRelease",
        "/debian/dists/sid/InRelease",
        "/debian/dists/trixie/InRelease",
    ]


def test_one_candidate_is_enough_to_know_the_hosts_archive(look, server, folder, key):
    write_suite(folder, key, folder="trixie-security")
    root = Root(server.address, (key.public,), ("trixie",))
    assert look(root, pockets=("-security",)) == ["trixie-security", ("trixie-security", "amd64", 0)]


def test_catalogue_holds_builds_releases_and_problems(client, root, folder, key):
    write_suite(folder, key, [IMAGE], **STALE)
    write_suite(folder, key, [IMAGE], folder="sid", Suite="unstable")
    found = list(archive_indexes([root], question(), client, in_process()))
    catalogue = listed_builds(found)
    assert catalogue == Catalogue(catalogue.builds, (found[0], found[4]), (found[3],))
    assert [(build.kernel_release, build.suites) for build in catalogue.builds] == [
        ("6.12.1+deb13-amd64", ("sid", "trixie"))
    ]


def test_vendors_further_archive_is_refused_and_it_is_said_how_to_have_it(client, server, folder, key):
    write_suite(folder, key, [IMAGE], Origin="Vendor")
    root = Root(server.address, (key.public,), ("trixie",), further=True)
    message = "not Debian's archive, but of origin 'Vendor'; a Label among its source's fields says that this is meant"
    assert list(archive_indexes([root], question(), client, in_process())) == [
        Problem(root.name, "trixie", "", message, refused=True)
    ]


def test_further_archive_is_asked_only_for_the_suites_that_its_source_names(look, server, folder, key):
    write_suite(folder, key, [IMAGE], Origin="Vendor")
    root = Root(server.address, (key.public,), ("trixie",), label="vendor", further=True)
    assert (look(root), asked(server)) == (["vendor:trixie", ("vendor:trixie", "amd64", 1)], ["trixie"])


def test_archive_that_tells_its_suites_is_asked_for_them_by_codename(look, server, folder, key):
    for name in ("trixie", "squeeze", "stable", "nodistro"):
        write_suite(folder, key, folder=name)
    server.fault(
        "dists/", Fault(content=b"".join(b'<a href="%s/">' % n for n in (b"..", b"trixie", b"squeeze", b"stable")))
    )
    look(Root(server.address, (key.public,)))
    assert sorted(asked(server)) == ["squeeze", "trixie"]


def test_ended_archive_is_asked_for_all_releases_and_says_what_it_accepts(look, server, folder, old_key):
    write_suite(folder, old_key, [IMAGE], folder="squeeze", apart=True)
    root = Root(server.address, (old_key.public,), ended=True, further=True)
    assert look(root) == [("warned", "squeeze", ""), "squeeze", ("squeeze", "amd64", 1)]


def test_suite_of_an_ended_release_is_verified_by_old_rules_wherever_it_is(look, root, folder, old_key):
    write_suite(folder, old_key, [IMAGE], folder="squeeze")
    old = replace(root, keyrings=(old_key.public,))
    assert look(old, only=("squeeze",)) == [("warned", "squeeze", ""), "squeeze", ("squeeze", "amd64", 1)]


def test_suite_of_an_ended_release_that_is_not_there_is_asked_for_once_a_month(server, root, client):
    memory = in_process()
    for days in (0, 29, 30):
        then = replace(question(only=("squeeze",)), now=NOW + dt.timedelta(days=days))
        list(archive_indexes([root], then, client, memory))
    assert asked(server) == ["squeeze", "squeeze"]


def test_third_party_may_still_support_what_debian_does_not(server, root, client, folder, old_key):
    write_suite(folder, old_key, folder="squeeze")
    elts = replace(root, keyrings=(old_key.public,), label="elts", suites=("squeeze",), further=True)
    (problem,) = archive_indexes([elts], question(), client, in_process())
    assert (problem.suite, "the key that signed has expired" in problem.message) == ("squeeze", True)


def test_sources_of_kernels_are_listed_beside_the_packages(client, root, folder, key):
    write_suite(folder, key, [IMAGE], sources=[MadeSource("linux", "6.12.1-1"), MadeSource("bash", "5")])
    catalogue = listed_builds(archive_indexes([root], question(), client, in_process()))
    assert [(one.source, one.version, one.places[0].listing.index) for one in catalogue.sources] == [
        ("linux", "6.12.1-1", "main/source/Sources")
    ]


def test_deb_is_listed_where_the_signed_release_has_it(client, root, folder, key):
    write_suite(folder, key, [IMAGE])
    release, index, _ = archive_indexes([root], question(), client, in_process())
    listing = index.packages[0].listing
    assert (listing.root, listing.suite, listing.index, listing.release_sha256, listing.release_date) == (
        root.name,
        "trixie",
        "main/binary-amd64/Packages",
        release.sha256,
        release.date,
    )
