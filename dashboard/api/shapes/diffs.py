# SPDX-License-Identifier: GPL-2.0-or-later
"""What changed between two builds."""

from __future__ import annotations

from ninja import Schema

from dashboard.api.shapes.common import Build, Counts, Export, Kind, Outcome, Paged, Scope, said


class Change(Schema):
    """One export that is not the same on both sides."""

    symbol: str = said("Its name", "register_netdev")
    kinds: list[Kind] = said("All that changed of it", ["crc_changed"])
    breaks: bool = said("Whether a module that uses it can notice", True)
    old: Export | None = said("Null: added")
    new: Export | None = said("Null: removed")


class Diff(Paged):
    """A comparison, with a page of its changes."""

    old: Build
    new: Build
    counts: Counts = said("Of all changes, whatever the filter")
    scope: Scope = said("“vmlinux” where one side is partial: only the exports of vmlinux are compared", "all")
    outcome: Outcome = said("What it means for a module built on the old build", "breaks")
    exit_status: int = said("Of `manage.py diff`: 0 same, 1 compatible, 2 breaks, 3 unknown", 2)
    summary: str = said("The same in words", "18,272 of 24,664 CRCs changed (74 %), 19 exports added")
    note: str = said("What a changed CRC is not")
    vermagic_flags_changed: bool = said("Then the new kernel refuses every module of the old one", False)
    total: int = said("Changes that fit the filter", 18291)
    changes: list[Change]
    whole: dict[str, str] = said(
        "All changes at once, streamed: address by form", {"json": "/diff/OLD/NEW.json", "csv": "/diff/OLD/NEW.csv"}
    )


class OptionChange(Schema):
    """One option of the configuration that differs."""

    name: str = said("", "CONFIG_MODULE_SIG")
    old: str | None = said("Null: not set", "y")
    new: str | None = said("Null: not set", None)


class ConfigDiff(Paged):
    """How two builds' configurations differ."""

    old: Build
    new: Build
    measured: bool = said("False where a side's configuration is not known", True)
    summary: str = said("", "3 options differ")
    total: int = said("", 3)
    changes: list[OptionChange]
