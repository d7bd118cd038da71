# SPDX-License-Identifier: GPL-2.0-or-later
"""Whole builds in the shapes of kernels before 5.10, of which no real file was at hand: all of these are made."""

from dataclasses import replace

import pytest

from abidb import symvers
from abidb.records import Export, Import, ModuleFact, SelfCheck, SymversCheck
from ingest.kernel import read_kernel
from tests.builders.compress import compress
from tests.builders.kernel import make_headers_deb, make_image_deb, make_module
from tests.builders.vmlinux import CODE, make_bzimage, make_vmlinux, make_zimage

NAMES = ["arm_copy", "dput", "fget_light", "igrab", "kfree", "mmput", "module_layout", "printk"]
PLAIN = tuple(Export(name, "vmlinux", 0xE0000000 + at, "EXPORT_SYMBOL", "") for at, name in enumerate(NAMES))
GPL = (Export("add_timer_on", "vmlinux", 9, "EXPORT_SYMBOL_GPL", ""),)
ENDED = (
    Export("sys_open", "vmlinux", 10, "EXPORT_UNUSED_SYMBOL", ""),
    Export("sys_read", "vmlinux", 11, "EXPORT_UNUSED_SYMBOL_GPL", ""),
    Export("usb_register", "vmlinux", 12, "EXPORT_SYMBOL_GPL_FUTURE", ""),
)
TAP = Export("tap_open", "drivers/net/tap", 0x9A89E954, "EXPORT_SYMBOL_GPL", "")
IMPORTS = [Import("module_layout", 0xE0000006), Import("printk", 0xE0000007)]


def check_reads(files, image, exports, *, release, version, arch, compression="gzip", dot="", **module):
    """The build, whole, with its modules and Module.symvers as that time wrote it."""
    imports = [IMPORTS[0], replace(IMPORTS[1], symbol=dot + IMPORTS[1].symbol)]
    vermagic = f"{release} SMP mod_unload modversions "
    tap = make_module([TAP], imports, namespace_labels=False, crcs="absolute", vermagic=vermagic, **module)
    source = "linux-2.6" if version.startswith("2.6") else "linux"
    given = {"release": release, "version": version, "arch": arch}
    text = b"".join(symvers.line(export).replace(b"\t\n", b"\n") for export in [*exports, TAP])
    debs = {
        "i.deb": make_image_deb(image, {TAP.module: tap}, source=source, compression=compression, **given),
        "h.deb": make_headers_deb((), text=text, source=source, **given),
    }
    kernel = read_kernel(files(debs))
    assert (kernel.source, kernel.kernel_release, set(kernel.exports), len(kernel.exports)) == (
        source,
        release,
        {*exports, TAP},
        len(exports) + 1,
    )
    assert (kernel.modules, kernel.check, kernel.symvers) == (
        (ModuleFact(TAP.module, "GPL", vermagic),),
        SelfCheck(2),
        SymversCheck(len(exports) + 1),
    )


@pytest.mark.parametrize(("bits", "arch", "flavour"), [(64, "amd64", "amd64"), (32, "i386", "686-bigmem")])
@pytest.mark.parametrize("payload", ["gzip", "bzip2", "lzma"])
def test_squeeze_2_6_32_on_x86(files, bits, arch, flavour, payload):
    exports = (*PLAIN, *GPL, *ENDED)
    vmlinux = make_vmlinux(exports, bits=bits, relative=False, crcs="long", namespaces=False, code=CODE * 64)
    check_reads(
        files, make_bzimage(vmlinux, payload, protocol=0x20A), exports,
        release=f"2.6.32-5-{flavour}", version="2.6.32-48squeeze6", arch=arch, bits=bits,
    )  # fmt: skip


@pytest.mark.parametrize("compression", ["gzip", "bzip2", "xz", "lzma"])
def test_wheezy_3_2_on_powerpc64_names_imported_functions_with_a_dot(files, compression):
    exports = (*PLAIN, *GPL)
    vmlinux = make_vmlinux(exports, little_endian=False, relative=False, crcs="long", namespaces=False)
    check_reads(
        files, vmlinux, exports, release="3.2.0-4-powerpc64", version="3.2.41-2", arch="powerpc",
        compression=compression, byteorder="big", machine=21, dot=".",
    )  # fmt: skip


@pytest.mark.parametrize("payload", ["gzip", "lzop", "xz"])
def test_wheezy_3_2_on_arm_is_raw(files, payload):
    exports = (*PLAIN, *GPL)
    raw = make_vmlinux(exports, bits=32, relative=False, namespaces=False, sections=False, code=CODE * 64)
    check_reads(
        files, make_zimage(raw, payload), exports, release="3.2.0-4-kirkwood", version="3.2.41-2", arch="armel", bits=32,
    )  # fmt: skip


def test_jessie_3_16_on_sparc64_is_elf_compressed_whole(files):
    exports = (*PLAIN, *GPL)
    vmlinux = make_vmlinux(exports, little_endian=False, relative=False, crcs="long", namespaces=False)
    check_reads(
        files, compress("gzip", vmlinux), exports, release="3.16.0-4-sparc64", version="3.16.7-ckt9-2", arch="sparc",
        byteorder="big", compression="xz",
    )  # fmt: skip


def test_5_3_on_arm64_has_distances_of_two_words(files):
    exports = (*PLAIN, *GPL)
    raw = make_vmlinux(exports, relative=True, namespaces=False, sections=False)
    check_reads(files, raw, exports, release="5.3.0-3-arm64", version="5.3.15-1", arch="arm64", compression="xz")
