# SPDX-License-Identifier: GPL-2.0-or-later
"""One package built against one kernel, as a user of that kernel's release would have it built."""

from __future__ import annotations

import datetime as dt
import hashlib
import os
import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from django.conf import settings

from abidb.errors import BadFormat, Unavailable
from abidb.outoftree import BUILT, HARNESS, NO_COMPILE, NO_DEPENDENCY, Attempt, BuiltModule, DkmsPackage, Target
from abidb.publicwords import without_places
from abidb.records import ModuleFile
from ingest import configured
from ingest.formats import kmod
from ingest.outoftree import able, files, headers, processes, rootfs, sandbox, script
from ingest.outoftree.apt import Gone, Unsolvable
from ingest.outoftree.outcome import Outcome, outcome
from ingest.outoftree.packagesource import deb_of, folders, named
from ingest.outoftree.sandbox import Cell, Emptied, Limits
from ingest.outoftree.uses import built_modules

GIB = 1 << 30
OUTPUT = 400 << 20  #: bytes that a build may bring out: whoever reads it holds it in memory
MOST_FOLDERS = 16  #: with a dkms.conf that are built of one package
SOURCES, OBJECTS, INSTALLED = 0.25, 0.5, 0.125  #: parts of the limit on files: copies of source, what dkms makes of it


@dataclass(frozen=True, slots=True)
class Flags:
    """What a build does besides. Where there is any, it is evidence: no attempt of it may be stored."""

    kcflags: str = ""  #: KCFLAGS, as kbuild takes it from the environment
    packages: tuple[str, ...] = ()  #: to be installed too; "gcc-N-plugin-dev" where N stands for the kernel's compiler
    gifts: tuple[tuple[str, bytes], ...] = ()  #: files, found as /scratch/in/NAME
    prepare: str = ""  #: lines of bash that are run first, in /scratch/work, CC being the kernel's compiler
    outputs: tuple[str, ...] = ()  #: files below /scratch that come back


PLAIN = Flags()


@dataclass(frozen=True, slots=True)
class Built:
    """An attempt, and the files that came out of it."""

    attempt: Attempt
    files: Mapping[str, Path]  #: .ko files in the module store, by SHA-256; none of an evidence build
    contents: Mapping[str, bytes] = field(default_factory=dict, repr=False)  #: the same as they are, by SHA-256
    outputs: Mapping[str, bytes] = field(default_factory=dict, repr=False)  #: that the flags asked for, by name


@dataclass(frozen=True, slots=True)
class Place:
    """A root that is ready for a build."""

    root: Path
    folders: tuple[str, ...]  #: with a dkms.conf, below /usr/src: the package's own
    others: tuple[str, ...]  #: the same of packages that came along
    release: str  #: of the kernel whose headers it has
    headers: str  #: as an attempt names them
    exports: frozenset[str]  #: symbols that the kernel of those headers exports; none where they do not tell
    debs: tuple[Path, ...]  #: that the layer consists of, the package's own last


def attempt(package: DkmsPackage, target: Target, *, root: str, flags: Flags = PLAIN) -> Built:
    """Build `package` against the headers of `target` in a root of the release `root`, a codename.

    Raises Unavailable where the archive cannot be reached or a tool is missing, BadArchive where it sends something
    else than it lists: that says nothing of the package.
    """
    begin = time.monotonic()
    try:
        with _place(package, target, root, flags.packages) as place:
            done = _build(place, target, flags)
    except Unsolvable as error:
        done = _Done(Outcome(NO_DEPENDENCY, str(error)[:1000]))
    except BadFormat as error:
        done = _Done(Outcome(HARNESS, f"what the build needs cannot be read: {error}"))
    return Built(
        Attempt(
            package=package.key,
            target=target,
            headers=done.headers,
            root=root,
            outcome=done.outcome.outcome,
            reason=without_places(done.outcome.reason),
            modules=done.modules,
            missing=done.outcome.missing,
            log=done.log,
            tools=done.tools,
            seconds=round(time.monotonic() - begin, 1),
            at=dt.datetime.now(dt.UTC),
        ),
        files={} if flags != PLAIN else {digest: files.put(data) for digest, data in done.contents.items()},
        contents=done.contents,
        outputs=done.outputs,
    )


@dataclass(frozen=True, slots=True)
class _Done:
    outcome: Outcome
    headers: str = ""
    modules: tuple[BuiltModule, ...] = ()
    log: str = ""
    tools: str = ""
    contents: Mapping[str, bytes] = field(default_factory=dict)
    outputs: Mapping[str, bytes] = field(default_factory=dict)


def _limits() -> Limits:
    """What one build may take where as many run as there are cores; all of them together leave some memory."""
    share = processes.machine()[0] // len(os.sched_getaffinity(0)) // 2
    return Limits(memory=min(4 * GIB, max(GIB, share)), scratch=min(4 * GIB, max(GIB, share)), output=OUTPUT)


@contextmanager
def _place(package: DkmsPackage, target: Target, codename: str, extra: Sequence[str]) -> Iterator[Place]:
    """A root with the package and the headers; removed in the end. Raises Unsolvable where they cannot be had."""
    client, roots = configured.cached_client(), configured.roots()
    if target.arch != able.here():
        raise Unavailable(f"modules for {target.arch} are not built on {able.here()}")
    deb = deb_of(package, roots, client)
    folder = settings.ABIDB_DATA / "roots" / f"{codename}-{target.arch}"
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix="work-") as name:
        work = Path(name)
        given = work / f"{package.key.package}.deb"
        shutil.copy(deb, given)
        with rootfs.locked(folder):
            base = rootfs.base(folder, codename, target.arch, roots, client)
            try:
                place = _filled(base, given, target, codename, extra)
            except Gone:
                base.apt.update()
                place = _filled(base, given, target, codename, extra)
        yield place
        rootfs.remove(work / "root")


def _filled(base: rootfs.Base, given: Path, target: Target, codename: str, extra: Sequence[str]) -> Place:
    """The root, made beside the package `given`; raises Gone where the archive has less than the lists."""
    root = given.parent / "root"
    kernel = headers.choose(base.apt, target, codename)
    below = rootfs.kernel_layer(base, kernel.name, partial(base.apt.fetch, kernel.solution))
    further = [headers.with_compiler(word, below, kernel.release) for word in extra]
    solution = headers.solve(base.apt, [*kernel.solution.exactly, str(given), *further], codename)
    debs = (*base.apt.fetch(solution.without(kernel.solution)), given)
    rootfs.add(below, root, debs)
    sources = rootfs.sources(root, below)
    own = _own(given, sources)
    others = tuple(folder for folder in sources if folder not in own)
    named_so = headers.told(kernel, target)
    return Place(root, own, others, kernel.release, named_so, headers.exports(below, kernel.release), debs)


def _own(given: Path, sources: tuple[str, ...]) -> tuple[str, ...]:
    """The package's own source; all that came with it where it has none: then it depends on what has."""
    found = folders(given)
    return tuple(folder for folder in sources if folder in found) or sources


def _build(place: Place, target: Target, flags: Flags) -> _Done:
    environment = {
        "KERNEL": place.release,
        "JOBS": str(min(2, len(os.sched_getaffinity(0)))),  # workers are as many as cores
        "OTHERS": " ".join(place.others),
        "OUTPUTS": " ".join(flags.outputs),
        **({"KCFLAGS": flags.kcflags} if flags.kcflags else {}),
    }
    gifts = {
        "build": script.BUILD,
        **dict(flags.gifts),
        **({"prepare": flags.prepare.encode()} if flags.prepare else {}),
    }
    if len(place.folders) + len(place.others) > MOST_FOLDERS:
        return _Done(Outcome(HARNESS, f"more than {MOST_FOLDERS} folders with a dkms.conf"), place.headers)
    cell = Cell(place.root, emptied=list(_emptied(place)), gifts=gifts, environment=environment)
    with sandbox.run(cell, ["bash", f"{sandbox.GIFTS}/build", *place.folders], _limits()) as ran:
        if ran.broke:
            return _Done(Outcome(HARNESS, f"stopped: {ran.broke}"), place.headers, log=without_places(ran.errors))
        try:
            result = script.read(ran.output)
        except BadFormat as error:
            why = f"the build left nothing that can be read: {error}"
            return _Done(Outcome(HARNESS, why), place.headers, log=without_places(ran.errors))
    return _read(place, result)


def _emptied(place: Place) -> Iterator[Emptied]:
    """What dkms and the package may write to; the kernel's folder only where something may have to be installed."""
    folders = (*place.folders, *place.others)
    for folder in folders:
        yield Emptied(f"/usr/src/{folder}", f"src/{folder}", SOURCES / len(folders))
    yield Emptied("/var/lib/dkms", "dkms", OBJECTS)
    kernel = (place.root / "lib/modules" / place.release).resolve()  # a link may lead out of the root
    if len(folders) > 1 and kernel.is_dir() and kernel.is_relative_to(place.root.resolve()):
        yield Emptied(f"/{kernel.relative_to(place.root.resolve())}", "modules", INSTALLED)


def _read(place: Place, result: script.Result) -> _Done:
    """What the modules of a build use, where they can be read."""
    end = outcome(result.left, result.log, result.needed, result.lacking)
    contents, modules = dict[str, bytes](), dict[str, ModuleFile]()
    for path, data in result.modules.items():
        digest = hashlib.sha256(data).hexdigest()
        try:
            modules[digest], contents[digest] = kmod.read_built(data), data
        except BadFormat as error:
            if end.outcome == BUILT:
                end = Outcome(HARNESS, f"{path.partition('/')[2]}: {error}", end.missing)
    if end.outcome == NO_COMPILE:
        modules = {}  # dkms installs none of what make left
    names = named(place.debs, place.folders) if modules else frozenset()
    sizes = {digest: len(data) for digest, data in contents.items()}
    built = built_modules(modules, sizes, names, place.exports, result.beside)
    return _Done(end, place.headers, built, result.whole_log, result.tools, contents, result.outputs)
