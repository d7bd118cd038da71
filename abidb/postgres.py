# SPDX-License-Identifier: GPL-2.0-or-later
"""The embedded PostgreSQL server: one for each data directory, started on demand, outliving who started it.

Below a data directory `data`: `data/postgres` is the cluster, `data/socket` its socket (a folder under /tmp where
that path would be too long), `data/postgres.lock` is held while starting or stopping. The server has no network
port. Peer authentication lets in root and the cluster's owner, as any of the roles `postgres` (superuser),
`abidb` (owner of the database `abidb`) and `abidb_web` (may only read): the operating system vouches for who
connects, and there is no password to keep. No Django here.
"""

from __future__ import annotations

import fcntl
import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql

from abidb import pgbinaries, pgcluster
from abidb.errors import Unavailable

DATABASE, OWNER, READER, SUPERUSER = "abidb", "abidb", "abidb_web", "postgres"
START_TIMEOUT = 300  #: seconds, crash recovery included
STOP_TIMEOUT = 60
LOG_LIMIT = 5_000_000  #: bytes; a longer log is set aside when the server starts
READER_SETTINGS = {"default_transaction_read_only": "on", "statement_timeout": "15s"}


@dataclass(frozen=True, slots=True)
class Server:
    """A running server: all that it takes to connect to it."""

    cluster: Path
    socket: Path
    port: int
    major: int
    log: Path


def ensure_running(data: Path, programs: str = "") -> Server:
    """The server of `data`, started and provided with database and roles where it was not.

    `programs` narrows where server programs come from, as in pgbinaries.find. Raises Unavailable.
    """
    server = status(data)
    if server and _answers(server):
        return server
    with _locked(data):
        server = status(data)
        if server is None or not _lets_in(server):
            server = _start(data.resolve(), programs)
        if not _lets_in(server):
            raise Unavailable(f"PostgreSQL ended as soon as it had started; its log ends: {_end(server.log)}")
        _provide(server)
        return server


def status(data: Path) -> Server | None:
    """The server of `data` if its postmaster runs, else None."""
    data = data.resolve()
    return _server(data) if _postmaster(data) else None


def stop(data: Path) -> bool:
    """End the server of `data`; open transactions are rolled back. False if none was running. Raises Unavailable."""
    if not _postmaster(data.resolve()):
        return False
    with _locked(data):
        pid = _postmaster(data.resolve())
        if pid is None:
            return False
        for request in (signal.SIGINT, signal.SIGQUIT):  # fast shutdown, then immediate
            _signal(pid, request)
            if _within(STOP_TIMEOUT, lambda: _postmaster(data.resolve()) is None):
                return True
        raise Unavailable(f"PostgreSQL, process {pid}, did not end within {2 * STOP_TIMEOUT} s")


def socket_folder(data: Path) -> Path:
    """Where the socket of `data` is, whether or not its server runs."""
    return pgcluster.socket_folder(data.resolve())


def connect(server: Server, role: str, database: str = DATABASE) -> psycopg.Connection:
    """A connection that commits each statement. Raises psycopg.OperationalError."""
    return psycopg.connect(
        host=str(server.socket), port=server.port, user=role, dbname=database, autocommit=True, connect_timeout=30
    )


def _server(data: Path) -> Server:
    cluster = data / "postgres"
    socket = pgcluster.socket_folder(data)
    pgcluster.check_folder(socket, cluster.stat().st_uid)
    return Server(cluster, socket, pgcluster.PORT, pgcluster.major(cluster), cluster / "server.log")


def _start(data: Path, programs: str) -> Server:
    cluster = data / "postgres"
    account = pgcluster.account(cluster)
    if not pgbinaries.may(account, "test", "-x", data):
        raise Unavailable(f"user {account.name}, whom the database server runs as, cannot enter {data}")
    binaries = pgbinaries.find(pgcluster.major(cluster) if cluster.exists() else None, programs)
    binaries = pgbinaries.within_reach(binaries, account, data / "server")
    if not cluster.exists():
        pgcluster.make(binaries, account, cluster)
    pgcluster.own_folder(pgcluster.socket_folder(data), account)
    pgcluster.configure(data, account)
    _clear_remains(data)
    server = _server(data)
    if server.log.exists() and server.log.stat().st_size > LOG_LIMIT:
        server.log.replace(f"{server.log}.1")
    options: list[str | Path] = ["start", "-s", "-w", "-t", str(START_TIMEOUT), "-D", cluster, "-l", server.log]
    try:
        pgcluster.run(account, [binaries.folder / "pg_ctl", *options])
    except Unavailable as error:
        raise Unavailable(f"{error}; its log ends: {_end(server.log)}") from None
    return server


def _end(log: Path) -> str:
    try:
        return "; ".join(log.read_text(errors="replace").splitlines()[-3:])
    except OSError:
        return "(none)"


def _answers(server: Server) -> bool:
    try:
        connect(server, OWNER).close()
    except psycopg.OperationalError:
        return False
    return True


def _lets_in(server: Server) -> bool:
    """Wait until the server accepts connections: recovery after a crash may take a while. False if it has ended."""
    end = time.monotonic() + START_TIMEOUT
    while _postmaster(server.cluster.parent):
        try:
            connect(server, SUPERUSER, "postgres").close()
        except psycopg.OperationalError as error:
            if time.monotonic() > end:
                raise Unavailable(f"PostgreSQL lets nobody in: {str(error).strip()}; log: {server.log}") from None
            time.sleep(0.1)
        else:
            return True
    return False


def _provide(server: Server) -> None:
    """Make roles, database and rights where they are missing.

    Rights stand in template1 too, so that a database made from it (the tests make theirs) has them as well.
    """
    with connect(server, SUPERUSER, "postgres") as connection:
        known = {row[0] for row in connection.execute("SELECT rolname FROM pg_roles")}
        for role in {OWNER, READER} - known:
            connection.execute(sql.SQL("CREATE ROLE {} LOGIN").format(sql.Identifier(role)))
        for name, value in READER_SETTINGS.items():
            words = [sql.Identifier(word) for word in (READER, name)]
            connection.execute(sql.SQL("ALTER ROLE {} SET {} = {}").format(*words, sql.Literal(value)))
    _grant(server, "template1")
    with connect(server, SUPERUSER, "postgres") as connection:
        if not connection.execute("SELECT FROM pg_database WHERE datname = %s", [DATABASE]).rowcount:
            connection.execute("CREATE DATABASE abidb OWNER abidb")
        connection.execute("REVOKE TEMPORARY ON DATABASE abidb FROM PUBLIC")
    _grant(server, DATABASE)


def _grant(server: Server, database: str) -> None:
    with connect(server, SUPERUSER, database) as connection:
        connection.execute("REVOKE CREATE ON SCHEMA public FROM PUBLIC")
        connection.execute("GRANT CREATE ON SCHEMA public TO abidb")
        connection.execute("ALTER DEFAULT PRIVILEGES FOR ROLE abidb GRANT SELECT ON TABLES TO abidb_web")


@contextmanager
def _locked(data: Path) -> Iterator[None]:
    """One starts or stops at a time; the lock ends with its process, and the server does not inherit it."""
    try:
        if not data.exists():
            data.mkdir(parents=True, exist_ok=True)
            data.chmod(0o755 if os.geteuid() == 0 else 0o700)
        descriptor = os.open(data / "postgres.lock", os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    except OSError as error:
        raise Unavailable(f"the data directory cannot be used: {error.strerror}: {error.filename}") from None
    try:
        if os.geteuid() == 0:
            os.fchown(descriptor, data.stat().st_uid, data.stat().st_gid)
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _postmaster(data: Path) -> int | None:
    """The process that serves the cluster of `data`.

    The number in postmaster.pid alone is no proof: after kill -9 or a restart of the machine another process may
    have it.
    """
    cluster = data / "postgres"
    try:
        pid = int((cluster / "postmaster.pid").read_text().split("\n", 1)[0])
    except (OSError, ValueError):
        return None
    return pid if os.fsencode(cluster) in _title(pid, cluster).split(b"\0") else None


def _clear_remains(data: Path) -> None:
    """After a kill -9 of the postmaster: end backends that still run, drop lock files.

    PostgreSQL itself is content with a lock file whose process is gone, but not where the number lives on in
    another process, or in one that ended and was never waited for.
    """
    for pid in _backends(data):
        _signal(pid, signal.SIGQUIT)
    if not _within(STOP_TIMEOUT, lambda: not _backends(data)):
        raise Unavailable(f"processes of a killed PostgreSQL still run: {_backends(data)}")
    socket = pgcluster.socket_folder(data) / f".s.PGSQL.{pgcluster.PORT}"
    for path in (data / "postgres" / "postmaster.pid", socket, socket.with_name(f"{socket.name}.lock")):
        path.unlink(missing_ok=True)


def _backends(data: Path) -> list[int]:
    """Server processes of `data` apart from its postmaster, by their titles (update_process_title, cluster_name)."""
    title = f"postgres: {pgcluster.name(data)}: ".encode()
    pids = [int(entry.name) for entry in Path("/proc").glob("[0-9]*")]
    return [pid for pid in pids if _title(pid, data / "postgres").startswith(title)]


def _title(pid: int, cluster: Path) -> bytes:
    """The command line of a process; empty if it has ended, or works in another folder than `cluster`.

    All server processes work in their cluster. A chroot may hold another one at the same path. Where root may
    not see the working directories of other users, in a container, the command line alone must do.
    """
    try:
        title = Path(f"/proc/{pid}/cmdline").read_bytes()
        return title if title and Path(f"/proc/{pid}/cwd").samefile(cluster) else b""
    except PermissionError:
        return title
    except OSError:
        return b""


def _signal(pid: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, number)


def _within(seconds: float, condition: Callable[[], bool]) -> bool:
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True
