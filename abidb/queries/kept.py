# SPDX-License-Identifier: GPL-2.0-or-later
"""What a process keeps of answers: the ones asked for last."""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock
from typing import Any


class Kept(OrderedDict[Any, Any]):
    """A mapping that drops what was asked for longest ago where it would hold more than `most`."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self.most = most
        self._lock = Lock()

    def __getitem__(self, key: Any) -> Any:
        with self._lock:
            found = super().__getitem__(key)
            self.move_to_end(key)
        return found

    def __setitem__(self, key: Any, value: Any) -> None:
        with self._lock:
            super().__setitem__(key, value)
            while len(self) > self.most:
                oldest = next(iter(self.keys()))
                super().__delitem__(oldest)
