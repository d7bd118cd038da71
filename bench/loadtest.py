# SPDX-License-Identifier: GPL-2.0-or-later
"""Verdicts against the kernels themselves, booted in an emulator. Exit status 1: one of them answers otherwise.

    python -m bench.loadtest
    python -m bench.loadtest --made-on 6.1.0-56-cloud-amd64 --built-on 6.1.0-53-cloud-amd64 --on 6.1.0-54-cloud-amd64

First modules made to be refused for one reason each, module_layout being equal: a kernel's own, with some bytes
changed. Then the modules that the record has from building packages on one kernel, on others. Without options: the
newest cloud kernel of each series, and six of bookworm's with three of trixie's. The record is that of ABIDB_DATA.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import django

from tests.builders import patched

if TYPE_CHECKING:
    from abidb.answers import BuildRef
    from abidb.records import Export, ModuleFile
    from ingest.outoftree.pairs import Pair

SERIES = ("5.10.", "6.1.", "6.12.", "6.18.", "7.3.")
FLAVOUR = "cloud-amd64"
#: The kernel that --built-on stands for, and those that are asked about its modules.
BOOKWORM, TRIXIE = "6.1.0-", "+deb13-"


@dataclass(frozen=True)
class Made:
    """A module file, and what the kernel it came from is to say of it: each kind with a symbol; () for nothing."""

    what: str
    data: bytes
    reasons: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Donor:
    """A kernel's own module as it was built, and what it says of itself."""

    data: bytes
    file: ModuleFile


def made(donors: Sequence[Donor], exports: Mapping[str, Export]) -> Iterator[Made]:
    """One module for each reason that there is a fitting donor for."""
    plain = donors[0]
    crcs = {one.symbol: one.crc for one in plain.file.imports}
    one, other = [name for name in plain.file.undefined if name.startswith(tuple("abcdefghijklmnopqrstuvw"))][:2]
    yield Made("as it is", plain.data, ())
    yield Made("a symbol that is missing", patched.without_symbol(plain.data, one), (("missing", "Z" + one[1:]),))
    weak = patched.with_weak(patched.without_symbol(plain.data, one), "Z" + one[1:])
    yield Made("a weak symbol that is missing", weak, ())
    if crcs:
        none = patched.without_crc(plain.data, "module_layout")
        yield Made("no CRC of module_layout", none, (("module_layout", "module_layout"),))
        yield Made("another CRC", patched.with_crc(plain.data, one, crcs[one] ^ 1), (("crc", one),))
        both = patched.without_symbol(patched.with_crc(plain.data, one, 0), other)
        yield Made("another CRC and a missing symbol", both, (("crc", one), ("missing", "Z" + other[1:])))
        layout = patched.with_crc(both, "module_layout", 1)
        yield Made("another module_layout, and both", layout, (("module_layout", "module_layout"),))
        yield Made("no CRC of one symbol", patched.without_crc(plain.data, one), (("crc", one),))
        yield Made("no CRCs at all", patched.without_crcs(plain.data), ())
    yield from _by_modinfo(donors, exports, has_crcs=bool(crcs))


def _by_modinfo(donors: Sequence[Donor], exports: Mapping[str, Export], *, has_crcs: bool) -> Iterator[Made]:
    plain = donors[0]
    fewer = plain.file.vermagic.replace(" mod_unload", "", 1)
    yield Made("vermagic without mod_unload", patched.with_modinfo(plain.data, "vermagic", fewer), (("vermagic", ""),))
    release = "0" + plain.file.vermagic[1:]
    only = () if has_crcs else (("vermagic", ""),)
    yield Made("vermagic of another release", patched.with_modinfo(plain.data, "vermagic", release), only)
    if found := next((donor for donor in donors if _gpl_only(donor, exports)), None):
        needs = tuple(("missing", symbol) for symbol in _gpl_only(found, exports))
        yield Made("license BSD", patched.with_modinfo(found.data, "license", "BSD"), needs)
    if found := next((donor for donor in donors if _spaced(donor, exports)), None):
        data, file = found.data, found.file
        for name in file.namespaces:
            data = patched.without_namespace(data, name)
        yield Made("no namespace imported", data, tuple(("namespace", symbol) for symbol in _spaced(found, exports)))


def _gpl_only(donor: Donor, exports: Mapping[str, Export]) -> list[str]:
    return [s for s in donor.file.undefined if s in exports and exports[s].kind.endswith("_GPL")]


def _spaced(donor: Donor, exports: Mapping[str, Export]) -> list[str]:
    return [s for s in donor.file.undefined if s in exports and exports[s].namespace in donor.file.namespaces]


def donors_of(debs: Sequence[Path], exports: Mapping[str, Export]) -> list[Donor]:
    """Modules that need nothing but the kernel itself, the smallest first: of those the first two and who imports."""
    from ingest.formats import compress, kmod
    from ingest.kernel import MODULE
    from ingest.outoftree.intree import files_of

    found = []
    for _, packed in files_of(debs, lambda name: MODULE.fullmatch(name) is not None):
        data = patched.without_signature(compress.decompress_if_compressed(packed, limit=kmod.LIMIT))
        file = kmod.read_built(data)
        alone = all(s in exports and exports[s].module == "vmlinux" for s in file.undefined)
        if alone and len(file.undefined) > 6 and file.licenses[:1] == ("GPL",):
            found.append(Donor(data, file))
    return sorted(found, key=lambda donor: len(donor.data))


def try_made(ref: BuildRef) -> list[str]:
    """Make modules of a kernel's own, and try them on it; what was not as it was to be."""
    from abidb import queries
    from ingest.outoftree import kerneldebs
    from ingest.outoftree.pairs import from_files, pairs_on

    exports = {export.symbol: export for export in queries.all_exports(ref.id)}
    everything = list(made(donors_of(kerneldebs.debs_of(ref), exports), exports))
    with tempfile.TemporaryDirectory() as folder:
        packages = []
        for number, one in enumerate(everything):
            path = Path(folder, f"{number}.ko")
            path.write_bytes(one.data)
            packages.append(from_files([path]))
        pairs = {pair.result.sha256: pair for pair in pairs_on(ref, packages, keep=False)}
    return [line for one in everything if (line := _judged(ref, one, pairs[hashlib.sha256(one.data).hexdigest()]))]


def _judged(ref: BuildRef, one: Made, pair: Pair) -> str:
    right = set(pair.result.reasons) == set(one.reasons) and not pair.difference
    said = ", ".join(pair.kinds)
    print(
        f"  {'ok' if right else 'WRONG':6}{one.what:34}{pair.result.module:24}{said:28}abidb: {pair.ours.answer}",
        flush=True,
    )
    return "" if right else f"{ref.name}: {one.what}: {pair.result.reasons} {pair.difference} {pair.result.messages}"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.loadtest", description=__doc__)
    parser.add_argument("--made-on", action="append", default=[], metavar="RELEASE")
    parser.add_argument("--built-on", metavar="RELEASE")
    parser.add_argument("--on", action="append", default=[], metavar="RELEASE")
    options = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "abidb.settings")
    django.setup()
    from abidb import queries

    newest = [ref for ref in queries.find_builds(arch="amd64", limit=10_000) if _usable(ref)]
    chosen = [queries.one_build(name) for name in options.made_on] or _newest_of_series(newest)
    wrong = [line for ref in chosen for line in (print(f"made of {ref.name}'s own"), try_made(ref))[1]]
    wrong += try_real(newest, options.built_on, [queries.one_build(name) for name in options.on])
    print("\n".join(wrong))
    return min(len(wrong), 1)


def _usable(ref: BuildRef) -> bool:
    return ref.flavour == FLAVOUR and ref.covers == "all" and ref.status == "good"


def _newest_of_series(newest: Sequence[BuildRef]) -> list[BuildRef]:
    firsts = (next((ref for ref in newest if ref.kernel_release.startswith(series)), None) for series in SERIES)
    return [ref for ref in firsts if ref]


def try_real(newest: Sequence[BuildRef], built_on: str | None, on: Sequence[BuildRef]) -> list[str]:
    """The modules of built packages on other kernels; where the kernel and abidb differ."""
    from ingest.management.commands.loadtest import summary
    from ingest.outoftree.pairs import from_record, pairs_on

    bookworm = [ref for ref in newest if ref.kernel_release.startswith(BOOKWORM)]
    built_on = built_on or _most_built({ref.kernel_release for ref in bookworm})
    if built_on is None:
        print("no package was built on a cloud kernel of bookworm: `manage.py outoftree` does it")
        return []
    trixie = [ref for ref in newest if TRIXIE in ref.kernel_release and ref.kernel_release.startswith("6.12.")]
    others = on or [*[ref for ref in bookworm if ref.kernel_release != built_on][:6], *trixie[:3]]
    packages = from_record((), built_on)
    print(f"{len(packages)} packages built on {built_on}")
    every: list[Pair] = []
    for ref in others:
        pairs = list(pairs_on(ref, packages, keep=True))
        print(f"  {ref.name:44}{'; '.join(summary(pairs))}", flush=True)
        every += pairs
    print("; ".join(summary(every)))
    return [f"{p.result.module} on {p.result.kernel.kernel_release}: {p.difference}" for p in every if p.difference]


def _most_built(releases: set[str]) -> str | None:
    from abidb import queries
    from abidb.outoftree import BUILT

    counts = Counter(row.target.kernel_release for row in queries.dkms_attempts() if row.outcome == BUILT)
    found = [release for release, _ in counts.most_common() if release in releases]
    return found[0] if found else None


if __name__ == "__main__":
    sys.exit(main())
