# SPDX-License-Identifier: GPL-2.0-or-later
import datetime as dt
from dataclasses import replace

import pytest

from abidb.errors import BadArchive, NotThere, Unavailable
from abidb.records import Snapshot
from ingest.archive.memory import in_process
from ingest.archive.problem import Problem
from ingest.archive.snapshot import Sighting, SnapshotDeb, kernel_files, service, sightings
from ingest.archive.sources import ListedSource
from tests.builders.archive import Fault, MadeDeb
from tests.builders.snapshot import replica, sha1

NOW = dt.datetime(2026, 11, 21, 9, 15, 44, tzinfo=dt.UTC)
SEEN = dt.datetime(2009, 12, 24, 22, 19, 4, tzinfo=dt.UTC)
OLD = MadeDeb("linux-image-2.6.32-5-amd64", "2.6.32-48", source="linux-2.6")
NEW = MadeDeb("linux-image-6.1.0-56-amd64", "6.1.192-2", source="linux-signed-amd64")
TAR = b"a tar, some day"
OLD_FILES = "/mr/package/linux-2.6/2.6.32-48/allfiles?fileinfo=1"
NEW_FILES = "/mr/package/linux-signed-amd64/6.1.192%2B2/allfiles?fileinfo=1"
ALL = ["/mr/package/", "/mr/package/linux-2.6/", OLD_FILES, "/mr/package/linux-signed-amd64/", NEW_FILES]


@pytest.fixture
def snapshot(folder):
    with replica(folder) as running:
        tar = {"linux-2.6_2.6.32-48.debian.tar.gz": TAR, "linux-2.6_2.6.32.orig.tar.gz": b"orig"}
        running.add("linux-2.6", "2.6.32-48", [OLD], tar)
        signed = {"linux-signed-amd64_6.1.192+2.debian.tar.xz": b"no policy"}
        running.add("linux-signed-amd64", "6.1.192+2", [NEW], signed, first_seen="20261118T000000Z")
        running.add("user-mode-linux", "2.6.32-1um-4", [MadeDeb("user-mode-linux", "2.6.32-1um-4")])
        yield running


@pytest.fixture
def asked(snapshot, client):
    return service(snapshot.address.replace("//", "//user:secret@") + "/", client, in_process())


def deb(made, first_seen=SEEN):
    return SnapshotDeb(
        made.name, made.version, made.arch, made.source, len(made.data), Snapshot(sha1(made.data), first_seen)
    )


OLD_FOUND = [
    deb(OLD),
    ListedSource("linux-2.6", "2.6.32-48", "linux-2.6_2.6.32-48.debian.tar.gz", 15, "", (), Snapshot(sha1(TAR), SEEN)),
]
NEW_FOUND = deb(NEW, dt.datetime(2026, 11, 18, tzinfo=dt.UTC))


def problem(asked, what, message):
    return Problem(asked.name, what, "", message, refused=True)


def test_service_that_does_not_know_packages_is_a_problem(asked, snapshot):
    snapshot.fault("mr/package/", Fault(404))
    message = f"{asked.name}/mr/package/ is not there (HTTP 404)"
    assert list(kernel_files(asked, NOW)) == [problem(asked, "", message)]


def test_answer_that_is_no_json_is_a_problem(asked, snapshot):
    snapshot.fault("mr/package/", Fault(content=b"<html>"))
    snapshot.fault("mr/package/linux-2.6/", Fault(content=b"[" * 100_000))
    first, second = list(kernel_files(asked, NOW)), list(kernel_files(asked, NOW))
    assert (first, second) == (
        [problem(asked, "", f"{asked.name}/mr/package/ is no JSON: JSONDecodeError")],
        [NEW_FOUND, problem(asked, "linux-2.6", f"{asked.name}/mr/package/linux-2.6/ is no JSON: RecursionError")],
    )


def test_version_whose_answer_is_of_another_shape_is_a_problem_and_the_others_are_read(asked, snapshot):
    snapshot.fault(OLD_FILES[1:], Fault(content=b'{"result": []}'))
    shape = "the answer has not the documented shape: KeyError: 'fileinfo'"
    assert list(kernel_files(asked, NOW)) == [
        NEW_FOUND,
        problem(asked, "linux-2.6 2.6.32-48", f"{asked.name}{OLD_FILES}: {shape}"),
    ]


def test_version_that_is_listed_but_not_there_does_not_end_the_look(asked, snapshot):
    for number in range(4):
        snapshot.add("linux-2.6", f"2.6.32-{number}")
        snapshot.fault(f"mr/package/linux-2.6/2.6.32-{number}/allfiles?fileinfo=1", Fault(404))
    found = list(kernel_files(asked, NOW))
    problems = [part.suite for part in found if isinstance(part, Problem)]
    assert (problems, found[-5]) == ([f"linux-2.6 2.6.32-{number}" for number in (3, 2, 1, 0)], NEW_FOUND)


def test_service_that_fails_again_and_again_is_left_alone_until_the_next_look(asked, snapshot):
    for number in range(5):
        snapshot.add("linux-2.6", f"2.6.32-{number}", [replace(OLD, version=f"2.6.32-{number}")])
        snapshot.fault(f"mr/package/linux-2.6/2.6.32-{number}/allfiles?fileinfo=1", *[Fault(503)] * 4)
    found = list(kernel_files(asked, NOW))
    assert [part.suite for part in found if isinstance(part, Problem)] == [
        "linux-2.6 2.6.32-4",
        "linux-2.6 2.6.32-3",
        "linux-2.6 2.6.32-2",
    ]
    asked_before = len(snapshot.requests)
    assert NEW_FOUND in list(kernel_files(asked, NOW))
    again = snapshot.asked()[asked_before:]
    assert OLD_FILES not in again


def test_server_that_wants_to_be_left_alone_is_asked_again_when_it_said(asked, snapshot, waits):
    snapshot.fault("mr/package/", Fault(503, {"Retry-After": "7"}), Fault(429, {"Retry-After": "11"}), Fault(502))
    assert (list(kernel_files(asked, NOW)), waits) == ([*OLD_FOUND, NEW_FOUND], [7.0, 11.0, 4.0])


def test_answer_that_breaks_off_or_stalls_is_asked_for_again(asked, snapshot, waits):
    snapshot.fault("mr/package/", Fault(cut=9), Fault(stall=1.0))
    assert (list(kernel_files(asked, NOW)), waits) == ([*OLD_FOUND, NEW_FOUND], [1.0, 2.0])


def test_file_that_the_service_does_not_know_has_no_sightings(asked):
    with pytest.raises(NotThere, match=r"/mr/file/0{40}/info is not there"):
        sightings(asked, "0" * 40)


def test_sightings_that_are_none_are_refused(asked, snapshot):
    digest = sha1(OLD.data)
    snapshot.fault(f"mr/file/{digest}/info", Fault(content=b"{}"))
    with pytest.raises(BadArchive, match=rf"^http://127.*/mr/file/{digest}/info: the answer has not the documented"):
        sightings(asked, digest)


def test_outage_is_told_of_sightings(asked, snapshot):
    digest = sha1(OLD.data)
    snapshot.fault(f"mr/file/{digest}/info", *[Fault(500)] * 4)
    with pytest.raises(Unavailable, match="HTTP 500"):
        sightings(asked, digest)


def test_sightings_of_a_file_are_told_by_archive(asked, snapshot):
    digest = snapshot.see("copy.deb", OLD.data, "/pool", "20120510T041912Z", "debian-security")
    assert sightings(asked, digest) == (
        Sighting("debian", SEEN),
        Sighting("debian-security", dt.datetime(2012, 5, 10, 4, 19, 12, tzinfo=dt.UTC)),
    )


def test_kernel_debs_and_the_sources_with_policy_are_found(asked, snapshot):
    found = list(kernel_files(asked, NOW))
    assert (found, snapshot.asked()) == ([*OLD_FOUND, NEW_FOUND], ALL)


def test_the_replica_answers_the_other_documented_questions_in_their_shapes(snapshot, client):
    def told(path):
        return client.session.get(snapshot.address + path, timeout=5).json()

    digest, name = sha1(OLD.data), "linux-image-2.6.32-5-amd64"
    binary = {"binary": name, "_comment": "foo"}
    version = {"package": "linux-2.6", "version": "2.6.32-48", "_comment": "foo"}
    assert [
        told("/mr/package/linux-2.6/2.6.32-48/binpackages"),
        told("/mr/package/linux-2.6/2.6.32-48/srcfiles")["result"][0],
        told(f"/mr/binary/{name}/"),
        told(f"/mr/binary/{name}/2.6.32-48/binfiles"),
        told(f"/mr/binary/{name}/2.6.32-48/binfiles?fileinfo=1")["fileinfo"][digest][0]["first_seen"],
    ] == [
        {**version, "result": [{"name": name, "version": "2.6.32-48"}]},
        {"hash": sha1(TAR)},
        {
            **binary,
            "result": [{"name": name, "binary_version": "2.6.32-48", "source": "linux-2.6", "version": "2.6.32-48"}],
        },
        {**binary, "binary_version": "2.6.32-48", "result": [{"architecture": "amd64", "hash": digest}]},
        "20091224T221904Z",
    ]


def test_address_without_its_last_slash_is_followed_to_the_one_with_it(asked, snapshot):
    snapshot.fault("mr/package/", Fault(301, {"Location": "/mr/package"}), Fault())
    assert list(kernel_files(asked, NOW)) == [*OLD_FOUND, NEW_FOUND]
    assert snapshot.asked()[:3] == ["/mr/package/", "/mr/package", "/mr/package/"]


@pytest.mark.parametrize(
    ("later", "again"),
    [
        (dt.timedelta(hours=6), []),
        (dt.timedelta(days=1), ["/mr/package/linux-2.6/", "/mr/package/linux-signed-amd64/", NEW_FILES]),
        (dt.timedelta(days=7), [path for path in ALL if path != OLD_FILES]),
    ],
)
def test_only_what_may_have_changed_is_asked_again(asked, snapshot, later, again):
    first = list(kernel_files(asked, NOW))
    snapshot.requests.clear()
    assert (list(kernel_files(asked, NOW + later)), snapshot.asked()) == (first, again)


def test_memory_is_told_once_a_look_what_was_used(asked):
    told, kept = [], {}
    memory = replace(in_process(), index=kept.get, remember=kept.__setitem__, used=told.append)
    for _ in range(2):
        list(kernel_files(replace(asked, memory=memory), NOW))
    assert [set(keys) for keys in told] == [set(kept)] * 2


def test_service_that_is_down_is_taken_at_its_word_of_before(asked, snapshot):
    first = list(kernel_files(asked, NOW))
    snapshot.fault("mr/package/", *[Fault(503)] * 4)
    snapshot.fault("mr/package/linux-2.6/", *[Fault(503)] * 4)
    snapshot.fault("mr/package/linux-signed-amd64/", *[Fault(503)] * 4)
    snapshot.requests.clear()
    *found, one, two, three = kernel_files(asked, NOW + dt.timedelta(days=7))
    assert (found, [one.suite, two.suite, three.suite], len(snapshot.requests)) == (
        first,
        ["", "linux-2.6", "linux-signed-amd64"],
        12,
    )
