# SPDX-License-Identifier: GPL-2.0-or-later
"""The readers that are tried, each with valid inputs of up to 64 KiB to start from."""

from __future__ import annotations

import io
import itertools
from dataclasses import replace
from functools import cache
from pathlib import Path
from random import Random

from abidb.checked import dumped, loaded
from abidb.errors import BadFormat
from abidb.records import Export, Import
from bench.fuzz.fields import ar_fields, bzimage_input, compressed_fields, elf_input, sum_tar, tar_fields
from bench.fuzz.mutations import Field, Input
from bench.fuzz.trial import Reader
from ingest.formats import (
    ar,
    changelog,
    check,
    compress,
    deb,
    defines,
    kmod,
    ksymtab,
    modversions,
    rawimage,
    symvers,
    tar,
    vmlinuz,
)
from ingest.formats.elf import Elf
from tests.builders.compress import WRITERS, make_lzop
from tests.builders.compress import compress as packed
from tests.builders.deb import make_ar, make_deb, make_entry, make_tar
from tests.builders.elf import Section, Symbol, make_elf
from tests.builders.kernel import make_built, make_module
from tests.builders.records import make_export
from tests.builders.signature import make_signature
from tests.builders.vmlinux import (
    CODE,
    make_bzimage,
    make_elf_wrapper,
    make_image,
    make_vmlinux,
    make_zboot,
    make_zimage,
)

LIMIT = 1 << 20  # bytes that the inputs here may unpack to
REAL = Path(__file__).parents[2] / "tests/ingest/formats/real"
WORDS = ["alloc", "dev", "free", "get", "irq", "kobj", "map", "net", "page", "put", "queue", "rcu", "skb", "tty"]


def read_ar(data: bytes) -> None:
    file = io.BytesIO(data)
    for member in list(ar.members(file)):
        ar.MemberSource(file, member).read(member.size)


def read_deb(data: bytes) -> None:
    deb.control(io.BytesIO(data))
    for _ in deb.files(io.BytesIO(data), lambda path: True):
        pass


def read_tar(data: bytes) -> None:
    pieces = (data[at : at + 5000] for at in range(0, len(data), 5000))
    for _ in tar.files(pieces, lambda path: True, limit=LIMIT):
        pass


def read_stream(data: bytes) -> None:
    for _ in compress.stream(compress.compression(data), io.BytesIO(data), limit=LIMIT):
        pass


def read_compressed(data: bytes) -> None:
    compress.decompress(data, limit=LIMIT, trailing=True)


def read_elf(data: bytes) -> None:
    elf = Elf(data)
    for section in elf.sections:
        elf.name(section)
        elf.content(section)
    elf.symbols()
    elf.read(".text")


def read_upload(data: bytes) -> None:
    """As the site reads one: what the reader says must reach the other process unchanged."""
    found = check.read_carried(data) if data.startswith(b"{") else check.read(data)
    try:
        same = loaded(dumped(found)) == found
    except BadFormat as error:
        raise AssertionError(f"the answer is not taken: {error}") from error
    assert same


@cache
def some_exports(number: int) -> tuple[Export, ...]:
    """Exports named as the kernel's are."""
    chance = Random(number)
    names = sorted({"_".join(chance.choices(WORDS, k=chance.randint(1, 5))) for _ in range(3 * number)})
    return tuple(
        make_export(
            name,
            crc=chance.getrandbits(32) or 1,
            kind=chance.choice(("EXPORT_SYMBOL", "EXPORT_SYMBOL_GPL")),
            namespace=chance.choice([""] * 20 + ["NS", "module:kvm,tun"]),
        )
        for name in sorted(chance.sample(names, number))
    )


def compressed(name: str) -> tuple[Input, ...]:
    """Text, noise, nothing and a bomb in one compression."""
    chance = Random(name)
    texts = (b"vermagic=6.1.0-56 SMP preempt " * 300, chance.randbytes(20000), b"", bytes(2 << 20))
    streams = [packed(name, text) for text in texts]
    if name == "lzop":
        streams.append(make_lzop(texts[0], flags=0x343, name=b"vmlinux", extra=b"more"))
    magic = dict(compress.MAGICS)[name]
    return tuple(Input(data[:65536], ((0, len(magic)),), compressed_fields(name, data)) for data in streams)


def archives() -> tuple[Input, ...]:
    data = make_ar([("debian-binary", b"2.0\n"), ("odd", b"odd"), ("data.tar", bytes(5000)), ("empty", b"")])
    return (Input(data, ((0, 8),), ar_fields(data)),)


def tars() -> tuple[Input, ...]:
    long = "usr/lib/modules/" + "kernel/" * 30 + "long.ko"
    entries = [
        make_entry("./boot/vmlinuz", b"MZ" * 3000),
        make_entry("./" + long, b"\x7fELF" * 100),
        make_entry("./link", type=b"2", linkname="boot/vmlinuz"),
        make_entry("./empty"),
    ]
    gnu, pax = make_tar(entries), make_tar(entries, format=1)
    return tuple(Input(data, (), tar_fields(data), sum_tar) for data in (gnu, pax))


def debs() -> tuple[Input, ...]:
    control = {"Package": "linux-image-x", "Version": "6.1.192-2", "Description": "kernel\n for tests"}
    files = {"./boot/vmlinuz-x": b"MZ" * 4000, "./lib/modules/x/a.ko": b"\x7fELF" * 900}
    made = [make_deb(control, files, compression=name) for name in ("", "gzip", "xz", "zstd", "bzip2", "lzma")]
    plain = Input(made[0], ((0, 8),), ar_fields(made[0]) + tar_fields(made[0]), sum_tar)
    return (plain, plain, *(Input(data, ((0, 8),), ar_fields(data)) for data in made[1:]))


def elves() -> tuple[Input, ...]:
    sections = [Section(".text", CODE), Section(".bss", type=8, size=1 << 30), Section(".rodata", bytes(300))]
    symbols = [Symbol(f"symbol_{number}", ".text", number) for number in range(50)]
    kinds = itertools.product((32, 64), ("little", "big"), (False, True))
    return tuple(
        elf_input(make_elf(sections, symbols, bits=bits, byteorder=order, extended=extended))
        for bits, order, extended in kinds
    )


def modules() -> tuple[Input, ...]:
    exports = some_exports(40)
    imports = [Import(export.symbol, export.crc or 0) for export in some_exports(60)]
    variants = (
        {},
        {"bits": 32, "byteorder": "big"},
        {"crcs": "absolute"},
        {"flags": True, "extended_versions": True},
        {"namespace_labels": False},
    )
    made = [make_module(exports, imports, depends=["a", "b"], namespaces=["NS"], **variant) for variant in variants]
    streams = [Input(packed(name, made[0]), ((0, 6),)) for name in ("xz", "gzip", "zstd")]
    return (*map(elf_input, made), *map(elf_input, made), *streams)


def uploads() -> tuple[Input, ...]:
    """What people bring to be checked."""
    crcs: dict[str, int | None] = {export.symbol: export.crc for export in some_exports(60)}
    built = {"module_layout": 0x10, **crcs}
    plain = make_built(built, name="tap", signature=make_signature())
    sibling = make_module(some_exports(5), name="spl", namespaces=["NS"])
    bare = make_built(dict.fromkeys(crcs), bits=32, byteorder="big", weak=["perhaps"], btf=True, machine=20)
    control = {"Package": "tap-modules", "Version": "1", "Architecture": "amd64"}
    package = make_deb(control, {"./lib/modules/x/tap.ko": plain, "./lib/modules/x/spl.ko": sibling}, compression="")
    dump = "".join(f"0x{crc or 0:08x}\t{symbol}\n" for symbol, crc in built.items()).encode()
    packed_ones = [Input(packed(name, plain), ((0, 6),)) for name in ("xz", "gzip", "zstd")]
    deb_input = Input(package, ((0, 8),), ar_fields(package) + tar_fields(package), sum_tar)
    answer = dumped(check.read(package)).encode()
    return (*map(elf_input, (plain, plain, bare)), *packed_ones, deb_input, Input(dump), Input(answer[:65536]))


def dumps() -> tuple[Input, ...]:
    lines = [f"0x{export.crc:08x}\t{export.symbol}\n" for export in some_exports(300)]
    return (Input("".join(lines).encode()), Input("".join(lines[:3]).encode()))


def symvers_files() -> tuple[Input, ...]:
    lines = [f"0x{e.crc:08x}\t{e.symbol}\t{e.module}\t{e.kind}\t{e.namespace}\n" for e in some_exports(400)]
    return (Input("".join(lines).encode()), Input("".join(lines[:5]).encode()), Input(b""))


def changelogs() -> tuple[Input, ...]:
    texts = [path.read_bytes() for path in sorted((REAL.parent / "real_changelogs").glob("*.changelog"))]
    long = (
        b"linux (6.1.1-1) unstable; urgency=medium\n\n" + b"  * Ignore ABI changes (CVE-2026-1234) (Closes: #1)\n" * 999
    )
    return (*(Input(text) for text in texts), Input(texts[0][:600]), Input(long), Input(b""))


def defines_files() -> tuple[Input, ...]:
    return tuple(Input(path.read_bytes()) for path in sorted((REAL.parent / "real_defines").glob("*[!d]")))


SHAPES = tuple(
    {
        "bits": bits,
        "little_endian": little,
        "relative": relative,
        "flags": flags,
        "crcs": crcs,
        "namespaces": namespaces,
    }
    for bits, little, relative, flags, crcs, namespaces in (
        (64, True, True, False, True, True),  # arm64 and x86 until 6.17
        (64, True, True, False, False, True),
        (64, True, True, True, False, True),  # and from 7.1 on
        (64, False, False, False, True, True),  # s390x
        (64, True, False, True, True, True),
        (32, True, False, False, True, True),  # armhf
        (64, True, False, False, "long", False),
        (32, False, True, False, True, "zero"),
    )
)


def kernels() -> tuple[Input, ...]:
    made = [make_vmlinux(some_exports(100), **shape) for shape in SHAPES]
    made.append(make_vmlinux(some_exports(100), crcs="distance"))
    made.append(make_vmlinux(some_exports(1000)))
    return tuple(map(elf_input, made))


def raw_kernels() -> tuple[Input, ...]:
    made = [make_vmlinux(some_exports(number), sections=False, **shape) for shape in SHAPES for number in (20, 200)]
    return tuple(map(Input, [*made, make_vmlinux(some_exports(1200), sections=False)]))


def raw_kernel() -> bytes:
    return make_vmlinux(some_exports(100), sections=False, code=CODE * 64)


def elf_kernel() -> bytes:
    return make_vmlinux(some_exports(100), code=CODE * 64)


def bzimages() -> tuple[Input, ...]:
    made = [bzimage_input(make_bzimage(elf_kernel(), name)) for name in WRITERS]
    return (*made, bzimage_input((REAL / "bzimage-6.12.117-amd64").read_bytes()))


def zboots() -> tuple[Input, ...]:
    fields = (Field(8, 4, "little"), Field(12, 4, "little"))
    made = [Input(make_zboot(make_image(raw_kernel()), name), ((4, 8),), fields) for name in WRITERS]
    return (*made, Input((REAL / "zboot-7.2.13-loong64").read_bytes(), ((4, 8),), fields))


def wrappers() -> tuple[Input, ...]:
    """What carries a stream somewhere: many magics of streams, too, that begin none."""
    decoys = Input((b"\x5d\0\0\x80\0" + bytes(8) + b"\x1f\x8b\x08\0" + b"\x28\xb5\x2f\xfd") * 2000)
    made = [Input(make_zimage(raw_kernel(), name), ((0x24, 0x28),)) for name in WRITERS]
    return (*made, replace(elf_input(make_elf_wrapper(raw_kernel())), magic=((0, 6),)), decoys)


def images() -> tuple[Input, ...]:
    made = [Input(make_image(raw_kernel(), magic), ((0x38, 0x3C),)) for magic in (b"ARM\x64", b"RSC\x05")]
    whole = [Input(packed(name, made[0].data), ((0, 3),)) for name in ("gzip", "xz", "zstd", "lz4")]
    return (*made, *whole, elf_input(elf_kernel()))


UNKNOWN = "has the magic of no known compression"
NO_KERNEL = "not a kernel image that is known"
READERS = {
    "ar": Reader(read_ar, archives, ("not an ar archive",)),
    "tar": Reader(read_tar, tars),
    "deb": Reader(read_deb, debs, ("not an ar archive",)),
    **{name: Reader(read_compressed, lambda name=name: compressed(name), (UNKNOWN,)) for name in WRITERS},
    "stream": Reader(read_stream, lambda: tuple(i for n in compress.STREAMED for i in compressed(n)), (UNKNOWN,)),
    "elf": Reader(read_elf, elves, ("not an ELF file",)),
    "kmod": Reader(lambda data: kmod.read(data, "drivers/net/tap"), modules, ("not an ELF file",)),
    "check": Reader(read_upload, uploads, ("neither a module nor a package", "the file is empty")),
    "modversions": Reader(modversions.read, dumps),
    "symvers": Reader(symvers.read, symvers_files),
    "changelog": Reader(changelog.entries, changelogs),
    "defines": Reader(lambda data: defines.ignored({"debian/config/defines": data}), defines_files),
    "ksymtab": Reader(lambda data: ksymtab.exports(Elf(data)), kernels, ("not an ELF file",)),
    "rawimage": Reader(rawimage.exports, raw_kernels),
    "bzimage": Reader(vmlinuz.exports, bzimages, (NO_KERNEL,)),
    "zboot": Reader(vmlinuz.exports, zboots, (NO_KERNEL,)),
    "wrapper": Reader(vmlinuz.exports, wrappers, (NO_KERNEL,)),
    "image": Reader(vmlinuz.exports, images, (NO_KERNEL,)),
}
