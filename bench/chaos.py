# SPDX-License-Identifier: GPL-2.0-or-later
"""Kill workers and PostgreSQL, answer with nonsense, fill the disk: in the end the record is as if nothing had been.

    python -m bench.chaos --workers 50 --postgres 10 --seed 1

Works in a temporary data directory on a few of the newest cloud kernels, whose debs come from the cache or the
archive, through a mirror on loopback. After each trouble stands `manage.py sync --retry`; then the digest of the whole
record must be that of an undisturbed run, and `manage.py verify` must find nothing.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import django

from bench.mirror import Mirror, environment_for, mirror

SUITES = ["--suite", "bookworm-security", "--suite", "trixie-security", "--suite", "trixie-backports"]
WISH = [*SUITES, "--arch", "amd64", "--flavour", "cloud-amd64", "--newest"]
FAULTS = 0.3  # of the requests to the misbehaving mirror
DISK = 150  # MB of the small disk: more than the debs of one build, less than those of all
LIMIT = 900  # seconds until workers must have done what is queued
Environment = dict[str, str]


def start(environment: Environment, *command: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, *command], env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )


def run(environment: Environment, *command: str, may_fail: bool = False) -> str:
    """Standard output of a command that must succeed."""
    process = start(environment, *command)
    output, errors = process.communicate()
    if process.returncode and not may_fail:
        raise SystemExit(f"{' '.join(command)} ended with {process.returncode}\n{output}{errors}")
    return output


def asked(environment: Environment, query: str) -> list[tuple]:
    """What the record answers. The server is not started for it: that is for abidb's own processes to do."""
    import psycopg

    from abidb import postgres

    server = postgres.status(Path(environment["ABIDB_DATA"]))
    if server is None:
        raise psycopg.OperationalError("the server does not run")
    with postgres.connect(server, postgres.OWNER) as connection:
        found = connection.execute(query)
        return found.fetchall() if found.description else []


def state(environment: Environment) -> str:
    """The digest of the record, and what verify says of it."""
    return run(environment, "manage.py", "export", "--digest").strip() + run(environment, "manage.py", "verify")


def fresh(environment: Environment) -> None:
    """An empty record; the cache stays."""
    run(environment, "manage.py", "migrate", "--verbosity", "0")
    run(environment, "manage.py", "flush", "--no-input", "--verbosity", "0")
    asked(environment, "DELETE FROM procrastinate_jobs")


def postmaster(data: str) -> int | None:
    try:
        return int(next(Path(data).rglob("postmaster.pid")).read_text().splitlines()[0])
    except (StopIteration, ValueError, OSError):
        return None


def children(pid: int) -> list[int]:
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def unfinished(environment: Environment) -> bool:
    """Whether anything is left to do; while the server does not answer, nobody knows."""
    import psycopg

    try:
        return bool(asked(environment, "SELECT id FROM procrastinate_jobs WHERE status IN ('todo', 'doing')"))
    except psycopg.Error:
        return True


def killings(environment: Environment, wish: list[str], victims: list[str], chance: random.Random) -> None:
    """Workers do what is queued, and die of SIGKILL, as PostgreSQL does, until nothing is left or no victim is."""
    fresh(environment)
    run(environment, "manage.py", "sync", "--queue", *wish)
    supervisor = start(environment, "manage.py", "worker", "--quiet")
    end = time.monotonic() + LIMIT
    while unfinished(environment):
        time.sleep(chance.uniform(0.2, 6.0) if victims else 1.0)
        if victims and kill(environment, victims[-1], supervisor, chance):
            victims.pop()
        if supervisor.poll() is not None:  # as systemd would
            supervisor = start(environment, "manage.py", "worker", "--quiet")
        if time.monotonic() > end:
            raise SystemExit("the workers never came to an end")
    supervisor.send_signal(signal.SIGTERM)
    supervisor.communicate()


def kill(environment: Environment, victim: str, supervisor: subprocess.Popen[str], chance: random.Random) -> bool:
    workers = children(supervisor.pid)
    if victim == "PostgreSQL":
        pid = postmaster(environment["ABIDB_DATA"])
    else:  # now and then all of them, with who looks after them
        pid = supervisor.pid if chance.random() < 0.1 else chance.choice(workers) if workers else None
    if pid is None:
        return False
    os.kill(pid, signal.SIGKILL)
    return True


def misbehaving(environment: Environment, wish: list[str], between: Mirror) -> None:
    """Everything is fetched anew from a mirror of which no request is safe."""
    with tempfile.TemporaryDirectory(prefix="abidb-cache-") as cache:
        fresh(environment)
        elsewhere(environment, Path(cache))
        between.done.clear()
        between.faults = FAULTS
        for more in ([], ["--retry"]):
            run(environment, "manage.py", "sync", *more, *wish, may_fail=True)
        between.faults = 0.0


def full_disk(environment: Environment, wish: list[str]) -> None:
    """The cache is on a disk that does not hold all debs."""
    with tempfile.TemporaryDirectory(prefix="abidb-disk-") as disk:
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK}m", "tmpfs", disk], check=True)
        try:
            fresh(environment)
            elsewhere(environment, Path(disk))
            Path(disk, "ballast").write_bytes(bytes((DISK - 40) << 20))  # nothing fits
            run(environment, "manage.py", "sync", *wish, may_fail=True)
            Path(disk, "ballast").unlink()
            run(environment, "manage.py", "sync", "--retry", *wish, may_fail=True)
        finally:
            subprocess.run(["umount", disk], check=True)


def elsewhere(environment: Environment, cache: Path) -> None:
    link = Path(environment["ABIDB_DATA"], "cache")
    link.unlink()
    link.symlink_to(cache)


def files_of(environment: Environment, cache: Path) -> dict[str, Path]:
    """What the cache has of what archives offer, by path below their root."""
    debs = [deb for (content,) in asked(environment, "SELECT content FROM offer") for deb in content["debs"]]
    found = {path: cache / deb[6][:2] / deb[6] for deb in debs for _, path in deb[7]}
    return {path: file for path, file in found.items() if file.exists()}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.chaos")
    parser.add_argument("--workers", type=int, default=50)
    parser.add_argument("--postgres", type=int, default=10)
    parser.add_argument("--newest", default="2")
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 30))
    options = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "abidb.settings")
    django.setup()
    from django.conf import settings

    from ingest import configured

    roots, cache = configured.roots(), settings.ABIDB_DATA / "cache"
    cache.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory(prefix="abidb-chaos-") as data,
        mirror([root.address for root in roots]) as between,
    ):
        Path(data).chmod(0o755)
        Path(data, "cache").symlink_to(cache)
        environment = environment_for(between, roots[0].keyrings[0], Path(data))
        try:
            return all_troubles(environment, options, cache.resolve(), between)
        finally:
            run(environment, "manage.py", "postgres", "stop")


def all_troubles(environment: Environment, options: argparse.Namespace, cache: Path, between: Mirror) -> int:
    chance, wish = random.Random(options.seed), [*WISH, options.newest]
    said = run(environment, "manage.py", "sync", *wish).splitlines()[-1]
    expected = state(environment)
    print(f"seed {options.seed}; undisturbed: {said}; {' '.join(expected.split())}", flush=True)
    between.files = files_of(environment, cache)
    failures = 0

    def trouble(name: str, make: Callable[[], object]) -> None:
        nonlocal failures
        begin = time.monotonic()
        make()
        left = asked(environment, "SELECT count(*) FROM build")[0][0]
        elsewhere(environment, cache)
        run(environment, "manage.py", "sync", "--retry", *wish)
        same = state(environment) == expected
        failures += not same
        seconds = time.monotonic() - begin
        print(f"{name}: {left} builds left, then {'whole' if same else 'DIFFERENT'}; {seconds:.0f} s", flush=True)

    victims = ["worker"] * options.workers + ["PostgreSQL"] * options.postgres
    chance.shuffle(victims)
    while victims:
        before = len(victims)
        trouble("kill -9", lambda: killings(environment, wish, victims, chance))
        print(f"  {before - len(victims)} killed, {len(victims)} to come", flush=True)
    trouble("misbehaving mirror", lambda: misbehaving(environment, wish, between))
    print(f"  its answers: {json.dumps(between.done)}", flush=True)
    trouble("full disk", lambda: full_disk(environment, wish))
    print(f"{options.workers} kills of workers, {options.postgres} of PostgreSQL, {failures} failures")
    return min(failures, 1)


if __name__ == "__main__":
    sys.exit(main())
