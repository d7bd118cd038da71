# SPDX-License-Identifier: GPL-2.0-or-later
"""Exports as lines of Module.symvers (kernel scripts/mod/modpost.c, write_dump())."""

from __future__ import annotations

from collections.abc import Iterable

from abidb.records import VMLINUX, Export


def lines(exports: Iterable[Export]) -> bytes:
    """One line an export, tab-separated: CRC, symbol, module, export type, namespace. An unknown CRC is 0x00000000.

    Each line is Debian's own, to the byte. Their order is vmlinux first, then modules by path, each by symbol: that of
    Debian's file follows the linking (until 5.18 a hash) and cannot be had from the binaries.
    """
    ordered = sorted(exports, key=lambda e: (e.module != VMLINUX, e.module, e.symbol))
    return b"".join(map(line, ordered))


def line(export: Export) -> bytes:
    """The line of one export."""
    e = export
    return f"0x{e.crc or 0:08x}\t{e.symbol}\t{e.module}\t{e.kind}\t{e.namespace}\n".encode()
