# SPDX-License-Identifier: GPL-2.0-or-later
"""A PostgreSQL data directory on disk: whose it is, its making, its configuration.

Where root is the caller, the files belong to another account, which is not trusted: every file is made afresh and
given away by its descriptor, so that no planted link is followed.
"""

from __future__ import annotations

import hashlib
import os
import pwd
import shutil
import stat
import subprocess
from pathlib import Path

from abidb.errors import Unavailable
from abidb.pgbinaries import Account, Binaries

PORT = 5432
SOCKET_PATH_LIMIT = 100  #: bytes; sockaddr_un holds 108 with its NUL (unix(7))
SHORT_FOLDER = Path("/tmp")  # noqa: S108  owner and mode of what is made in it are checked at each use
PREFERRED_ACCOUNTS = ("abidb", "postgres", "nobody")
ROLES = ("postgres", "abidb", "abidb_web")

CONFIGURATION = """\
# Written anew at each start; settings of your own belong into local.conf.
listen_addresses = ''
port = {port}
unix_socket_directories = '{socket}'
unix_socket_permissions = 0700
cluster_name = '{name}'
shared_buffers = 256MB
work_mem = 32MB
maintenance_work_mem = 128MB
max_wal_size = 2GB
max_connections = 50
jit = off
log_checkpoints = off
log_timezone = 'UTC'
timezone = 'UTC'
include_if_exists 'local.conf'
"""


def name(data: Path) -> str:
    """A short name that tells this data directory's server from others; its processes show it in their titles."""
    return "abidb-" + hashlib.sha256(os.fsencode(data)).hexdigest()[:12]


def socket_folder(data: Path) -> Path:
    """Where the socket is: in the data directory, or where that path is too long for a socket, under /tmp."""
    inside = data / "socket"
    if len(os.fsencode(inside / f".s.PGSQL.{PORT}")) <= SOCKET_PATH_LIMIT:
        return inside
    return SHORT_FOLDER / name(data)


def major(cluster: Path) -> int:
    """The major version that made `cluster`. Raises Unavailable."""
    try:
        return int((cluster / "PG_VERSION").read_text())
    except (OSError, ValueError):
        raise Unavailable(f"{cluster} is not a PostgreSQL data directory that this user may read") from None


def account(cluster: Path) -> Account:
    """Who the server is to run as: the cluster's owner; for a new one this user, but never root.

    PostgreSQL refuses root. Of the accounts tried `nobody` exists on every Debian. Raises Unavailable.
    """
    uid = cluster.stat().st_uid if cluster.exists() else os.geteuid()
    if os.geteuid() not in (0, uid):
        raise Unavailable(f"{cluster} belongs to user {uid}: be that user, or set another ABIDB_DATA")
    known = {entry.pw_name: entry for entry in pwd.getpwall()}
    try:
        if uid == 0:
            entry = next(known[name] for name in PREFERRED_ACCOUNTS if name in known)
        else:
            entry = pwd.getpwuid(uid)
    except (KeyError, StopIteration):
        raise Unavailable(f"user {uid} has no name here, and PostgreSQL runs only as a user that has one") from None
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)


def make(binaries: Binaries, account: Account, cluster: Path) -> None:
    """initdb beside its place, then a rename: a cluster is there whole or not at all."""
    part = cluster.with_name("postgres.part")
    if part.exists():
        shutil.rmtree(part)
    own_folder(part, account)
    options = ["--locale=C", "--encoding=UTF8", "--username=postgres", "--auth-local=peer", "--auth-host=reject"]
    run(account, [binaries.folder / "initdb", *options, "-D", part])
    part.rename(cluster)


def own_folder(folder: Path, account: Account) -> None:
    """Make `folder` one that only `account` may enter, or see that it is one. Raises Unavailable."""
    try:
        folder.mkdir(mode=0o700)
        os.chown(folder, account.uid, account.gid, follow_symlinks=False)
    except FileExistsError:
        pass
    check_folder(folder, account.uid)


def check_folder(folder: Path, uid: int) -> None:
    """See that `folder` is a real folder of user `uid` that no other user may enter. Raises Unavailable."""
    try:
        found = folder.lstat()
    except FileNotFoundError:
        raise Unavailable(f"{folder} is gone though its server runs: end that by `manage.py postgres stop`") from None
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != uid or stat.S_IMODE(found.st_mode) != 0o700:
        raise Unavailable(f"{folder} is not a folder of user {uid} with mode 0700, so it is not used")


def configure(data: Path, account: Account) -> None:
    """Write the server's settings and who may connect: root and the cluster's owner, as any of our roles."""
    socket = str(socket_folder(data)).replace("'", "''")
    users = sorted({"root", account.name})
    ident = "".join(f"abidb {user} {role}\n" for user in users for role in ROLES)
    cluster = data / "postgres"
    _replace(cluster / "postgresql.conf", CONFIGURATION.format(port=PORT, socket=socket, name=name(data)), account)
    _replace(cluster / "pg_hba.conf", "local all all peer map=abidb\n", account)
    _replace(cluster / "pg_ident.conf", ident, account)


def _replace(path: Path, text: str, account: Account) -> None:
    part = path.with_name(f"{path.name}.part")
    part.unlink(missing_ok=True)
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600), "w") as file:
        file.write(text)
        os.fchown(file.fileno(), account.uid, account.gid)
    part.replace(path)


def run(account: Account, command: list[str | Path]) -> None:
    """Run a server program as `account`, in a session and an environment of its own. Raises Unavailable."""
    done = subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
        cwd="/",
        env={"PATH": "/usr/bin:/bin", "LC_ALL": "C"},
        umask=0o077,
        start_new_session=True,
        **account.become(),
    )
    if done.returncode:
        said = [line.strip() for line in done.stderr.splitlines() if line.strip()]
        raise Unavailable(f"PostgreSQL's {Path(command[0]).name}, as user {account.name}: " + "; ".join(said[-4:]))
