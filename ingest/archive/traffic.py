# SPDX-License-Identifier: GPL-2.0-or-later
"""What one process downloads: counted, and held to a limit by a token bucket."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

BURST = 1.0  # seconds of the limit that may come at once after a time without any traffic


@dataclass(slots=True)
class Traffic:
    """Bytes that came over the network since the process began. `limit` is in bytes a second, 0 for none."""

    limit: float = 0
    clock: Callable[[], float] = time.monotonic
    pause: Callable[[float], None] = time.sleep
    bytes: int = 0
    _free: float = 0.0  #: when the limit has caught up with what came
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def arrived(self, size: int) -> None:
        """Count `size` bytes, and wait as long as they are ahead of the limit."""
        with self._lock:
            self.bytes += size
            if not self.limit:
                return
            now = self.clock()
            self._free = max(self._free, now - BURST) + size / self.limit
            wait = self._free - now
        if wait > 0:
            self.pause(wait)
