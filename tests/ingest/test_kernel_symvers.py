# SPDX-License-Identifier: GPL-2.0-or-later
from dataclasses import replace

import pytest

from abidb.errors import BadFormat, BuildFailed
from abidb.records import Export, SymversCheck
from ingest.kernel import read_kernel
from tests.builders.deb import make_deb
from tests.builders.kernel import RELEASE, make_headers_deb, make_image_deb, make_module, make_split_debs
from tests.builders.vmlinux import make_vmlinux

VMLINUX = (
    Export("kfree", "vmlinux", 0x37A0CBA0, "EXPORT_SYMBOL", ""),
    Export("memcpy", "vmlinux", None, "EXPORT_SYMBOL", ""),
    Export("rust_alloc", "vmlinux", 0x388C5BE5, "EXPORT_SYMBOL_GPL", ""),
    Export("tun_do", "vmlinux", 0xFFFFFFFF, "EXPORT_SYMBOL_GPL", "module:kvm,tun"),
)
TAP = Export("tap_open", "drivers/net/tap", 0x9A89E954, "EXPORT_SYMBOL_GPL", "NETDEV_INTERNAL")
IMAGE = make_vmlinux(VMLINUX)
MODULES = {"drivers/net/tap": make_module([TAP])}


def check_refuses(kind, message, act):
    with pytest.raises(kind) as raised:
        act()
    assert str(raised.value) == message


def test_headers_alone_are_no_build(files):
    check_refuses(
        BuildFailed,
        f"linux-headers-{RELEASE} 6.1.192-2 amd64: one of them must hold the kernel image; found in: none",
        lambda: read_kernel(files({"h.deb": make_headers_deb(VMLINUX)})),
    )


def test_headers_of_another_build_are_refused(files):
    headers = make_headers_deb(VMLINUX, version="6.1.192-1")
    with pytest.raises(BuildFailed, match="^not the debs of one build: linux-image"):
        read_kernel(files({"a.deb": make_image_deb(IMAGE, MODULES), "h.deb": headers}))


def test_a_module_symvers_that_is_none_is_refused(files):
    headers = make_headers_deb((), text=b"one two\n")
    check_refuses(
        BadFormat,
        "Module.symvers: line of Module.symvers has other columns than CRC, symbol, module, type, namespace (offset 0)",
        lambda: read_kernel(files({"a.deb": make_image_deb(IMAGE, MODULES), "h.deb": headers})),
    )


def test_module_symvers_of_the_headers_is_compared(files):
    debs = {"h.deb": make_headers_deb([*VMLINUX, TAP]), "a.deb": make_image_deb(IMAGE, MODULES)}
    kernel = read_kernel(files(debs))
    assert (kernel.symvers, kernel.signed, [deb.name for deb in kernel.debs]) == (
        SymversCheck(lines=5),
        True,
        [f"linux-headers-{RELEASE}", f"linux-image-{RELEASE}"],
    )


def test_exports_that_module_symvers_has_otherwise_are_named_once(files):
    other = [replace(VMLINUX[0], crc=1), *VMLINUX[1:], replace(TAP, namespace=""), replace(TAP, symbol="a_new")]
    debs = {"a.deb": make_image_deb(IMAGE, MODULES), "h.deb": make_headers_deb(other)}
    assert read_kernel(files(debs)).symvers == SymversCheck(6, ("a_new", "kfree", "tap_open"))


def test_without_its_modules_a_build_is_compared_by_vmlinux_lines_alone(files):
    binary = make_split_debs(IMAGE, MODULES)["linux-binary-7.3.4+deb13-cloud-amd64"]
    headers = make_headers_deb([*VMLINUX, TAP], release="7.3.4+deb13-cloud-amd64", version="7.3.4-1~bpo13+1")
    assert read_kernel(files({"b.deb": binary, "h.deb": headers})).symvers == SymversCheck(lines=4)


def test_headers_without_a_module_symvers_are_no_comparison(files):
    control = {
        "Package": f"linux-headers-{RELEASE}",
        "Version": "6.1.192-2",
        "Architecture": "amd64",
        "Source": "linux",
    }
    kernel = read_kernel(files({"a.deb": make_image_deb(IMAGE, MODULES), "h.deb": make_deb(control, {})}))
    assert (kernel.symvers, len(kernel.debs)) == (None, 2)
