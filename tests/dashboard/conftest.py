# SPDX-License-Identifier: GPL-2.0-or-later
"""A small record with something of everything that pages show."""

import dataclasses
import datetime as dt

import pytest

from abidb import store
from abidb.lifecycle import DebianRelease
from abidb.records import BuildKey, OfferRow, ReleaseRow, SelfCheck
from tests.builders.records import make_export, make_kernel

GPL = "EXPORT_SYMBOL_GPL"
RUST = "_RNvXs1_NtCs3_4core.llvm$u20$x"
FIRST = (
    make_export("alpha", crc=0x11),
    make_export("beta", module="lib/beta", crc=0x12),
    make_export("gamma", crc=0x13),
    make_export("delta", crc=0x14),
    make_export("epsilon", crc=0x15),
    make_export(RUST, crc=0x16, kind=GPL),
)
#: alpha has another CRC, gamma is for GPL modules alone, delta is gone, epsilon is in a namespace, beta has moved
CHANGED = (
    make_export("alpha", crc=0x21),
    make_export("beta", module="vmlinux", crc=0x12),
    make_export("gamma", crc=0x13, kind=GPL),
    make_export("epsilon", crc=0x15, namespace="NS"),
    make_export("zeta", crc=0x17),
    make_export(RUST, crc=0x16, kind=GPL),
)


def day(year: int) -> dt.date:
    return dt.date(year, 1, 1)


RELEASES = [
    DebianRelease("bullseye", "11", day(2019), day(2021), day(2024), day(2025)),
    DebianRelease("bookworm", "12", day(2021), day(2023), day(2090), day(2091)),
    DebianRelease("trixie", "13", day(2023), day(2025), day(2090), day(2091)),
]


def without_crcs(exports):
    return tuple(dataclasses.replace(export, crc=None) for export in exports)


def fill() -> None:
    """bookworm: a first upload, a bare rename, a break. trixie-backports: no CRCs, then no modules. bullseye: ended."""
    store.put_releases(RELEASES, {"bookworm": "oldstable", "trixie": "stable"})
    for release, version, fields in (
        ("6.1.0-1-amd64", "6.1.1-1", {"exports": FIRST}),
        ("6.1.0-2-amd64", "6.1.2-1", {"exports": FIRST}),
        ("6.1.0-3-amd64", "6.1.3-1", {"exports": CHANGED}),
        ("6.1.0-3-cloud-amd64", "6.1.3-1", {"exports": CHANGED}),
        ("7.3+deb13-amd64", "7.3~rc1-1~bpo13+1", {"exports": without_crcs(FIRST), "suite": "trixie-backports"}),
        ("7.3+deb13-amd64", "7.3~rc2-1~bpo13+1", {"exports": without_crcs(FIRST[:1]), "suite": "trixie-backports"}),
        ("5.10.0-1-amd64", "5.10.1-1", {"exports": FIRST, "suite": "bullseye"}),
        ("6.6.6-amd64", "6.6.6-1", {"exports": (*FIRST[:2], make_export("omega")), "suite": None}),
        ("6.1.0-9-amd64", "6.1.9-1", {"exports": FIRST[:3], "check": SelfCheck(9, ("alpha",))}),
    ):
        covers = "vmlinux" if "rc2" in version else "all"
        store.save(make_kernel(release, version, covers=covers, **fields))


def fill_archive() -> None:
    """What stands around the builds: offers, some of which cannot be had, Release files, an upload's policy, a pause."""
    day = dt.datetime(2026, 11, 1, tzinfo=dt.UTC)
    keys = [BuildKey("linux", f"6.1.{n}-1", arch, arch) for n in range(1, 7) for arch in ("amd64", "arm64", "s390x")]
    suite = ("bookworm-security",)
    store.put_offers([OfferRow(key, f"6.1.0-{key.version[4]}-{key.arch}", suite, {}) for key in keys])
    for key in keys[-4:]:
        store.note_attempt(key, f"6.1.0-6-{key.arch}", f"its SHA-256 is {'0' * 64} and not the one listed")
    address = "http://127.0.0.1/debian"
    store.put_release_files([ReleaseRow(address, folder, "0" * 64, day, day, "") for folder in (*suite, "sid")])
    store.put_policy("linux", "6.1.3-1", [("", "kvm_*"), ("amd64", "module:drivers/net/**")])
    store.pause("the mirror is being moved")


@pytest.fixture
def twice(db):
    """Two uploads: alpha is vmlinux's, then a module exports one of that name too."""
    alpha, other = make_export("alpha", crc=1), make_export("beta", crc=3)
    store.save(make_kernel("6.1.0-1-amd64", "6.1.1-1", exports=(alpha, other)))
    both = (alpha, make_export("alpha", module="lib/alpha", crc=2), other)
    store.save(make_kernel("6.1.0-2-amd64", "6.1.2-1", exports=both))


@pytest.fixture
def record(db):
    """The record of fill()."""
    fill()
