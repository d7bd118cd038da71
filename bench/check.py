# SPDX-License-Identifier: GPL-2.0-or-later
"""How long a module's verdict on every kernel of an architecture takes, from the record at hand.

    python -m bench.check [--arch amd64] [--symbols N]... [FILE.ko]...

Modules are made up of symbols that the newest kernel exports, with its CRCs, or are files. Set against what the same
sets take to be read and unpacked alone: `ratio` is the whole against that, both with nothing kept in the process.
"""

from __future__ import annotations

import argparse
import os
import random
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

import django

RUNS = 15
LIMIT = 200.0  # milliseconds for all kernels of an architecture


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.check")
    parser.add_argument("--arch", default="amd64")
    parser.add_argument("--symbols", type=int, action="append", help="of a made-up module (default: 30, 100, 300, 900)")
    parser.add_argument("file", nargs="*", type=Path)
    options = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "abidb.settings")
    django.setup()
    from abidb.checked import CheckedFile
    from ingest.formats import check

    asked: dict[str, CheckedFile] = {path.name: check.read(path.read_bytes()) for path in options.file}
    if not asked:
        asked = {f"{n} symbols": made_up(options.arch, n) for n in options.symbols or (30, 100, 300, 900)}
    for name, file in asked.items():
        report(name, file, options.arch)


def made_up(arch: str, number: int):  # type: ignore[no-untyped-def]
    """A module that uses some symbols of the newest kernel that has CRCs."""
    from abidb import queries
    from abidb.checked import CheckedFile, CheckedModule
    from abidb.machines import ARCHITECTURES
    from abidb.verdict import Candidate

    found = queries.hosts(arch, ())
    ref, host = next(one for lane in found.lanes for one in lane.hosts if one[1].has_crcs and one[1].covers == "all")
    exports = queries.all_exports(ref.id)
    layout = [(export.symbol, export.crc) for export in exports if export.symbol == "module_layout"]
    chosen = random.Random(1).sample(exports, min(number, len(exports)))
    imports = tuple(layout + [(export.symbol, export.crc) for export in chosen])
    machine = next(machine for machine, archs in ARCHITECTURES.items() if arch in archs)
    candidate = Candidate("made", ("GPL",), host.vermagic, (), imports)
    return CheckedFile("module", (CheckedModule("", machine, None, candidate),))


def report(name: str, file, arch: str) -> None:  # type: ignore[no-untyped-def]
    """Print the figures of one file."""
    from abidb import comparison, queries
    from dashboard.views.check import MOST

    hosts = sys.modules["abidb.queries.hosts"]  # its function hides it
    found = queries.check(file, arch=arch, most=MOST)
    sets = _sets(arch)

    def ask() -> object:
        return queries.check(file, arch=arch, most=MOST)

    def read() -> object:
        return comparison.ids_of_sets(sets), comparison.crcs_of_sets(sets)

    def forget() -> None:
        comparison.forget()
        hosts.forget()

    warm, cold = _times(ask), _times(ask, forget)
    alone = _times(read, comparison.forget)
    symbols = sum(len(module.candidate.imports) for module in file.modules)
    print(f"{name}: {symbols} symbols, {len(found.kernels)} kernels of {arch}, {len(sets)} sets: {dict(found.counts)}")
    print(f"  in a process that has answered before {_said(warm)}; with nothing kept {_said(cold)}")
    print(f"  reading the sets alone {_said(alone)}; ratio {cold[0] / alone[0]:.2f}")
    # The fastest run: others may use the machine.
    print(f"  {'within' if cold[0] <= LIMIT else 'ABOVE'} the {LIMIT:.0f} ms that it may take")


def _sets(arch: str) -> list[int]:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT export_set_id FROM build WHERE arch = %s", [arch])
        return [row[0] for row in cursor.fetchall()]


def _times(act: Callable[[], object], before: Callable[[], object] = lambda: None) -> list[float]:
    found = []
    for _ in range(RUNS):
        before()
        start = time.perf_counter()
        act()
        found.append(1000 * (time.perf_counter() - start))
    return sorted(found)


def _said(times: list[float]) -> str:
    return f"median {statistics.median(times):.0f} ms ({times[0]:.0f} to {times[-1]:.0f})"


if __name__ == "__main__":
    main()
