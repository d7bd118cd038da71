# SPDX-License-Identifier: GPL-2.0-or-later
import pytest

from abidb.errors import BadFormat
from ingest.source import read_policy
from tests.builders.compress import compress
from tests.builders.deb import SUFFIXES, make_tar

FILES = {
    "debian/changelog": b"linux (6.1.4-1) unstable; urgency=medium\n",
    "debian/config/defines": b"[abi]\nabiname: 1\nignore-changes:\n perf_*\n",
    "debian/config/amd64/rt/defines": b"[abi]\nignore-changes: *\n",
}


@pytest.fixture
def write(tmp_path):
    def write(data):
        path = tmp_path / "linux_6.1.4-1.debian.tar.xz"
        path.write_bytes(data)
        return path

    return write


def check_refuses(message, path):
    with pytest.raises(BadFormat) as raised:
        read_policy(path)
    assert str(raised.value) == f"{path.name}: {message}"


def test_what_is_no_archive_is_refused(write):
    check_refuses("archive ends without its end mark (offset 0)", write(b"no tar"))


def test_an_archive_that_is_cut_short_is_refused(write):
    check_refuses("archive is cut short", write(compress("xz", make_tar(FILES))[:-20]))


def test_an_archive_that_unpacks_to_too_much_is_refused(write, monkeypatch):
    monkeypatch.setattr("ingest.source.LIMIT", 1000)
    check_refuses("archive holds more than the 1,000 bytes that are allowed", write(compress("xz", make_tar(FILES))))


def test_a_file_that_is_too_large_is_refused(write, monkeypatch):
    monkeypatch.setattr("ingest.source.FILE_LIMIT", 10)
    check_refuses(
        "debian/config/defines: file of 41 bytes is larger than the 10 that are allowed (offset 1,024)",
        write(compress("xz", make_tar(FILES))),
    )


def test_a_list_that_cannot_be_read_is_refused_by_its_file(write):
    broken = {"debian/config/defines": b"[abi\n"}
    check_refuses("debian/config/defines: not made of sections and values", write(compress("xz", make_tar(broken))))


@pytest.mark.parametrize("compression", SUFFIXES)
def test_ignored_changes_are_read_whatever_the_compression(write, compression):
    data = make_tar(FILES)
    path = write(compress(compression, data) if compression else data)
    assert read_policy(path) == (("", "perf_*"), ("amd64/rt", "*"))


def test_a_source_package_without_such_a_list_has_no_policy(write):
    assert read_policy(write(compress("xz", make_tar({"debian/config/defines.toml": b"[[kernelarch]]\n"})))) == ()
