# SPDX-License-Identifier: GPL-2.0-or-later
"""Scans of sources: what they stand in for, and what they read."""

from __future__ import annotations

import hashlib
from contextlib import nullcontext
from types import SimpleNamespace

import pytest
from django.core.management import call_command

from abidb import queries, store
from abidb.errors import NotThere
from abidb.outoftree import BUILT, HARNESS, NO_COMPILE, NOT_APPLICABLE
from ingest.outoftree import headers, rootfs, scan
from tests.builders.archive import write
from tests.builders.deb import make_deb
from tests.builders.outoftree import make_attempt, make_key, make_package, make_target
from tests.builders.records import make_export, make_kernel, make_listing

pytestmark = pytest.mark.django_db

TARGET = make_target("6.1.0-1-amd64", "6.1.1-1")
OLDER = make_target("6.1.0-0-amd64", "6.1.0-1")
SOURCE = b"#include <linux/slab.h>\nint init(void) { kfree(0); return kzalloc(2); }\n"
INCLUDE = b"static inline void *kzalloc(int n) { return __kmalloc(n); }\n"
CONTROL = {"Package": "foo-dkms", "Version": "1.0-1", "Architecture": "all"}
COMMON = "usr/src/linux-headers-6.1.0-1-common"


@pytest.fixture
def package(folder, server, settings, key):
    """A package in an archive, with the record's kernel that it is scanned for."""
    settings.ABIDB_MIRROR, settings.ABIDB_KEYRING, settings.ABIDB_SOURCES = (server.address,), key.public, None
    data = make_deb(
        CONTROL, {"usr/src/foo-1/foo.c": SOURCE, "usr/src/foo-1/dkms.conf": b"x", "usr/share/doc/x.c": b"never"}
    )
    write(folder / "pool/foo.deb", data)
    exports = [make_export(name) for name in ("kfree", "__kmalloc", "never")]
    store.save(make_kernel(exports=tuple(exports)))
    made = make_package(
        filename="pool/foo.deb",
        size=len(data),
        sha256=hashlib.sha256(data).hexdigest(),
        listings=(make_listing("bookworm", root=server.address),),
    )
    store.put_packages([made], whole=True)
    return made


@pytest.fixture
def tree(tmp_path, monkeypatch):
    """The headers deb that APT would fetch."""
    path = tmp_path / "linux-headers-6.1.0-1-common_6.1.1-1_all.deb"
    path.write_bytes(make_deb(CONTROL, {f"{COMMON}/include/linux/slab.h": INCLUDE, f"{COMMON}/Makefile": b"never"}))
    other = tmp_path / "gcc-12_12_amd64.deb"
    apt = SimpleNamespace(fetch=lambda solution: (path, other))
    monkeypatch.setattr(rootfs, "locked", lambda folder: nullcontext())
    monkeypatch.setattr(rootfs, "base", lambda *given: SimpleNamespace(apt=apt))
    monkeypatch.setattr(headers, "choose", lambda *given: SimpleNamespace(solution=None))


def scanned():
    return [(row.key.package, row.target, [use.symbol for use in row.uses]) for row in queries.scans()]


def test_kernel_that_the_record_has_not_is_refused():
    with pytest.raises(NotThere, match=r"6\.1\.0-1-amd64 6\.1\.1-1 is not in the record"):
        scan.known_kernel(TARGET)


def test_package_that_none_of_the_archives_lists_is_refused():
    with pytest.raises(NotThere, match="none of the archives lists it"):
        scan.sources(make_package(listings=()))


@pytest.mark.parametrize("outcome", [BUILT, NOT_APPLICABLE])
def test_scan_stands_in_for_no_build_that_there_is_and_for_no_kernel_that_it_is_not_for(outcome):
    tries = [make_attempt(target=TARGET, outcome=NO_COMPILE), make_attempt(target=OLDER, outcome=outcome)]
    rows = [SimpleNamespace(key=one.package, target=one.target, outcome=one.outcome, root=one.root) for one in tries]
    assert scan.unbuilt([make_package(), make_package("never-tried-dkms")], rows) == []


def test_newest_kernel_that_it_was_tried_on_is_scanned_for():
    rows = [
        SimpleNamespace(key=make_key(), target=target, outcome=outcome, root="bookworm")
        for target, outcome in ((TARGET, NO_COMPILE), (OLDER, HARNESS))
    ]
    assert scan.unbuilt([make_package()], rows) == [(make_package(), TARGET, "bookworm")]


def test_scan_of_what_did_not_compile_is_kept(package, tree, capsys):
    store.save_attempt(make_attempt(package.key, TARGET, outcome=NO_COMPILE))
    call_command("outoftree", "--scan")
    assert scanned() == [("foo-dkms", TARGET, ["__kmalloc", "kfree"])]
    assert capsys.readouterr().out.splitlines() == [
        "foo-dkms 1.0-1 on 6.1.0-1-amd64: 2 symbols by a scan",
        "1 sources read",
    ]


def test_other_packages_are_not_scanned(package, tree, capsys):
    store.save_attempt(make_attempt(package.key, TARGET, outcome=NO_COMPILE))
    assert scan.scan_all(["bar-dkms"], print) == 0


def test_package_that_cannot_be_had_is_said_and_the_others_are_scanned(package, tree, capsys):
    gone = make_package("gone-dkms", listings=package.listings, filename="pool/gone.deb")
    store.put_packages([gone], whole=False)
    for key in (gone.key, package.key):
        store.save_attempt(make_attempt(key, TARGET, outcome=NO_COMPILE))
    assert scan.scan_all([], print) == 1
    assert "gone-dkms 1.0-1: http" in capsys.readouterr().out


def test_kernel_that_is_not_known_is_said(package, tree, capsys):
    store.save_attempt(make_attempt(package.key, OLDER, outcome=NO_COMPILE))
    assert scan.scan_all([], print) == 0
    assert capsys.readouterr().out == "6.1.0-0-amd64: 6.1.0-0-amd64 6.1.0-1 is not in the record\n"


@pytest.mark.parametrize(
    ("version", "numbers"),
    [("6.1.192-2", (6, 1, 192)), ("7.3~rc7-1~exp1", (7, 3, 0)), ("6.12.117-1~deb12u1", (6, 12, 117)), ("x", (0, 0, 0))],
)
def test_version_of_a_kernel_is_read_from_its_package(version, numbers):
    assert scan.version_of(make_target(version=version)) == numbers
