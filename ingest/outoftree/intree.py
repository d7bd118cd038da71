# SPDX-License-Identifier: GPL-2.0-or-later
"""A kernel's own modules: which of them one from outside needs, and in which order they are loaded.

Debs hold no modules.dep; it is depmod(8) that makes it, and from the same: who exports the symbol that is needed.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from abidb.errors import BadFormat, BuildFailed
from abidb.records import ModuleFile
from ingest.formats import compress, deb, kmod
from ingest.kernel import IMAGE, MODULE


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


def of_modules(modules: Sequence[ModuleFile]) -> OwnModules:
    """The modules of a build, as kmod.read() has read them."""
    paths = {kernel_name(module.path): module.path for module in modules}
    return OwnModules(
        exporters={export.symbol: module.path for module in modules for export in module.exports},
        exports={module.path: tuple(export.symbol for export in module.exports) for module in modules},
        needs={
            module.path: tuple(paths[kernel_name(name)] for name in module.depends if kernel_name(name) in paths)
            for module in modules
        },
    )


def kernel_name(path: str) -> str:
    """The name by which the kernel lists a module: "nf_nat" of "net/netfilter/nf-nat"."""
    return path.rpartition("/")[2].replace("-", "_")


def read(debs: Sequence[Path]) -> OwnModules:
    """The modules in the debs of a build; raises BadFormat."""
    found = files_of(debs, lambda name: MODULE.fullmatch(name) is not None)
    return of_modules([kmod.read(data, _path(name)) for name, data in found])


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
