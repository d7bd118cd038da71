# SPDX-License-Identifier: GPL-2.0-or-later
"""What a kernel module file says: the symbols it exports and imports, its license, vermagic and dependencies.

In: a .ko, plain or compressed, of any architecture; out: abidb.records.ModuleFile. Everything goes by what is present:

- exports: local symbols `__ksymtab_X` (include/linux/export.h, include/linux/export-internal.h). The section of such
  a symbol says the type; where there are `__flags_X` (kernel 7.1), a flag does. `__kstrtabns_X` is a label on the
  namespace (5.4's release candidates had `__ksymtab_NAMESPACE.X`), `__crc_X` the CRC itself as an absolute symbol
  (5.10) or a label on it (since 5.19).
- imports: `__versions` (include/linux/module.h, struct modversion_info), or its extended form
  `__version_ext_crcs` and `__version_ext_names` (6.14), which the kernel prefers (kernel/module/version.c).
- `.modinfo`: strings "key=value".

A signature appended to the file is outside what its ELF header describes: read() never looks at it.
read_built() also takes the undefined symbols, the name, BTF and the signature: for the few modules that come from
outside a kernel build.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import lru_cache, partial
from itertools import chain, islice

import numpy as np

from abidb import naming
from abidb.errors import BadFormat
from abidb.records import VMLINUX, Export, Import, ModuleFile
from ingest.formats import compress, identity, ksymtab, modsig
from ingest.formats.elf import EM_PPC64, ET_REL, ORDERS, SHN_ABS, SHN_UNDEF, ByteOrder, Elf, Section

# Bounds of one module; the largest of all, amdgpu, has in Debian's 7.3 for amd64 what is said after each.
LIMIT = 96 << 20  # bytes, packed or not; 49,873,911
MODINFO_LIMIT = 1 << 20  # bytes; 76,240
LICENSES = 16  # different ones; 2
MOST_LABELS = 1 << 16  # 4 for each of 601 exports
MOST_IMPORTS = 1 << 16  # 1,231 in 6.12
KINDS = {  # scripts/mod/modpost.c, export_str(), until 5.11
    "__ksymtab": "EXPORT_SYMBOL",
    "__ksymtab_gpl": "EXPORT_SYMBOL_GPL",
    "__ksymtab_unused": "EXPORT_UNUSED_SYMBOL",
    "__ksymtab_unused_gpl": "EXPORT_UNUSED_SYMBOL_GPL",
    "__ksymtab_gpl_future": "EXPORT_SYMBOL_GPL_FUTURE",
}
GPL = KINDS["__ksymtab_gpl"]
ENTRY_SIZES = (8, 12, 16, 24)  # struct kernel_symbol: two or, with a namespace, three words of 32 or 64 bits
FLAG_GPL_ONLY = 1  # include/linux/module_symbol.h, KSYM_FLAG_GPL_ONLY
MODINFO = re.compile(rb"(?:\A|\0)(license|vermagic|depends|import_ns)=([^\0]*)(?=\0)")
VALUES = {
    "license": re.compile(rb"[ -~]{0,127}"),
    "vermagic": re.compile(rb"[ -~]{0,255}"),
    "depends": re.compile(rb"[!-~]{0,8191}"),  # names between commas
    "import_ns": re.compile(naming.NAMESPACE),
}
PATH = re.compile(naming.PATH.decode())
LABELS = (b"__ksymtab_", b"__kstrtabns_", b"__flags_", b"__crc_")
LABEL = re.compile(b"((?:" + b"|".join(LABELS) + b")" + naming.SYMBOL + rb")\0")
VERSION = struct.Struct("64s")  # struct modversion_info


def read(data: bytes, path: str) -> ModuleFile:
    """What the module file `data` says; `path` is its name as Export.module has it. Raises BadFormat."""
    if not PATH.fullmatch(path) or path == VMLINUX:
        raise BadFormat(f"{path[:100]!a} is no path of a module")
    _check(len(data), LIMIT, "bytes")
    return _module(Elf(compress.decompress_if_compressed(data, limit=LIMIT, what="module")), path)


def read_built(data: bytes, path: str = "") -> ModuleFile:
    """All that a module from outside a kernel build says; `path`: "" where the module's own name is to stand for it.

    Raises BadFormat.
    """
    _check(len(data), LIMIT, "bytes")
    plain = compress.decompress_if_compressed(data, limit=LIMIT, what="module")
    elf = Elf(plain)
    name = identity.own_name(elf)
    undefined, weak = identity.undefined(elf)
    return replace(
        _module(elf, path or name or "module"),
        name=name,
        undefined=undefined,
        weak=weak,
        btf=elf.section(".BTF") is not None,
        machine=f"{elf.machine}/{elf.layout.bits}/{elf.layout.byteorder}",
        signature=modsig.read(plain),
    )


def _module(elf: Elf, path: str) -> ModuleFile:
    if elf.type != ET_REL:
        raise BadFormat(f"ELF file of type {elf.type} is no module", 16)
    info = _modinfo(elf)
    return ModuleFile(
        path=path,
        exports=tuple(_exports(elf, path)),
        imports=_imports(elf),
        licenses=tuple(info["license"]),
        vermagic=(info["vermagic"] or [""])[0],
        depends=tuple(name for line in info["depends"] for name in line.split(",") if name),
        namespaces=tuple(dict.fromkeys(info["import_ns"])),
    )


def _modinfo(elf: Elf) -> dict[str, list[str]]:
    values: dict[str, list[str]] = {key: [] for key in VALUES}
    section = elf.read(".modinfo") or b""
    _check(len(section), MODINFO_LIMIT, "bytes in .modinfo")
    for name, value in MODINFO.findall(section):
        key = name.decode()
        if not VALUES[key].fullmatch(value):
            raise BadFormat(f"{key} in .modinfo is no text that can be one")
        values[key].append(value.decode())
    _check(len(set(values["license"])), LICENSES, "licenses")
    return values


def _check(number: int, most: int, what: str) -> None:
    if number > most:
        raise BadFormat(f"module has more than the {most:,} {what} that are allowed")


def _exports(elf: Elf, path: str) -> Iterator[Export]:
    tables = [(section, kind) for name, kind in KINDS.items() if (section := elf.section(name)) and section.size]
    if not tables:
        return
    labels = Labels(elf)
    for table, kind in tables:
        for symbol in labels.symbols(table):
            effective = GPL if labels.gpl_only(symbol) else kind
            namespace, name = labels.split(symbol)
            yield Export(name, path, labels.crc(name), effective, namespace or labels.namespace(name))


class Labels:
    """The symbols of a module that describe its exports, and what stands where they point."""

    def __init__(self, elf: Elf) -> None:
        self._elf = elf
        self._places = _places(elf)
        self._sections: dict[int, memoryview] = {}

    def symbols(self, table: Section) -> list[str]:
        """What a section __ksymtab* exports: each of its entries has a name, or the module is refused."""
        names = [name for name, (section, _) in self._places.items() if section == table.number]
        symbols = [name.removeprefix("__ksymtab_") for name in names if name.startswith("__ksymtab_")]
        if table.size not in {len(symbols) * size for size in ENTRY_SIZES}:
            raise BadFormat(f"table of {table.size:,} bytes has {len(symbols):,} named entries", table.offset)
        return symbols

    def split(self, symbol: str) -> tuple[str, str]:
        """The namespace that stands before a name in its label, "" for none, and the name (commit 69923208431e)."""
        namespace, dot, name = symbol.partition(".")
        labelled = "__crc_" + symbol in self._places or "__kstrtabns_" + symbol in self._places
        return ("", symbol) if labelled or not (namespace and dot and name) else (namespace, name)

    def crc(self, symbol: str) -> int | None:
        """The CRC of an export; None where genksyms found none and left a weak symbol."""
        section, value = self._place("__crc_" + symbol)
        if section == SHN_ABS:
            return value & 0xFFFFFFFF
        content = self._content("__crc_" + symbol, 4)
        return None if content is None else int.from_bytes(content, self._elf.layout.byteorder)

    def gpl_only(self, symbol: str) -> bool:
        """Whether the flags of an export say so; False where the kernel keeps none."""
        flags = self._content("__flags_" + symbol, 1)
        return flags is not None and bool(flags[0] & FLAG_GPL_ONLY)

    def namespace(self, symbol: str) -> str:
        section, value = self._place("__kstrtabns_" + symbol)
        if section == SHN_UNDEF:
            return ""
        content = self._section(section)
        found = ksymtab.NAMESPACE.match(content, value) if value < len(content) else None
        if not found:
            raise BadFormat(f"namespace of {symbol} is no text that can be one", value)
        return found[1].decode()

    def _place(self, name: str) -> tuple[int, int]:
        return self._places.get(name, (SHN_UNDEF, 0))

    def _content(self, name: str, size: int) -> memoryview | None:
        section, value = self._place(name)
        if section == SHN_UNDEF:
            return None
        content = self._section(section)[value : value + size]
        if len(content) < size:
            raise BadFormat(f"{name} points beyond section {section}", value)
        return content

    def _section(self, number: int) -> memoryview:
        if number not in self._sections:  # never copied: a thousand sections may all be the same bytes
            self._sections[number] = self._elf.content(self._elf.section_at(number))
        return self._sections[number]


def _places(elf: Elf) -> dict[str, tuple[int, int]]:
    """Section and value of each symbol that describes an export, by name."""
    symbols = elf.symbols()
    if symbols is None:
        raise BadFormat("module exports symbols, but has no symbol table")
    table, sections, strings = symbols
    names = table["name"]
    last = names.max(initial=0)
    if last >= len(strings):
        raise BadFormat(f"symbol name {last:,} lies outside its table of {len(strings):,} bytes")
    # The strings first: of a module's thousands of symbols only few matter here.
    wanted = np.zeros(len(strings), bool)
    for prefix in LABELS:
        places = list(islice(_occurrences(strings, prefix), MOST_LABELS + 1))
        _check(len(places), MOST_LABELS, "labels of exports")
        wanted[places] = True
    chosen = np.flatnonzero(wanted[names])
    _check(len(chosen), MOST_LABELS, "labels of exports")
    found = zip(names[chosen].tolist(), sections[chosen].tolist(), table["value"][chosen].tolist(), strict=True)
    return {_label(strings, name): (section, value) for name, section, value in found}


def _occurrences(strings: bytes, prefix: bytes) -> Iterator[int]:
    at = strings.find(prefix)
    while at >= 0:
        yield at
        at = strings.find(prefix, at + 1)


def _label(strings: bytes, at: int) -> str:
    found = LABEL.match(strings, at)
    if not found:
        raise BadFormat("label of an export is no name that can be one", at)
    return found[1].decode()


def _imports(elf: Elf) -> tuple[Import, ...]:
    crcs, names = elf.read("__version_ext_crcs"), elf.read("__version_ext_names")
    if crcs is not None and names is not None:
        return _extended_imports(crcs, names, elf.layout.byteorder)
    versions = elf.read("__versions")
    if versions is None:
        return ()
    if len(versions) % VERSION.size:
        raise BadFormat(f"__versions has {len(versions):,} bytes, which does not divide by {VERSION.size}")
    _check(len(versions) // VERSION.size, MOST_IMPORTS, "imports")
    of = IMPORTS[elf.layout.bits, elf.layout.byteorder]
    imports = tuple(map(of, chain.from_iterable(VERSION.iter_unpack(versions))))
    return _without_dots(imports) if elf.machine == EM_PPC64 else imports


def _without_dots(imports: tuple[Import, ...]) -> tuple[Import, ...]:
    """ppc64's imports by the names they are exported with: functions had a dot before theirs, and .TOC. is no import
    (arch/powerpc/kernel/module_64.c, dedotify_versions())."""
    if not any(wanted.symbol.startswith(".") for wanted in imports):
        return imports
    return tuple(_dedotted(wanted) for wanted in imports if wanted.symbol != ".TOC.")


@lru_cache(maxsize=1 << 15)
def _dedotted(wanted: Import) -> Import:
    return Import(wanted.symbol.removeprefix("."), wanted.crc)


def _extended_imports(crcs: memoryview, names: memoryview, byteorder: ByteOrder) -> tuple[Import, ...]:
    _check(len(crcs) // 4, MOST_IMPORTS, "imports")
    text = bytes(names[: MOST_IMPORTS << 10])  # more cannot be names that are short enough
    count = text.count(b"\0")
    if text[-1:] not in (b"", b"\0") or len(crcs) != 4 * count:
        raise BadFormat(f"__version_ext_crcs has {len(crcs):,} bytes for {count:,} names")
    imports, at = list[Import](), 0
    for i in range(count):
        imports.append(Import(_name(text, at), int.from_bytes(crcs[4 * i : 4 * i + 4], byteorder)))
        at += len(imports[-1].symbol) + 1
    return tuple(imports)


def _import(bits: int, byteorder: ByteOrder, record: bytes) -> Import:
    """One struct modversion_info: unsigned long crc, char name[64 - sizeof(unsigned long)]."""
    crc = int.from_bytes(record[: bits // 8], byteorder)
    if crc >> 32:
        raise BadFormat(f"CRC {crc:#x} in __versions is more than 32 bits long")
    return Import(_name(record, bits // 8), crc)


def _name(text: bytes, at: int) -> str:
    found = ksymtab.SYMBOL.match(text, at)
    if not found:
        raise BadFormat("name of an import is no name that can be one", at)
    return found[1].decode()


# The modules of one kernel name the same few thousand symbols a hundred thousand times.
IMPORTS: dict[tuple[int, ByteOrder], Callable[[bytes], Import]] = {
    (bits, order): lru_cache(maxsize=1 << 15)(partial(_import, bits, order)) for bits in (32, 64) for order in ORDERS
}
