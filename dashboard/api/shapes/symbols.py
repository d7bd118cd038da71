# SPDX-License-Identifier: GPL-2.0-or-later
"""Symbols: their history, and who uses them."""

from __future__ import annotations

from ninja import Schema

from dashboard.api.shapes.common import Export, Kind, Paged, said


class Point(Schema):
    """The symbol in one build of a lane."""

    build: str = said("Name of the build", "6.1.0-56-amd64=6.1.192-2:amd64")
    exports: list[Export] = said("None: it was not exported; several where several modules export the name")
    changed: list[Kind] = said("Against the build before", [])
    measured_by_crc: bool = said("Whether both had a CRC: else a change of type would not show", True)


class SymbolLane(Schema):
    """The symbol in a lane, oldest build first."""

    line: str = said("", "bookworm")
    arch: str = said("", "amd64")
    flavour: str = said("", "amd64")
    older: int = said("Builds of the lane before those, which were not looked at: ask for this lane alone", 0)
    points: list[Point]


class Biography(Schema):
    """What each build of each lane exported under a name; lanes that never did are left out."""

    symbol: str = said("", "register_netdev")
    lanes: list[SymbolLane]


class User(Schema):
    """A package that uses a symbol."""

    source: str = said("", "zfs-linux")
    package: str = said("", "zfs-dkms")
    versions: list[str] = said("Whose modules use it, oldest first", ["2.3.2-2"])
    modules: list[str] = said("", ["spl"])
    named: bool = said("Its own source has the name; else it comes through a header or the compiler", True)
    licenses: list[str] = said("Of those modules", ["CDDL"])
    free: bool = said("All of those are GPL-compatible", False)
    systems: int | None = said("At least so many installations; null: not known", 2931)


class Users(Schema):
    """Who uses a symbol."""

    summary: str = said("In words", "12 of 39 built packages use it")
    built: list[User] = said("By package")
    scanned: list[User] = said("Packages that were never built, whose source has the name: in no count")
    packages: int = said("That were built at all", 39)


class InUseSymbol(Schema):
    """A symbol that built packages of a release import."""

    symbol: str = said("", "kfree")
    packages: list[str] = said("In order", ["zfs-dkms"])
    named_by: int = said("Of those, the ones whose own source names it", 30)
    broke: int | None = said("Steps of the lane in which modules that use it broke; null: there is no lane", 7)
    kind: str = said("Export type in the newest kernel; “” where it is not exported there", "EXPORT_SYMBOL")
    namespace: str = said("", "")


class InUse(Paged):
    """A page of the symbols that built packages of a release use."""

    release: str = said("Whose packages", "bookworm")
    lane: str | None = said("Whose kernels", "bookworm/amd64/amd64")
    summary: str = said("In words")
    steps: int = said("Of the lane, that could be compared", 9)
    newest: str | None = said("Kernel release whose export types are told", "6.1.0-56-amd64")
    total: int = said("Symbols that fit", 2411)
    symbols: list[InUseSymbol]
