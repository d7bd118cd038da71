# SPDX-License-Identifier: GPL-2.0-or-later
"""The base of a release: a minimal system that can compile, made by mmdebstrap."""

from __future__ import annotations

import os
import shutil
import signal
import stat
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO

from abidb.errors import Unavailable
from ingest.outoftree import processes
from ingest.outoftree.apt import WITHOUT_POCKETS

INCLUDE = (
    *("dkms", "gcc", "make", "kmod", "libc6-dev", "binutils", "patch", "perl", "python3-minimal", "lsb-release"),
    *("xz-utils", "zstd", "bzip2", "bc", "bison", "flex", "libelf-dev", "libssl-dev", "util-linux"),
)
MOUNTS = ("scratch", "layer", "debs", "proc", "dev", "tmp", "var/tmp", "mnt", "var/lib/dkms")
LEFT_OUT = ("./dev/*", "./etc/apt/*", "./var/cache/apt/*", "./var/lib/apt/lists/*", "./var/log/*")  #: of the base
# A process of the same group waits until the pipe $0 is closed, as the kernel does when its other end is gone.
WATCHED = '(read -r -u "$0"; kill -KILL 0) </dev/null >/dev/null 2>&1 & exec "$@"'
BOOTSTRAPPING = 3600.0  #: seconds that a base may take to be made


def bootstrap(tree: Path, codename: str, arch: str, sources: str) -> None:
    """Fill `tree` with a minimal system that can compile; its files belong to whoever runs this."""
    mode = "root" if os.geteuid() == 0 else "unshare"
    options = [word for option in _host_options() for word in ("--aptopt", option)]
    command = [
        "mmdebstrap",
        f"--mode={mode}",
        "--variant=minbase",
        "--format=tar",
        f"--architectures={arch}",
    ]
    command += [f"--include={','.join(INCLUDE)}", "--skip=check/empty", *options]
    suite = "sid" if codename in WITHOUT_POCKETS else codename
    with tempfile.TemporaryFile(dir=tree.parent) as archive:
        status, errors = _in_time([*command, suite, "-", "-"], sources.encode(), archive)
        if status:
            raise Unavailable(f"mmdebstrap of {codename}: {_end_of(errors)}{_advice(mode)}")
        archive.seek(0)
        unpack = ["tar", "-x", "-C", str(tree), "--no-same-owner", *(f"--exclude={one}" for one in LEFT_OUT)]
        unpacked = subprocess.run(processes.mortal(unpack), stdin=archive, stderr=subprocess.PIPE, check=False)
        if unpacked.returncode:
            raise Unavailable(f"the root of {codename} cannot be unpacked: {_end_of(unpacked.stderr)}")
    for name in MOUNTS:
        (tree / name).mkdir(parents=True, exist_ok=True)
    _without_rights(tree)


def _in_time(command: Sequence[str], told: bytes, output: IO[bytes]) -> tuple[int, bytes]:
    """Exit status and errors of a command that has BOOTSTRAPPING seconds; all that it started ends with it, and with us
    if we are killed: where it may not be given a pid namespace, since it makes one of its own as an ordinary user.
    """
    ours, theirs = os.pipe()
    watched = ["bash", "-c", WATCHED, str(ours), *command]
    with (
        os.fdopen(ours, "rb") as there,
        os.fdopen(theirs, "wb"),
        subprocess.Popen(
            watched,
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=subprocess.PIPE,
            start_new_session=True,
            pass_fds=[there.fileno()],
        ) as process,
    ):
        try:
            _, errors = process.communicate(told, BOOTSTRAPPING)
        except subprocess.TimeoutExpired:
            raise Unavailable(f"mmdebstrap did not end in {BOOTSTRAPPING:,.0f} seconds") from None
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
        return process.returncode, errors


def _without_rights(tree: Path) -> None:
    """Programs of a root give nobody its owner's rights, whoever finds them: roots lie where users of the host are."""
    for folder, _, names in os.walk(tree):
        for name in names:
            path = Path(folder, name)
            mode = path.lstat().st_mode
            if stat.S_ISREG(mode) and mode & 0o6000:
                path.chmod(stat.S_IMODE(mode) & ~0o6000)


def _host_options() -> Iterator[str]:
    """What the host's APT says of the way to the network, for an APT that does not read it."""
    dump = subprocess.run(["apt-config", "dump"], capture_output=True, text=True, check=False).stdout
    for line in dump.splitlines():
        if line.startswith(("Acquire::http", "Acquire::https", "Acquire::ftp")) and not line.endswith('"";'):
            yield line.rstrip(";")
    yield 'Dir::Etc::netrc "/etc/apt/auth.conf"'
    yield 'Dir::Etc::netrcparts "/etc/apt/auth.conf.d"'
    yield 'Acquire::Check-Valid-Until "false"'
    yield 'APT::Sandbox::User "root"'  # keys lie where only their owner may look


def _end_of(errors: bytes) -> str:
    lines = [line for line in errors.decode(errors="replace").splitlines() if line.startswith("E:")]
    return "; ".join(lines) or errors.decode(errors="replace")[-500:].strip()


def _advice(mode: str) -> str:
    lacking = mode == "unshare" and not shutil.which("newuidmap")
    return " (an ordinary user needs newuidmap of package uidmap, and ranges in /etc/subuid)" if lacking else ""
