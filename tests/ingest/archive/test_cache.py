# SPDX-License-Identifier: GPL-2.0-or-later
import os
from hashlib import sha256

from ingest.archive.cache import cached, claimed, discard, forget, path_of, prune, publish


def put(cache, data, used=None):
    digest = sha256(data).hexdigest()
    with claimed(cache, digest) as part:
        part.write(data)
        path = publish(part, cache, digest)
    if used is not None:
        os.utime(path, (used, used))
    return digest


def names(cache):
    return {path.name for path in cache.glob("*/*")}


def test_nothing_is_cached_in_a_folder_that_is_not_there(tmp_path):
    assert cached(tmp_path / "none", sha256(b"a").hexdigest()) is None


def test_discarded_part_is_gone(tmp_path):
    digest = sha256(b"a").hexdigest()
    with claimed(tmp_path, digest) as part:
        part.write(b"half")
        discard(part, tmp_path, digest)
    assert names(tmp_path) == set()


def test_published_file_is_whole_under_its_digest(tmp_path):
    digest = put(tmp_path, b"whole")
    assert (cached(tmp_path, digest).read_bytes(), names(tmp_path)) == (b"whole", {digest})


def test_forgotten_file_is_gone_and_forgetting_twice_is_fine(tmp_path):
    digest = put(tmp_path, b"whole")
    forget(tmp_path, digest)
    forget(tmp_path, digest)
    assert cached(tmp_path, digest) is None


def test_claim_of_a_part_that_was_published_meanwhile_gets_a_new_one(tmp_path, monkeypatch):
    digest = sha256(b"a").hexdigest()
    part = path_of(tmp_path, digest).with_suffix(".part")
    seen = []

    def flock(file, _):
        if not seen:
            part.unlink()  # as if its owner had finished just before us
        seen.append(file)

    monkeypatch.setattr("ingest.archive.cache.fcntl.flock", flock)
    with claimed(tmp_path, digest) as mine:
        mine.write(b"new")
        mine.flush()
        assert (part.read_bytes(), len(seen)) == (b"new", 2)


def test_pruning_within_the_budget_removes_nothing(tmp_path):
    digest = put(tmp_path, b"x" * 10)
    assert (prune(tmp_path, 10), names(tmp_path)) == (0, {digest})


def test_pruning_removes_what_was_not_used_for_longest(tmp_path):
    old, new, used = (put(tmp_path, bytes([n]) * 10, used=n) for n in (1, 2, 0))
    cached(tmp_path, used)
    assert (prune(tmp_path, 15), names(tmp_path)) == (20, {used})
    assert {old, new}.isdisjoint(names(tmp_path))


def test_pruning_removes_an_abandoned_part_but_not_one_in_use(tmp_path):
    (path := path_of(tmp_path, sha256(b"left").hexdigest()).with_suffix(".part")).parent.mkdir()
    path.write_bytes(b"left")
    digest = sha256(b"busy").hexdigest()
    with claimed(tmp_path, digest) as part:
        part.write(b"busy")
        part.flush()
        assert (prune(tmp_path, 0), names(tmp_path)) == (4, {f"{digest}.part"})


def test_files_of_others_in_the_folder_are_left_alone(tmp_path):
    (tmp_path / "ab").mkdir()
    (tmp_path / "ab" / "README").write_bytes(b"mine")
    assert (prune(tmp_path, 0), names(tmp_path)) == (0, {"README"})
