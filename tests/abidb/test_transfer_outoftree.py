# SPDX-License-Identifier: GPL-2.0-or-later
"""Out-of-tree modules in exports: what is refused, and how they are written."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from abidb.errors import BadFormat
from abidb.outoftree import (
    ACCEPTED,
    BUILDER,
    BUILT,
    DIFFERENT,
    NO_COMPILE,
    NOT_COMPARED,
    PARTLY,
    REFUSED,
    SAME,
    Attempt,
    Difference,
    DkmsPackage,
    LoadResult,
    Rebuild,
    Use,
)
from abidb.packagerows import PopconRow, ScanRow
from abidb.transfer.content import PackageSeenRow, Row
from abidb.transfer.writer import Writer
from tests.abidb.test_transfer import make_rows, resigned, rows_of, text_of
from tests.builders.outoftree import (
    make_attempt,
    make_key,
    make_load_result,
    make_module,
    make_package,
    make_rebuild,
    make_target,
)
from tests.builders.records import DAY

LONG = "x" * 9000
LATER = DAY.replace(year=9999, month=1)
NEXT = make_target("6.1.0-2-amd64", "6.1.2-1")


def out_of_tree() -> list[Row]:
    module = make_module(
        licenses=("GPL", "Dual BSD/GPL"),
        depends=("nfnetlink",),
        namespaces=("DMA_BUF",),
        siblings=("bar_get", "qux"),
        exports=("bar_put", "foo_get"),
        uses=(Use("a", None, True), Use("kfree", 4_000_000_000, False), Use("maybe", 5, True, weak=True)),
        btf=True,
    )
    return [
        PackageSeenRow(
            make_key(), "http://127.0.0.1/debian", "bookworm", "main/binary-amd64/Packages", "b" * 64, DAY, DAY
        ),
        PopconRow("foo-dkms", 7, DAY),
        make_package(listings=()),
        make_package(version="1.0-10", listings=()),
        make_attempt(modules=(make_module("bar"), module), outcome=PARTLY, missing=("baz", "qux"), log=""),
        make_attempt(target=NEXT, outcome=NO_COMPILE, log=""),
        make_rebuild(
            differing=(Difference("foo", "f", "function", ("struct a.b: 1 -> 2",)), Difference("foo", "g", "data"))
        ),
        make_load_result(answer=REFUSED, reasons=(("crc", "kfree"), ("other", "")), messages=("a", "b")),
        ScanRow(make_key(), NEXT, (Use("kfree", None, True),)),
    ]


def changed(kind: type, **given: Any) -> list[Row]:
    rows = out_of_tree()
    found: Any = next(row for row in rows if isinstance(row, kind))
    if kind is Attempt and not hasattr(found, next(iter(given))):
        first, *others = found.modules
        given = {"modules": (replace(first, **given), *others)}
    return [replace(found, **given) if row is found else row for row in rows]


@pytest.mark.parametrize(
    ("kind", "given", "reason"),
    [
        (PackageSeenRow, {"key": make_key("Foo")}, "'Foo' is no package"),
        (PackageSeenRow, {"root": LONG}, "is no root"),
        (PackageSeenRow, {"suite": LONG}, "is no suite"),
        (PackageSeenRow, {"index": LONG}, "is no index"),
        (PackageSeenRow, {"release_sha256": "b"}, "is no SHA-256"),
        (PackageSeenRow, {"last": DAY.replace(year=2000)}, "seen in bookworm last before it was first"),
        (PackageSeenRow, {"last": LATER}, "9999-01-01 is in the future"),
        (PopconRow, {"package": "a b"}, "is no package"),
        (PopconRow, {"at": LATER}, "9999-01-01 is in the future"),
        (DkmsPackage, {"key": make_key(version="-")}, "is no version"),
        (DkmsPackage, {"key": make_key(arch="$")}, "is no architecture"),
        (DkmsPackage, {"source": "_"}, "is no source package"),
        (DkmsPackage, {"source_version": ""}, "is no version"),
        (DkmsPackage, {"component": "<b>"}, "is no component"),
        (DkmsPackage, {"depends": "a\n"}, "is no list of dependencies"),
        (DkmsPackage, {"filename": "pool/../../x"}, "is no path of a deb"),
        (DkmsPackage, {"filename": ".."}, "is no path of a deb"),
        (DkmsPackage, {"sha256": "x"}, "is no SHA-256"),
        (DkmsPackage, {"size": 0}, "foo-dkms has 0 bytes"),
        (Attempt, {"package": make_key("Foo")}, "is no package"),
        (Attempt, {"target": replace(make_target(), source="bash")}, "is not the kernel's source package"),
        (Attempt, {"target": replace(make_target(), kernel_release="6.1.0-1-rt-amd64")}, "is not of the flavour amd64"),
        (Attempt, {"target": replace(make_target(), kernel_release="x")}, "is not the release of a Debian kernel"),
        (Attempt, {"headers": LONG}, "is no kernel release"),
        (Attempt, {"root": "/"}, "is no codename"),
        (Attempt, {"outcome": "well"}, "'well' is no outcome"),
        (Attempt, {"outcome": NO_COMPILE}, "bar came out of what was not built"),
        (Attempt, {"reason": LONG}, "is no reason"),
        (Attempt, {"tools": "\x1b"}, "is no list of tools"),
        (Attempt, {"builder": BUILDER + 1}, f"built by builder {BUILDER + 1}; this program's is {BUILDER}"),
        (Attempt, {"missing": (LONG,)}, "is no module"),
        (Attempt, {"missing": ("a\x1b",)}, "is no module"),
        (Attempt, {"missing": ("a", "a")}, "a module that is missing stands twice"),
        (Attempt, {"missing": tuple(map(str, range(501)))}, "501 modules are missing, more than 500"),
        (Attempt, {"modules": ()}, "partly built, but no module came out"),
        (Attempt, {"outcome": BUILT}, "built, but baz is missing"),
        (Attempt, {"modules": (make_module(), make_module())}, "a module stands twice"),
        (Attempt, {"siblings": ("a", "a")}, "a symbol of a sibling stands twice"),
        (Attempt, {"at": LATER}, "9999-01-01 is in the future"),
        (Attempt, {"seconds": 1e9}, "'1000000000.0' are no seconds"),
        (Attempt, {"seconds": float("nan")}, "'nan' are no seconds"),
        (Attempt, {"name": "a b"}, "is no module"),
        (Attempt, {"sha256": ""}, "is no SHA-256"),
        (Attempt, {"size": -1}, "'-1' is no number"),
        (Attempt, {"vermagic": "\t"}, "is no vermagic"),
        (Attempt, {"licenses": ("Dual\tBSD",)}, "is no license"),
        (Attempt, {"depends": ("",)}, "is no module"),
        (Attempt, {"namespaces": ("a b",)}, "is no namespace"),
        (Attempt, {"siblings": ("a b",)}, "is no symbol"),
        (Attempt, {"exports": ("1",)}, "is no symbol"),
        (Attempt, {"uses": (Use("a b", 1, True),)}, "is no symbol"),
        (Attempt, {"uses": (Use("a", 0, True),)}, "a has the CRC 0"),
        (Attempt, {"uses": (Use("a", 1 << 32, True),)}, "is no number"),
        (Attempt, {"uses": (Use("a", 1, True), Use("a", 2, True))}, "a symbol stands twice among uses"),
        (Rebuild, {"package": make_key("Foo")}, "is no package"),
        (Rebuild, {"old": replace(make_target(), arch="<")}, "is no architecture"),
        (Rebuild, {"new": replace(NEXT, flavour="<")}, "is no flavour"),
        (Rebuild, {"outcome": "alike"}, "'alike' is no outcome of a rebuild"),
        (Rebuild, {"reason": LONG}, "is no reason"),
        (Rebuild, {"at": LATER}, "9999-01-01 is in the future"),
        (Rebuild, {"outcome": SAME}, "a rebuild whose outcome is 'same', with 2 differences"),
        (Rebuild, {"differing": ()}, "a rebuild whose outcome is 'different', with 0 differences"),
        (Rebuild, {"outcome": NOT_COMPARED, "differing": ()}, "it is not said why a rebuild was not compared"),
        (Rebuild, {"reason": "why"}, "it is not said why a rebuild was not compared, or said where it was"),
        (Rebuild, {"differing": (Difference("a", "f", "data"),) * 2}, "a difference stands twice"),
        (Rebuild, {"differing": (Difference("a b", "f", "data"),)}, "is no module"),
        (Rebuild, {"differing": (Difference("a", LONG, "data"),)}, "is no name of a function"),
        (Rebuild, {"differing": (Difference("a", "f", "datum"),)}, "'datum' is no kind of a difference"),
        (Rebuild, {"differing": (Difference("a", "f", "data", (LONG,)),)}, "is no member"),
        (LoadResult, {"sha256": "x"}, "is no SHA-256"),
        (LoadResult, {"module": "a b"}, "is no module"),
        (LoadResult, {"kernel": replace(NEXT, version="")}, "is no version"),
        (LoadResult, {"at": LATER}, "9999-01-01 is in the future"),
        (LoadResult, {"answer": ACCEPTED}, "a kernel's answer 'accepted' with 2 reasons"),
        (LoadResult, {"reasons": ()}, "a kernel's answer 'refused' with 0 reasons"),
        (LoadResult, {"answer": "perhaps"}, "'perhaps' is no answer of a kernel"),
        (LoadResult, {"reasons": (("mood", ""),)}, "'mood' is no reason of a kernel"),
        (LoadResult, {"reasons": (("crc", "a b"),)}, "is no symbol"),
        (LoadResult, {"messages": ("\x1b",)}, "is no message of a kernel"),
        (ScanRow, {"key": make_key("Foo")}, "is no package"),
        (ScanRow, {"target": replace(NEXT, version="")}, "is no version"),
        (ScanRow, {"uses": (Use("", None, True),)}, "is no symbol"),
    ],
)
def test_what_no_sound_record_holds_is_refused(kind: type, given: dict[str, Any], reason: str) -> None:
    text, _ = text_of(changed(kind, **given))
    with pytest.raises(BadFormat, match=r"^line \d+: ") as refused:
        rows_of(text)
    assert reason in str(refused.value)


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        (b"popcon\tfoo-dkms\t7", b"popcon\tfoo-dkms\tmany", "'many' is no number"),
        (b"\nuse\tkfree\t4000000000\t0", b"\nuse\tkfree\t4000000000\t4", "is no number from 0 to 3"),
        (
            b"\nuse\ta\t\t1\nuse\tkfree\t4000000000\t0",
            b"\nuse\tkfree\t4000000000\t0\nuse\ta\t\t1",
            "not as abidb writes it",
        ),
        (b"missing\tbaz\nmissing\tqux", b"missing\tqux\nmissing\tbaz", "not as abidb writes it"),
        (b"exported\tbar_put\nexported\tfoo_get", b"exported\tfoo_get\nexported\tbar_put", "not as abidb writes it"),
        (b"sibling\tbar_get\nsibling\tqux", b"sibling\tqux\nsibling\tbar_get", "not as abidb writes it"),
        (b"difference\tfoo\tg\tdata", b"difference\tfoo\ta\tdata", "not as abidb writes it"),
        (b"\nlicense\tGPL\n", b"\nlicence\tGPL\n", "may not stand here"),
        (b"\nmember\tstruct", b"\nmembers\tstruct", "may not stand here"),
    ],
)
def test_a_file_that_says_otherwise_is_refused_even_with_digests_that_fit(old: bytes, new: bytes, reason: str) -> None:
    text, _ = text_of(out_of_tree())
    assert old in text
    with pytest.raises(BadFormat, match=r"^line \d+: ") as refused:
        rows_of(resigned(text.replace(old, new, 1)))
    assert reason in str(refused.value)


def test_there_is_one_order() -> None:
    rows = out_of_tree()
    for n, row in enumerate(rows):
        for wrong in ([row, row], [row, rows[n - 1]]) if n else ([row, row],):
            with pytest.raises(BadFormat, match="out of order"):
                text_of(wrong)


def older(rows: list[Row]) -> bytes:
    parts: list[bytes] = []
    writer = Writer(parts.append, version=1)
    for row in rows:
        writer.put(row)
    writer.close()
    return b"".join(parts)


def test_a_file_of_the_first_version_is_read_and_knows_nothing_of_them() -> None:
    assert older(make_rows()).startswith(b"abidb export\t1\n")
    assert text_of(rows_of(older(make_rows()))) == text_of(make_rows())
    for row in out_of_tree():
        with pytest.raises(BadFormat, match="in a file of version 1"):
            older([row])
    forged = text_of(out_of_tree())[0].replace(b"abidb export\t2", b"abidb export\t1", 1)
    with pytest.raises(BadFormat, match=r"line 3: 'listed.* in a file of version 1"):
        rows_of(resigned(forged))


def test_everything_comes_back_as_it_went_in() -> None:
    assert rows_of(text_of(out_of_tree())[0]) == out_of_tree()


def test_a_record_without_them_has_the_digest_that_the_first_version_told() -> None:
    text, digest = text_of(make_rows())
    assert f"digest\t{digest.hex()}\n".encode() in older(make_rows())
    assert text_of(make_rows() + [])[1] == digest
    assert text.startswith(b"abidb export\t2\n")


def test_the_text_is_what_the_documentation_shows() -> None:
    text, _ = text_of(out_of_tree())
    module, kernel = make_module("foo"), "linux\t6.1.1-1\tamd64\tamd64\t6.1.0-1-amd64"
    later = "linux\t6.1.2-1\tamd64\tamd64\t6.1.0-2-amd64"
    vermagic = module.vermagic
    assert text.decode().splitlines()[2:-2] == [
        f"listed\tfoo-dkms\t1.0-1\tall\thttp://127.0.0.1/debian\tbookworm\tmain/binary-amd64/Packages\t{'b' * 64}"
        "\t2026-11-01T00:00:00Z\t2026-11-01T00:00:00Z",
        "popcon\tfoo-dkms\t7\t2026-11-01T00:00:00Z",
        "content",
        f"package\tfoo-dkms\t1.0-1\tall\tfoo\t1.0-1\tmain\tdkms (>= 2.1.0.0)\tpool/main/f/foo/foo-dkms_1.0-1_all.deb\t1000"
        f"\t{make_package().sha256}",
        f"package\tfoo-dkms\t1.0-10\tall\tfoo\t1.0-10\tmain\tdkms (>= 2.1.0.0)\tpool/main/f/foo/foo-dkms_1.0-10_all.deb"
        f"\t1000\t{make_package(version='1.0-10').sha256}",
        f"attempt\tfoo-dkms\t1.0-1\tall\t{kernel}\t6.1.0-1-amd64\tbookworm\tpartly built\tfoo.c:3:1: error: no"
        "\tdkms 3.0.10, gcc-12 12.2.0-14\t2.5\t2026-11-01T00:00:00Z\t1",
        "missing\tbaz",
        "missing\tqux",
        f"module\tbar\t{make_module('bar').sha256}\t20000\t{vermagic}\t0",
        "license\tGPL",
        "use\tkfree\t1\t1",
        "use\tmodule_layout\t7\t0",
        f"module\tfoo\t{module.sha256}\t20000\t{vermagic}\t1",
        "license\tGPL",
        "license\tDual BSD/GPL",
        "depends\tnfnetlink",
        "namespace\tDMA_BUF",
        "sibling\tbar_get",
        "sibling\tqux",
        "exported\tbar_put",
        "exported\tfoo_get",
        "use\ta\t\t1",
        "use\tkfree\t4000000000\t0",
        "use\tmaybe\t5\t3",
        f"attempt\tfoo-dkms\t1.0-1\tall\t{later}\t6.1.0-2-amd64\tbookworm\tdoes not compile\tfoo.c:3:1: error: no"
        "\tdkms 3.0.10, gcc-12 12.2.0-14\t2.5\t2026-11-01T00:00:00Z\t1",
        f"rebuild\tfoo-dkms\t1.0-1\tall\t{kernel}\t{later}\t{DIFFERENT}\t\t1\t20\t1\t2026-11-01T00:00:00Z",
        "difference\tfoo\tf\tfunction",
        "member\tstruct a.b: 1 -> 2",
        "difference\tfoo\tg\tdata",
        f"load\t{make_module().sha256}\tfoo\t{later}\trefused\t2026-11-01T00:00:00Z",
        "because\tcrc\tkfree",
        "because\tother\t",
        "said\ta",
        "said\tb",
        f"scan\tfoo-dkms\t1.0-1\tall\t{later}",
        "use\tkfree\t\t1",
    ]
