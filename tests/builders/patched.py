# SPDX-License-Identifier: GPL-2.0-or-later
"""A kernel's own module files, changed so that a kernel has one reason to refuse them. Nothing is compiled.

Only bytes are replaced, by as many: all else of the module, the CRC of module_layout among it, stays the kernel's own.
"""

from __future__ import annotations

import struct
from io import BytesIO

from elftools.elf.elffile import ELFFile

SIGNED = b"~Module signature appended~\n"  # include/linux/module_signature.h, struct module_signature before it
RECORD = 64  # struct modversion_info
STB_WEAK = 2


def without_signature(data: bytes) -> bytes:
    """The module as its build left it: a signature that does not fit is refused whatever else there is."""
    if not data.endswith(SIGNED):
        return data
    (size,) = struct.unpack_from(">I", data, len(data) - len(SIGNED) - 4)
    return data[: -len(SIGNED) - 12 - size]


def with_crc(data: bytes, symbol: str, crc: int) -> bytes:
    """The module as if it had been built where the symbol had this CRC; a symbol of another name where it has none."""
    section, content = _section(data, "__versions")
    at = _record(content, symbol)
    return _replaced(data, section, content[:at] + struct.pack("<Q", crc) + content[at + 8 :])


def without_crc(data: bytes, symbol: str) -> bytes:
    """The module with CRCs, but none of this symbol."""
    section, content = _section(data, "__versions")
    return _replaced(data, section, content.replace(_name(symbol), _name(_other(symbol))))


def without_crcs(data: bytes) -> bytes:
    """The module as modprobe --force-modversion hands it over: without __versions."""
    section, content = _section(data, ".shstrtab")
    return _replaced(data, section, content.replace(b"\0__versions\0", b"\0__versionz\0"))


def without_symbol(data: bytes, symbol: str) -> bytes:
    """The module with a symbol that nobody exports in place of this one, CRC and all."""
    section, content = _section(data, ".strtab")
    changed = _replaced(data, section, content.replace(_name(symbol), _name(_other(symbol))))
    return without_crc(changed, symbol) if _has(changed, "__versions") else changed


def with_weak(data: bytes, symbol: str) -> bytes:
    """The module with an undefined symbol that may be missing."""
    section = ELFFile(BytesIO(data)).get_section_by_name(".symtab")
    number = next(n for n, one in enumerate(section.iter_symbols()) if one.name == symbol)
    at = section["sh_offset"] + number * section["sh_entsize"] + 4  # st_info of Elf64_Sym
    return data[:at] + bytes([STB_WEAK << 4 | data[at] & 15]) + data[at + 1 :]


def with_modinfo(data: bytes, key: str, value: str) -> bytes:
    """The module with another, no longer value of a key in .modinfo; "" takes the key away."""
    section, content = _section(data, ".modinfo")
    strings = content.split(b"\0")
    at = next(n for n, string in enumerate(strings) if string.startswith(key.encode() + b"="))
    new = f"{key}={value}".encode() if value else b""
    if len(new) > len(strings[at]):
        raise ValueError(f"{value} is longer than what the module has")
    strings[at] = new.ljust(len(strings[at]), b"\0")  # next_string() skips NULs
    return _replaced(data, section, b"\0".join(strings))


def without_namespace(data: bytes, namespace: str) -> bytes:
    """The module without the import of a namespace."""
    section, content = _section(data, ".modinfo")
    entry = b"import_ns=" + namespace.encode() + b"\0"
    return _replaced(data, section, content.replace(entry, bytes(len(entry))))


def with_broken_btf(data: bytes) -> bytes:
    """The module with BTF that no kernel can read."""
    section, content = _section(data, ".BTF")
    return _replaced(data, section, bytes(2) + content[2:])


def _has(data: bytes, name: str) -> bool:
    return ELFFile(BytesIO(data)).get_section_by_name(name) is not None


def _section(data: bytes, name: str) -> tuple[int, bytes]:
    """Where the section starts, and what it holds."""
    section = ELFFile(BytesIO(data)).get_section_by_name(name)
    return section["sh_offset"], section.data()


def _replaced(data: bytes, at: int, content: bytes) -> bytes:
    if data[at : at + len(content)] == content:
        raise ValueError("there is nothing to change")
    return data[:at] + content + data[at + len(content) :]


def _record(versions: bytes, symbol: str) -> int:
    names = [versions[at + 8 : at + RECORD].rstrip(b"\0").decode() for at in range(0, len(versions), RECORD)]
    return names.index(symbol) * RECORD


def _name(symbol: str) -> bytes:
    """The whole of a string; before the name in a struct modversion_info is the upper half of its CRC."""
    return b"\0" + symbol.encode() + b"\0"


def _other(symbol: str) -> str:
    """A name of the same length that nothing has."""
    return "Z" + symbol[1:]
