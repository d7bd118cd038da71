# SPDX-License-Identifier: GPL-2.0-or-later
"""Lanes: their builds in order and what each changed."""

from __future__ import annotations

from ninja import Schema

from dashboard.api.shapes.common import Counts, Lane, ListedBuild, Outcome, Paged, Scope, Time, said


class Step(Schema):
    """A build of a lane and what changed since the one before."""

    build: ListedBuild
    previous: str | None = said("The build before; null for the lane's first", "6.1.0-55-amd64=6.1.192-1:amd64")
    renamed: bool = said("Whether it brought a new ABI name", True)
    counts: Counts | None = said("Null where the two were not compared")
    scope: Scope | None = said("“vmlinux” where one side is partial", "all")
    outcome: Outcome | None = said("What the exports mean for a module built on the build before", "same")
    summary: str | None = said("The same in words", "new ABI name, no export changed")
    packages_refused: list[str] | None = said(
        "Module packages whose modules this build refuses; null where that cannot be told, or is not asked",
        ["zfs-dkms"],
    )


class ListedLane(Lane):
    """A lane in a list."""

    codename: str = said("Of Debian's release", "bookworm")
    status: str = said("stable, oldstable, lts, testing, unstable, ..., as of today", "oldstable")
    ended: bool = said("Whether nobody supports the release any more", False)


class Lanes(Paged):
    """A page of lanes, by line, architecture and flavour."""

    total: int = said("Lanes that fit", 117)
    lanes: list[ListedLane]


class WholeLane(ListedLane):
    """A lane with its newest step."""

    as_of: Time | None = said("Date of the newest Release file that any of its builds was seen in")
    builds: int = said("Good builds in the record", 10)
    newest: Step


class Churn(Paged):
    """A page of a lane's steps, newest first."""

    note: str = said("What a changed CRC is not")
    total: int = said("Steps of the lane", 10)
    steps: list[Step]


class VolatileSymbol(Schema):
    """A symbol that modules could no longer use from one build to the next."""

    symbol: str = said("Its name", "module_layout")
    changes: int = said("Steps in which it broke", 7)


class Volatile(Schema):
    """The symbols of a lane that broke most often, most often first."""

    note: str = said("What a changed CRC is not")
    symbols: list[VolatileSymbol]
