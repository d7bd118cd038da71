# SPDX-License-Identifier: GPL-2.0-or-later
"""New ABI names."""

from __future__ import annotations

from typing import Literal

from ninja import Schema

from dashboard.api.shapes.common import Counts, Paged, Scope, Time, said


class RenamedUpload(Schema):
    """An upload and the ABI names of its builds."""

    source: str = said("", "linux")
    version: str = said("", "6.1.192-2")
    date: Time | None
    abi_names: list[str] = said("", ["6.1.0-56"])


class FlavourStep(Schema):
    """One flavour from the upload before to the one with the new name."""

    arch: str = said("", "amd64")
    flavour: str = said("", "cloud-amd64")
    state: str = said("“unchanged”, “changed”, or why it is not measurable", "unchanged")
    old: str | None = said("Null: the record has no such build")
    new: str | None = said("Null: the record has no such build")
    scope: Scope | None
    counts: Counts | None = said("Null where the two builds were not compared")
    summary: str = said("In words")


class NewName(Schema):
    """An upload that has an ABI name which the one before it in its release line has not."""

    key: str = said("LINE/SOURCE/VERSION", "bookworm/linux/6.1.192-2")
    lines: list[str] = said("Release lines in which the one follows the other", ["bookworm"])
    previous: RenamedUpload
    upload: RenamedUpload
    verdict: Literal["unchanged", "changed", "unknown"] = said(
        "“unchanged” only where every flavour that could be measured is"
    )
    unchanged: int = said("Flavours, each of an architecture", 31)
    changed: int = said("", 0)
    not_measurable: int = said("", 0)
    uploads_between: int = said("Uploads between the two of which no build is on record", 0)
    summary: str = said("In words", "unchanged in 31 of 31")
    flavours: list[FlavourStep]


class NameCounts(Schema):
    """New names of a release line, or of all."""

    line: str | None = said("Null: all", "bookworm")
    names: int = said("", 55)
    unchanged: int = said("", 9)
    unknown: int = said("No flavour could be measured", 0)


class Names(Paged):
    """A page of new ABI names, newest first."""

    summary: str = said("In words")
    means: list[str] = said("What these figures mean, and what they do not")
    counts: NameCounts = said("Of the line asked for, or of all, whatever the filter")
    by_line: list[NameCounts]
    total: int = said("That fit the question", 55)
    names: list[NewName]
