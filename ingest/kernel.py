# SPDX-License-Identifier: GPL-2.0-or-later
"""One kernel build out of the debs it is shipped in.

Until 6.18 that is one linux-image; since about 6.19 the image (linux-binary), the modules (linux-modules) and the
config with the changelog (linux-base) are packages of their own, and linux-image only depends on them. linux-headers
holds Debian's own list of the exports, Module.symvers. This module composes: bytes are understood in ingest.formats.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from io import BufferedReader
from itertools import chain
from pathlib import Path

from abidb import naming, versions
from abidb.errors import BadFormat, BuildFailed
from abidb.records import (
    EXTRACTOR,
    ChangelogEntry,
    Deb,
    Export,
    Import,
    Kernel,
    Listing,
    ModuleFact,
    ModuleFile,
    SelfCheck,
    Snapshot,
    SymversCheck,
)
from ingest.formats import changelog, compress, deb, kmod, symvers, vmlinuz

FUTURE = 1 << 32  # seconds since 1970, in 2106: a later time in a deb is none

NAME = re.compile(naming.PACKAGE)
CONTROL = {  # fields of the control file
    "Package": NAME,
    "Version": re.compile(naming.VERSION),
    "Architecture": re.compile(naming.ARCH),
    "Source": NAME,
}
CHANGELOG_LIMIT = 16 << 20  # bytes, unpacked; 4,281,797 in 6.12.117
PACKAGE = re.compile(r"linux-(?:image|binary|modules|base|headers)-(?P<release>.+?)(?P<unsigned>-unsigned)?$")
MODULES = r"(?:usr/)?lib/modules/(?P<{}>[^/]+)/"
IMAGE = re.compile(rf"boot/vmlinu[xz]-(?P<a>.+)|{MODULES.format('b')}vmlinu[xz]")
CONFIG = re.compile(rf"boot/config-(?P<a>.+)|{MODULES.format('b')}config")
MODULE = re.compile(rf"{MODULES.format('a')}kernel/(?P<path>.+)\.ko(?:\.(?:xz|zst|gz))?")
SYMVERS = re.compile(r"usr/src/linux-headers-(?P<a>[^/]+)/Module\.symvers")
CHANGELOG = re.compile(r"usr/share/doc/(?P<package>linux-[^/]+)/changelog(?:\.Debian)?\.gz")


@dataclass(slots=True)
class Contents:
    """What the debs of one build hold, as far as they have been read."""

    images: list[Deb] = field(default_factory=list)  #: the debs that a kernel image was found in
    exports: list[Export] = field(default_factory=list)  #: vmlinux's
    modules: list[ModuleFile] = field(default_factory=list)
    config: str = ""
    changelog: tuple[ChangelogEntry, ...] = ()
    symvers: bytes | None = None


def read_kernel(
    paths: Sequence[Path],
    listings: Mapping[Path, tuple[Listing, ...]] | None = None,
    snapshots: Mapping[Path, Snapshot] | None = None,
) -> Kernel:
    """The build whose debs lie at `paths`, in any order; `listings` and `snapshots` say what vouches for each.

    Without the deb that holds the modules it covers vmlinux alone; where linux-headers is among the debs, the exports
    are compared with its Module.symvers. Raises BuildFailed where the debs do not belong together or hold no kernel
    image, BadFormat (deb, member, file, offset) where one of them is broken.
    """
    contents = Contents()
    debs = tuple(
        replace(
            _read_deb(path, contents), listings=(listings or {}).get(path, ()), snapshot=(snapshots or {}).get(path)
        )
        for path in paths
    )
    first = _one_build(debs)
    if len(contents.images) != 1:
        holders = ", ".join(record.name for record in contents.images) or "none"
        raise BuildFailed(f"{_names(debs)}: one of them must hold the kernel image; found in: {holders}")
    modules = contents.modules
    exports = _merged([*contents.exports, *chain.from_iterable(module.exports for module in modules)])
    return Kernel(
        source=_source(first),
        version=first.version,
        arch=first.arch,
        flavour=versions.split_release(_release(first))[1],
        kernel_release=_release(first),
        covers="all" if modules else "vmlinux",
        exports=exports,
        modules=tuple(ModuleFact(m.path, ", ".join(dict.fromkeys(m.licenses)), m.vermagic) for m in modules),
        config=contents.config,
        check=_self_check(exports, [module.imports for module in modules]),
        signed=contents.images[0].source.startswith("linux-signed"),
        extractor=EXTRACTOR,
        debs=debs,
        symvers=None if contents.symvers is None else _symvers_check(exports, contents.symvers, bool(modules)),
        changelog=contents.changelog,
    )


def _read_deb(path: Path, contents: Contents) -> Deb:
    """The record of the deb at `path`, without what vouches for it; what it holds is added to `contents`."""
    with path.open("rb") as file:
        try:
            record = _record(file, path.stat().st_size)
            release = _release(record)
            member = deb.members(file).data.name
            for name, data in deb.files(file, lambda name: _is_wanted(name, record)):
                if (_release_of(name) or release) != release:
                    raise BuildFailed(f"{record.name} holds a file of another kernel: {name}")
                try:
                    _add(name, data, record, contents)
                except BadFormat as error:
                    raise error.within(name).within(member) from None
        except BadFormat as error:
            raise error.within(path.name) from None
    return record


def _record(file: BufferedReader, size: int) -> Deb:
    fields = deb.control(file)
    missing = [name for name in ("Package", "Version", "Architecture") if not fields.get(name)]
    if missing:
        raise BadFormat(f"control file has no field {', '.join(missing)}")
    fields["Source"] = (fields.get("Source") or fields["Package"]).split(" ")[0]
    for name, pattern in CONTROL.items():
        if not pattern.fullmatch(fields[name]):
            raise BadFormat(f"control file has a field {name} that cannot be one: {fields[name][:100]!a}")
    written = deb.members(file).data.mtime
    file.seek(0)
    return Deb(
        name=fields["Package"],
        version=fields["Version"],
        arch=fields["Architecture"],
        source=fields["Source"],
        sha256=hashlib.file_digest(file, "sha256").hexdigest(),
        size=size,
        built=dt.datetime.fromtimestamp(written, dt.UTC) if 0 < written < FUTURE else None,
    )


def _is_wanted(name: str, record: Deb) -> bool:
    """Whether a file makes up the build, or is the changelog; headers have the same one again."""
    if found := CHANGELOG.fullmatch(name):
        return found["package"] == record.name and not record.name.startswith("linux-headers-")
    return _release_of(name) is not None


def _release_of(name: str) -> str | None:
    """Kernel release of a file that makes up a build; None for any other file."""
    match = MODULE.fullmatch(name) or IMAGE.fullmatch(name) or CONFIG.fullmatch(name) or SYMVERS.fullmatch(name)
    return match and (match["a"] or match["b"])


def _add(name: str, data: bytes, record: Deb, contents: Contents) -> None:
    if module := MODULE.fullmatch(name):
        contents.modules.append(kmod.read(data, module["path"]))
    elif IMAGE.fullmatch(name):
        contents.images.append(record)
        contents.exports.extend(vmlinuz.exports(data))
    elif SYMVERS.fullmatch(name):
        contents.symvers = data
    elif CHANGELOG.fullmatch(name):
        contents.changelog = changelog.entries(compress.decompress(data, limit=CHANGELOG_LIMIT, what="changelog"))
    else:
        if b"\0" in data:
            raise BadFormat("config is no text", data.index(b"\0"))
        contents.config = data.decode(errors="replace")


def _release(record: Deb) -> str:
    match = PACKAGE.fullmatch(record.name)
    if not match:
        raise BuildFailed(f"{record.name} is no linux-image, linux-binary, linux-modules, linux-base or linux-headers")
    return match["release"]


def _source(record: Deb) -> str:
    source = versions.kernel_source(record.source)
    if source is None:
        raise BuildFailed(f"{record.name} was built from {record.source}, which is not the kernel's source package")
    return source


def _one_build(debs: Sequence[Deb]) -> Deb:
    """The first of the debs, once it is certain that all are of the same build."""
    builds = {(_source(record), record.version, record.arch, _release(record)) for record in debs}
    if len(builds) != 1:
        raise BuildFailed(f"not the debs of one build: {_names(debs) or 'none given'}")
    return debs[0]


def _names(debs: Sequence[Deb]) -> str:
    return ", ".join(f"{record.name} {record.version} {record.arch}" for record in debs)


def _merged(exports: Iterable[Export]) -> tuple[Export, ...]:
    """Exact repeats once (arm64's 5.10 exports memcpy twice); the same export with two CRCs is refused."""
    merged: dict[tuple[str, str, str, str], Export] = {}
    for export in exports:
        first = merged.setdefault((export.symbol, export.module, export.kind, export.namespace), export)
        if first.crc != export.crc:
            raise BadFormat(f"{export.module} exports {export.symbol} with two CRCs: {first.crc} and {export.crc}")
    return tuple(merged.values())


def _self_check(exports: Iterable[Export], imports: Sequence[tuple[Import, ...]]) -> SelfCheck:
    """Every CRC that a module imports against the CRCs that the build exports the symbol with.

    An import that the build does not export at all is a mismatch too: no module of a build needs another's.
    """
    crcs: dict[str, set[int | None]] = {}
    for export in exports:
        crcs.setdefault(export.symbol, set()).add(export.crc)
    # kmod makes one object of equal imports, so counting objects is enough and spares a hundred thousand comparisons.
    counts = Counter(map(id, chain.from_iterable(imports)))
    distinct = {id(wanted): wanted for wanted in chain.from_iterable(imports)}
    compared = [wanted for wanted in distinct.values() if None not in crcs.get(wanted.symbol, ())]
    mismatches = {wanted.symbol for wanted in compared if wanted.crc not in crcs.get(wanted.symbol, ())}
    return SelfCheck(sum(counts[id(wanted)] for wanted in compared), tuple(sorted(mismatches)))


def _symvers_check(exports: Iterable[Export], data: bytes, has_modules: bool) -> SymversCheck:
    """The exports against Module.symvers; only the kernel's own lines where the modules are not to be had."""
    lines = data.splitlines(keepends=True)
    if not has_modules:
        lines = [line for line in lines if b"\tvmlinux\t" in line]
    try:
        ours, theirs = symvers.differences(exports, lines)
    except BadFormat as error:
        raise error.within("Module.symvers") from None
    return SymversCheck(len(lines), tuple(sorted({export.symbol for export in ours | theirs})))
