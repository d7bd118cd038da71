# SPDX-License-Identifier: GPL-2.0-or-later
"""Sets of config options or module facts: pairs of texts. Their ids are packed as those of export sets are."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable


def digest(facts: Iterable[tuple[str, str]]) -> bytes:
    """The content address of a set: 32 bytes, the same in every installation and for every order of `facts`."""
    return hashlib.sha256("\0".join(f"{name}\0{value}" for name, value in sorted(facts)).encode()).digest()
