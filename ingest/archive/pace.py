# SPDX-License-Identifier: GPL-2.0-or-later
"""How often a service that turns away the hasty is asked: by one function for all threads and jobs of a process."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable


def pacer(
    pause: Callable[[float], None] = time.sleep, now: Callable[[], float] = time.monotonic
) -> Callable[[float], None]:
    """A function that returns, among all who call it, once in the seconds that it is given; it waits by `pause`."""
    lock, free = threading.Lock(), now()

    def wait(apart: float) -> None:
        nonlocal free
        with lock:
            at = now()
            turn = max(at, free)
            free = turn + apart
        if turn > at:
            pause(turn - at)

    return wait
