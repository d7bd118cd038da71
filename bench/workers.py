# SPDX-License-Identifier: GPL-2.0-or-later
"""What the queue costs, and what a second worker process brings, on debs that are in the cache.

    python -m bench.workers --newest 10

The same builds are brought into an empty record by direct calls, by one worker and by two. CPU is that of all
processes of abidb and of the PostgreSQL server. Jobs a second count from the start of the first to the end of the last.
"""

from __future__ import annotations

import argparse
import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import django

from bench.chaos import asked, postmaster, run, start

WISH = ["--suite", "bookworm-security", "--suite", "trixie-security", "--suite", "trixie-backports"]
WISH += ["--arch", "amd64", "--flavour", "cloud-amd64"]
TICK = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Measured:
    builds: int
    seconds: float
    cpu: float  #: of abidb's processes
    server: float  #: CPU of PostgreSQL's


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.workers")
    parser.add_argument("--newest", default="10", help="uploads of each release line")
    parser.add_argument("--direct", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "abidb.settings")
    django.setup()
    if options.direct:
        return direct()
    from django.conf import settings

    with tempfile.TemporaryDirectory(prefix="abidb-workers-") as data:
        Path(data).chmod(0o755)
        Path(data, "cache").symlink_to(settings.ABIDB_DATA / "cache")
        environment = {**os.environ, "ABIDB_DATA": data, "ABIDB_LOOK_HOURS": "0", "ABIDB_CACHE_GB": "900000"}
        try:
            report(environment, options.newest)
        finally:
            run(environment, "manage.py", "postgres", "stop")
    return 0


def report(environment: dict[str, str], newest: str) -> None:
    queued(environment, newest)
    by_calls(environment)  # brings the debs into the cache, and the cache into memory
    found = {}
    for name in ("direct calls", "one worker", "two workers"):
        queued(environment, newest)
        found[name] = by_calls(environment) if name == "direct calls" else by_workers(environment, name)
        said = found[name]
        rate = said.builds / said.seconds
        print(
            f"{name:13} {said.builds} builds, {said.seconds:6.1f} s, {rate:5.3f} builds/s, "
            f"CPU {said.cpu:6.1f} s, of PostgreSQL {said.server:5.1f} s",
            flush=True,
        )
    calls, one, two = found.values()
    overhead = (one.cpu + one.server) / (calls.cpu + calls.server) - 1
    print(f"queue overhead {overhead:.1%} of ingest CPU; two workers {one.seconds / two.seconds:.2f} times one")


def queued(environment: dict[str, str], newest: str) -> None:
    """An empty record, with all that is wished for in the queue."""
    if Path(environment["ABIDB_DATA"], "postgres").exists():
        run(environment, "manage.py", "flush", "--no-input", "--verbosity", "0")
        asked(environment, "DELETE FROM procrastinate_jobs")
    run(environment, "manage.py", "sync", "--queue", *WISH, "--newest", newest)
    asked(environment, "DELETE FROM procrastinate_jobs WHERE task_name <> 'ingest_build'")


def by_calls(environment: dict[str, str]) -> Measured:
    before, begin, server = used(), time.monotonic(), server_cpu(environment)
    done = run(environment, "-m", "bench.workers", "--direct")
    return Measured(int(done), time.monotonic() - begin, used() - before, server_cpu(environment) - server)


def by_workers(environment: dict[str, str], name: str) -> Measured:
    before, server = used(), server_cpu(environment)
    size = "1" if name == "one worker" else "2"
    worker = start(environment, "manage.py", "worker", "--quiet", "--processes", size)
    while asked(environment, "SELECT id FROM procrastinate_jobs WHERE status IN ('todo', 'doing')"):
        time.sleep(2)
    worker.send_signal(signal.SIGTERM)
    worker.communicate()
    [(builds, seconds)] = asked(
        environment,
        "SELECT count(DISTINCT job_id), extract(epoch FROM max(at) - min(at))::float "
        "FROM procrastinate_events WHERE type <> 'deferred'",
    )
    return Measured(builds, seconds, used() - before, server_cpu(environment) - server)


def direct() -> int:
    """All that is queued, one after the other, by calls; prints how many."""
    from procrastinate.contrib.django.models import ProcrastinateJob

    from abidb import queries
    from abidb.records import BuildKey
    from ingest import build, configured
    from ingest.archive.listed import listed_from_json

    jobs = list(ProcrastinateJob.objects.order_by("-priority", "id"))
    for job in jobs:
        key = BuildKey(*(job.args[name] for name in ("source", "version", "arch", "flavour")))
        sources = build.Sources(configured.roots(), configured.cached_client())
        build.ingest(listed_from_json(queries.offer(key).content), queries.known_build(key), sources)
    print(len(jobs))
    return 0


def used() -> float:
    """CPU seconds of all processes that this one has started and that have ended."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return children.ru_utime + children.ru_stime


def server_cpu(environment: dict[str, str]) -> float:
    """CPU seconds of the PostgreSQL server, backends that have ended included."""
    pid = postmaster(environment["ABIDB_DATA"])
    family = [pid, *map(int, subprocess.check_output(["pgrep", "-P", str(pid)], text=True).split())]
    total = 0
    for n, member in enumerate(family):
        fields = Path(f"/proc/{member}/stat").read_text().rpartition(")")[2].split()
        total += sum(map(int, fields[11 : 15 if n == 0 else 13]))  # proc_pid_stat(5): utime, stime, cutime, cstime
    return total / TICK


if __name__ == "__main__":
    sys.exit(main())
