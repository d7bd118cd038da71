# SPDX-License-Identifier: GPL-2.0-or-later
"""Exports of the kernel itself, out of /boot/vmlinuz in whatever container its architecture boots it from.

x86 has bzImage, arm64 and riscv64 a raw Image, as it is, compressed whole or wrapped for EFI; ppc64el an ELF file;
armhf, s390x and mips a program that unpacks the kernel it carries. Nothing in those last says where, so the
compressed stream is searched for.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from heapq import merge
from itertools import islice

from abidb.errors import BadFormat
from abidb.records import Export
from ingest.formats import ksymtab, rawimage
from ingest.formats.compress import compression, decompress
from ingest.formats.elf import MAGIC, Elf

LIMIT = 256 << 20  # bytes of an unpacked kernel; the largest seen has 66 MB
RATIO = 32  # to which a kernel may have been compressed; the most seen is 9
SMALLEST = 1 << 20  # and what a file may always unpack to
STREAMS = 8  # compressed streams tried in one file
GUESSES = 4096  # places looked at for such a stream
UNKNOWN_SIZE = (1 << 64) - 1

#: (name, offset, bytes there) of the headers that say what a file is
HEADERS = (
    ("ELF kernel", 0, MAGIC),
    ("bzImage", 0x202, b"HdrS"),  # Documentation/arch/x86/boot.rst
    ("EFI zboot image", 4, b"zimg"),  # drivers/firmware/efi/libstub/zboot-header.S
    ("arm64 Image", 0x38, b"ARM\x64"),  # Documentation/arch/arm64/booting.rst
    ("riscv Image", 0x38, b"RSC\x05"),  # Documentation/arch/riscv/boot-image-header.rst
    ("loongarch Image", 0x38, b"\xcd\x23\x82\x81"),  # LINUX_PE_MAGIC, arch/loongarch/kernel/head.S
    ("zImage", 0x24, b"\x18\x28\x6f\x01"),  # arch/arm/boot/compressed/head.S
    ("zImage", 0x24, b"\x01\x6f\x28\x18"),
    ("s390 image", 0x10008, b"S390EP"),  # arch/s390/boot/head.S
)
#: what the streams that the kernel's build makes (scripts/Makefile.lib) begin with
MAGICS = (
    b"\x1f\x8b\x08",
    b"\xfd7zXZ\0",
    b"\x28\xb5\x2f\xfd",
    b"BZh91AY&SY",
    b"\x02\x21\x4c\x18",
    b"\x89LZO\0\r\n\x1a\n",
    b"\x5d\0\0",
)


def exports(data: bytes) -> tuple[Export, ...]:
    """All exports of the kernel in `data`, module "vmlinux", in the order of its tables.

    Raises BadFormat where `data` is no kernel image, is broken, or has no exports.
    """
    name = next((name for name, at, magic in HEADERS if data[at : at + len(magic)] == magic), None)
    if name is None and compression(data):
        name = "compressed kernel"
    try:
        return READERS.get(name or "", _of_carried)(data)
    except BadFormat as error:
        raise error.within(name or "not a kernel image that is known") from None


def _of_elf(data: bytes) -> tuple[Export, ...]:
    """A vmlinux, or what carries one: there the program that unpacks it is ELF, as on mips."""
    return ksymtab.exports(Elf(data)) or _of_carried(data)


def _of_bzimage(data: bytes) -> tuple[Export, ...]:
    """The setup header says where the payload is, from boot protocol 2.08 (v2.6.26) on."""
    (protocol,) = _field("<H", data, 0x206)
    if protocol < 0x208:
        return _of_carried(data)
    offset, size = _field("<II", data, 0x248)  # payload_offset, counted from the end of the setup sectors
    return _of_payload(data, ((data[0x1F1] or 4) + 1) * 512 + offset, size)


def _of_zboot(data: bytes) -> tuple[Export, ...]:
    return _of_payload(data, *_field("<II", data, 8))


def _of_payload(data: bytes, offset: int, size: int) -> tuple[Export, ...]:
    if offset + size > len(data):
        raise BadFormat(f"payload of {size:,} bytes reaches beyond the file's {len(data):,}", offset)
    return _of_kernel(_unpack(memoryview(data)[offset : offset + size], offset))


def _of_compressed(data: bytes) -> tuple[Export, ...]:
    return _of_kernel(_unpack(memoryview(data), 0))


def _of_carried(data: bytes) -> tuple[Export, ...]:
    """The first stream that is whole and unpacks to more than the file itself; without one, the file is the kernel."""
    problem: BadFormat | None = None
    for offset in _streams(data):
        try:
            kernel = _unpack(memoryview(data)[offset:], offset)
        except BadFormat as error:
            problem = problem or error
            continue
        if len(kernel) > len(data):
            return _of_kernel(kernel)
    try:
        return rawimage.exports(data)
    except BadFormat as error:
        raise problem or error from None


def _of_kernel(kernel: bytes) -> tuple[Export, ...]:
    """An unpacked kernel: ELF with its sections, else raw."""
    found = ksymtab.exports(Elf(kernel)) if kernel.startswith(MAGIC) else ()
    return found or rawimage.exports(kernel)


READERS = {
    "ELF kernel": _of_elf,
    "bzImage": _of_bzimage,
    "EFI zboot image": _of_zboot,
    "compressed kernel": _of_compressed,
    "arm64 Image": rawimage.exports,
    "riscv Image": rawimage.exports,
    "loongarch Image": rawimage.exports,
}


def _field(form: str, data: bytes, offset: int) -> tuple[int, ...]:
    if offset + struct.calcsize(form) > len(data):
        raise BadFormat("header is cut short", len(data))
    return struct.unpack_from(form, data, offset)


def _unpack(stream: memoryview, offset: int) -> bytes:
    limit = min(LIMIT, max(SMALLEST, RATIO * len(stream)))
    try:
        return decompress(stream, limit=limit, what="compressed kernel", trailing=True)
    except BadFormat as error:
        raise BadFormat(error.what, offset + (error.offset or 0)) from None


def _streams(data: bytes) -> Iterator[int]:
    """Offsets of what look like compressed streams, first ones first, no more than STREAMS."""
    places = islice(merge(*(_places(data, magic) for magic in MAGICS)), GUESSES)
    return islice((at for at in places if _likely(data, at)), STREAMS)


def _places(data: bytes, magic: bytes) -> Iterator[int]:
    at = data.find(magic)
    while at >= 0:
        yield at
        at = data.find(magic, at + 1)


def _likely(data: bytes, at: int) -> bool:
    """Whether the rest of a stream's header bears its magic out; some magics are short."""
    head = data[at : at + 13].ljust(13, b"\xff")
    if head.startswith(b"\xfd"):
        return zlib.crc32(head[6:8]) == int.from_bytes(head[8:12], "little")
    if head.startswith(b"\x1f"):
        return head[3] < 0x20  # flags of RFC 1952
    if head.startswith(b"\x5d"):
        dictionary, size = int.from_bytes(head[1:5], "little"), int.from_bytes(head[5:], "little")
        return dictionary.bit_count() == 1 and (size <= LIMIT or size == UNKNOWN_SIZE)
    return True
