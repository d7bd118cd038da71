# SPDX-License-Identifier: GPL-2.0-or-later
"""A small record of module packages: something of every outcome, answer and reason."""

from __future__ import annotations

import datetime as dt
import hashlib

from abidb import store
from abidb.lifecycle import DebianRelease
from abidb.outoftree import NO_COMPILE, NOT_APPLICABLE, REFUSED, SAME, Target
from tests.builders.outoftree import (
    make_attempt,
    make_key,
    make_load_result,
    make_module,
    make_package,
    make_rebuild,
    make_target,
    make_use,
)
from tests.builders.records import DAY, make_entry, make_export, make_kernel, make_listing

GPL = "EXPORT_SYMBOL_GPL"
EXPORTS = {
    "module_layout": make_export("module_layout", crc=0x1),
    "alpha": make_export("alpha", crc=0x11),
    "beta": make_export("beta", module="lib/beta", crc=0x12),
    "gamma": make_export("gamma", crc=0x13),
    "delta": make_export("delta", crc=0x14, kind=GPL),
}
#: From the third kernel on: alpha has another CRC, gamma is for GPL modules alone.
CHANGED = EXPORTS | {
    "alpha": make_export("alpha", crc=0x21),
    "gamma": make_export("gamma", crc=0x13, kind=GPL),
}
RELEASES = [
    DebianRelease("bookworm", "12", dt.date(2021, 1, 1), dt.date(2023, 1, 1), dt.date(2090, 1, 1), dt.date(2091, 1, 1)),
    DebianRelease("trixie", "13", dt.date(2023, 1, 1), dt.date(2025, 1, 1), dt.date(2090, 1, 1), dt.date(2091, 1, 1)),
]
KERNELS = tuple(make_target(f"6.1.0-{n}-amd64", f"6.1.{n}-1") for n in range(1, 5))
FIRST, SECOND, THIRD, FOURTH = KERNELS
FOO, MENDED = make_key(), make_key(version="1.0-1+deb12u1")
BAR, BAZ, QUX = make_key("bar-dkms"), make_key("baz-dkms"), make_key("qux-dkms")
ERROR = "foo.c:7:9: error: too few arguments to function 'alpha'"


def day(n: int) -> dt.datetime:
    return DAY + dt.timedelta(days=30 * n)


def uses(kernel: Target, *symbols: str):
    """What a module built on that kernel imports."""
    exports = EXPORTS if kernel in KERNELS[:2] else CHANGED
    return tuple(
        make_use(name, exports[name].crc, name != "module_layout") for name in sorted(("module_layout", *symbols))
    )


def magic(kernel: Target) -> str:
    return f"{kernel.kernel_release} SMP preempt mod_unload modversions "


def module(name: str, kernel: Target, *symbols: str, **fields):
    sha256 = hashlib.sha256(f"{name} {kernel.version}".encode()).hexdigest()
    return make_module(name, uses=uses(kernel, *symbols), vermagic=magic(kernel), sha256=sha256, **fields)


def built(key, kernel: Target, *modules, **fields):
    return make_attempt(key, kernel, modules=tuple(modules), **fields)


def fill_kernels() -> None:
    """Four kernels of bookworm, a month between them; the third changes alpha and gamma."""
    store.put_releases(RELEASES, {"bookworm": "oldstable", "trixie": "stable"})
    for n, kernel in enumerate(KERNELS):
        exports = tuple((EXPORTS if n < 2 else CHANGED).values())
        store.save(
            make_kernel(
                kernel.kernel_release,
                kernel.version,
                exports=exports,
                changelog=(make_entry(kernel.version, distribution="bookworm", date=day(n)),),
            )
        )


def fill_packages() -> None:
    """foo: 1.0-1 compiles up to the third kernel, its update on the fourth too. bar: proprietary, needs gamma.
    baz: not for these kernels. qux: its source was scanned, nothing of it built.
    """
    fill_kernels()
    for date in (day(0), day(3)):
        listings = (make_listing(release_date=date),)
        store.put_packages(
            [make_package(name, listings=listings) for name in ("foo-dkms", "bar-dkms", "baz-dkms", "qux-dkms")], True
        )
    later = (make_listing("bookworm-updates", release_date=day(5)),)
    store.put_packages([make_package(version=MENDED.version, listings=later)], False)
    for kernel in (FIRST, SECOND, THIRD):
        store.save_attempt(
            built(FOO, kernel, module("foo", kernel, "alpha", "beta"), module("foo_aux", kernel, "delta"))
        )
    store.save_attempt(make_attempt(FOO, FOURTH, outcome=NO_COMPILE, reason=ERROR, log=f"make\n{ERROR}\n<script>\n"))
    store.save_attempt(built(MENDED, FOURTH, module("foo", FOURTH, "alpha", "beta")))
    store.save_attempt(built(BAR, FIRST, module("bar", FIRST, "gamma", licenses=("Proprietary",))))
    store.save_attempt(make_attempt(BAZ, FIRST, outcome=NOT_APPLICABLE, reason="BUILD_EXCLUSIVE_KERNEL ^6.12"))
    store.put_scan(QUX, FIRST, ["alpha", "gamma"])
    store.save_rebuild(make_rebuild(SECOND, THIRD, package=FOO, outcome=SAME, differing=()))
    loaded = module("foo", SECOND, "alpha", "beta")
    store.save_load_results(
        [make_load_result(THIRD, sha256=loaded.sha256, answer=REFUSED, reasons=(("crc", "alpha"),))]
    )
    store.put_popcon({"foo-dkms": 1204}, DAY)
