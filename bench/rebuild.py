# SPDX-License-Identifier: GPL-2.0-or-later
"""Were forced rebuilds needed? Every module package of a release, compiled against kernels in a row, code compared.

    python -m bench.rebuild --release bookworm 6.1.0-53-cloud-amd64 6.1.0-54-cloud-amd64 6.1.0-55-cloud-amd64

The kernels have to be in the record; packages are those that the archives have now. Each package costs a build for each
kernel; a second run uses what the first one kept. A rebuild is forced where the new kernel refuses a module as built on
the old one, by abidb.verdict. Nothing is stored in the record.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import django

if TYPE_CHECKING:
    from abidb.outoftree import DkmsPackage, Rebuild, Target

FUNCTIONS = 6  #: of a module that are named


@dataclass(frozen=True, slots=True)
class Row:
    """One package at one step."""

    rebuild: Rebuild
    modules: dict[str, str]  #: by name: "same", "different"
    refused: frozenset[str]  #: modules


def packages(release: str, names: Sequence[str]) -> list[DkmsPackage]:
    """The newest version of each that the release's own suites have now."""
    from abidb.versions import version_key
    from ingest.outoftree import run

    pockets = (release, f"{release}-security", f"{release}-updates")
    newest: dict[str, DkmsPackage] = {}
    for package in run.look("amd64", lambda text: print(text, file=sys.stderr)):
        key, listed = package.key, {one.suite for one in package.listings}
        if listed.isdisjoint(pockets) or (names and key.package not in names):
            continue
        other = newest.get(key.package)
        if other is None or version_key(other.key.version) < version_key(key.version):
            newest[key.package] = package
    return [newest[name] for name in sorted(newest)]


def targets(releases: Iterable[str]) -> list[tuple[int, Target]]:
    """Builds of the record with their ids."""
    from abidb import queries
    from abidb.outoftree import Target

    found = [queries.one_build(release) for release in releases]
    return [(b.id, Target(b.source, b.version, b.arch, b.flavour, b.kernel_release)) for b in found]


def compare(package: DkmsPackage, kernels: Sequence[tuple[int, Target]], root: str) -> Iterator[Row]:
    """All steps of one package."""
    import datetime as dt

    from abidb.outoftree import NOT_COMPARED
    from ingest.outoftree.rebuild import compared, of_one_compiler

    wanted = [target for _, target in kernels]
    found = list(zip(wanted, of_one_compiler(package, wanted, root), strict=True))
    for (old, new), (_, (new_id, _target)) in zip(pairwise(found), pairwise(kernels), strict=True):
        rebuild = compared(package.key, old, new, dt.datetime.now(dt.UTC))
        different = {one.module for one in rebuild.differing}
        said = {name: "different" if name in different else "same" for name in old[1].modules}
        yield Row(rebuild, {} if rebuild.outcome == NOT_COMPARED else said, refused(old[1].candidates, new_id))


def refused(candidates: Sequence[object], kernel: int) -> frozenset[str]:
    """Those that the kernel refuses."""
    from abidb import queries
    from abidb.verdict import REFUSED, Candidate, verdict

    modules = [one for one in candidates if isinstance(one, Candidate)]
    _, host = queries.hosts_of({kernel}, {symbol for one in modules for symbol, _ in one.imports})[kernel]
    return frozenset(one.name for one in modules if verdict(one, host).answer == REFUSED)


def told(row: Row) -> Iterator[str]:
    """Lines about one row."""
    one = row.rebuild
    name = f"{one.package.package} {one.package.version}"
    step = f"{one.old.kernel_release} -> {one.new.kernel_release}"
    count = f"{one.functions} functions and objects of {one.modules} modules" if one.modules else one.reason
    yield f"{name} | {step} | refused {len(row.refused)} | {one.outcome} | {count}"
    for module in sorted({different.module for different in one.differing}):
        differing = [different for different in one.differing if different.module == module]
        for different in differing[:FUNCTIONS]:
            members = "; ".join(different.members[:8]) or "no member seen"
            yield f"    {module}: {different.what} {different.name}: {members}"
        if len(differing) > FUNCTIONS:
            yield f"    {module}: and {len(differing) - FUNCTIONS} more"


def summary(rows: Sequence[Row]) -> Iterator[str]:
    """The headline, by package and by module, of each step and of all."""
    steps = list(dict.fromkeys((row.rebuild.old, row.rebuild.new) for row in rows))
    for step in [*steps, None]:
        those = [row for row in rows if step in (None, (row.rebuild.old, row.rebuild.new))]
        name = f"{step[0].kernel_release} -> {step[1].kernel_release}" if step else "all steps"
        forced = [row for row in those if row.refused]
        outcomes = Counter(row.rebuild.outcome for row in forced)
        yield f"{name}: of {len(forced)} rebuilds that this update forced, {outcomes['same']} gave the same code"
        yield f"    packages: {counted(outcomes)}"
        modules = Counter(row.modules.get(name, "not compared") for row in forced for name in row.refused)
        yield f"    modules: {sum(modules.values())} refused, {counted(modules)}"


def counted(found: Counter[str]) -> str:
    """ "3 same, 1 different"."""
    return ", ".join(f"{count} {what}" for what, count in found.most_common())


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kernels", nargs="+", metavar="RELEASE", help="kernel releases, oldest first")
    parser.add_argument("--release", default="bookworm", help="whose packages, compiler and tools are used")
    parser.add_argument("--packages", nargs="*", default=[], metavar="NAME", help="only these")
    parser.add_argument("--leave-out", nargs="*", default=[], metavar="NAME", help="but not these")
    options = parser.parse_args(arguments)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "abidb.settings")
    django.setup()
    from abidb.errors import Unavailable

    kernels, rows = targets(options.kernels), list[Row]()
    for package in packages(options.release, options.packages):
        if package.key.package in options.leave_out:
            continue
        begin = time.monotonic()
        try:
            found = list(compare(package, kernels, options.release))
        except Unavailable as error:
            print(f"{package.key.package}: {error}", file=sys.stderr)
            continue
        rows += found
        print("\n".join(line for row in found for line in told(row)), f"({time.monotonic() - begin:.0f} s)", flush=True)
    print("\n".join(summary(rows)))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
