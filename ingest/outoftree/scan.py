# SPDX-License-Identifier: GPL-2.0-or-later
"""Scans of sources: they stand in where no build of a package exists, are labelled so, and enter no headline figure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from pathlib import Path

from django.conf import settings

from abidb import queries, store
from abidb.errors import AbidbError, NotThere
from abidb.outoftree import BUILT, NOT_APPLICABLE, PARTLY, DkmsPackage, PackageKey, Target
from abidb.packagerows import AttemptRow
from abidb.versions import version_key
from ingest import configured
from ingest.formats import deb
from ingest.formats.cbranches import Kernel
from ingest.formats.csymbols import SUFFIXES, Headers, symbols
from ingest.outoftree import headers, jobs, rootfs
from ingest.outoftree.packagesource import deb_of

NOT_SCANNED = (BUILT, PARTLY, NOT_APPLICABLE)  #: whose uses are known, or that are for other kernels
MACHINES = {"amd64": "x86", "arm64": "arm64", "i386": "x86", "armhf": "arm"}  #: folders below arch/
MOST = 8 << 20  #: bytes of one file that are read
Say = Callable[[str], object]
Job = tuple[DkmsPackage, Target, str]  # package, kernel, root


def scan_all(names: Collection[str], say: Say) -> int:
    """Scan every package, or those of these `names`, that was tried and never built; returns how many were read."""
    by_kernel: dict[tuple[Target, str], list[DkmsPackage]] = defaultdict(list)
    for package, target, root in unbuilt(jobs.packages(), queries.dkms_attempts()):
        if not names or package.key.package in names:
            by_kernel[target, root].append(package)
    done = 0
    for (target, root), packages in by_kernel.items():
        try:
            done += scan_on(target, root, packages, say)
        except AbidbError as error:
            say(f"{target.kernel_release}: {error}")
    return done


def unbuilt(packages: Iterable[DkmsPackage], attempts: Iterable[AttemptRow]) -> list[Job]:
    """The packages that were tried and never came out, each with the newest kernel that it was tried on."""
    tried: dict[PackageKey, list[AttemptRow]] = defaultdict(list)
    for attempt in attempts:
        tried[attempt.key].append(attempt)
    found = []
    for package in packages:
        rows = tried[package.key]
        if rows and not any(row.outcome in NOT_SCANNED for row in rows):
            newest = max(rows, key=lambda row: version_key(row.target.version))
            found.append((package, newest.target, newest.root))
    return found


def scan_on(target: Target, root: str, packages: Sequence[DkmsPackage], say: Say) -> int:
    """Scan packages against one kernel, whose exports the record has; raises NotThere where it has not."""
    kernel, exports = known_kernel(target)
    tree = Headers(header_files(target, root), folders(target.arch), kernel)
    done = 0
    for package in packages:
        try:
            found = symbols(sources(package), tree, kernel, exports)
        except AbidbError as error:
            say(f"{package.key.package} {package.key.version}: {error}")
            continue
        store.put_scan(package.key, target, sorted(found))
        say(f"{package.key.package} {package.key.version} on {target.kernel_release}: {len(found)} symbols by a scan")
        done += 1
    return done


def known_kernel(target: Target) -> tuple[Kernel, frozenset[str]]:
    """What is defined in a kernel of the record, and what it exports; raises NotThere where it is not there."""
    found = queries.find_builds(release=target.kernel_release, version=target.version, arch=target.arch)
    if not found:
        raise NotThere(f"{target.kernel_release} {target.version} is not in the record")
    options = {
        name + ("_MODULE" if value == "m" else "") for name, value in queries.config(found[0].id) if value != "n"
    }
    exports = frozenset(export.symbol for export in queries.all_exports(found[0].id))
    return Kernel(version_of(target), options), exports


def version_of(target: Target) -> tuple[int, int, int]:
    """The numbers of LINUX_VERSION_CODE: 6, 1, 192 of 6.1.192-2."""
    numbers = target.version.partition("-")[0].partition("~")[0].rpartition(":")[2].split(".")
    a, b, c = (int(number) if number.isdigit() else 0 for number in [*numbers, "0", "0"][:3])
    return a, b, c


def folders(arch: str) -> tuple[str, ...]:
    """Where kbuild looks for what is included (the kernel's Makefile, LINUXINCLUDE)."""
    machine = f"arch/{MACHINES.get(arch, arch)}/include/"
    return machine, f"{machine}generated/", "include/", f"{machine}uapi/", f"{machine}generated/uapi/", "include/uapi/"


def sources(package: DkmsPackage) -> Mapping[str, bytes]:
    """The C sources that a package ships, by path; raises NotThere, Unavailable, BadArchive and BadFormat."""
    path = deb_of(package, configured.roots(), configured.cached_client())
    return _files([path], lambda name: name.startswith("usr/src/") and name.endswith(SUFFIXES), 2)


def header_files(target: Target, root: str) -> Mapping[str, bytes]:
    """The headers of a kernel, or the nearest that the archive has, by path below its source."""
    folder = settings.ABIDB_DATA / "roots" / f"{root}-{target.arch}"
    with rootfs.locked(folder):
        base = rootfs.base(folder, root, target.arch, configured.roots(), configured.cached_client())
        debs = base.apt.fetch(headers.choose(base.apt, target, root).solution)
    own = [path for path in debs if path.name.startswith(headers.PREFIX)]
    return _files(own, lambda name: name.startswith("usr/src/") and name.endswith(".h"), 3)


def _files(debs: Sequence[Path], wanted: Callable[[str], bool], depth: int) -> dict[str, bytes]:
    """Files of debs by their path without its first `depth` folders; of two of one path the first counts."""
    found: dict[str, bytes] = {}
    for path in debs:
        with path.open("rb") as file:
            for name, data in deb.files(file, wanted):
                found.setdefault(name.split("/", depth)[-1], data[:MOST])
    return found
