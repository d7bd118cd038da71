# SPDX-License-Identifier: GPL-2.0-or-later
"""Readers who wander over the site all at once, and how many answers it gives a second when nobody waits."""

from __future__ import annotations

import http.client
import random
import threading
import time

import psutil

from bench.site import Answer, Site, get, part, served
from bench.visits import Kinds, mix

PAUSE = (1.0, 3.0)  #: seconds between two pages
SLOWEST = 1000.0  #: milliseconds that 99 of 100 answers may take
CLOSE, CLOSED = 8, 8.0  #: readers who do not pause, and for how many seconds
GROWTH = 1.1  #: memory may be so much of what it was after a quarter of the time


def report(site: Site, found: Kinds, readers: int, seconds: int, seed: int) -> bool:
    """Print what a load came to; whether it is worse than it may be."""
    memory: list[int] = []
    watch = threading.Thread(target=_watch, args=(site, seconds, memory))
    watch.start()
    answers = wander(site, found, readers, seconds, seed, PAUSE)
    watch.join()
    times = [each.last for each in answers]
    errors = sum(each.status >= 500 or each.status == 0 for each in answers)
    early, late = memory[len(memory) // 4], memory[-1]
    print(
        f"\n  {readers} readers for {seconds} s: {len(answers):,} answers, {len(answers) / seconds:.1f} a second, "
        f"{errors} errors, p50 {part(times, 0.5):.0f} ms, p99 {part(times, 0.99):.0f} ms, "
        f"memory {early / 1e6:,.0f} -> {late / 1e6:,.0f} MB"
    )
    fast = _rate(site, found, seed)
    with served("bench.bare") as bare:
        least = _rate(bare, {"home": ("/",)}, seed)
    print(f"  without a pause: {fast:.0f} answers a second, a bare Django view {least:.0f}: ratio {fast / least:.3f}")
    return errors > 0 or part(times, 0.99) > SLOWEST or late > GROWTH * early


def _rate(site: Site, found: Kinds, seed: int) -> float:
    return len(wander(site, found, CLOSE, CLOSED, seed, (0, 0))) / CLOSED


def wander(
    site: Site, found: Kinds, readers: int, seconds: float, seed: int, pause: tuple[float, float]
) -> list[Answer]:
    """All answers that so many readers got; status 0: none."""
    answers: list[Answer] = []
    end = time.monotonic() + seconds
    threads = [
        threading.Thread(target=_wander, args=(site, found, seed + number, end, pause, answers))
        for number in range(readers)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def _wander(site: Site, found: Kinds, seed: int, end: float, pause: tuple[float, float], answers: list[Answer]) -> None:
    connection, chance = http.client.HTTPConnection("127.0.0.1", site.port, timeout=60), random.Random(seed)
    time.sleep(chance.uniform(0, pause[1]))
    for address in mix(found, seed):
        if time.monotonic() > end:
            return
        try:
            answers.append(get(connection, address))
        except OSError:
            connection.close()
            answers.append(Answer(0, 0.0, 0.0, 0))
        time.sleep(chance.uniform(*pause))


def _watch(site: Site, seconds: float, memory: list[int]) -> None:
    """Bytes of the server's processes that are nobody else's, or shared among them, each second."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        server = psutil.Process(site.pid)
        memory.append(sum(each.memory_info().rss for each in [server, *server.children(recursive=True)]))
        time.sleep(1)
