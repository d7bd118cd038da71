# SPDX-License-Identifier: GPL-2.0-or-later
import os
import runpy
import stat
from pathlib import Path

import pytest

from abidb import postgres

SETTINGS = Path(__file__).parents[2] / "abidb" / "settings.py"


@pytest.fixture
def read(monkeypatch, tmp_path):
    """Settings as they are under an environment that holds only the given variables."""
    for name in [name for name in os.environ if name.startswith(("ABIDB_", "XDG_")) or name in {"DATABASE_URL", "CI"}]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("ABIDB_DATA", str(tmp_path))

    def run(**variables):
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        return runpy.run_path(str(SETTINGS))

    return run


ADDRESS = "postgresql://ROLE[:PASSWORD]@HOST[:PORT]/DATABASE or postgresql://ROLE@/DATABASE?host=/FOLDER"


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("ABIDB_PORT", "eighty", "a port number from 1 to 65535"),
        ("ABIDB_PORT", "0", "a port number from 1 to 65535"),
        ("ABIDB_PORT", "٣", "a port number from 1 to 65535"),
        ("ABIDB_DEBUG", "perhaps", "1 or 0"),
        ("ABIDB_ROLE", "root", "owner or web"),
        ("ABIDB_DATA", "/dev/null", "a folder, existing or to be made"),
        ("ABIDB_KEYRING", "/nonexistent/keyring.gpg", "a file that this user may read"),
        ("ABIDB_MIRROR", "mirror.example", "addresses of archive roots (https://, http:// or file:///) with spaces "
         "between them"),
        ("ABIDB_SNAPSHOT", "snapshot.example", "the address of a web service (https:// or http://)"),
        ("ABIDB_SNAPSHOT", "file:///srv/snapshot", "the address of a web service (https:// or http://)"),
        ("ABIDB_SNAPSHOT_VERIFY", "perhaps", "1 or 0"),
        ("ABIDB_CONTACT", "me@example.org\r\nX-Other: 1", "one line of printable text"),
        ("DATABASE_URL", "mysql://somebody@host/abidb", ADDRESS),
        ("DATABASE_URL", "postgresql://somebody@host", ADDRESS),
        ("DATABASE_URL", "postgresql://somebody@host/abidb?no_such_option=1", ADDRESS),
        ("ABIDB_WEB_DATABASE_URL", "postgresql://[", ADDRESS),
    ],
)  # fmt: skip
def test_a_bad_value_ends_with_one_line_and_status_2(read, capsys, name, value, expected):
    with pytest.raises(SystemExit) as ended:
        read(**{name: value})
    assert (ended.value.code, capsys.readouterr().err) == (2, f"abidb: {name}: expected {expected}\n")


def test_a_password_is_not_repeated_when_its_address_is_refused(read, capsys):
    with pytest.raises(SystemExit):
        read(DATABASE_URL="postgresql://abidb:geheim@host:port/abidb/?")
    assert "geheim" not in capsys.readouterr().err


def test_the_site_is_refused_the_owners_address(read, capsys):
    with pytest.raises(SystemExit):
        read(DATABASE_URL="postgresql://abidb@host/abidb", ABIDB_ROLE="web")
    expected = "abidb: ABIDB_WEB_DATABASE_URL: expected the reader's address, as DATABASE_URL is set\n"
    assert capsys.readouterr().err == expected


def test_an_owner_is_refused_the_readers_address(read, capsys):
    with pytest.raises(SystemExit):
        read(ABIDB_WEB_DATABASE_URL="postgresql://abidb_web@host/abidb")
    assert (
        capsys.readouterr().err
        == "abidb: DATABASE_URL: expected the owner's address, as ABIDB_WEB_DATABASE_URL is set\n"
    )


def test_without_addresses_both_roles_are_of_the_embedded_server_and_none_is_started(read, tmp_path):
    settings = read()
    found = {alias: (it["ENGINE"], it["USER"], it["HOST"]) for alias, it in settings["DATABASES"].items()}
    socket = str(postgres.socket_folder(tmp_path))
    assert found == {"default": ("abidb.embedded", "abidb", socket), "web": ("abidb.embedded", "abidb_web", socket)}
    assert list(tmp_path.iterdir()) == []


def test_the_site_needs_no_other_address_than_the_readers(read):
    address = "postgresql://abidb_web:a%40b@db.example:5433/abidb?sslmode=require"
    assert read(ABIDB_ROLE="web", ABIDB_WEB_DATABASE_URL=address)["DATABASES"] == {
        "default": {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": "abidb",
            "USER": "abidb_web",
            "PASSWORD": "a@b",
            "HOST": "db.example",
            "PORT": "5433",
            "CONN_HEALTH_CHECKS": True,
            "OPTIONS": {
                "sslmode": "require",
                "pool": {"min_size": 1, "max_size": 8, "timeout": 10},
                "options": "-c default_transaction_read_only=on -c statement_timeout=15s",
            },
        }
    }


def test_an_address_may_name_a_folder_with_a_socket(read):
    settings = read(DATABASE_URL="postgresql://abidb@/abidb?host=/run/postgresql")
    assert settings["DATABASES"] == {
        "default": {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": "abidb",
            "USER": "abidb",
            "PASSWORD": "",
            "HOST": "/run/postgresql",
            "PORT": "",
            "OPTIONS": {},
        }
    }
    assert settings["ABIDB_EMBEDDED"] is None


@pytest.mark.parametrize(
    ("user", "variables", "expected"),
    [
        (0, {}, "/var/lib/abidb"),
        (1000, {"HOME": "/home/somebody"}, "/home/somebody/.local/share/abidb"),
        (1000, {"HOME": "/home/somebody", "XDG_DATA_HOME": "/srv/own"}, "/srv/own/abidb"),
        (1000, {"HOME": "/home/somebody", "XDG_DATA_HOME": "relative"}, "/home/somebody/.local/share/abidb"),
    ],
)
def test_the_data_directory_is_the_systems_for_root_and_the_users_own_else(
    read, monkeypatch, user, variables, expected
):
    monkeypatch.delenv("ABIDB_DATA")
    monkeypatch.setattr(os, "geteuid", lambda: user)
    assert read(**variables)["ABIDB_DATA"] == Path(expected)


def test_several_archive_roots_are_told_apart_by_spaces_or_commas(read):
    roots = "https://mirror.example/debian/, file:///srv/debian-security"
    assert read(ABIDB_MIRROR=roots)["ABIDB_MIRROR"] == (
        "https://mirror.example/debian",
        "file:///srv/debian-security",
    )


def test_a_service_is_told_by_its_address(read):
    settings = read(ABIDB_SNAPSHOT="https://user:secret@snapshot.example/", ABIDB_SNAPSHOT_VERIFY="1")
    assert (settings["ABIDB_SNAPSHOT"], settings["ABIDB_SNAPSHOT_VERIFY"]) == (
        "https://user:secret@snapshot.example",
        True,
    )


def test_hosts_and_flags_are_read(read):
    settings = read(ABIDB_ALLOWED_HOSTS="abidb.example, www.abidb.example", CI="woodpecker", ABIDB_DEBUG="yes")
    assert (settings["ALLOWED_HOSTS"], settings["CI"], settings["DEBUG"]) == (
        ["abidb.example", "www.abidb.example"],
        True,
        True,
    )


def test_a_secret_key_is_made_once_and_for_its_owners_eyes(read, tmp_path):
    first, second = str(read()["SECRET_KEY"]), str(read()["SECRET_KEY"])
    path = tmp_path / "secret-key"
    assert first == second == path.read_text()
    assert (len(first), stat.S_IMODE(path.stat().st_mode), list(tmp_path.iterdir())) == (64, 0o600, [path])


def test_a_given_secret_key_is_used_and_none_is_made(read, tmp_path):
    assert (str(read(ABIDB_SECRET_KEY="given")["SECRET_KEY"]), list(tmp_path.iterdir())) == ("given", [])


def test_a_secret_key_that_cannot_be_kept_is_asked_for(read, tmp_path, capsys):
    (tmp_path / "secret-key").mkdir()
    with pytest.raises(SystemExit):
        str(read()["SECRET_KEY"])
    path = tmp_path / "secret-key"
    expected = f"abidb: ABIDB_SECRET_KEY: expected a long random text, as {path} can be neither read nor made\n"
    assert capsys.readouterr().err == expected


def test_hashed_names_of_static_files_are_used_once_they_were_collected(read, tmp_path):
    plain = read()["STATIC_STORAGE"]
    (tmp_path / "static").mkdir()
    (tmp_path / "static" / "staticfiles.json").touch()
    assert (plain, read()["STATIC_STORAGE"]) == (
        "django.contrib.staticfiles.storage.StaticFilesStorage",
        "whitenoise.storage.CompressedManifestStaticFilesStorage",
    )


def test_nothing_else_reads_the_environment():
    rooms = [path for room in ("abidb", "ingest", "dashboard") for path in (SETTINGS.parents[1] / room).rglob("*.py")]
    readers = {path.name for path in rooms if "os.environ" in path.read_text() or "getenv" in path.read_text()}
    # wsgi.py names the settings to Django; run.py hands its environment on to the site's process.
    assert readers <= {"settings.py", "wsgi.py", "run.py"}
