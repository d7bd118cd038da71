# SPDX-License-Identifier: GPL-2.0-or-later
"""What is removed of what builds leave on the disk, and what stays."""

from __future__ import annotations

import fcntl
import os
import time
from pathlib import Path

import pytest

from abidb import store
from ingest.outoftree import disk, files, rootfs
from tests.builders.outoftree import make_attempt, make_module, make_package

pytestmark = pytest.mark.django_db


@pytest.fixture
def data(settings, tmp_path) -> Path:
    settings.ABIDB_DATA = tmp_path
    return tmp_path


def aged(path: Path, seconds: float) -> Path:
    os.utime(path, (time.time() - seconds,) * 2)
    return path


@pytest.fixture
def root(data) -> Path:
    """A root with two bases, of which the newest is a week old, and two builds, of which one broke off long ago."""
    folder = data / "roots/bookworm-amd64"
    for name, age in (("base-1", 9), ("base-2", 7), ("work-old", 3), ("work-new", 0)):
        (folder / name / "tree").mkdir(parents=True)
        aged(folder / name, age * 86400)
    (folder / "lock").touch()
    return folder


def left(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_without_any_builds_there_is_nothing_to_tidy(data) -> None:
    disk.tidy()
    assert left(data) == set()


def test_files_that_no_build_names_go_after_a_day_and_what_is_wanted_again_stays(data) -> None:
    named, wanted, bygone, new = (files.put(name) for name in (b"named", b"wanted", b"bygone", b"new"))
    broke_off = data / "modules/ab/.part"
    broke_off.parent.mkdir(exist_ok=True)
    broke_off.touch()
    for path in (named, wanted, bygone, broke_off):
        aged(path, disk.UNNAMED + 60)
    store.put_packages([make_package()], whole=True)
    store.save_attempt(make_attempt(modules=(make_module(sha256=named.name),)))
    files.put(b"wanted")
    disk.tidy()
    assert [path.exists() for path in (named, wanted, new, bygone, broke_off)] == [True, True, True, False, False]


def test_older_bases_and_what_broke_off_long_ago_go_wherever_nobody_builds(root) -> None:
    disk.tidy()
    assert left(root) == {"base-2", "work-new", "lock"}


def test_root_that_is_being_prepared_is_left_alone(root) -> None:
    with rootfs.locked(root):
        disk.tidy()
    assert "base-1" in left(root)


def test_root_that_nobody_built_in_for_long_goes(root) -> None:
    aged(root / "lock", disk.UNUSED + 60)
    disk.tidy()
    assert left(root) == {"lock"}
    with rootfs.locked(root):
        assert time.time() - (root / "lock").stat().st_mtime < disk.UNUSED


def test_lock_is_not_taken_along(root) -> None:
    disk.tidy()
    with (root / "lock").open() as file:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
