# SPDX-License-Identifier: GPL-2.0-or-later
"""Kernels of the record as hosts of a module."""

import dataclasses
import sys

import pytest

from abidb import comparison, queries, store
from abidb.checked import CheckedFile, CheckedModule
from abidb.errors import UnknownName
from abidb.records import SelfCheck
from abidb.verdict import Candidate, Verdict
from tests.builders.records import make_export, make_kernel

pytestmark = pytest.mark.django_db

LAYOUT, KFREE = make_export("module_layout", crc=0x10), make_export("kfree", crc=0x11)
TUN = make_export("tun_get", module="drivers/net/tun", crc=0x12)
EXPORTS = (LAYOUT, KFREE, TUN, make_export("other", crc=0x99))
OPTIONS = "CONFIG_MODULE_FORCE_LOAD=y\nCONFIG_DEBUG_INFO_BTF_MODULES=y\n"
NAMES = ("module_layout", "kfree", "tun_get", "nowhere")


def saved(n, exports=EXPORTS, **fields):
    store.save(make_kernel(f"6.1.0-{n}-amd64", f"6.1.{n}-1", **{"exports": exports, "config": "", **fields}))


def releases(found):
    return {(lane.line, lane.flavour): [ref.kernel_release for ref, _ in lane.hosts] for lane in found.lanes}


def test_an_architecture_that_the_record_does_not_have_has_no_hosts():
    assert queries.hosts("amd64", NAMES).lanes == ()
    assert queries.hosts_of([1, 2], NAMES) == {}


def test_all_builds_of_an_architecture_are_told_by_lane_newest_first_those_of_none_at_the_end():
    saved(1)
    saved(2, check=SelfCheck(9, ("kfree",)))
    saved(3, suite=None)
    saved(4, arch="arm64")
    saved(5, suite="trixie")
    found = queries.hosts("amd64", NAMES)
    assert releases(found) == {
        ("bookworm", "amd64"): ["6.1.0-2-amd64", "6.1.0-1-amd64"],
        ("trixie", "amd64"): ["6.1.0-5-amd64"],
        ("", "amd64"): ["6.1.0-3-amd64"],
    }
    assert [host.apart for _, host in found.lanes[0].hosts] == [True, False]
    assert queries.architectures() == ("amd64", "arm64")


def test_a_host_has_what_a_verdict_needs():
    saved(1, config=OPTIONS)
    ((_, host),) = queries.hosts("amd64", NAMES).lanes[0].hosts
    assert dataclasses.replace(host, exports=len) == dataclasses.replace(
        host,
        kernel_release="6.1.0-1-amd64",
        vermagic="6.1.0-1-amd64 SMP preempt mod_unload modversions ",
        covers="all",
        has_crcs=True,
        apart=False,
        btf_enforced=True,
        exports=len,
        shared_name=False,
        force_load=True,
        lax_namespaces=False,
    )
    assert [host.exports(name) for name in NAMES] == [(LAYOUT,), (KFREE,), (TUN,), ()]


@pytest.mark.parametrize(
    ("config", "known"),
    [
        ("", (None, None, None)),
        ("CONFIG_A=y\n", (False, False, False)),
        (OPTIONS + "CONFIG_MODULE_ALLOW_BTF_MISMATCH=y\n", (False, True, False)),
        ("CONFIG_MODULE_ALLOW_MISSING_NAMESPACE_IMPORTS=y\n", (False, False, True)),
    ],
)
def test_what_the_configuration_tells_is_not_known_without_it(config, known):
    saved(1, config=config)
    ((_, host),) = queries.hosts("amd64", NAMES).lanes[0].hosts
    assert (host.btf_enforced, host.force_load, host.lax_namespaces) == known


def test_a_kernel_without_crcs_and_a_symbol_without_one_are_told():
    saved(1, exports=tuple(dataclasses.replace(each, crc=None) for each in EXPORTS))
    saved(2, exports=(LAYOUT, dataclasses.replace(KFREE, crc=None)))
    (_, some), (_, none) = queries.hosts("amd64", NAMES).lanes[0].hosts
    assert [(host.has_crcs, host.exports("kfree")[0].crc) for host in (some, none)] == [(True, None), (False, None)]
    assert [host.exports("module_layout")[0].crc for host in (some, none)] == [0x10, None]


def test_a_symbol_of_two_modules_is_told_twice():
    other = dataclasses.replace(TUN, module="lib/tun")
    saved(1, exports=(*EXPORTS, other))
    ((_, host),) = queries.hosts("amd64", NAMES).lanes[0].hosts
    assert set(host.exports("tun_get")) == {TUN, other}


def test_a_release_that_two_builds_have_is_known_to_be_shared():
    saved(1)
    store.save(make_kernel("6.1.0-1-amd64", "6.1.1-2", exports=EXPORTS))
    saved(3)
    hosts = [host for _, host in queries.hosts("amd64", NAMES).lanes[0].hosts]
    assert [(host.kernel_release, host.shared_name) for host in hosts] == [
        ("6.1.0-3-amd64", False),
        ("6.1.0-1-amd64", True),
        ("6.1.0-1-amd64", True),
    ]


def test_of_a_long_lane_a_page_is_told_and_how_long_it_is(monkeypatch):
    monkeypatch.setattr(sys.modules["abidb.queries.hosts"], "NEWEST", 2)
    for n in range(1, 6):
        saved(n)
    pages = [queries.hosts("amd64", NAMES, skip=skip) for skip in (0, 2, 4, 6)]
    assert [releases(page).get(("bookworm", "amd64")) for page in pages] == [
        ["6.1.0-5-amd64", "6.1.0-4-amd64"],
        ["6.1.0-3-amd64", "6.1.0-2-amd64"],
        ["6.1.0-1-amd64"],
        None,
    ]
    assert pages[0].lanes[0].builds == 5


def test_lines_flavours_and_releases_can_be_asked_for():
    saved(1)
    saved(2, suite="trixie")
    store.save(make_kernel("6.1.0-1-cloud-amd64", "6.1.1-1", exports=EXPORTS))
    assert releases(queries.hosts("amd64", NAMES, line="trixie")) == {("trixie", "amd64"): ["6.1.0-2-amd64"]}
    cloud = {("bookworm", "cloud-amd64"): ["6.1.0-1-cloud-amd64"]}
    assert releases(queries.hosts("amd64", NAMES, flavour="cloud-amd64")) == cloud
    assert releases(queries.hosts("amd64", NAMES, release="6.1.0-1-cloud-amd64")) == cloud


def test_each_distinct_set_is_read_once_and_then_kept():
    for n in range(1, 5):
        saved(n, exports=EXPORTS if n % 2 else EXPORTS[:3])
    comparison.forget()
    queries.hosts("amd64", NAMES)
    assert {key[1] for key in comparison._kept_crcs} == {key[1] for key in comparison._kept}
    assert len(comparison._kept_crcs) == 2
    again = queries.hosts("amd64", NAMES)
    assert (len(again.rows), again.table.there.shape) == (4, (2, 3))


def file(*machines, kind="module", imports=(("module_layout", 0x10), ("kfree", 0x11))):
    candidate = Candidate("tun", ("GPL",), "6.1.0-0-amd64 SMP preempt mod_unload modversions ", (), imports)
    return CheckedFile(kind, tuple(CheckedModule("", machine, None, candidate) for machine in machines))


def test_a_file_for_a_machine_that_the_record_does_not_have_is_refused():
    saved(1)
    for machine, said in (("243/64/little", "riscv64"), ("1/2/3", "the machine of this file")):
        with pytest.raises(UnknownName, match=f"the record has no kernel of {said}"):
            queries.check(file(machine))
    with pytest.raises(UnknownName, match="no kernel of the machine of this file"):
        queries.check(file("62/64/little", "183/64/little"))


def test_another_architecture_than_the_module_s_is_refused():
    saved(1)
    with pytest.raises(UnknownName, match="the file is for amd64, not for arm64"):
        queries.check(file("62/64/little"), arch="arm64")


def test_a_kernel_that_is_not_on_record_is_refused():
    saved(1)
    with pytest.raises(UnknownName, match="no kernel 6.1.0-9-amd64 of amd64 in the record"):
        queries.check(file("62/64/little"), release="6.1.0-9-amd64")


def test_a_module_is_answered_for_every_kernel_of_its_architecture():
    saved(1)
    saved(2, exports=(LAYOUT, dataclasses.replace(KFREE, crc=9)))
    saved(3, arch="arm64")
    found = queries.check(file("62/64/little"))
    assert (found.archs, [lane.arch for lane in found.lanes]) == (("amd64",), ["amd64"])
    assert [(one.build.kernel_release, one.answer) for one in found.lanes[0].kernels] == [
        ("6.1.0-2-amd64", "refused"),
        ("6.1.0-1-amd64", "loads"),
    ]
    assert queries.check(file("62/64/little"), arch="amd64") == found


def test_a_dump_is_answered_for_the_architecture_that_is_asked_for():
    saved(1)
    saved(2, arch="arm64")
    dumped = file("", kind="dump")
    assert queries.check(dumped).archs == ("amd64",)
    assert queries.check(dumped, arch="arm64").archs == ("arm64",)


def test_all_modules_of_a_package_are_answered():
    saved(1)
    (one,) = queries.check(file("62/64/little", "62/64/little", kind="package")).kernels
    assert one.verdicts == (Verdict("loads"), Verdict("loads"))
