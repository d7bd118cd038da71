# SPDX-License-Identifier: GPL-2.0-or-later
"""Addresses of pages whose names come from kernels. A name may hold anything, so not every one makes an address."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from django.urls import NoReverseMatch, get_script_prefix, reverse
from django.utils.http import urlencode

DOTS = {".", ".."}  #: a browser takes such a part of a path away, encoded or not (URL standard, path state)
#: A name that stands in an address as it is. Hundreds of these are on a page, and reverse() is slow.
PLAIN = re.compile(r"[A-Za-z0-9_=:+~-][A-Za-z0-9_=:+~.-]*").fullmatch


def address(page: str, *names: str, query: Mapping[str, str] | None = None, fragment: str = "") -> str:
    """The address of a page of dashboard.urls, "" where there can be none with these names."""
    if all(map(PLAIN, names)) and (shape := _shape(page, len(names), get_script_prefix())):
        there = shape.format(*names)
    else:
        there = _reversed(page, names)
    if not there:
        return ""
    asked = urlencode(query, doseq=True) if query else ""
    return there + (asked and f"?{asked}") + (fragment and f"#{fragment}")


def _reversed(page: str, names: tuple[str, ...]) -> str:
    if any(not DOTS.isdisjoint(name.split("/")) for name in names):
        return ""
    try:
        return reverse(page, args=names)
    except NoReverseMatch:
        return ""


@lru_cache
def _shape(page: str, names: int, _prefix: str) -> str:
    """The address with {} for each name, "" where not every plain name makes one."""
    there = _reversed(page, tuple(f"@{n}@" for n in range(names)))
    return re.sub("@[0-9]+@", "{}", there)
