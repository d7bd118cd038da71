# SPDX-License-Identifier: GPL-2.0-or-later
"""`make fuzz`: 100,000 mutations of small inputs for every reader, and 200 of each kind of real file.

    python -m bench.fuzz [--mutations N] [--full N] [--seed S] [--debs FOLDER] [reader ...]
    python -m bench.fuzz --seed S --only READER:NUMBER

Real files come out of the debs in FOLDER, by default the cache of the data directory. The exit status is 1 if
anything but BadFormat came out of a reader, or if it took too long or too much memory.
"""

from __future__ import annotations

import argparse
import faulthandler
import os
import resource
import secrets
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import cache, partial
from pathlib import Path
from typing import NamedTuple

from abidb.errors import BadFormat
from bench.fuzz import real
from bench.fuzz.readers import READERS
from bench.fuzz.trial import Bounds, Reader, Tally, mutation, outcome, try_all

BATCH = 500
SECONDS = 1.0  # of CPU for a small input; for a real file, beyond what it takes unchanged
MEGABYTES = 400  # resident, of the whole process
ADDRESS_SPACE = 4 << 30  # bytes; the machine outlives a reader that asks for all of it
REAL_BATCH = 20
DEADLOCK = 600  # seconds after which a batch is given up, with its process
MOST_SHOWN = 10  # violations of one reader
LINE = "{:<24} {:>10} {:>11} {:>9} {:>11} {:>8} {:>11}"
LABELS = ("reader", "mutations", "past magic", "accepted", "slowest ms", "peak MB", "violations")


class Job(NamedTuple):
    """What makes one line of the table."""

    label: str
    batches: list[tuple[str, range]]  #: reader and numbers of the mutations


def main(arguments: Sequence[str]) -> int:
    options = parse(arguments)
    print(f"seed {options.seed}", flush=True)
    with tempfile.TemporaryDirectory(prefix="abidb-fuzz-") as name:
        folder = Path(name)
        real_too = "@" in options.only if options.only else options.full and not options.readers
        files = gathered(options.debs, folder) if real_too else []
        if options.only:
            return repeat(readers(folder), options.seed, options.only)
        jobs = [
            Job(name, [(name, part) for part in batches_of(range(options.mutations), BATCH)])
            for name in options.readers or READERS
        ]
        jobs += shared(files, options.full)
        violations = run(jobs, options.seed, folder, options.jobs)
    print(f"{violations:,} violations" if violations else "no violation")
    return 1 if violations else 0


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.fuzz", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("readers", nargs="*", metavar="reader", help=f"of: {', '.join(READERS)} (default: all)")
    parser.add_argument("--mutations", type=int, default=100_000, help="of small inputs, for each reader")
    parser.add_argument("--full", type=int, default=200, help="of real files, for each kind; 0 for none")
    parser.add_argument("--seed", type=int, default=secrets.randbelow(1 << 32), help="default: a new one")
    parser.add_argument(
        "--debs", type=Path, help="folder of debs with real files (default: the data directory's cache)"
    )
    parser.add_argument("--only", metavar="READER:NUMBER", help="one mutation, with the traceback")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="processes at a time")
    options = parser.parse_args(arguments)
    for name in options.readers:
        if name not in READERS:
            parser.error(f"there is no reader {name}")
    return options


def gathered(debs: Path | None, folder: Path) -> list[str]:
    """Names of the readers of real files; none, with a word on it, where there are no debs."""
    if debs is None:
        from abidb import settings

        debs = settings.ABIDB_DATA / "cache"
    files = real.gather(debs, folder) if debs.is_dir() else []
    if not files:
        print(f"no debs of kernels in {debs}: real files are left out")
    return files


def shared(files: Sequence[str], full: int) -> list[Job]:
    """The mutations of each kind of real file, shared among those files."""
    kinds: dict[str, list[str]] = {}
    for name in files:
        kinds.setdefault(name.partition("@")[0], []).append(name)
    return [
        Job(
            f"{kind}, {len(names)} real files",
            [
                (name, part)
                for index, name in enumerate(names)
                for part in batches_of(range(full * index // len(names), full * (index + 1) // len(names)), REAL_BATCH)
            ],
        )
        for kind, names in kinds.items()
    ]


def run(jobs: Sequence[Job], seed: int, folder: Path, processes: int) -> int:
    """Try all of it, a line for each job; how many violations there were."""
    violations = 0
    print(LINE.format(*LABELS), flush=True)
    with ProcessPoolExecutor(processes, initializer=limit_memory) as pool:
        for job in jobs:
            tally = Tally()
            try:
                for part in pool.map(partial(work, folder, seed), job.batches):
                    tally.add(part)
            except BrokenProcessPool:
                print(f"{job.label}: a process died after some {tally.trials:,} mutations, by a crash or a hang in C")
                return violations + 1
            violations += len(tally.violations)
            print(line(job.label, tally), flush=True)
            for trial, wrong in tally.violations[:MOST_SHOWN]:
                print(f"  {wrong}\n  again: python -m bench.fuzz --seed {seed} --only {trial}", flush=True)
    return violations


def batches_of(numbers: range, size: int) -> Iterator[range]:
    return (numbers[at : at + size] for at in range(0, len(numbers), size))


def line(name: str, tally: Tally) -> str:
    """A row of the table."""
    past, accepted = (f"{100 * part / max(tally.trials, 1):.1f} %" for part in (tally.past_magic, tally.accepted))
    slowest = f"{tally.slowest * 1000:.0f}"
    return LINE.format(
        name, f"{tally.trials:,}", past, accepted, slowest, f"{tally.megabytes:,}", len(tally.violations)
    )


def limit_memory() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE, ADDRESS_SPACE))


@cache
def readers(folder: Path) -> dict[str, Reader]:
    return READERS | real.readers(folder)


def work(folder: Path, seed: int, batch: tuple[str, range]) -> Tally:
    """One batch of a reader's mutations, in a process of the pool."""
    name, numbers = batch
    faulthandler.dump_traceback_later(DEADLOCK, exit=True)  # no signal handler runs inside a call of C
    reader = readers(folder)[name]
    seconds = SECONDS
    if "@" in name:
        start = time.process_time()
        outcome(reader, reader.inputs()[0].data)
        seconds += time.process_time() - start
    tally = try_all(reader, name, seed, numbers, Bounds(seconds, MEGABYTES))
    faulthandler.cancel_dump_traceback_later()
    return tally


def repeat(known: dict[str, Reader], seed: int, only: str) -> int:
    """One mutation again, with nothing around it that would hide what happens."""
    name, _, number = only.rpartition(":")
    reader = known[name]
    data = mutation(reader, name, seed, int(number))
    print(f"{len(data):,} bytes, first ones {data[:32].hex()}")
    start = time.process_time()
    try:
        reader.read(data)
    except BadFormat as error:
        print(f"refused: {error}")
    else:
        print("accepted")
    print(f"{time.process_time() - start:.3f} s of CPU")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
