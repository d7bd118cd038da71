# SPDX-License-Identifier: GPL-2.0-or-later
import struct
from pathlib import Path

import pytest

from abidb.errors import BadFormat
from ingest.formats import vmlinuz
from tests.builders.compress import WRITERS, compress
from tests.builders.elf import Section, make_elf
from tests.builders.records import make_export
from tests.builders.vmlinux import (
    CODE,
    make_bzimage,
    make_elf_wrapper,
    make_image,
    make_vmlinux,
    make_zboot,
    make_zimage,
)

REAL = Path(__file__).parent / "real"
NAMES = ["arm", "boot_option_idle", "cpumask_next", "dput", "efi", "fget_raw", "kfree", "mmput"]
EXPORTS = (
    *(make_export(name, crc=crc) for crc, name in enumerate(NAMES, 1)),
    make_export("add_timer_on", crc=9, kind="EXPORT_SYMBOL_GPL", namespace="TIMERS"),
    make_export("xa_load", crc=10, kind="EXPORT_SYMBOL_GPL"),
)
KERNEL = make_vmlinux(EXPORTS, code=CODE * 64)
RAW = make_vmlinux(EXPORTS, code=CODE * 64, sections=False)
EMPTY = make_elf([Section(".text", CODE)])


def check_reads(data):
    assert vmlinuz.exports(data) == EXPORTS


def check_refuses(message, data):
    with pytest.raises(BadFormat) as raised:
        vmlinuz.exports(data)
    assert str(raised.value) == message


@pytest.mark.parametrize("data", [b"", b"MZ", b"#!/bin/sh\n", bytes(1000)])
def test_what_is_no_kernel_is_refused(data):
    check_refuses("not a kernel image that is known: no table of exports is found", data)


@pytest.mark.parametrize(
    ("container", "data"),
    [
        ("ELF kernel", EMPTY),
        ("bzImage", make_bzimage(EMPTY)),
        ("EFI zboot image", make_zboot(CODE)),
        ("compressed kernel", compress("gzip", make_image(CODE))),
        ("arm64 Image", make_image(CODE)),
        ("riscv Image", make_image(CODE, b"RSC\x05")),
        ("loongarch Image", make_image(CODE, b"\xcd\x23\x82\x81")),
        ("zImage", make_zimage(CODE * 100)),
    ],
)
def test_a_kernel_without_exports_is_refused_by_the_name_of_its_container(container, data):
    check_refuses(f"{container}: no table of exports is found", data)


@pytest.mark.parametrize(
    ("head", "message"),
    [
        (
            "bzimage-6.12.117-amd64",
            "bzImage: payload of 11,922,360 bytes reaches beyond the file's 608 (offset 21,196)",
        ),
        (
            "zboot-7.2.13-loong64",
            "EFI zboot image: payload of 8,666,856 bytes reaches beyond the file's 64 (offset 89,312)",
        ),
        ("image-6.1.192-arm64", "arm64 Image: no table of exports is found"),
        ("image-6.12.94-riscv64", "riscv Image: no table of exports is found"),
        ("zimage-6.12.113-armhf", "zImage: no table of exports is found"),
        ("elf-6.1.170-ppc64el", "ELF kernel: ELF header is cut short (offset 32)"),
    ],
)
def test_real_headers_are_known(head, message):
    check_refuses(message, (REAL / head).read_bytes())


@pytest.mark.parametrize(("make", "container"), [(make_bzimage, "bzImage"), (make_zboot, "EFI zboot image")])
def test_a_payload_that_reaches_beyond_the_file_is_refused(make, container):
    data = make(KERNEL, size=1 << 24)
    offset = len(make(b"", size=0)) - len(CODE) - 4 - len(compress("zstd" if make is make_bzimage else "gzip", b""))
    message = f"payload of 16,777,216 bytes reaches beyond the file's {len(data):,} (offset {offset:,})"
    check_refuses(f"{container}: {message}", data)


@pytest.mark.parametrize("length", [0x207, 0x24B, 0x24F])
def test_a_setup_header_that_is_cut_short_is_refused(length):
    check_refuses(f"bzImage: header is cut short (offset {length})", make_bzimage(KERNEL)[:length])


def test_a_zboot_header_that_is_cut_short_is_refused():
    check_refuses("EFI zboot image: header is cut short (offset 15)", make_zboot(KERNEL)[:15])


def test_a_payload_of_no_known_compression_is_refused():
    data = make_bzimage(KERNEL).replace(b"\x28\xb5\x2f\xfd", b"\x28\xb5\x2f\xfe")
    check_refuses("bzImage: compressed kernel has the magic of no known compression (offset 2,688)", data)


def test_a_stream_that_is_cut_short_is_refused():
    data = make_zimage(RAW)
    check_refuses("zImage: compressed kernel is cut short (offset 700)", data[:700])


def test_a_kernel_that_unpacks_to_too_much_is_refused():
    data = make_bzimage(bytes(4 << 20))
    check_refuses(
        "bzImage: compressed kernel holds more than the 1,048,576 bytes that are allowed (offset 2,688)", data
    )


def test_a_kernel_whose_tables_contradict_each_other_is_refused():
    lying = make_elf([Section("__ksymtab", bytes(24))])
    check_refuses("bzImage: vmlinux has exports, but no section __ksymtab_strings (offset 64)", make_bzimage(lying))


@pytest.mark.parametrize("compression", WRITERS)
def test_a_bzimage_is_read(compression):
    check_reads(make_bzimage(KERNEL, compression))


def test_no_setup_sectors_mean_four():
    data = bytearray(make_bzimage(KERNEL))
    data[0x1F1] = 0
    check_reads(bytes(data))


@pytest.mark.parametrize("compression", WRITERS)
def test_a_bzimage_from_before_boot_protocol_2_08_is_searched(compression):
    check_reads(make_bzimage(KERNEL, compression, protocol=0x207, size=0))


@pytest.mark.parametrize("compression", WRITERS)
def test_a_zimage_is_searched(compression):
    check_reads(make_zimage(RAW, compression))


@pytest.mark.parametrize("compression", WRITERS)
def test_an_efi_zboot_image_is_read(compression):
    check_reads(make_zboot(make_image(RAW), compression))


@pytest.mark.parametrize("compression", WRITERS)
def test_a_compressed_image_is_read(compression):
    check_reads(compress(compression, make_image(RAW)))


def test_a_plain_elf_is_read():
    check_reads(KERNEL)


def test_an_elf_that_carries_the_kernel_is_searched():
    check_reads(make_elf_wrapper(RAW))


@pytest.mark.parametrize("magic", [b"ARM\x64", b"RSC\x05", b"\xcd\x23\x82\x81"])
def test_a_raw_image_is_read(magic):
    check_reads(make_image(RAW, magic))


def test_a_kernel_stripped_of_its_sections_is_read_all_the_same():
    stripped = bytearray(KERNEL)
    struct.pack_into("<Q", stripped, 40, 0)  # e_shoff
    struct.pack_into("<HH", stripped, 60, 0, 0)  # e_shnum, e_shstrndx
    check_reads(bytes(stripped))
    check_reads(make_bzimage(bytes(stripped)))


def test_a_raw_kernel_of_no_known_header_is_read():
    check_reads(RAW)


@pytest.mark.parametrize(
    "decoy",
    [
        b"\x28\xb5\x2f\xfd" + CODE,  # a constant in the code that unpacks
        b"\xfd7zXZ\0" + CODE,
        b"\xfd7zXZ\0\0\x01" + bytes(4),
        b"\x1f\x8b\x08\xff" + CODE,
        b"\x1f\x8b\x08\0" + CODE,
        b"\x5d\0\0\x80\x01" + CODE,
        b"\x5d\0\0\x80\0" + CODE,
        compress("gzip", b"a small file"),
        b"\x5d\0\0" * 1000,
    ],
)
def test_what_looks_like_a_stream_before_the_kernel_is_passed_over(decoy):
    check_reads(CODE + decoy + CODE + compress("xz", RAW) + CODE)


def test_a_kernel_behind_too_many_decoys_is_not_looked_for():
    check_refuses(
        "not a kernel image that is known: compressed kernel is cut short (offset 1,456)",
        CODE + (b"\x28\xb5\x2f\xfd" + CODE) * vmlinuz.STREAMS + compress("xz", RAW),
    )
