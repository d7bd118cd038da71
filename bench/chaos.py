# SPDX-License-Identifier: GPL-2.0-or-later
"""Kill an ingest, and PostgreSQL, at random moments; afterwards the same command must complete with nothing lost.

    python -m bench.chaos --ingest 20 --postgres 5 --seed 1

Works in a temporary data directory on a few of the newest cloud kernels, whose debs come from the cache or the archive.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import django

SUITES = ["--suite", "trixie-security", "--suite", "trixie-backports", "--suite", "sid"]
SYNC = ["manage.py", "sync", *SUITES, "--arch", "amd64", "--flavour", "cloud-amd64", "--newest"]


def start(environment: dict[str, str], *command: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, *command], env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )


def run(environment: dict[str, str], *command: str) -> str:
    """Standard output of a command that must succeed."""
    process = start(environment, *command)
    output, errors = process.communicate()
    if process.returncode:
        raise SystemExit(f"{' '.join(command)} ended with {process.returncode}\n{output}{errors}")
    return output


def ask(environment: dict[str, str], query: str) -> str:
    code = "import django, sys; django.setup(); from django.db import connection as c; k = c.cursor(); "
    code += "k.execute(sys.argv[1]); print(k.fetchall())"
    return run({**environment, "DJANGO_SETTINGS_MODULE": "abidb.settings"}, "-c", code, query).strip()


def state(environment: dict[str, str]) -> tuple[str, str, str]:
    """The builds, whether any stands twice, and what verify says."""
    builds = ask(
        environment,
        "SELECT b.kernel_release, b.arch, u.version, encode(x.digest, 'hex') FROM build b "
        "JOIN upload u ON u.id = upload_id JOIN export_set x ON x.id = export_set_id ORDER BY 1, 2, 3",
    )
    orphans = ask(
        environment,
        "SELECT (SELECT count(*) FROM build b WHERE NOT EXISTS "
        "(SELECT FROM deb WHERE build_id = b.id)), (SELECT count(*) FROM build b WHERE NOT EXISTS "
        "(SELECT FROM lane_build WHERE build_id = b.id)), (SELECT count(*) - count(DISTINCT "
        "(kernel_release, arch, upload_id)) FROM build)",
    )
    return builds, orphans, run(environment, "manage.py", "verify").strip()


def fresh(environment: dict[str, str]) -> None:
    """An empty record; the cache stays."""
    if Path(environment["ABIDB_DATA"], "postgres").exists():
        run(environment, "manage.py", "flush", "--no-input", "--verbosity", "0")


def postmaster(data: str) -> int | None:
    try:
        return int(next(Path(data).rglob("postmaster.pid")).read_text().splitlines()[0])
    except (StopIteration, ValueError, OSError):
        return None


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.chaos")
    parser.add_argument("--ingest", type=int, default=20)
    parser.add_argument("--postgres", type=int, default=5)
    parser.add_argument("--newest", type=int, default=2)
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 30))
    options = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "abidb.settings")
    django.setup()
    from django.conf import settings

    chance = random.Random(options.seed)
    with tempfile.TemporaryDirectory(prefix="abidb-chaos-") as data:
        Path(data).chmod(0o755)
        cache = settings.ABIDB_DATA / "cache"
        cache.mkdir(parents=True, exist_ok=True)
        Path(data, "cache").symlink_to(cache)
        environment = {**os.environ, "ABIDB_DATA": data}
        command = [*SYNC, str(options.newest)]
        try:
            run(environment, *command)
            begin = time.monotonic()
            fresh(environment)
            run(environment, *command)
            whole, expected = time.monotonic() - begin, state(environment)
            print(
                f"seed {options.seed}; undisturbed {whole:.0f} s: {expected[2]}; orphans, repeats {expected[1]}",
                flush=True,
            )
            victims = [("ingest", 0.3)] * options.ingest + [("PostgreSQL", 1.0)] * options.postgres
            failures = 0
            for n, (victim, earliest) in enumerate(victims, start=1):
                moment = chance.uniform(earliest, whole)
                said = kill(victim, moment, environment, command)
                same = state(environment) == expected
                failures += not same
                result = "whole" if same else "DIFFERENT"
                print(f"{n}: {victim} killed after {moment:.1f} s, {said}; then {result}", flush=True)
        finally:
            run(environment, "manage.py", "postgres", "stop")
    print(f"{options.ingest} kills of the ingest, {options.postgres} of PostgreSQL, {failures} failures")
    return min(failures, 1)


def kill(victim: str, moment: float, environment: dict[str, str], command: list[str]) -> str:
    """From an empty record: begin, kill the victim at the moment, repeat the same command; what was seen after it."""
    fresh(environment)
    process = start(environment, *command)
    time.sleep(moment)
    if victim == "ingest":
        process.send_signal(signal.SIGKILL)
    elif pid := postmaster(environment["ABIDB_DATA"]):
        os.kill(pid, signal.SIGKILL)
    process.communicate()
    had = ask(environment, "SELECT count(*) FROM build")
    run(environment, *command)
    return f"which ended with {process.returncode} and left {had} builds"


if __name__ == "__main__":
    sys.exit(main())
