# SPDX-License-Identifier: GPL-2.0-or-later
"""A kernel's own modules: which of them one from outside needs, and in which order they are loaded.

Debs hold no modules.dep; it is depmod(8) that makes it, and from the same: who exports the symbol that is needed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from abidb.errors import BadFormat, BuildFailed
from abidb.records import ModuleFile
from ingest.formats import compress, deb, kmod
from ingest.formats.elf import Elf
from ingest.kernel import IMAGE, MODULE

WISHES = re.compile(rb"(?:\A|\0)softdep=pre: ([ -~]+)(?=\0)")  # MODULE_SOFTDEP(), include/linux/module.h
ALIASES = re.compile(rb"(?:\A|\0)alias=([\w-]+)(?=\0)")  # those of devices, with colons and stars, are not wished for


@dataclass(frozen=True, slots=True)
class OwnModules:
    """The modules of one kernel build."""

    exporters: Mapping[str, str]  #: path of the module that exports a symbol
    exports: Mapping[str, tuple[str, ...]]  #: symbols of each module, by its path
    needs: Mapping[str, tuple[str, ...]]  #: paths of those that a module states it depends on

    def needed(self, symbols: Iterable[str]) -> tuple[str, ...]:
        """The modules that export these symbols and all that they depend on, each behind what it needs."""
        order: dict[str, None] = {}
        for symbol in symbols:
            if symbol in self.exporters:
                self._add(self.exporters[symbol], order, ())
        return tuple(order)

    def _add(self, path: str, order: dict[str, None], above: tuple[str, ...]) -> None:
        if path in order or path in above:
            return
        for needed in self.needs[path]:
            self._add(needed, order, (*above, path))
        order[path] = None


@dataclass(frozen=True, slots=True)
class OwnModule:
    """One of them."""

    file: ModuleFile
    wishes: tuple[str, ...] = ()  #: names or aliases of those that are to be there before, if they can (softdep)
    aliases: tuple[str, ...] = ()


def of_modules(modules: Sequence[OwnModule]) -> OwnModules:
    """The modules of a build."""
    named: dict[str, list[str]] = {}
    for module in modules:
        for name in (module.file.path, *module.aliases):
            named.setdefault(kernel_name(name), []).append(module.file.path)
    return OwnModules(
        exporters={export.symbol: one.file.path for one in modules for export in one.file.exports},
        exports={one.file.path: tuple(export.symbol for export in one.file.exports) for one in modules},
        needs={one.file.path: tuple(_found([*one.wishes, *one.file.depends], named)) for one in modules},
    )


def _found(names: Iterable[str], named: Mapping[str, Sequence[str]]) -> Iterator[str]:
    return (path for name in names for path in named.get(kernel_name(name), ()))


def kernel_name(path: str) -> str:
    """The name by which the kernel lists a module: "nf_nat" of "net/netfilter/nf-nat"."""
    return path.rpartition("/")[2].replace("-", "_")


def read(debs: Sequence[Path]) -> OwnModules:
    """The modules in the debs of a build; raises BadFormat."""
    found = files_of(debs, lambda name: MODULE.fullmatch(name) is not None)
    return of_modules([_module(data, _path(name)) for name, data in found])


def _module(data: bytes, path: str) -> OwnModule:
    plain = compress.decompress_if_compressed(data, limit=kmod.LIMIT, what="module")
    info = bytes(Elf(plain).read(".modinfo") or b"")
    wishes = [name for line in WISHES.findall(info) for name in line.decode().partition("post:")[0].split()]
    return OwnModule(kmod.read(plain, path), tuple(wishes), tuple(alias.decode() for alias in ALIASES.findall(info)))


def take(debs: Sequence[Path], paths: Collection[str]) -> tuple[bytes, dict[str, bytes]]:
    """The kernel image in the debs of a build, and its modules of these paths, unpacked.

    Raises BuildFailed where there is no image, BadFormat.
    """
    wanted = frozenset(paths)
    images, modules = list[bytes](), dict[str, bytes]()
    for name, data in files_of(debs, lambda name: bool(IMAGE.fullmatch(name)) or _path(name) in wanted):
        if IMAGE.fullmatch(name):
            images.append(data)
        else:
            modules[_path(name)] = compress.decompress_if_compressed(data, limit=kmod.LIMIT, what="module")
    if len(images) != 1:
        raise BuildFailed(f"the debs hold {len(images) or 'no'} kernel image{'s' if images else ''}")
    return images[0], modules


def _path(name: str) -> str:
    found = MODULE.fullmatch(name)
    return found["path"] if found else ""


def files_of(debs: Sequence[Path], wanted: Callable[[str], bool]) -> Iterator[tuple[str, bytes]]:
    """Path and content of the wanted files of all debs; raises BadFormat."""
    return chain.from_iterable(_of_deb(path, wanted) for path in debs)


def _of_deb(path: Path, wanted: Callable[[str], bool]) -> Iterator[tuple[str, bytes]]:
    with path.open("rb") as file:
        try:
            yield from deb.files(file, wanted)
        except BadFormat as error:
            raise error.within(path.name) from None
