# SPDX-License-Identifier: GPL-2.0-or-later
"""Addresses of pages whose names come from kernels. A name may hold anything, so not every one makes an address."""

from __future__ import annotations

from collections.abc import Mapping

from django.urls import NoReverseMatch, reverse

DOTS = {".", ".."}  #: a browser takes such a part of a path away, encoded or not (URL standard, path state)


def address(page: str, *names: str, query: Mapping[str, str] | None = None, fragment: str = "") -> str:
    """The address of a page of dashboard.urls, "" where there can be none with these names."""
    if any(not DOTS.isdisjoint(name.split("/")) for name in names):
        return ""
    try:
        return reverse(page, args=names, query=query, fragment=fragment or None)
    except NoReverseMatch:
        return ""
