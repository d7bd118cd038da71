# SPDX-License-Identifier: GPL-2.0-or-later
"""Whether this machine can build modules: for its own architecture, with bubblewrap and mmdebstrap."""

from __future__ import annotations

import os
import shutil

NEEDED = ("bwrap", "mmdebstrap")
DEBIAN = {"x86_64": "amd64", "aarch64": "arm64", "i686": "i386", "armv7l": "armhf"}  #: names of what uname tells
LACKING = "{} missing: `make system-tools` installs what builds need; all else works without"
ELSEWHERE = "modules for {} are not built on {}: --queue leaves them to workers of a machine that can"


def here() -> str:
    """Debian's name of this machine's architecture."""
    machine = os.uname().machine
    return DEBIAN.get(machine, machine)


def missing() -> tuple[str, ...]:
    """Programs without which nothing can be built here."""
    return tuple(name for name in NEEDED if not shutil.which(name))


def obstacle(arch: str) -> str:
    """Why nothing can be built here for an architecture; "" where it can."""
    if lacking := missing():
        return LACKING.format(" and ".join(lacking))
    return "" if arch == here() else ELSEWHERE.format(arch, here())
