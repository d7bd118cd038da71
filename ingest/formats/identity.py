# SPDX-License-Identifier: GPL-2.0-or-later
"""By which name the kernel knows a module, and which symbols it looks up for it."""

from __future__ import annotations

import re

import numpy as np

from abidb.errors import BadFormat
from ingest.formats import ksymtab
from ingest.formats.elf import EM_386, EM_PPC64, EM_X86_64, SHN_UNDEF, STB_WEAK, Elf

OWN_NAME = re.compile(rb"(?:\A|\0)name=([!-~]{1,63})(?=\0)")
STRUCT_NAME = re.compile(rb"([!-~]{1,59})\0")  # MODULE_NAME_LEN is 56 or 60
MOST_UNDEFINED = 1 << 16  # symbols; 1,231 in 6.12


def own_name(elf: Elf) -> str:
    """The name of a module: "name=" of .modinfo (since v4.13), else that of struct module; "" where it has none."""
    if found := OWN_NAME.search(elf.read(".modinfo") or b""):
        return found[1].decode()
    at = 3 * elf.layout.bits // 8  # struct module begins with its state, padded to a word, and a list_head
    found = STRUCT_NAME.match(elf.read(".gnu.linkonce.this_module") or b"", at)
    return found[1].decode() if found else ""


def undefined(elf: Elf) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The symbols that simplify_symbols() (kernel/module/main.c) looks up: those that must be there, and the weak.

    Raises BadFormat.
    """
    symbols = elf.symbols()
    if symbols is None:
        return (), ()
    table, sections, strings = symbols
    chosen = np.flatnonzero(sections == SHN_UNDEF)
    chosen = chosen[chosen > 0]  # the first entry of a symbol table is none
    if len(chosen) > MOST_UNDEFINED:
        raise BadFormat(f"module has more than the {MOST_UNDEFINED:,} undefined symbols that are allowed")
    names = [_name(strings, at) for at in table["name"][chosen].tolist()]
    binds = (table["info"][chosen] >> 4).tolist()
    weak = {name for name, bind in zip(names, binds, strict=True) if bind == STB_WEAK}
    return _looked_up(set(names) - weak, elf.machine), _looked_up(weak, elf.machine)


def _name(strings: bytes, at: int) -> str:
    found = ksymtab.SYMBOL.match(strings, at)
    if not found:
        raise BadFormat("name of an undefined symbol is no name that can be one", at)
    return found[1].decode()


def _looked_up(names: set[str], machine: int) -> tuple[str, ...]:
    """Without what the linker leaves and the kernel passes over."""
    if machine == EM_PPC64:  # arch/powerpc/kernel/module_64.c, dedotify()
        names = {name.removeprefix(".") for name in names if name != ".TOC."}
    elif machine in (EM_386, EM_X86_64):  # kernel/module/main.c, ignore_undef_symbol()
        names = names - {"_GLOBAL_OFFSET_TABLE_"}
    return tuple(sorted(names))
