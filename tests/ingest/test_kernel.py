# SPDX-License-Identifier: GPL-2.0-or-later
import datetime as dt
import hashlib
import itertools
from dataclasses import replace

import pytest

from abidb.errors import BadFormat, BuildFailed, UnknownName
from abidb.records import Deb, Export, Import, Kernel, Listing, ModuleFact, SelfCheck, Snapshot
from ingest.kernel import EXTRACTOR, read_kernel
from tests.builders.compress import compress
from tests.builders.deb import make_deb, make_tar
from tests.builders.kernel import RELEASE, VERMAGIC, make_config, make_image_deb, make_module, make_split_debs
from tests.builders.vmlinux import make_vmlinux

VMLINUX = tuple(
    Export(name, "vmlinux", crc, kind, "")
    for name, crc, kind in (
        ("kfree", 0x37A0CBA0, "EXPORT_SYMBOL"),
        ("memcpy", 0x69ACDF38, "EXPORT_SYMBOL"),
        ("module_layout", 0xDEADBEEF, "EXPORT_SYMBOL"),
        ("irq_bypass", 0x388C5BE5, "EXPORT_SYMBOL_GPL"),
    )
)
TAP = Export("tap_open", "drivers/net/tap", 0x9A89E954, "EXPORT_SYMBOL_GPL", "NETDEV_INTERNAL")
LAYOUT = Import("module_layout", 0xDEADBEEF)
MODULES = {
    "drivers/net/tap": make_module([TAP], [LAYOUT, Import("kfree", 0x37A0CBA0)]),
    "net/ife/ife": make_module(imports=[LAYOUT], licenses=["GPL", "Dual MIT/GPL", "GPL"]),
}
IMAGE = make_vmlinux(VMLINUX)
FACTS = (
    ModuleFact("drivers/net/tap", "GPL", VERMAGIC),
    ModuleFact("net/ife/ife", "GPL, Dual MIT/GPL", VERMAGIC),
)


def check_refuses(kind, message, act):
    with pytest.raises(kind) as raised:
        act()
    assert str(raised.value) == message


def by_symbol(exports):
    return sorted(exports, key=lambda export: (export.symbol, export.module))


def test_no_debs_are_no_build():
    check_refuses(BuildFailed, "not the debs of one build: none given", lambda: read_kernel([]))


@pytest.mark.parametrize("name", ["linux-doc-6.1", "linux-kbuild-6.1", "bash"])
def test_a_package_that_holds_no_kernel_is_refused(files, name):
    control = {"Package": name, "Version": "1", "Architecture": "amd64", "Source": "linux"}
    check_refuses(
        BuildFailed,
        f"{name} is no linux-image, linux-binary, linux-modules, linux-base or linux-headers",
        lambda: read_kernel(files({"a.deb": make_deb(control, {})})),
    )


def test_a_package_of_another_source_is_refused(files):
    check_refuses(
        BuildFailed,
        "linux-image-6.1.0-56-cloud-amd64 was built from linux-libre, which is not the kernel's source package",
        lambda: read_kernel(files({"a.deb": make_image_deb(IMAGE, {}, source="linux-libre")})),
    )


def test_a_release_that_is_not_of_debians_shape_is_refused(files):
    with pytest.raises(UnknownName, match="'mine' is not the release of a Debian kernel"):
        read_kernel(files({"a.deb": make_image_deb(IMAGE, {}, release="mine")}))


def test_a_control_file_without_what_identifies_a_deb_is_refused(files):
    check_refuses(
        BadFormat,
        "a.deb: control file has no field Version, Architecture",
        lambda: read_kernel(files({"a.deb": make_deb({"Package": "linux-image-1.0-1-amd64"}, {})})),
    )


@pytest.mark.parametrize("other", [{"version": "6.1.192-3"}, {"arch": "arm64"}, {"source": "linux-6.1"}])
def test_debs_of_different_builds_are_refused(files, other):
    debs = {"a.deb": make_image_deb(IMAGE, MODULES), "b.deb": make_image_deb(None, MODULES, **other)}
    with pytest.raises(
        BuildFailed, match="^not the debs of one build: linux-image-6.1.0-56-cloud-amd64 6.1.192-2 amd64, "
    ):
        read_kernel(files(debs))


def test_a_deb_that_holds_another_kernels_files_is_refused(files):
    control = {"Package": f"linux-image-{RELEASE}", "Version": "1", "Architecture": "amd64", "Source": "linux"}
    check_refuses(
        BuildFailed,
        f"linux-image-{RELEASE} holds a file of another kernel: boot/config-6.1.0-55-cloud-amd64",
        lambda: read_kernel(files({"a.deb": make_deb(control, {"./boot/config-6.1.0-55-cloud-amd64": b""})})),
    )


def test_a_build_without_its_image_is_refused(files):
    check_refuses(
        BuildFailed,
        "linux-image-6.1.0-56-cloud-amd64 6.1.192-2 amd64: one of them must hold the kernel image; found in: none",
        lambda: read_kernel(files({"a.deb": make_image_deb(None, MODULES)})),
    )


def test_a_build_with_two_images_is_refused(files):
    debs = {"a.deb": make_image_deb(IMAGE, {}), "b.deb": make_image_deb(IMAGE, {}, unsigned=True, source="linux")}
    with pytest.raises(BuildFailed, match=f"found in: linux-image-{RELEASE}, linux-image-{RELEASE}-unsigned$"):
        read_kernel(files(debs))


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("module", {"net/a": b"\x7fELF"}, f"lib/modules/{RELEASE}/kernel/net/a.ko: not an ELF file (offset 0)"),
        ("image", b"MZ", f"boot/vmlinuz-{RELEASE}: "),
    ],
)
def test_a_broken_file_is_named_with_its_deb_member_and_offset(files, name, data, message):
    deb = make_image_deb(IMAGE, data) if name == "module" else make_image_deb(data, {})
    with pytest.raises(BadFormat) as raised:
        read_kernel(files({"a.deb": deb}))
    assert str(raised.value).startswith(f"a.deb: data.tar.xz: {message}")


def test_a_config_that_is_no_text_is_refused(files):
    control = {"Package": f"linux-base-{RELEASE}", "Version": "1", "Architecture": "amd64", "Source": "linux"}
    check_refuses(
        BadFormat,
        f"a.deb: data.tar.xz: boot/config-{RELEASE}: config is no text (offset 2)",
        lambda: read_kernel(files({"a.deb": make_deb(control, {f"./boot/config-{RELEASE}": b"#\n\0"})})),
    )


def test_a_truncated_deb_is_refused_by_name(files):
    whole = make_image_deb(IMAGE, MODULES)
    with pytest.raises(BadFormat, match=r"^cut\.deb: member data\.tar\.xz is said to hold .* bytes; .* are left"):
        read_kernel(files({"cut.deb": whole[:-100]}))


def test_one_export_with_two_crcs_is_refused(files):
    first, other = make_module([TAP]), make_module([replace(TAP, crc=1)])
    control = {"Package": f"linux-image-{RELEASE}", "Version": "1", "Architecture": "amd64", "Source": "linux"}
    root = f"./lib/modules/{RELEASE}/kernel/net/a"
    deb = make_deb(
        control,
        {f"./boot/vmlinuz-{RELEASE}": IMAGE, f"{root}.ko": first, f"{root}.ko.xz": compress("xz", other)},
    )
    check_refuses(
        BadFormat,
        f"net/a exports tap_open with two CRCs: {TAP.crc} and 1",
        lambda: read_kernel(files({"a.deb": deb})),
    )


def test_one_deb_of_the_old_kind_is_a_whole_build(files):
    data = make_image_deb(IMAGE, MODULES)
    kernel = read_kernel(files({"a.deb": data}))
    assert replace(kernel, exports=tuple(by_symbol(kernel.exports))) == Kernel(
        source="linux",
        version="6.1.192-2",
        arch="amd64",
        flavour="cloud-amd64",
        kernel_release=RELEASE,
        covers="all",
        exports=tuple(by_symbol([*VMLINUX, TAP])),
        modules=FACTS,
        config=make_config(RELEASE).decode(),
        check=SelfCheck(imports=3),
        signed=True,
        extractor=EXTRACTOR,
        debs=(
            Deb(
                name=f"linux-image-{RELEASE}",
                version="6.1.192-2",
                arch="amd64",
                source="linux-signed-amd64",
                sha256=hashlib.sha256(data).hexdigest(),
                size=len(data),
            ),
        ),
    )


def test_split_debs_are_one_build_in_any_order(files):
    debs = make_split_debs(IMAGE, MODULES)
    whole = {f"{name}.deb": data for name, data in debs.items()}
    paths = files(whole)
    kernels = {replace(read_kernel(order), debs=()) for order in itertools.permutations(paths)}
    kernel = kernels.pop()
    assert (kernels, kernel.covers, kernel.signed, kernel.source, kernel.flavour, kernel.modules, kernel.config) == (
        set(),
        "all",
        True,
        "linux",
        "cloud-amd64",
        FACTS,
        make_config("7.3.4+deb13-cloud-amd64").decode(),
    )


def test_without_its_modules_a_build_covers_vmlinux(files):
    debs = make_split_debs(IMAGE, MODULES)
    kernel = read_kernel(files({name: data for name, data in debs.items() if "binary" in name}))
    assert (kernel.covers, by_symbol(kernel.exports), kernel.modules, kernel.config, kernel.check) == (
        "vmlinux",
        by_symbol(VMLINUX),
        (),
        "",
        SelfCheck(imports=0),
    )


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"suffix": ".ko", "usr": "usr/", "compression": "zstd"}, (True, "linux")),
        ({"source": "linux", "unsigned": True}, (False, "linux")),
        ({"source": "linux", "arch": "riscv64"}, (False, "linux")),
        ({"source": "linux-signed-6.12-amd64 (6.12.117+1~deb12u1)"}, (True, "linux-6.12")),
    ],
)
def test_signed_and_unsigned_images_name_the_same_source(files, options, expected):
    kernel = read_kernel(files({"a.deb": make_image_deb(IMAGE, MODULES, **options)}))
    assert ((kernel.signed, kernel.source), kernel.covers) == (expected, "all")


@pytest.mark.parametrize(("suffix", "name"), [(".ko.xz", "xz"), (".ko.zst", "zstd"), (".ko.gz", "gzip")])
def test_compressed_modules_have_the_same_names(files, suffix, name):
    packed = {path: compress(name, data) for path, data in MODULES.items()}
    assert read_kernel(files({"a.deb": make_image_deb(IMAGE, packed, suffix=suffix)})).modules == FACTS


def test_a_symbol_exported_twice_alike_counts_once_and_by_two_modules_twice(files):
    modules = {"a/a": make_module([TAP]), "b/b": make_module([replace(TAP, crc=5)])}
    image = make_vmlinux([*VMLINUX, VMLINUX[1]])
    kernel = read_kernel(files({"a.deb": make_image_deb(image, modules)}))
    twice = [replace(TAP, module="a/a"), replace(TAP, module="b/b", crc=5)]
    assert by_symbol(kernel.exports) == by_symbol([*VMLINUX, *twice])


def test_imports_that_no_export_fits_are_mismatches(files):
    wrong = make_module(imports=[Import("kfree", 1), Import("memcpy", 2), Import("kfree", 1)])
    kernel = read_kernel(files({"a.deb": make_image_deb(IMAGE, {**MODULES, "x/x": wrong, "y/y": wrong})}))
    assert kernel.check == SelfCheck(imports=9, mismatches=("kfree", "memcpy"))


def test_without_crcs_nothing_is_there_to_check(files):
    image = make_vmlinux([replace(export, crc=None) for export in VMLINUX], crcs=False)
    modules = {"drivers/net/tap": make_module([TAP], crcs="none", flags=True)}
    kernel = read_kernel(files({"a.deb": make_image_deb(image, modules)}))
    assert ({export.crc for export in kernel.exports}, kernel.check) == ({None}, SelfCheck(imports=0))


def test_a_deb_keeps_the_hash_that_the_snapshot_service_knows_it_by(files):
    snapshot = Snapshot("0" * 40, dt.datetime(2010, 1, 1, tzinfo=dt.UTC))
    (path,) = files({"a.deb": make_image_deb(IMAGE, MODULES)})
    (deb,) = read_kernel([path], snapshots={path: snapshot}).debs
    assert (deb.snapshot, deb.listings) == (snapshot, ())


def test_a_deb_keeps_where_it_was_listed(files):
    listing = Listing(
        "root", "bookworm", "main/binary-amd64/Packages", "0" * 64, dt.datetime(2026, 11, 1, tzinfo=dt.UTC)
    )
    (path,) = files({"a.deb": make_image_deb(IMAGE, MODULES)})
    assert read_kernel([path], {path: (listing,)}).debs[0].listings == (listing,)


def test_files_that_are_no_part_of_a_build_are_passed_over(files):
    control = {"Package": f"linux-image-{RELEASE}", "Version": "1", "Architecture": "amd64", "Source": "linux"}
    others = {
        f"./lib/modules/{RELEASE}/modules.builtin": b"",
        f"./lib/modules/{RELEASE}/kernel/net/readme": b"",
        "./usr/share/doc/x/changelog.gz": b"",
        f"./boot/System.map-{RELEASE}": b"",
        f"./boot/vmlinux-{RELEASE}": IMAGE,
    }
    kernel = read_kernel(files({"a.deb": make_deb(control, {}, data=compress("xz", make_tar(others)))}))
    assert (by_symbol(kernel.exports), kernel.modules, kernel.config) == (by_symbol(VMLINUX), (), "")


@pytest.mark.parametrize(("time", "built"), [(0, None), (99999999999, None), (1794824260, "2026-11-16T10:17:40+00:00")])
def test_when_a_deb_was_built_is_the_time_of_its_members(tmp_path, time, built):
    path = tmp_path / "image.deb"
    path.write_bytes(
        make_image_deb(IMAGE, {}).replace(b"data.tar.xz     0           ", f"data.tar.xz     {time:<12}".encode())
    )
    (deb,) = read_kernel([path]).debs
    assert (deb.built and deb.built.isoformat()) == built
