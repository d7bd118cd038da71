# SPDX-License-Identifier: GPL-2.0-or-later
"""A small record of packages that use symbols of the kernels of a lane, and what each step does to them."""

from __future__ import annotations

import hashlib

from abidb import store
from abidb.outoftree import NO_COMPILE, PARTLY
from tests.builders.outoftree import make_attempt, make_key, make_module, make_package, make_target, make_use
from tests.builders.records import make_export, make_kernel

GPL = "EXPORT_SYMBOL_GPL"
ALPHA, BETA, GAMMA, LAYOUT = (
    make_export(name, crc=n) for n, name in enumerate(("alpha", "beta", "gamma", "module_layout"), 1)
)
#: Releases of bookworm's generic kernel with what each exports: nothing new, alpha broken, gamma only for the GPL.
STEPS = {
    "6.1.0-1-amd64": (ALPHA, BETA, GAMMA, LAYOUT),
    "6.1.0-2-amd64": (ALPHA, BETA, GAMMA, LAYOUT),
    "6.1.0-3-amd64": (make_export("alpha", crc=11), BETA, GAMMA, LAYOUT),
    "6.1.0-4-amd64": (make_export("alpha", crc=11), BETA, make_export("gamma", crc=3, kind=GPL), LAYOUT),
}
TARGETS = {release: make_target(release, f"6.1.{n}-1") for n, release in enumerate(STEPS, 1)}
OLD, NEW = TARGETS["6.1.0-1-amd64"], TARGETS["6.1.0-3-amd64"]


def module(name: str, *symbols: str, through: tuple[str, ...] = (), **fields: object):
    """A module that names `symbols` in its source and uses those of `through`, and module_layout, by way of headers."""
    crcs = {export.symbol: export.crc for export in (ALPHA, BETA, GAMMA, LAYOUT)}
    uses = tuple(
        make_use(each, crcs.get(each, 9), each in symbols) for each in sorted((*symbols, *through, "module_layout"))
    )
    return make_module(name, uses=uses, sha256=hashlib.sha256(name.encode()).hexdigest(), **fields)


def fill_kernels() -> None:
    for n, (release, exports) in enumerate(STEPS.items(), 1):
        store.save(make_kernel(release, f"6.1.{n}-1", exports=exports))


def fill_packages() -> None:
    """ant: alpha, of two versions. bee: beta and gamma, not free. cat: in part. dog: fails. elk: a scan. fox: nothing.

    All are in bookworm but gnu, which is in trixie.
    """
    names = ("bee", "cat", "dog", "elk", "fox")
    packages = [make_package("ant-dkms", "0.9-1"), make_package("ant-dkms", "1.0-1")]
    packages += [make_package(f"{name}-dkms") for name in names] + [make_package("gnu-dkms", suite="trixie")]
    store.put_packages(packages, whole=True)
    ant, bee, cat, dog, gnu = (make_key(f"{name}-dkms") for name in ("ant", "bee", "cat", "dog", "gnu"))
    for attempt in (
        make_attempt(make_key("ant-dkms", "0.9-1"), OLD, modules=(module("ant", "alpha", "beta"),)),
        make_attempt(ant, OLD, modules=(module("ant", "alpha"),)),
        make_attempt(
            bee,
            OLD,
            modules=(module("bee", "beta", "gamma", licenses=("Proprietary",)), module("wax", through=("alpha",))),
        ),
        make_attempt(bee, NEW, modules=(module("bee", "beta", "gamma", licenses=("Proprietary",)),)),
        make_attempt(cat, OLD, outcome=PARTLY, modules=(module("cat", "beta"),), missing=("kitten",)),
        make_attempt(dog, OLD, outcome=NO_COMPILE),
        make_attempt(gnu, OLD, modules=(module("gnu", "gamma"),)),
    ):
        store.save_attempt(attempt)
    store.put_scan(make_key("elk-dkms"), OLD, ["alpha", "gamma"])
