# SPDX-License-Identifier: GPL-2.0-or-later
"""What looks at archives remember from one to the next: the record's tables, or for one process only, dictionaries."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

from abidb.records import ReleaseRow


def _no_folders(root: str) -> Collection[str]:
    """Nothing is kept of a root."""
    return ()


def _unused(digests: Collection[str]) -> None:
    """Nobody counts what is still in use."""


@dataclass(frozen=True, slots=True)
class Memory:
    """How to remember. A key says in its first word what is kept by it, then of what: a digest, an address.

    The callables are used in the thread of who looks, never in others: they may be bound to a database connection.
    """

    index: Callable[[str], list[Any] | None]  #: what was remembered by this key; fit for JSON
    remember: Callable[[str, list[Any]], None]
    release: Callable[[str, str], ReleaseRow | None]  #: the newest verified Release of (root, folder)
    used: Callable[[Collection[str]], None] = _unused  #: told once a look which keys it used
    folders: Callable[[str], Collection[str]] = _no_folders  #: of a root, those whose Release is kept


def in_process() -> Memory:
    """A memory that ends with the process."""
    kept: dict[str, list[Any]] = {}
    return Memory(kept.get, kept.__setitem__, lambda root, folder: None)
