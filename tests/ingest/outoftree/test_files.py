# SPDX-License-Identifier: GPL-2.0-or-later
import hashlib

import pytest

from ingest.outoftree import files


@pytest.fixture(autouse=True)
def data(tmp_path, settings):
    settings.ABIDB_DATA = tmp_path
    return tmp_path


@pytest.mark.parametrize("name", ["", "../../etc/passwd", "0" * 63, "A" * 64, "0" * 64])
def test_what_is_not_kept_is_not_found(name):
    assert files.find(name) is None


def test_a_file_is_kept_once_under_its_digest(data):
    digest = hashlib.sha256(b"module").hexdigest()
    paths = {files.put(b"module"), files.put(b"module"), files.find(digest)}
    assert paths == {data / "modules" / digest[:2] / digest}
    assert [path.read_bytes() for path in data.rglob("*") if path.is_file()] == [b"module"]


@pytest.mark.parametrize("damage", [b"modulf", b"modul", b""])
def test_a_damaged_file_counts_as_missing_is_said_and_is_kept_anew(damage, caplog):
    path = files.put(b"module")
    path.write_bytes(damage)
    assert files.find(path.name) is None
    assert caplog.messages == [f"the module file {path.name} is damaged: it counts as missing until it is built anew"]
    assert files.put(b"module").read_bytes() == b"module"
    assert files.find(path.name) == path
