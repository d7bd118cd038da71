# SPDX-License-Identifier: GPL-2.0-or-later
import copy
import datetime as dt

import pytest

from abidb.errors import BadArchive
from ingest.archive import snapshot_answers as answers

IMAGE, TAR, DIFF = "a" * 40, "b" * 40, "c" * 40


def seen(name, first_seen="20091224T221904Z", archive="debian", size=100):
    return {"name": name, "archive_name": archive, "path": "/pool", "first_seen": first_seen, "size": size}


def allfiles():
    """An answer with one file of each kind."""
    image = "linux-image-2.6.32-5-amd64"
    return {
        "_comment": "foo",
        "package": "linux-2.6",
        "version": "2.6.32-48",
        "result": {
            "source": [{"hash": TAR}, {"hash": DIFF}],
            "binaries": [
                {"name": image, "version": "2.6.32-48", "files": [{"architecture": "amd64", "hash": IMAGE}]},
                {"name": "linux-doc-2.6.32", "version": "2.6.32-48", "files": [{"architecture": "all", "hash": DIFF}]},
                {"name": "linux-headers-2.6.32-5-common", "version": "2.6.32-48", "files": [
                    {"architecture": "all", "hash": DIFF}]},
            ],
        },
        "fileinfo": {
            IMAGE: [seen(f"{image}_2.6.32-48_amd64.deb", "20120510T041912Z", "debian-security"),
                    seen(f"{image}_2.6.32-48_amd64.deb", "20120301T000000Z")],
            TAR: [seen("linux-2.6_2.6.32-48.debian.tar.gz", size=7)],
            DIFF: [seen("linux-2.6_2.6.32.orig.tar.gz", "20130301T000000Z")],
        },
    }  # fmt: skip


def broken(*path, value):
    """The answer with another value, or none, at one place."""
    answer = copy.deepcopy(allfiles())
    place = answer
    for step in path[:-1]:
        place = place[step]
    if value is None:
        del place[path[-1]]
    else:
        place[path[-1]] = value
    return answer


FILE = ("result", "binaries", 0, "files", 0)


@pytest.mark.parametrize(
    "answer",
    [
        [],
        {"result": []},
        broken("fileinfo", value=None),
        broken("fileinfo", IMAGE, value=None),
        broken("fileinfo", IMAGE, value=[]),
        broken("fileinfo", IMAGE, 0, "size", value=99),
        broken("fileinfo", TAR, 0, "size", value="7"),
        broken("fileinfo", TAR, 0, "size", value=0),
        broken("fileinfo", TAR, 0, "size", value=True),
        broken("fileinfo", TAR, 0, "first_seen", value="2009-12-24 22:19:04"),
        broken("fileinfo", TAR, 0, "first_seen", value="20091324T221904Z"),
        broken("fileinfo", TAR, 0, "name", value="../linux_1.debian.tar.gz"),
        broken("result", "binaries", value={}) | {"result": None},
        broken("result", "binaries", 0, "name", value=7),
        broken("result", "binaries", 0, "version", value="1/2"),
        broken(*FILE, "architecture", value="amd64/../.."),
        broken(*FILE, "hash", value="A" * 40),
        broken(*FILE, "hash", value="d" * 64),
    ],
)
def test_answer_of_another_shape_is_refused(answer):
    with pytest.raises(BadArchive, match="^the answer has not the documented shape: [A-Z][A-Za-z]+Error: "):
        answers.kernel_files(answer)


@pytest.mark.parametrize("read", [answers.kernel_sources, answers.versions, answers.sightings])
@pytest.mark.parametrize("answer", [None, {}, {"result": None}, {"result": [{}]}, {"result": ["linux"]}])
def test_answer_to_a_smaller_question_of_another_shape_is_refused(read, answer):
    with pytest.raises(BadArchive, match="documented shape"):
        read(answer)


def test_time_that_is_none_is_refused():
    with pytest.raises(ValueError, match="is no time"):
        answers.moment("20091224T2219Z")


def test_files_of_interest_are_kernel_debs_of_architectures_and_the_debian_tar():
    assert answers.kernel_files(allfiles()) == [
        "20130301T000000Z",
        ["linux-image-2.6.32-5-amd64", "2.6.32-48", "amd64", 100, IMAGE, "20120301T000000Z"],
        ["linux-2.6_2.6.32-48.debian.tar.gz", "", "source", 7, TAR, "20091224T221904Z"],
    ]


@pytest.mark.parametrize("end", ["-dbg", "-dbgsym", "-signed", "-signed-template"])
def test_debug_symbols_signatures_and_templates_are_of_no_interest(end):
    answer = broken("result", "binaries", 0, "name", value="linux-image-6.1.0-1-amd64" + end)
    assert [row[2] for row in answers.kernel_files(answer)[1:]] == ["source"]


def test_version_whose_files_were_all_taken_away_has_none():
    assert answers.kernel_files({"result": {"source": [], "binaries": []}, "fileinfo": {}}) == ["19700101T000000Z"]


def test_kernel_sources_are_found_among_all_names():
    kernels = ["linux", "linux-2.6", "linux-5.10", "linux-signed", "linux-signed-6.1-arm64", "linux-signed-amd64"]
    others = ["0ad", "linux-latest-2.6", "linux-modules-extra-2.6", "linux-tools", "user-mode-linux"]
    answer = {"result": [{"package": name} for name in [*others, *reversed(kernels)]]}
    assert answers.kernel_sources(answer) == kernels


def test_sightings_of_a_file_are_in_the_order_of_time():
    answer = {"result": [seen("f", "20120510T041912Z", "debian-security"), seen("f", "20120301T000000Z")]}
    assert answers.sightings(answer) == [
        ("20120301T000000Z", "debian"),
        ("20120510T041912Z", "debian-security"),
    ]


def test_versions_are_read():
    assert answers.versions({"result": [{"version": "2.6.32-48"}, {"version": "2.6.32-45~bpo50+1"}]}) == [
        "2.6.32-48",
        "2.6.32-45~bpo50+1",
    ]


def test_time_is_utc():
    assert answers.moment("20091224T221904Z") == dt.datetime(2009, 12, 24, 22, 19, 4, tzinfo=dt.UTC)
