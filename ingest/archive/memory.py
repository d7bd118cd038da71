# SPDX-License-Identifier: GPL-2.0-or-later
"""What looks at archives remember from one to the next: the record's tables, or for one process only, dictionaries."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

from abidb.records import ReleaseRow


def _unused(digests: Collection[str]) -> None:
    """Nobody counts what is still in use."""


@dataclass(frozen=True, slots=True)
class Memory:
    """How to remember. What is kept by a digest never changes: an index, an answer about a version that was published.

    The callables are used in the thread of who looks, never in others: they may be bound to a database connection.
    """

    index: Callable[[str], list[Any] | None]  #: what was remembered by this digest; fit for JSON
    remember: Callable[[str, list[Any]], None]
    release: Callable[[str, str], ReleaseRow | None]  #: the newest verified Release of (root, folder)
    used: Callable[[Collection[str]], None] = _unused  #: told once a look which digests it used


def in_process() -> Memory:
    """A memory that ends with the process."""
    kept: dict[str, list[Any]] = {}
    return Memory(kept.get, kept.__setitem__, lambda root, folder: None)
