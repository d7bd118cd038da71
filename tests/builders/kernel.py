# SPDX-License-Identifier: GPL-2.0-or-later
"""Kernel modules, and the debs that a kernel build is shipped in."""

from __future__ import annotations

import gzip
import struct
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from abidb import symvers
from abidb.records import Export, Import
from tests.builders.deb import make_deb
from tests.builders.elf import ABSOLUTE, UNDEFINED, Section, Symbol, make_elf

RELEASE = "6.1.0-56-cloud-amd64"
VERMAGIC = f"{RELEASE} SMP preempt mod_unload modversions "
TABLES = {
    "EXPORT_SYMBOL": "__ksymtab",
    "EXPORT_SYMBOL_GPL": "__ksymtab_gpl",
    "EXPORT_UNUSED_SYMBOL": "__ksymtab_unused",
    "EXPORT_UNUSED_SYMBOL_GPL": "__ksymtab_unused_gpl",
    "EXPORT_SYMBOL_GPL_FUTURE": "__ksymtab_gpl_future",
}


def make_module(
    exports: Sequence[Export] = (),
    imports: Sequence[Import] = (),
    *,
    licenses: Sequence[str] = ("GPL",),
    vermagic: str = VERMAGIC,
    depends: Sequence[str] = (),
    namespaces: Sequence[str] = (),
    bits: int = 64,
    byteorder: str = "little",
    crcs: str = "labels",
    flags: bool = False,
    namespace_labels: bool = True,
    extended_versions: bool = False,
    machine: int = 62,
    name: str = "made",
    undefined: Sequence[str] = (),
    weak: Sequence[str] = (),
    btf: bool = False,
    signature: bytes = b"",
) -> bytes:
    """A .ko. `crcs` is "labels" (since 5.19), "absolute" (5.10) or "none"; `flags` puts all exports into one table
    with a flag each (7.1); without `namespace_labels` it is a module from before namespaces (5.3)."""
    order = "<" if byteorder == "little" else ">"
    sections, symbols = _exports(exports, order, crcs, flags, namespace_labels)
    info = [f"license={text}" for text in licenses] + [f"import_ns={text}" for text in namespaces]
    info += [f"depends={','.join(depends)}", f"name={name}", f"vermagic={vermagic}"]
    sections.append(Section(".modinfo", "".join(f"{text}\0" for text in info).encode()))
    if imports and extended_versions:
        crc_words = struct.pack(f"{order}{len(imports)}I", *(wanted.crc for wanted in imports))
        sections.append(Section("__version_ext_crcs", crc_words))
        sections.append(Section("__version_ext_names", "".join(f"{w.symbol}\0" for w in imports).encode()))
    elif imports:
        record = f"{order}Q56s" if bits == 64 else f"{order}I60s"
        versions = b"".join(struct.pack(record, wanted.crc, wanted.symbol.encode()) for wanted in imports)
        sections.append(Section("__versions", versions))
    if btf:
        sections.append(Section(".BTF", b"\x9f\xeb\x01\0"))
    symbols += [Symbol(wanted, UNDEFINED, bind=1) for wanted in undefined]
    symbols += [Symbol(wanted, UNDEFINED, bind=2) for wanted in weak]
    return make_elf(sections, symbols, bits=bits, byteorder=byteorder, machine=machine) + signature


def make_built(imports: Mapping[str, int | None], **fields: Any) -> bytes:
    """A .ko from outside a kernel build that uses these symbols: each is undefined, and has the CRC that is not None."""
    crcs = [Import(symbol, crc) for symbol, crc in imports.items() if crc is not None]
    undefined = [symbol for symbol in imports if symbol != "module_layout"]
    return make_module(**{"imports": crcs, "undefined": undefined, **fields})


def _exports(
    exports: Sequence[Export], order: str, crcs: str, flags: bool, namespace_labels: bool
) -> tuple[list[Section], list[Symbol]]:
    contents = {"__ksymtab_strings": b"\0"}
    symbols = []
    for export in exports:
        name, table = export.symbol, "__ksymtab" if flags else TABLES[export.kind]

        def label(prefix: str, section: str, content: bytes, name: str = name) -> None:
            symbols.append(Symbol(prefix + name, section, len(contents.setdefault(section, b""))))
            contents[section] += content

        label("__ksymtab_", table, bytes(12 if namespace_labels else 8))
        if flags:
            label("__flags_", "__kflagstab", bytes([export.kind.endswith("GPL")]))
        if namespace_labels:
            label("__kstrtabns_", "__ksymtab_strings", export.namespace.encode() + b"\0")
        if crcs == "none" or export.crc is None:
            symbols.append(Symbol("__crc_" + name, UNDEFINED))
        elif crcs == "absolute":
            symbols.append(Symbol("__crc_" + name, ABSOLUTE, export.crc))
        else:
            label("__crc_", table.replace("ksym", "kcrc"), struct.pack(f"{order}I", export.crc))
    return [Section(name, content) for name, content in contents.items()], symbols


def make_image_deb(
    image: bytes | None,
    modules: Mapping[str, bytes],
    *,
    release: str = RELEASE,
    version: str = "6.1.192-2",
    arch: str = "amd64",
    source: str = "linux-signed-amd64 (6.1.192+2)",
    suffix: str = ".ko",
    usr: str = "",
    unsigned: bool = False,
    compression: str = "xz",
    changelog: bytes | None = None,
) -> bytes:
    """linux-image as it was until 6.18: boot/vmlinuz, boot/config and the modules, by path without suffix, and the
    text of its changelog."""
    files = {} if image is None else {f"./boot/vmlinuz-{release}": image}
    files[f"./boot/config-{release}"] = make_config(release)
    files |= {f"./{usr}lib/modules/{release}/kernel/{path}{suffix}": data for path, data in modules.items()}
    name = f"linux-image-{release}{'-unsigned' * unsigned}"
    if changelog is not None:
        path = f"./usr/share/doc/{name}/changelog{'.Debian' * (source == 'linux')}.gz"
        files[path] = gzip.compress(changelog, mtime=0)
    return make_deb(_control(name, version, arch, source), files, compression=compression)


def make_split_debs(
    image: bytes,
    modules: Mapping[str, bytes],
    *,
    release: str = "7.3.4+deb13-cloud-amd64",
    version: str = "7.3.4-1~bpo13+1",
    arch: str = "amd64",
    suffix: str = ".ko",
) -> dict[str, bytes]:
    """The four debs by name that a build is shipped in since about 6.19; linux-image only depends on the others."""
    root = f"./usr/lib/modules/{release}"
    signed = f"linux-signed-{arch} (7.3.4+1~bpo13+1)"
    contents = {
        "image": (signed, {}),
        "base": ("linux", {f"{root}/config": make_config(release)}),
        "binary": (signed, {f"{root}/vmlinuz": image}),
        "modules": ("linux", {f"{root}/kernel/{path}{suffix}": data for path, data in modules.items()}),
    }
    return {
        f"linux-{kind}-{release}": make_deb(_control(f"linux-{kind}-{release}", version, arch, source), files)
        for kind, (source, files) in contents.items()
    }


def make_headers_deb(
    exports: Iterable[Export],
    *,
    release: str = RELEASE,
    version: str = "6.1.192-2",
    arch: str = "amd64",
    source: str = "linux",
    text: bytes | None = None,
) -> bytes:
    """linux-headers with the Module.symvers of these exports, or with another `text` in its place."""
    data = symvers.lines(exports) if text is None else text
    files = {
        f"./usr/src/linux-headers-{release}/Module.symvers": data,
        f"./usr/src/linux-headers-{release}/Makefile": b"",
    }
    return make_deb(_control(f"linux-headers-{release}", version, arch, source), files)


def make_config(release: str) -> bytes:
    return f"# Linux {release} Kernel Configuration\nCONFIG_MODULES=y\n".encode()


def _control(name: str, version: str, arch: str, source: str) -> dict[str, str]:
    return {"Package": name, "Source": source, "Version": version, "Architecture": arch}
