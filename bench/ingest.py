# SPDX-License-Identifier: GPL-2.0-or-later
"""CPU and wall time of ingesting a build, against decompressing it and against the usual tools on the same files."""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from django.db import connection, transaction

from abidb import store
from ingest.kernel import read_kernel

TICKS = os.sysconf("SC_CLK_TCK")


def own_cpu() -> float:
    """CPU seconds of this process, all threads."""
    return time.process_time()


def children_cpu() -> float:
    """CPU seconds of finished child processes."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def server_cpu() -> float:
    """CPU seconds of the PostgreSQL process that serves this connection."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (pid,) = cursor.fetchone()
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def cost(clock: Callable[[], float], act: Callable[[], object]) -> float:
    """What `act` costs by a clock, in seconds."""
    start = clock()
    act()
    return clock() - start


def save_and_undo(debs: Sequence[Path]) -> float:
    """Ingest a build as if it were new, undo it; CPU seconds of the server meanwhile."""
    with transaction.atomic():
        before = server_cpu()
        store.save(read_kernel(debs))
        after = server_cpu()
        transaction.set_rollback(True)
    return after - before


def run(*command: str | Path, feed: bytes | None = None) -> None:
    """One of the usual tools, its output thrown away."""
    subprocess.run(command, input=feed, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)


def decompress(debs: Iterable[Path], modules: Sequence[Path]) -> None:
    """The limit: unpack each deb's data, and each module that is compressed, with the tools' own decompressors."""
    for deb in debs:
        run("dpkg-deb", "--fsys-tarfile", deb)
    packed = [path for path in modules if path.suffix == ".xz"]
    if packed:
        run("xz", "-dc", "-T1", *packed)


def usual_tools(debs: Iterable[Path], folder: Path) -> None:
    """Unpack, then ask kmod what each module imports and nm what it defines."""
    for deb in debs:
        run("dpkg-deb", "-x", deb, folder)
    modules = modules_in(folder)
    for path in modules:
        run("modprobe", "--dump-modversions", path)
    run("xz", "-d", "-T1", *(path for path in modules if path.suffix == ".xz"))
    for path in modules_in(folder):
        run("nm", path)


def modules_in(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*.ko*") if path.is_file())


def report(name: str, debs: Sequence[Path], runs: int) -> None:
    """Print the ratios of one build: medians of `runs`, each in one warm process."""
    with tempfile.TemporaryDirectory(prefix="abidb-bench-") as scratch:
        folder = Path(scratch)
        for deb in debs:
            run("dpkg-deb", "-x", deb, folder)
        modules = modules_in(folder)
        save_and_undo(debs)
        decompress(debs, modules)
        ours, limit, server = [], [], []
        for _ in range(runs):
            ours.append(cost(own_cpu, lambda: server.append(save_and_undo(debs))))
            limit.append(cost(children_cpu, lambda: decompress(debs, modules)))
    ratios = [a / b for a, b in zip(ours, limit, strict=True)]
    print(f"{name}")
    print(f"  CPU of ingest {_spread(ours)} s, of decompression alone {_spread(limit)} s: ratio {_spread(ratios)}")
    print(f"  CPU of PostgreSQL beside it {_spread(server)} s")
    with tempfile.TemporaryDirectory(prefix="abidb-bench-") as scratch:
        tools = cost(time.perf_counter, lambda: usual_tools(debs, Path(scratch)))
    wall = cost(time.perf_counter, lambda: save_and_undo(debs))
    print(
        f"  wall {wall:.2f} s; dpkg-deb -x, modprobe --dump-modversions and nm {tools:.2f} s: ratio {wall / tools:.2f}"
    )


def memory(name: str, debs: Sequence[Path]) -> None:
    """Print the peak resident memory of a process that reads this one build."""
    command = [sys.executable, "-c", PEAK, *map(str, debs)]
    peak = int(subprocess.run(command, capture_output=True, check=True, text=True).stdout)
    print(f"{name}: peak {peak / 1024:.0f} MB resident, store included")


PEAK = """
import os, sys, resource, pathlib
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "abidb.settings")
import django
django.setup()
from bench.ingest import save_and_undo
save_and_undo([pathlib.Path(p) for p in sys.argv[1:]])
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def _spread(values: Sequence[float]) -> str:
    return f"{statistics.median(values):.2f} ({min(values):.2f} to {max(values):.2f})"
