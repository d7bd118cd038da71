# SPDX-License-Identifier: GPL-2.0-or-later
import pytest

from abidb import queries, store
from abidb.queries.accepted import groups, judge
from abidb.queries.kernels import lane_sides
from abidb.queries.stock import stock
from abidb.verdict import ANSWERS, Host, of_built, verdict
from tests.builders.outoftree import make_key, make_package
from tests.builders.packages import FIRST, THIRD, built, fill_packages, module
from tests.builders.records import make_export, make_kernel

pytestmark = pytest.mark.django_db


@pytest.fixture
def packages(db):
    """Also kernels without CRCs, with a namespace, with two exports of one name, of which the modules are gone."""
    fill_packages()
    layout = make_export("module_layout", crc=1)
    kernels = {
        "6.1.0-5-amd64": (layout, make_export("alpha", crc=0x11, namespace="NS"), make_export("beta", crc=0x12)),
        "6.1.0-6-amd64": (layout, make_export("beta", crc=0x12), make_export("beta", module="lib/other", crc=0x99)),
        "6.1.0-7-amd64": (make_export("alpha", crc=None), make_export("beta", crc=None)),
        "6.1.0-8-amd64": (make_export("module_layout", crc=2), make_export("gamma", crc=0x13)),
    }
    for release, exports in kernels.items():
        store.save(make_kernel(release, f"6.1.{release[6]}-1", exports=exports))
    gone = make_kernel("6.1.0-9-amd64", "6.1.9-1", exports=(layout,), covers="vmlinux")
    store.save(gone)
    store.put_packages([make_package("odd-dkms")], False)
    odd = module("odd", FIRST, "alpha", licenses=("GPL", "GPL"), namespaces=("NS",))
    bare = module("bare", THIRD, "gamma", licenses=(), btf=True)
    store.save_attempt(built(make_key("odd-dkms"), FIRST, odd, bare))


def test_answers_are_those_of_the_verdict_on_the_whole_module(packages) -> None:
    known, kernels = stock(), lane_sides("bookworm", "amd64", "amd64")
    modules = {row.module.sha256: row.module for row in queries.modules_of([one.id for one in known.tries.values()])}
    asked = 0
    for side in kernels:
        memo = {}
        for attempt in known.tries.values():
            for one in attempt.modules:
                (group,) = groups([one], known.names)
                asked += 1
                assert as_said(judge(group, side, memo)) == as_said(verdict(of_built(modules[one.sha256]), host(side)))
    assert asked >= 9 * len(kernels) >= 81


def as_said(found):
    return found.answer, set(found.reasons), set(found.untold), found.answer in ANSWERS


def host(side) -> Host:
    """The kernel with its exports read one by one."""
    exports = {}
    for export in queries.all_exports(side.ref.id):
        exports.setdefault(export.symbol, []).append(export)
    return Host(
        kernel_release=side.ref.kernel_release,
        vermagic=side.vermagic,
        covers=side.ref.covers,
        has_crcs=side.has_crcs,
        apart=False,
        btf_enforced=side.btf_enforced,
        shared_name=side.shared_name,
        force_load=side.has("CONFIG_MODULE_FORCE_LOAD"),
        lax_namespaces=side.has("CONFIG_MODULE_ALLOW_MISSING_NAMESPACE_IMPORTS"),
        exports=lambda name: exports.get(name, ()),
    )
