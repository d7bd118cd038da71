# SPDX-License-Identifier: GPL-2.0-or-later
"""A stranger's file as a process of its own reads it: a module, a package of modules, a dump of CRCs.

    python -m ingest.formats.check [--carried] < FILE

With --carried the file is what an earlier check answered, which is taken for nothing else.
The file comes on standard input; abidb.checked's text goes to standard output. A file that cannot be read ends the
process with status 65 (EX_DATAERR of sysexits.h) and one line on standard error. The limits of the process are set
before the first byte of the file is read; it opens nothing, starts nothing and knows no network.
"""

from __future__ import annotations

import io
import re
import resource
import sys
from typing import BinaryIO, TextIO

from abidb.checked import (
    CARRIED,
    DUMP,
    LONGEST,
    MODULE,
    MOST_MODULES,
    PACKAGE,
    CheckedFile,
    CheckedModule,
    check_size,
    dumped,
    loaded,
)
from abidb.errors import BadFormat
from abidb.records import ModuleFile
from abidb.verdict import Candidate, of_file
from ingest.formats import compress, deb, elf, kmod, modversions

LIMIT = 64 << 20  # bytes of a file; nvidia.ko of nvidia-kernel-dkms has 60 MB with its symbols
UNPACKED = 256 << 20  # bytes of all modules of a package
SECONDS = 20  # of CPU
MEMORY = 1 << 30  # bytes of address space
EX_DATAERR = 65
DEB = b"!<arch>\n"
KO = re.compile(r"(?:.*/)?[^/]+\.ko(?:\.(?:xz|zst|gz))?")


def read(data: bytes) -> CheckedFile:
    """What the file holds, by its first bytes: a deb, an ELF file or what may be packed one, or text. Raises BadFormat,
    also where one answer could not be about all of it.
    """
    found = _read(data)
    check_size(found)
    return found


def read_carried(data: bytes) -> CheckedFile:
    """What an earlier check answered, as a form brings it back. Raises BadFormat."""
    if len(data) > CARRIED:
        raise BadFormat(f"text of {len(data):,} bytes is longer than the {CARRIED:,} allowed")
    return loaded(data)


def _read(data: bytes) -> CheckedFile:
    if not data:
        raise BadFormat("the file is empty")
    if len(data) > LIMIT:
        raise BadFormat(f"file of {len(data):,} bytes is larger than the {LIMIT:,} allowed")
    if data.startswith(DEB):
        return CheckedFile(PACKAGE, _package(data))
    if data.startswith(elf.MAGIC) or any(data.startswith(magic) for _, magic in compress.MAGICS):
        return CheckedFile(MODULE, (_checked("", kmod.read_built(data)),))
    return CheckedFile(DUMP, (_dump(data),))


def _package(data: bytes) -> tuple[CheckedModule, ...]:
    modules: list[tuple[str, ModuleFile]] = []
    unpacked = 0
    for path, content in deb.files(io.BytesIO(data), lambda path: KO.fullmatch(path) is not None):
        unpacked += len(content)
        if len(modules) == MOST_MODULES or unpacked > UNPACKED:
            raise BadFormat(f"package of more than {MOST_MODULES} modules or {UNPACKED:,} bytes of them")
        try:
            modules.append((path, kmod.read_built(content)))
        except BadFormat as error:
            raise error.within(path) from None
    if not modules:
        raise BadFormat("the package has no .ko file: a package of sources must be built first (dkms mkbmdeb)")
    exported = {export.symbol: path for path, module in modules for export in module.exports}
    return tuple(_checked(path, module, exported) for path, module in modules)


def _checked(path: str, module: ModuleFile, exported: dict[str, str] | None = None) -> CheckedModule:
    """The module; `exported` says which module of the package exports a symbol."""
    elsewhere = {symbol for symbol, by in (exported or {}).items() if by != path}
    siblings = elsewhere.intersection(module.undefined + module.weak)
    return CheckedModule(path, module.machine, module.signature, of_file(module, frozenset(siblings)))


def _dump(data: bytes) -> CheckedModule:
    try:
        imports = tuple((wanted.symbol, wanted.crc) for wanted in modversions.read(data))
    except BadFormat as error:
        raise error.within("neither a module nor a package, and as text") from None
    return CheckedModule("", "", None, Candidate("", (), "", (), imports, dump=True))


def limit_process() -> None:
    """Bound what this process may take; what it has open stays open."""
    for what, most in (
        (resource.RLIMIT_CPU, SECONDS),
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, LONGEST),  # where its output is a file
        (resource.RLIMIT_NOFILE, 32),
    ):
        hard = resource.getrlimit(what)[1]
        bound = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(what, (bound, bound))


def main(source: BinaryIO, answer: TextIO, complaint: TextIO, *, carried: bool = False) -> int:
    """Read the file, write the answer; the exit status."""
    try:
        data = source.read(LIMIT + 1)
        answer.write(dumped(read_carried(data) if carried else read(data)))
    except BadFormat as error:
        complaint.write(f"{error}\n")
        return EX_DATAERR
    except MemoryError:
        complaint.write(f"reading it takes more than {MEMORY >> 20:,} MiB of memory\n")
        return EX_DATAERR
    return 0


if __name__ == "__main__":
    limit_process()
    raise SystemExit(main(sys.stdin.buffer, sys.stdout, sys.stderr, carried="--carried" in sys.argv))
