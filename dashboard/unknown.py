# SPDX-License-Identifier: GPL-2.0-or-later
"""Names that do not exist, or fit several things: what a page offers instead."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.urls import reverse

from abidb import queries
from abidb.answers import BuildRef
from abidb.errors import UnknownName
from abidb.versions import parse_build

LONGEST = 200  #: characters of a text that are looked up; no build has a longer name


class Offer(UnknownName):
    """An UnknownName whose candidates can be followed: `links` are (name, address); `several` that all of them fit."""

    def __init__(self, error: UnknownName, link: Callable[[str], str], *, several: bool = False) -> None:
        super().__init__(str(error), error.candidates)
        self.links = tuple((name, link(name)) for name in error.candidates)
        self.several = several


@contextmanager
def offering(link: Callable[[str], str]) -> Iterator[None]:
    """Turn the UnknownName of a question into an Offer whose links `link` makes."""
    try:
        yield
    except UnknownName as error:
        raise Offer(error, link) from error


def one_build(text: str, link: Callable[[str], str]) -> BuildRef:
    """The build that `text` names; raises Offer, with links, where none or several fit.

    Of a text longer than any name only the beginning is looked up.
    """
    wanted = text[:LONGEST]
    try:
        return queries.one_build(wanted)
    except UnknownName as error:
        raise Offer(error, link, several=all_fit(wanted, error.candidates)) from error


def all_fit(text: str, candidates: tuple[str, ...]) -> bool:
    """Whether every candidate is a build that `text` names, so that it is short of a part, not wrong."""
    try:
        wanted = parse_build(text)
        found = [parse_build(name) for name in candidates]
    except UnknownName:
        return False
    return bool(found) and all(
        name.kernel_release == wanted.kernel_release
        and wanted.version in (None, name.version)
        and wanted.arch in (None, name.arch)
        for name in found
    )


def search_link(text: str) -> str:
    """The address that looks for `text` everywhere."""
    return reverse("search", query={"q": text})
