# SPDX-License-Identifier: GPL-2.0-or-later
"""A small system that can be a sandbox's root: some of the host's programs with the libraries that they need."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

MOUNTS = ("scratch", "layer", "debs", "proc", "dev", "tmp", "var/tmp", "usr/bin", "usr/src", "var/lib/dkms", "etc")
SHELL = ("bash", "cat", "dd", "ls", "sleep", "id", "ln", "mkdir", "env", "timeout", "readlink", "head", "tail", "stat")


def made_root(folder: Path, *programs: str) -> Path:
    """A root with bash, some tools of its kind and `programs`."""
    for name in MOUNTS:
        (folder / name).mkdir(parents=True)
    (folder / "bin").symlink_to("usr/bin")
    for name in (*SHELL, *programs):
        path = Path(shutil.which(name)).resolve()
        put(folder / "usr/bin" / name, path)
        said = subprocess.run(["ldd", path], capture_output=True, text=True, check=False).stdout
        for library in re.findall(r"(/\S+) \(0x", said):
            put(folder / library.lstrip("/"), Path(library))
    (folder / "bin/sh").symlink_to("bash")
    return folder


def put(place: Path, path: Path) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    if not place.exists():
        shutil.copy(path, place)
