# SPDX-License-Identifier: GPL-2.0-or-later
"""Roots that packages are built in: a release with its compiler and dkms, with the headers of a kernel, with a package.

Three layers, each a copy of the one below by hard links: the base of a release, made by mmdebstrap; a kernel's, with
its headers, kept for the next package; a package's, thrown away. Nothing runs of what a layer adds, and it is unpacked
in the sandbox, with the tools of the base: links that lead out of it lead nowhere. Whoever prepares a layer holds the
root's lock.
"""

from __future__ import annotations

import fcntl
import logging
import os
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from abidb.errors import BadFormat, NotThere, Unavailable
from abidb.publicwords import without_places
from ingest.archive.client import Client, moment, read
from ingest.archive.roots import Root
from ingest.outoftree import processes, sandbox
from ingest.outoftree.apt import Apt, candidates, source
from ingest.outoftree.bootstrap import bootstrap
from ingest.outoftree.sandbox import Cell, Limits

DATE = re.compile(rb"^Date: *(.+?) *\r?$", re.MULTILINE)
SETTLED = 2 * 86400  #: seconds after which lists that disagree with their Release are taken to stay so
RENEWED = 14 * 86400  #: seconds after which a base is made anew
REFRESHED = 12 * 3600  #: seconds after which the lists are fetched anew
FOLDER = re.compile(r"[A-Za-z0-9][A-Za-z0-9.+~_:-]*")
STATUS = "tree/var/lib/dpkg/status"
OLD = 2 * 86400  #: seconds after which an older base, or what was left of a build, is removed
KERNELS = 12  #: layers with headers that are kept of a base
RELEASE_LIMIT = 4 << 20  #: bytes of an InRelease
FULL = re.compile(r"No space left on device|Disk quota exceeded|Input/output error")
UNPACKING = Limits(seconds=1800, memory=2 << 30, file=4 << 30)
UNPACK = """set -e
umask 022
for deb in /debs/*.deb; do
    dpkg-deb --fsys-tarfile "$deb" | tar -x -C /layer --keep-directory-symlink --no-same-owner --no-same-permissions \
        --delay-directory-restore
done
"""
logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Base:
    """The base of a release, ready to be built on."""

    folder: Path  #: of everything that belongs to this base
    apt: Apt

    @property
    def tree(self) -> Path:
        return self.folder / "tree"


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """One process at a time prepares what is below `folder`, which is nobody else's to look at."""
    folder.mkdir(parents=True, exist_ok=True)
    folder.parent.chmod(0o700)
    with (folder / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def base(folder: Path, codename: str, arch: str, roots: Sequence[Root], client: Client) -> Base:
    """The base of a release below `folder`, made or renewed where there is need. The caller holds the lock.

    Raises Unavailable where tools are missing, an archive cannot be asked or none has such a release.
    """
    apt, stamp = Apt(folder / "apt", arch), folder / "lists.stamp"
    found = max(_whole(folder), default=None, key=_made)
    if found and _age(found) > RENEWED:
        found = None
    if found and stamp.exists() and _age(stamp) < REFRESHED and not apt.moved():
        apt.configure(found / STATUS)  # the folder may have been moved
        return Base(found, apt)
    sources, lean, settled = _sources(folder, codename, roots, client)
    if found is None:
        found = _make(folder, codename, arch, lean)
    _prune(folder, found)
    apt.configure(found / STATUS, sources)
    for words in apt.update(settled):
        logger.warning("%s: %s", codename, without_places(words))
    stamp.touch()
    return Base(found, apt)


def _whole(folder: Path) -> list[Path]:
    return list(folder.glob("base-*[0-9]"))


def _made(path: Path) -> float:
    return path.stat().st_mtime


def _age(path: Path) -> float:
    return time.time() - _made(path)


def _make(folder: Path, codename: str, arch: str, sources: str) -> Path:
    """A new base under its final name."""
    if not shutil.which("mmdebstrap"):
        raise Unavailable("mmdebstrap missing: `make system-tools` installs what builds need")
    final = folder / f"base-{time.time_ns()}"
    part = folder / f"{final.name}.part"
    (part / "tree").mkdir(parents=True)
    try:
        bootstrap(part / "tree", codename, arch, sources)
        part.rename(final)
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise
    return final


def _sources(folder: Path, codename: str, roots: Sequence[Root], client: Client) -> tuple[str, str, set[str]]:
    """Sources of all suites of a release that the archives have, of those that a base is made of, and which of the
    suites have not changed for long.
    """
    every, lean, reasons, settled = [], [], [], set()
    for number, root in enumerate(roots):
        if root.label:
            continue
        there = []
        for suite in candidates(root, codename):
            try:
                release = read(f"{root.address}/dists/{suite}/InRelease", limit=RELEASE_LIMIT, client=client)
                there.append(suite)
                settled |= {suite} if _is_settled(release) else set()
            except NotThere as error:
                reasons.append(str(error))
        if there:
            keys = folder / "apt" / "etc" / f"keys-{number}.gpg"
            every.append(source(root, there, keys))
            own = [suite for suite in there if not suite.endswith(("-backports", "-proposed-updates", "experimental"))]
            lean += [source(root, own, keys)] if own else []
    if not lean:
        raise Unavailable(f"no archive has the release {codename}: {'; '.join(reasons)}")
    return "\n".join(every), "\n".join(lean), settled


def _is_settled(release: bytes) -> bool:
    """Whether a mirror has had the time to bring all that a Release lists."""
    date = DATE.search(release)
    when = moment(date[1].decode(errors="replace")) if date else None
    return when is not None and time.time() - when.timestamp() > SETTLED


def _prune(folder: Path, newest: Path) -> None:
    """Remove what is old, and debs that nobody wanted."""
    remove_old(folder, newest)
    for deb in folder.glob("apt/archives/*.deb"):
        if time.time() - deb.stat().st_ctime > RENEWED:  # the time of its last link: APT sets the other to the server's
            deb.unlink()


def remove_old(folder: Path, newest: Path | None) -> None:
    """Remove bases other than the newest, and what ended badly, once nobody can be at work on them."""
    for path in [*folder.glob("base-*"), *folder.glob("work-*")]:
        if path != newest and _age(path) > OLD:
            remove(path)


def add(below: Path, layer: Path, debs: Sequence[Path]) -> None:
    """Make the root `layer`: `below` and the files of `debs` over it.

    Raises BadFormat where a deb cannot be unpacked, Unavailable where the disk or the sandbox says no.
    """
    command = processes.mortal(["cp", "-al", "--", str(below), str(layer)])
    copied = subprocess.run(command, capture_output=True, text=True, check=False)
    if copied.returncode:
        raise Unavailable(f"cp: {copied.stderr.strip()}")
    if not debs:
        return
    with tempfile.TemporaryDirectory(dir=layer.parent, prefix="debs-") as folder:
        for number, deb in enumerate(debs):
            _link(deb, Path(folder) / f"{number:04}.deb")
        cell = Cell(below, {"/debs": Path(folder)}, {"/layer": layer}, {"unpack": UNPACK.encode()})
        with sandbox.run(cell, ["bash", "-o", "pipefail", f"{sandbox.GIFTS}/unpack"], UNPACKING) as ran:
            if ran.status or ran.broke:
                full = FULL.search(ran.errors)
                raise (Unavailable if full else BadFormat)(f"unpacking: {ran.broke or ran.errors[-500:]}")


def _link(path: Path, place: Path) -> None:
    try:
        os.link(path, place)
    except OSError:  # another file system
        shutil.copy(path, place)


def kernel_layer(base: Base, name: str, debs: Callable[[], Sequence[Path]]) -> Path:
    """The root with a kernel's headers; kept under `name`, made of `debs` where it is not there.

    The caller holds the lock.
    """
    kernels = base.folder / "kernels"
    kernels.mkdir(exist_ok=True)
    layer = kernels / name
    if not layer.exists():
        part = kernels / f".{name}"
        remove(part)
        add(base.tree, part, debs())
        part.rename(layer)
        for old in sorted(_layers(kernels), key=_made)[:-KERNELS]:
            remove(old)
    os.utime(layer)
    return layer


def _layers(kernels: Path) -> Iterable[Path]:
    return (path for path in kernels.iterdir() if not path.name.startswith("."))


def remove(layer: Path) -> None:
    """Remove a layer; what it shares with others stays with them. What its owner may not change goes as well."""
    command = processes.mortal(["rm", "-rf", "--", str(layer)])
    if subprocess.run(command, stderr=subprocess.DEVNULL, check=False).returncode:
        opened = processes.mortal(["chmod", "-R", "u+rwX", "--", str(layer)])
        subprocess.run(opened, stderr=subprocess.DEVNULL, check=False)
        again = subprocess.run(command, capture_output=True, text=True, check=False)
        if again.returncode:
            logger.warning("%s", again.stderr.strip()[-500:])


def sources(layer: Path, below: Path) -> tuple[str, ...]:
    """The folders of usr/src with a dkms.conf that a layer added to the one below."""
    return tuple(sorted(_with_conf(layer) - _with_conf(below)))


def _with_conf(layer: Path) -> set[str]:
    folder = layer / "usr/src"
    if folder.is_symlink():
        return set()
    found = (path for path in folder.iterdir() if not path.is_symlink() and FOLDER.fullmatch(path.name))
    return {path.name for path in found if os.path.lexists(path / "dkms.conf")}
