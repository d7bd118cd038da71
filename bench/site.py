# SPDX-License-Identifier: GPL-2.0-or-later
"""How fast the site answers: every kind of page and call, from the record at hand, served as deploy/ serves it.

    ABIDB_DATA=DIR python -m bench.site [--load SECONDS] [--readers N] [--only KIND]...

Times are of whole answers over loopback, compressed, one after another; addresses vary, each process has answered one
of their kind before. Of a whole diff: the first byte and the last. `--load` lets readers wander with 1 to 3 seconds
between two pages. Set against what a bare Django view takes that is served the same way.
"""

from __future__ import annotations

import argparse
import http.client
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import django

HERE = Path(__file__).resolve().parent.parent
MEDIAN, P95, FIRST, WHOLE = 40.0, 100.0, 150.0, 1000.0  #: milliseconds at most
LARGEST = 60_000  #: bytes of a page, compressed
BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8", "Accept-Encoding": "gzip"}


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer: status, milliseconds until its first and its last byte, bytes as sent."""

    status: int
    first: float
    last: float
    size: int


@dataclass(frozen=True, slots=True)
class Site:
    """A server that runs."""

    port: int
    pid: int


@contextmanager
def served(application: str) -> Iterator[Site]:
    """gunicorn with the site's own configuration, on a free port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    config = str(HERE / "deploy/gunicorn.conf.py")
    command = [sys.executable, "-m", "gunicorn", "--config", config, "--bind", f"127.0.0.1:{port}", application]
    server = subprocess.Popen(command, cwd=HERE, env={**os.environ, "ABIDB_ROLE": "web"}, stderr=subprocess.DEVNULL)
    try:
        _await(port, server)
        yield Site(port, server.pid)
    finally:
        server.terminate()
        server.wait()


@contextmanager
def collected() -> Iterator[None]:
    """Hashed files as in service; removed in the end, since whoever serves this folder next would get them, old."""
    from django.conf import settings

    folder = settings.ABIDB_DATA / "static"
    there = folder.exists()
    command = ["manage.py", "collectstatic", "--noinput", "--verbosity", "0"]
    subprocess.run([sys.executable, *command], cwd=HERE, check=True)
    try:
        yield
    finally:
        if not there:
            shutil.rmtree(folder)


def _await(port: int, server: subprocess.Popen[bytes]) -> None:
    while server.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise SystemExit("gunicorn ended before it served")


def get(connection: http.client.HTTPConnection, address: str) -> Answer:
    """Ask for one page as a browser does; a connection that the server closed is made anew."""
    start = time.perf_counter()
    try:
        connection.request("GET", address, headers=BROWSER)
        response = connection.getresponse()
    except (http.client.HTTPException, ConnectionError):
        connection.close()
        start = time.perf_counter()
        connection.request("GET", address, headers=BROWSER)
        response = connection.getresponse()
    first = response.read(1)
    seen = time.perf_counter()
    size = len(first) + len(response.read())
    return Answer(response.status, 1000 * (seen - start), 1000 * (time.perf_counter() - start), size)


def part(values: list[float], share: float) -> float:
    """The value that so great a share of them does not exceed."""
    return sorted(values)[min(len(values) - 1, round(share * len(values)))]


def report(site: Site, kinds: dict[str, tuple[str, ...]], whole: bool) -> int:
    """A line for each kind; how many are too slow, too large or no answer. `whole`: streamed answers."""
    head = "first byte p50, p95, last p95, kB" if whole else "p50, p95, kB at most"
    print(f"\n  {'':28} {head}")
    return sum(_report(site, kind, addresses, whole) for kind, addresses in kinds.items())


def _report(site: Site, kind: str, addresses: tuple[str, ...], whole: bool) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", site.port, timeout=120)
    for address in addresses[:4]:
        get(connection, address)
    found = [get(connection, address) for address in addresses]
    connection.close()
    first, last = [each.first for each in found], [each.last for each in found]
    size = max(each.size for each in found)
    strange = sorted({each.status for each in found if each.status >= 400 and kind != "not there"})
    if whole:
        slow = part(first, 0.95) > FIRST or part(last, 0.95) > WHOLE
        figures = f"{part(first, 0.5):7.1f} {part(first, 0.95):7.1f} {part(last, 0.95):7.1f} {size / 1000:8.1f}"
    else:
        slow = part(last, 0.5) > MEDIAN or part(last, 0.95) > P95
        figures = f"{part(last, 0.5):7.1f} {part(last, 0.95):7.1f} {size / 1000:7.1f}"
    large = size > LARGEST and not whole and "API" not in kind and "table" not in kind
    said = [*(["TOO SLOW"] if slow else []), *(["TOO LARGE"] if large else []), *map(str, strange)]
    if said:
        worst = max(zip(last, addresses, strict=True))
        said.append(f"slowest {worst[0]:.0f} ms: {worst[1]}")
    print(f"  {kind:28} {figures}  {' '.join(said)}", flush=True)
    return bool(said)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.site", description=__doc__)
    parser.add_argument("--load", type=int, default=0, metavar="SECONDS", help="of wandering readers")
    parser.add_argument("--readers", type=int, default=100)
    parser.add_argument("--only", action="append", help="a kind, or how it begins; repeatable")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "abidb.settings")
    os.environ["ABIDB_ROLE"] = "web"
    django.setup()
    from bench import readers, visits

    subprocess.run(
        [sys.executable, "manage.py", "collectstatic", "--noinput", "--verbosity", "0"], cwd=HERE, check=True
    )
    found = visits.visits(options.seed)
    asked = {kind: each for kind, each in found.items() if _wanted(kind, options.only)}
    with served("abidb.wsgi") as site:
        wrong = report(site, asked, whole=False)
        whole = {kind: each for kind, each in visits.streams(found).items() if _wanted(kind, options.only)}
        wrong += report(site, whole, whole=True) if whole else 0
        if options.load:
            wrong += readers.report(site, found, options.readers, options.load, options.seed)
    return 1 if wrong else 0


def _wanted(kind: str, only: list[str] | None) -> bool:
    return not only or any(kind.startswith(each) for each in only)


if __name__ == "__main__":
    sys.exit(main())
