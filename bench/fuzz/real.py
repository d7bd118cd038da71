# SPDX-License-Identifier: GPL-2.0-or-later
"""Real files in their full size, out of debs that are already there."""

from __future__ import annotations

import shutil
from functools import partial
from pathlib import Path

from bench.fuzz.fields import ar_fields, bzimage_input, elf_input
from bench.fuzz.mutations import Field, Input
from bench.fuzz.readers import NO_KERNEL, READERS
from bench.fuzz.trial import Reader
from ingest.formats import deb, vmlinuz

#: how many debs of a kind are taken, smallest first
PATTERNS = (("linux-image-*.deb", 2), ("linux-binary-*.deb", 2), ("linux-modules-*.deb", 1), ("linux-headers-*.deb", 2))
MODULES = 8  # largest ones of each deb
SMALLEST = 100_000  # bytes of a deb that holds more than names


def gather(debs: Path, folder: Path) -> list[str]:
    """Lay out kernels, modules, Module.symvers and debs in `folder`; the names of the readers that can be tried."""
    for pattern, count in PATTERNS:
        found = [path for path in debs.rglob(pattern) if path.stat().st_size > SMALLEST]
        for path in sorted(found, key=lambda path: (path.stat().st_size, path.name))[:count]:
            _unpack(path, folder)
    return list(readers(folder))


def _unpack(path: Path, folder: Path) -> None:
    files: dict[tuple[str, str], bytes] = {}
    with path.open("rb") as file:
        for name, content in deb.files(file, lambda name: _kind(name) != ""):
            files[_kind(name), name] = content
    modules = sorted((key for key in files if key[0] == "kmod"), key=lambda key: len(files[key]))
    for key in modules[:-MODULES]:
        del files[key]
    for (kind, name), content in files.items():
        target = folder / kind / f"{path.stem}-{Path(name).name}"
        target.parent.mkdir(exist_ok=True)
        target.write_bytes(content)
    (folder / "deb").mkdir(exist_ok=True)
    shutil.copyfile(path, folder / "deb" / path.name)


def _kind(name: str) -> str:
    file = name.rpartition("/")[2]
    if file.startswith(("vmlinuz", "vmlinux-")):
        return "kernel"
    if file == "Module.symvers":
        return "symvers"
    return "kmod" if ".ko" in file and name.startswith(("lib/modules/", "usr/lib/modules/")) else ""


def readers(folder: Path) -> dict[str, Reader]:
    """A reader for each file that gather() laid out, by kind and name."""
    return {
        f"{kind.name}@{path.name}": Reader(read, partial(_input, kind.name, path), refusals)
        for kind in sorted(folder.iterdir())
        for path in sorted(kind.iterdir())
        for read, refusals in [KINDS[kind.name]]
    }


KINDS = {
    "kernel": (vmlinuz.exports, (NO_KERNEL,)),
    **{name: (READERS[name].read, READERS[name].refusals) for name in ("kmod", "symvers", "deb")},
}


def _input(kind: str, path: Path) -> tuple[Input, ...]:
    data = path.read_bytes()
    if kind == "deb":
        return (Input(data, ((0, 8),), ar_fields(data[: 1 << 16])),)
    if kind == "symvers":
        return (Input(data),)
    if data.startswith(b"\x7fELF"):
        return (elf_input(data),)
    if data[0x202:0x206] == b"HdrS":
        return (bzimage_input(data),)
    return (Input(data, ((0, 64),), (Field(8, 4, "little"), Field(12, 4, "little"))),)
